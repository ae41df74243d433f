-- The shared schema: who the tenants are, who the people are, which belong together, and which
-- version every schema has. Nothing hot lives here: on Citus these are reference tables.
--
-- The logins centrex_public and centrex_app_00..15 exist before this runs (src/db/logins.c).
-- Constraints are named <table>_<column>_{key,check,fkey}: src/db/constraint.c turns the name into
-- the field and the sentence a person reads.

revoke create on schema public from public;

create type public.global_role as enum ('admin', 'agent');

create type public.tenant_role as enum ('owner', 'admin', 'agent');

-- The enums of the tenant tables stand here once, not 10,000 times.
create type public.queue_strategy as enum ('ring-all', 'round-robin');

create type public.media_category as enum ('moh', 'ivr');

-- True for a full time zone name exactly as PostgreSQL spells it: no abbreviations (CEST has no
-- summer and winter), no POSIX rules (FOO1 is accepted by SET TimeZone and means nothing).
-- PostgreSQL says a name back in its own spelling once it is set; only a name with a digit could
-- be a POSIX rule as well, so only those pay the 40 ms of reading the list of all zones.
-- Declared immutable because a check constraint expects it: zones are added to tzdata, never taken
-- away, so what was true stays true.
create function public.is_time_zone(zone text) returns boolean
	language plpgsql immutable strict
	set search_path = ''
	set timezone = 'UTC'
as $$
begin
	if zone ~ '[0-9]' then
		return exists (select from pg_catalog.pg_timezone_names n where n.name = zone);
	end if;
	perform pg_catalog.set_config('TimeZone', zone, true);
	return pg_catalog.current_setting('TimeZone') = zone;
exception when invalid_parameter_value then
	return false;
end
$$;

create table public.tenants (
	id uuid not null default gen_random_uuid(),
	name text not null,
	domain text not null,
	schema_name text not null,
	timezone text not null default 'UTC',
	locale text not null default 'en',
	created_at timestamptz not null default now(),
	constraint tenants_pkey primary key (id),
	constraint tenants_domain_key unique (domain),
	-- Two tenants on one schema would be no tenants at all; my_members() looks up by it.
	constraint tenants_schema_name_key unique (schema_name),
	constraint tenants_name_check check (
		char_length(name) between 1 and 200 and name ~ '\S'
		and name !~ '[\u0001-\u001f\u007f-\u009f]'),
	-- A fully qualified name in lower case (RFC 1123 labels, so A-labels too): at least two
	-- labels of 1 to 63, at most 253 in all, and no IPv4 address (the last label has a letter).
	constraint tenants_domain_check check (
		char_length(domain) <= 253
		and domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'
		and domain ~ '[a-z][a-z0-9-]*$'),
	-- The prefix keeps a tenant off public, pg_catalog and the role name "none".
	constraint tenants_schema_name_check check (schema_name ~ '^tenant_[a-z0-9_]{1,56}$'),
	constraint tenants_timezone_check check (char_length(timezone) <= 64 and public.is_time_zone(timezone)),
	-- A well-formed BCP 47 tag: RFC 5646 section 2.1, with its irregular grandfathered tags.
	constraint tenants_locale_check check (
		char_length(locale) <= 64
		and (locale ~* '^([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?$'
			or locale ~* '^x(-[a-z0-9]{1,8})+$'
			or lower(locale) in ('en-gb-oed', 'i-ami', 'i-bnn', 'i-default', 'i-enochian', 'i-hak',
				'i-klingon', 'i-lux', 'i-mingo', 'i-navajo', 'i-pwn', 'i-tao', 'i-tay', 'i-tsu',
				'sgn-be-fr', 'sgn-be-nl', 'sgn-ch-de')))
);

create table public.users (
	id uuid not null default gen_random_uuid(),
	email text not null,
	password_hash text not null,
	global_role public.global_role not null default 'agent',
	created_at timestamptz not null default now(),
	constraint users_pkey primary key (id),
	-- RFC 5321 lengths, the dot-atom local part of RFC 5322, a domain of two or more labels.
	constraint users_email_check check (
		char_length(email) <= 254
		and email ~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$'
		and email ~ '^.{1,64}@'
		and email ~ '[A-Za-z][A-Za-z0-9-]*$'),
	-- $argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>, salt of 8 bytes or more, hash of 16
	constraint users_password_hash_check check (
		char_length(password_hash) <= 255
		and password_hash ~ '^\$argon2id\$v=19\$m=[1-9][0-9]{0,9},t=[1-9][0-9]{0,9},p=[1-9][0-9]{0,7}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$')
);

-- One person, one address, however it is typed. (An index: a constraint cannot hold lower().)
create unique index users_email_key on public.users (lower(email));

create table public.user_tenants (
	user_id uuid not null,
	tenant_id uuid not null,
	role public.tenant_role not null default 'agent',
	constraint user_tenants_pkey primary key (user_id, tenant_id),
	constraint user_tenants_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
	constraint user_tenants_tenant_id_fkey foreign key (tenant_id) references public.tenants (id) on delete cascade
);

create index user_tenants_tenant_id_idx on public.user_tenants (tenant_id);

create table public.auth_usernames (
	auth_username uuid not null,
	tenant_id uuid not null,
	extension_id uuid not null,
	constraint auth_usernames_pkey primary key (auth_username),
	constraint auth_usernames_extension_id_key unique (tenant_id, extension_id),
	constraint auth_usernames_tenant_id_fkey foreign key (tenant_id) references public.tenants (id) on delete cascade
);

comment on table public.auth_usernames is
	'Whose phone a SIP user name is, over the whole installation: a phone may send an IP address instead of its tenant''s domain.';

create table public.schema_versions (
	schema_name text not null,
	version integer not null,
	applied_at timestamptz not null default now(),
	constraint schema_versions_pkey primary key (schema_name),
	constraint schema_versions_version_check check (version >= 0)
);

comment on table public.schema_versions is
	'Which migration each schema has reached: one query finds all that are behind.';

create table public.schema_migrations (
	kind text not null,
	version integer not null,
	name text not null,
	checksum text not null,
	applied_at timestamptz not null default now(),
	constraint schema_migrations_pkey primary key (kind, version),
	constraint schema_migrations_kind_check check (kind in ('public', 'tenant')),
	constraint schema_migrations_version_check check (version >= 1),
	constraint schema_migrations_checksum_check check (checksum ~ '^[0-9a-f]{64}$')
);

comment on table public.schema_migrations is
	'What each migration looked like when it was first applied here: one changed afterwards is refused.';

-- A row as the JSON that goes to the client. Only RETURNING needs it: Citus refuses to_json there
-- because it is stable; it depends on the session's time zone, and every server runs in UTC.
create function public.row_json(a_row anyelement) returns json
	language sql immutable strict parallel safe
as $$ select pg_catalog.to_json(a_row) $$;

-- The people of the tenant that asks. No argument names a tenant: it is the role the unit of work
-- runs as, which a security definer function leaves in the setting "role" and nobody can set to a
-- role he is not a member of. Whoever is no tenant gets no rows, so everybody may call it: a grant
-- for each of 10,000 roles would be one huge access list.
create function public.my_members() returns table (user_id uuid, email text, role public.tenant_role)
	language sql stable security definer rows 20
	set search_path = ''
as $$
	select u.id, u.email, m.role
	from public.tenants t
	join public.user_tenants m on m.tenant_id = t.id
	join public.users u on u.id = m.user_id
	where t.schema_name = pg_catalog.current_setting('role')
$$;

-- True when the user is a member of the tenant that asks, and keeps him one until the unit of work
-- ends: whoever removes the membership waits, and then finds the assignment to clear. It stands in
-- the statement that assigns a user; a trigger or a foreign key could not (docs/adr).
create function public.hold_member(a_user uuid) returns boolean
	language plpgsql volatile strict security definer
	set search_path = ''
as $$
begin
	perform from public.user_tenants m
	where m.user_id = a_user
		and m.tenant_id = (select t.id from public.tenants t
			where t.schema_name = pg_catalog.current_setting('role'))
	for key share of m;
	return found;
end
$$;

-- Makes a SIP user name known as an extension's of the tenant that asks, in place of the one it had;
-- false when another extension has it. It stands in the statement that writes the extension, so
-- that both happen or none. (A name is 122 random bits: this can tell nobody whose it is.)
create function public.claim_auth_username(a_extension uuid, a_name uuid) returns boolean
	language plpgsql volatile strict security definer
	set search_path = ''
as $$
declare
	my_tenant uuid;
begin
	select t.id into my_tenant from public.tenants t
	where t.schema_name = pg_catalog.current_setting('role');
	if my_tenant is null then
		return false;
	end if;
	if exists (select from public.auth_usernames n where n.auth_username = a_name
			and n.tenant_id = my_tenant and n.extension_id = a_extension) then
		return true;
	end if;
	insert into public.auth_usernames (auth_username, tenant_id, extension_id)
	values (a_name, my_tenant, a_extension)
	on conflict (tenant_id, extension_id) do update set auth_username = excluded.auth_username;
	return true;
exception when unique_violation then
	return false;
end
$$;

-- The end of claim_auth_username(): stands in the statement that deletes the extension.
create function public.release_auth_username(a_extension uuid) returns boolean
	language sql volatile strict security definer
	set search_path = ''
as $$
	delete from public.auth_usernames n
	where n.extension_id = a_extension
		and n.tenant_id = (select t.id from public.tenants t
			where t.schema_name = pg_catalog.current_setting('role'))
	returning true
$$;

-- The tenant that asks: what its snapshot needs of public.tenants, which no tenant can read.
create function public.my_tenant() returns table (id uuid, domain text)
	language sql stable security definer rows 1
	set search_path = ''
as $$
	select t.id, t.domain from public.tenants t
	where t.schema_name = pg_catalog.current_setting('role')
$$;

grant usage on schema public to public;

grant select, update (name, domain, timezone, locale) on public.tenants to centrex_public;

grant select, insert, update, delete on public.users, public.user_tenants to centrex_public;

grant select on public.auth_usernames, public.schema_versions, public.schema_migrations to centrex_public;
