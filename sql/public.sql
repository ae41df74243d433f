-- Written by script/schema from the migrations; a change belongs into a new one of those.

revoke create on schema public from public;

grant usage on schema public to public;

create type public.global_role as enum ('admin', 'agent');

create type public.media_category as enum ('moh', 'ivr');

create type public.queue_strategy as enum ('ring-all', 'round-robin');

create type public.tenant_role as enum ('owner', 'admin', 'agent');

CREATE OR REPLACE FUNCTION public.is_time_zone(zone text)
 RETURNS boolean
 LANGUAGE plpgsql
 IMMUTABLE STRICT
 SET search_path TO ''
 SET "TimeZone" TO 'UTC'
AS $function$
begin
	if zone ~ '[0-9]' then
		return exists (select from pg_catalog.pg_timezone_names n where n.name = zone);
	end if;
	perform pg_catalog.set_config('TimeZone', zone, true);
	return pg_catalog.current_setting('TimeZone') = zone;
exception when invalid_parameter_value then
	return false;
end
$function$;

create table public.tenants (
	id uuid not null default gen_random_uuid(),
	name text not null,
	domain text not null,
	schema_name text not null,
	timezone text not null default 'UTC'::text,
	locale text not null default 'en'::text,
	created_at timestamp with time zone not null default now(),
	constraint tenants_pkey PRIMARY KEY (id),
	constraint tenants_domain_key UNIQUE (domain),
	constraint tenants_schema_name_key UNIQUE (schema_name),
	constraint tenants_domain_check CHECK (char_length(domain) <= 253 AND domain ~ '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'::text AND domain ~ '[a-z][a-z0-9-]*$'::text),
	constraint tenants_locale_check CHECK (char_length(locale) <= 64 AND (locale ~* '^([a-z]{2,3}(-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(-[0-9a-wy-z](-[a-z0-9]{2,8})+)*(-x(-[a-z0-9]{1,8})+)?$'::text OR locale ~* '^x(-[a-z0-9]{1,8})+$'::text OR (lower(locale) = ANY (ARRAY['en-gb-oed'::text, 'i-ami'::text, 'i-bnn'::text, 'i-default'::text, 'i-enochian'::text, 'i-hak'::text, 'i-klingon'::text, 'i-lux'::text, 'i-mingo'::text, 'i-navajo'::text, 'i-pwn'::text, 'i-tao'::text, 'i-tay'::text, 'i-tsu'::text, 'sgn-be-fr'::text, 'sgn-be-nl'::text, 'sgn-ch-de'::text])))),
	constraint tenants_name_check CHECK (char_length(name) >= 1 AND char_length(name) <= 200 AND name ~ '\S'::text AND name !~ '[\u0001-\u001f\u007f-\u009f]'::text),
	constraint tenants_schema_name_check CHECK (schema_name ~ '^tenant_[a-z0-9_]{1,56}$'::text),
	constraint tenants_timezone_check CHECK (char_length(timezone) <= 64 AND public.is_time_zone(timezone))
);

create table public.users (
	id uuid not null default gen_random_uuid(),
	email text not null,
	password_hash text not null,
	global_role public.global_role not null default 'agent'::public.global_role,
	created_at timestamp with time zone not null default now(),
	constraint users_pkey PRIMARY KEY (id),
	constraint users_email_check CHECK (char_length(email) <= 254 AND email ~ '^[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&''*+/=?^_`{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$'::text AND email ~ '^.{1,64}@'::text AND email ~ '[A-Za-z][A-Za-z0-9-]*$'::text),
	constraint users_password_hash_check CHECK (char_length(password_hash) <= 255 AND password_hash ~ '^\$argon2id\$v=19\$m=[1-9][0-9]{0,9},t=[1-9][0-9]{0,9},p=[1-9][0-9]{0,7}\$[A-Za-z0-9+/]{11,}\$[A-Za-z0-9+/]{22,}$'::text)
);

create table public.user_tenants (
	user_id uuid not null,
	tenant_id uuid not null,
	role public.tenant_role not null default 'agent'::public.tenant_role,
	constraint user_tenants_pkey PRIMARY KEY (user_id, tenant_id),
	constraint user_tenants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE,
	constraint user_tenants_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE
);

create table public.auth_usernames (
	auth_username uuid not null,
	tenant_id uuid not null,
	extension_id uuid not null,
	constraint auth_usernames_pkey PRIMARY KEY (auth_username),
	constraint auth_usernames_extension_id_key UNIQUE (tenant_id, extension_id),
	constraint auth_usernames_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE
);

create table public.schema_versions (
	schema_name text not null,
	version integer not null,
	applied_at timestamp with time zone not null default now(),
	constraint schema_versions_pkey PRIMARY KEY (schema_name),
	constraint schema_versions_version_check CHECK (version >= 0)
);

create table public.schema_migrations (
	kind text not null,
	version integer not null,
	name text not null,
	checksum text not null,
	applied_at timestamp with time zone not null default now(),
	constraint schema_migrations_pkey PRIMARY KEY (kind, version),
	constraint schema_migrations_checksum_check CHECK (checksum ~ '^[0-9a-f]{64}$'::text),
	constraint schema_migrations_kind_check CHECK (kind = ANY (ARRAY['public'::text, 'tenant'::text])),
	constraint schema_migrations_version_check CHECK (version >= 1)
);

create table public.sessions (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	secret_hash bytea not null,
	address text not null default ''::text,
	user_agent text not null default ''::text,
	created_at timestamp with time zone not null default now(),
	last_used_at timestamp with time zone not null default now(),
	expires_at timestamp with time zone not null,
	constraint sessions_pkey PRIMARY KEY (id),
	constraint sessions_secret_hash_key UNIQUE (secret_hash),
	constraint sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE,
	constraint sessions_address_check CHECK (char_length(address) <= 45),
	constraint sessions_expires_at_check CHECK (expires_at >= created_at),
	constraint sessions_secret_hash_check CHECK (octet_length(secret_hash) = 32),
	constraint sessions_user_agent_check CHECK (char_length(user_agent) <= 256)
);

create table public.tokens (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	name text not null,
	secret_hash bytea not null,
	tenant_id uuid,
	role public.tenant_role,
	created_at timestamp with time zone not null default now(),
	expires_at timestamp with time zone,
	last_used_at timestamp with time zone,
	wallboard boolean not null default false,
	constraint tokens_pkey PRIMARY KEY (id),
	constraint tokens_secret_hash_key UNIQUE (secret_hash),
	constraint tokens_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE,
	constraint tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE,
	constraint tokens_expires_at_check CHECK (expires_at >= created_at),
	constraint tokens_name_check CHECK (char_length(name) >= 1 AND char_length(name) <= 100 AND name ~ '\S'::text AND name !~ '[\u0001-\u001f\u007f-\u009f]'::text),
	constraint tokens_role_check CHECK ((tenant_id IS NULL) = (role IS NULL)),
	constraint tokens_secret_hash_check CHECK (octet_length(secret_hash) = 32),
	constraint tokens_wallboard_check CHECK (NOT wallboard OR role = 'admin'::public.tenant_role AND role IS NOT NULL)
);

create table public.invitations (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	secret_hash bytea not null,
	created_at timestamp with time zone not null default now(),
	expires_at timestamp with time zone not null,
	constraint invitations_pkey PRIMARY KEY (id),
	constraint invitations_secret_hash_key UNIQUE (secret_hash),
	constraint invitations_user_id_key UNIQUE (user_id),
	constraint invitations_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE,
	constraint invitations_expires_at_check CHECK (expires_at >= created_at),
	constraint invitations_secret_hash_check CHECK (octet_length(secret_hash) = 32)
);

create table public.idempotency_keys (
	actor uuid not null,
	key text not null,
	request_hash bytea not null,
	status integer not null,
	answer text not null,
	created_at timestamp with time zone not null default now(),
	constraint idempotency_keys_pkey PRIMARY KEY (actor, key),
	constraint idempotency_keys_key_check CHECK (char_length(key) >= 1 AND char_length(key) <= 255),
	constraint idempotency_keys_request_hash_check CHECK (octet_length(request_hash) = 32),
	constraint idempotency_keys_status_check CHECK (status >= 100 AND status <= 599)
);

create table public.audit_log (
	id uuid not null default gen_random_uuid(),
	at timestamp with time zone not null default now(),
	actor_kind text not null,
	actor_id uuid,
	actor_name text not null default ''::text,
	address text not null default ''::text,
	request_id text not null default ''::text,
	action text not null,
	resource text not null,
	resource_id text not null default ''::text,
	before jsonb,
	after jsonb,
	constraint audit_log_pkey PRIMARY KEY (id),
	constraint audit_log_action_check CHECK (char_length(action) >= 1 AND char_length(action) <= 40),
	constraint audit_log_actor_kind_check CHECK (actor_kind = ANY (ARRAY['command'::text, 'session'::text, 'token'::text, 'engine'::text])),
	constraint audit_log_actor_name_check CHECK (char_length(actor_name) <= 254),
	constraint audit_log_address_check CHECK (char_length(address) <= 45),
	constraint audit_log_request_id_check CHECK (char_length(request_id) <= 64),
	constraint audit_log_resource_check CHECK (char_length(resource) >= 1 AND char_length(resource) <= 40),
	constraint audit_log_resource_id_check CHECK (char_length(resource_id) <= 254)
);

create table public.nodes (
	name text not null,
	kind text not null,
	version text not null default ''::text,
	started_at timestamp with time zone not null,
	seen_at timestamp with time zone not null default now(),
	counters jsonb not null default '{}'::jsonb,
	constraint nodes_pkey PRIMARY KEY (kind, name),
	constraint nodes_counters_check CHECK (jsonb_typeof(counters) = 'object'::text),
	constraint nodes_kind_check CHECK (kind = ANY (ARRAY['sip'::text, 'web'::text, 'freeswitch'::text])),
	constraint nodes_name_check CHECK (char_length(name) >= 1 AND char_length(name) <= 64),
	constraint nodes_version_check CHECK (char_length(version) <= 40)
);

create table public.dead_letters (
	id uuid not null default gen_random_uuid(),
	received_at timestamp with time zone not null default now(),
	fingerprint bytea not null,
	call_leg text not null default ''::text,
	node text not null default ''::text,
	content_type text not null default ''::text,
	reason text not null,
	detail text not null default ''::text,
	attempts integer not null default 1,
	body bytea not null,
	constraint dead_letters_pkey PRIMARY KEY (id),
	constraint dead_letters_fingerprint_key UNIQUE (fingerprint),
	constraint dead_letters_attempts_check CHECK (attempts >= 1),
	constraint dead_letters_call_leg_check CHECK (char_length(call_leg) <= 64),
	constraint dead_letters_content_type_check CHECK (char_length(content_type) <= 100),
	constraint dead_letters_detail_check CHECK (char_length(detail) <= 500),
	constraint dead_letters_fingerprint_check CHECK (octet_length(fingerprint) = 32),
	constraint dead_letters_node_check CHECK (char_length(node) <= 64),
	constraint dead_letters_reason_check CHECK (reason ~ '^[a-z][a-z_]{0,39}$'::text)
);

create table public.isolation_reports (
	id uuid not null default gen_random_uuid(),
	started_at timestamp with time zone not null default now(),
	duration_ms integer,
	outcome text not null default 'unfinished'::text,
	hardened boolean,
	version text not null default ''::text,
	tables integer not null default 0,
	attempts integer not null default 0,
	routes integer not null default 0,
	requests integer not null default 0,
	leaks integer not null default 0,
	leak text,
	problem text,
	constraint isolation_reports_pkey PRIMARY KEY (id),
	constraint isolation_reports_duration_ms_check CHECK (duration_ms >= 0),
	constraint isolation_reports_leak_check CHECK (char_length(leak) <= 2000),
	constraint isolation_reports_leaks_check CHECK ((outcome = 'leaked'::text) = (leaks > 0)),
	constraint isolation_reports_outcome_check CHECK (outcome = ANY (ARRAY['unfinished'::text, 'passed'::text, 'leaked'::text, 'failed'::text])),
	constraint isolation_reports_problem_check CHECK (char_length(problem) <= 2000),
	constraint isolation_reports_version_check CHECK (char_length(version) <= 40)
);

create table public.migration_failures (
	schema_name text not null,
	version integer not null,
	failed_at timestamp with time zone not null default now(),
	code text not null,
	message text not null,
	constraint migration_failures_pkey PRIMARY KEY (schema_name),
	constraint migration_failures_schema_name_fkey FOREIGN KEY (schema_name) REFERENCES public.tenants(schema_name) ON UPDATE CASCADE ON DELETE CASCADE,
	constraint migration_failures_code_check CHECK (char_length(code) <= 40),
	constraint migration_failures_message_check CHECK (char_length(message) <= 1000),
	constraint migration_failures_version_check CHECK (version >= 0)
);

create table public.node_tenants (
	kind text not null,
	node text not null,
	tenant_id uuid not null,
	calls integer not null default 0,
	registrations integer not null default 0,
	updated_at timestamp with time zone not null default now(),
	instance uuid,
	constraint node_tenants_pkey PRIMARY KEY (kind, node, tenant_id),
	constraint node_tenants_node_fkey FOREIGN KEY (kind, node) REFERENCES public.nodes(kind, name) ON UPDATE CASCADE ON DELETE CASCADE,
	constraint node_tenants_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE,
	constraint node_tenants_calls_check CHECK (calls >= 0),
	constraint node_tenants_registrations_check CHECK (registrations >= 0)
);

create table public.tenant_limits (
	tenant_id uuid not null,
	extensions integer,
	queues integer,
	members integer,
	concurrent_calls integer,
	media_mib integer,
	updated_at timestamp with time zone not null default now(),
	constraint tenant_limits_pkey PRIMARY KEY (tenant_id),
	constraint tenant_limits_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES public.tenants(id) ON DELETE CASCADE,
	constraint tenant_limits_concurrent_calls_check CHECK (concurrent_calls >= 0),
	constraint tenant_limits_extensions_check CHECK (extensions >= 0),
	constraint tenant_limits_media_mib_check CHECK (media_mib >= 0),
	constraint tenant_limits_members_check CHECK (members >= 0),
	constraint tenant_limits_queues_check CHECK (queues >= 0)
);

create index audit_log_at_idx ON public.audit_log (at DESC, id DESC);

create index dead_letters_received_at_idx ON public.dead_letters (received_at DESC, id DESC);

create index idempotency_keys_created_at_idx ON public.idempotency_keys (created_at);

create index isolation_reports_started_at_idx ON public.isolation_reports (started_at DESC, id DESC);

create index node_tenants_tenant_id_idx ON public.node_tenants (tenant_id);

create index sessions_user_id_idx ON public.sessions (user_id);

create index tokens_tenant_id_idx ON public.tokens (tenant_id);

create index tokens_user_id_idx ON public.tokens (user_id);

create index user_tenants_tenant_id_idx ON public.user_tenants (tenant_id);

create unique index users_email_key ON public.users (lower(email));

CREATE OR REPLACE FUNCTION public.busy()
 RETURNS TABLE(extension_id uuid, talks boolean)
 LANGUAGE plpgsql
 STABLE
AS $function$
begin
	return query
	select b.extension, bool_or(b.talking)
	from (
		select m.extension, n.talking
		from calls c
		cross join lateral (values
			(case when c.direction <> 'inbound' then c.from_number end, true),
			(case when c.state = 'answered' then c.answered_by end, true),
			(case when c.state = 'ringing' then c.to_number end, false)) as n(number, talking)
		cross join lateral (
			select x.id as extension from extensions x where x.extension_number = n.number
			union all
			select o.extension_id from numbers o where o.number = n.number and o.extension_id is not null) as m
		union all
		select a.extension_id, a.state = 'talking' from agents a where a.state in ('ringing', 'talking')
	) as b
	group by b.extension;
end
$function$;

CREATE OR REPLACE FUNCTION public.cdr_class(a_direction text, a_disposition text, a_duration integer)
 RETURNS smallint
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$
	select ((pg_catalog.array_position(array['internal', 'inbound', 'outbound'], a_direction) - 1) * 23
		+ case when a_disposition = 'answered'
			then pg_catalog.width_bucket(a_duration, array[30, 60, 120, 300, 900, 1800, 3600])
			else 8 + (pg_catalog.array_position(
				array['no_answer', 'busy', 'declined', 'cancelled', 'failed'], a_disposition) - 1) * 3
				+ pg_catalog.width_bucket(a_duration, array[30, 120]) end)::smallint
$function$;

CREATE OR REPLACE FUNCTION public.claim_auth_username(a_extension uuid, a_name uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STRICT SECURITY DEFINER
 SET search_path TO ''
AS $function$
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
$function$;

CREATE OR REPLACE FUNCTION public.hold_member(a_user uuid)
 RETURNS boolean
 LANGUAGE plpgsql
 STRICT SECURITY DEFINER
 SET search_path TO ''
AS $function$
begin
	perform from public.user_tenants m
	where m.user_id = a_user
		and m.tenant_id = (select t.id from public.tenants t
			where t.schema_name = pg_catalog.current_setting('role'))
	for key share of m;
	return found;
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_agent(a_extension uuid)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
	insert into agents (extension_id) values (a_extension) on conflict (extension_id) do nothing;
	return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.keep_queue_settings(a_queue uuid)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
begin
	insert into queue_settings (queue_id) values (a_queue) on conflict (queue_id) do nothing;
	return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.member_name(a_user uuid)
 RETURNS text
 LANGUAGE sql
 STABLE STRICT SECURITY DEFINER
 SET search_path TO ''
AS $function$
	select u.email
	from public.tenants t
	join public.user_tenants m on m.tenant_id = t.id and m.user_id = a_user
	join public.users u on u.id = m.user_id
	where t.schema_name = pg_catalog.current_setting('role')
$function$;

CREATE OR REPLACE FUNCTION public.my_limits()
 RETURNS TABLE(tenant_id uuid, extensions integer, queues integer, members integer, concurrent_calls integer, media_mib integer)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 1
 SET search_path TO ''
AS $function$
	select l.tenant_id, l.extensions, l.queues, l.members, l.concurrent_calls, l.media_mib
	from public.tenants t
	join public.tenant_limits l on l.tenant_id = t.id
	where t.schema_name = pg_catalog.current_setting('role')
$function$;

CREATE OR REPLACE FUNCTION public.my_members()
 RETURNS TABLE(user_id uuid, email text, role public.tenant_role)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 20
 SET search_path TO ''
AS $function$
	select u.id, u.email, m.role
	from public.tenants t
	join public.user_tenants m on m.tenant_id = t.id
	join public.users u on u.id = m.user_id
	where t.schema_name = pg_catalog.current_setting('role')
$function$;

CREATE OR REPLACE FUNCTION public.my_tenant()
 RETURNS TABLE(id uuid, domain text)
 LANGUAGE sql
 STABLE SECURITY DEFINER ROWS 1
 SET search_path TO ''
AS $function$
	select t.id, t.domain from public.tenants t
	where t.schema_name = pg_catalog.current_setting('role')
$function$;

CREATE OR REPLACE FUNCTION public.record_change(a_tenant uuid, a_audit jsonb, a_event jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO ''
AS $function$
declare
	its_schema text;
begin
	select t.schema_name into its_schema from public.tenants t where t.id = a_tenant;
	if its_schema is null then
		return false;
	end if;
	perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(a_tenant::text, 0));
	execute pg_catalog.format('insert into %I.audit_log (actor_kind, actor_id, actor_name, address, request_id,'
		' action, resource, resource_id, before, after) select r.actor_kind, r.actor_id, r.actor_name,'
		' r.address, r.request_id, r.action, r.resource, r.resource_id, r.before, r.after'
		' from pg_catalog.jsonb_to_record($1) as r(actor_kind text, actor_id uuid, actor_name text, address text,'
		' request_id text, action text, resource text, resource_id text, before jsonb, after jsonb)', its_schema)
	using a_audit;
	execute pg_catalog.format('insert into %I.events (kind, data) values (''change'', $1)', its_schema)
	using a_event;
	return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.release_auth_username(a_extension uuid)
 RETURNS boolean
 LANGUAGE sql
 STRICT SECURITY DEFINER
 SET search_path TO ''
AS $function$
	delete from public.auth_usernames n
	where n.extension_id = a_extension
		and n.tenant_id = (select t.id from public.tenants t
			where t.schema_name = pg_catalog.current_setting('role'))
	returning true
$function$;

CREATE OR REPLACE FUNCTION public.row_json(a_row anyelement)
 RETURNS json
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE STRICT
AS $function$ select pg_catalog.to_json(a_row) $function$;

CREATE OR REPLACE FUNCTION public.tell_agent(a_extension uuid, a_agent jsonb)
 RETURNS boolean
 LANGUAGE plpgsql
AS $function$
declare
	last record;
	took bigint;
begin
	delete from events e
	where e.id in (select o.id from events o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events l) - 10000);
	insert into events (kind, data)
	select 'agent', jsonb_build_object('extension_id', x.id, 'extension', x.extension_number,
		'status', a_agent -> 'status', 'reason', a_agent -> 'reason',
		'status_since', a_agent -> 'status_since', 'state', a_agent -> 'state',
		'state_since', a_agent -> 'state_since', 'queue_id', a_agent -> 'queue_id',
		'wrap_up_until', a_agent -> 'wrap_up_until', 'node', a_agent -> 'node',
		'requested', a_agent ->> 'requested_at' is not null)
	from extensions x where x.id = a_extension;
	if to_regclass('agent_states') is null then -- this tenant's schema is still that of the release before
		return true;
	end if;
	select s.* into last from agent_states s
	where s.extension_id = a_extension and s.until is null order by s.id desc limit 1;
	if last.status = a_agent ->> 'status' and last.state = a_agent ->> 'state'
		and last.reason = a_agent ->> 'reason'
		and last.queue_id is not distinct from (a_agent ->> 'queue_id')::uuid then
		return true;
	end if;
	update agent_states s set until = greatest(now(), s.since)
	where s.extension_id = a_extension and s.until is null;
	if last.state = 'wrap_up' then
		took := greatest(floor(extract(epoch from now() - last.since) * 1000), 0);
		insert into queue_agent_days as d (day, queue_id, agent_id, wrap_up_ms)
		values ((last.since at time zone 'UTC')::date,
			coalesce(last.queue_id, '00000000-0000-0000-0000-000000000000'), a_extension, took)
		on conflict (day, queue_id, agent_id) do update set wrap_up_ms = d.wrap_up_ms + excluded.wrap_up_ms;
		insert into queue_quarters as q (at, queue_id, wrap_up_ms)
		select date_bin('15 minutes', last.since, 'epoch'), last.queue_id, took where last.queue_id is not null
		on conflict (at, queue_id) do update set wrap_up_ms = q.wrap_up_ms + excluded.wrap_up_ms;
	end if;
	insert into agent_states (extension_id, extension, status, state, reason, queue_id, status_began, since)
	select x.id, x.extension_number, a_agent ->> 'status', a_agent ->> 'state', a_agent ->> 'reason',
		(a_agent ->> 'queue_id')::uuid, last.status is distinct from a_agent ->> 'status'
			or last.reason is distinct from a_agent ->> 'reason', now()
	from extensions x where x.id = a_extension;
	return true;
end
$function$;

CREATE OR REPLACE FUNCTION public.time_in_zone(a_time timestamp with time zone, a_zone text)
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE STRICT
AS $function$
	select pg_catalog.to_char(a_time at time zone a_zone, 'YYYY-MM-DD"T"HH24:MI:SS.US')
		|| case when (a_time at time zone a_zone) < (a_time at time zone 'UTC') then '-' else '+' end
		|| pg_catalog.to_char(greatest(
			(a_time at time zone a_zone) - (a_time at time zone 'UTC'),
			(a_time at time zone 'UTC') - (a_time at time zone a_zone)), 'HH24:MI')
$function$;

comment on table public.auth_usernames is
	'Whose phone a SIP user name is, over the whole installation: a phone may send an IP address instead of its tenant''s domain.';

comment on table public.schema_versions is
	'Which migration each schema has reached: one query finds all that are behind.';

comment on table public.schema_migrations is
	'What each migration looked like when it was first applied here: one changed afterwards is refused.';

comment on table public.sessions is
	'People who are signed in with a browser: ended one by one, or all when the password changes.';

comment on table public.tokens is
	'API tokens: what a program does in a user''s name, in one tenant with at most that role, or without a tenant as an operator.';

comment on table public.invitations is
	'One-time links with which a user sets a password: one at a time, gone once used.';

comment on table public.idempotency_keys is
	'What a POST that belongs to no tenant was answered, for the client that asks again with the same Idempotency-Key.';

comment on table public.audit_log is
	'Who did what to the installation (users, tenants, log-ins). What was done in a tenant stands in the tenant''s own audit_log.';

comment on table public.nodes is
	'The processes of the installation and what they count, written every few seconds: /metrics of any web process shows all of them.';

comment on table public.dead_letters is
	'Call records of switches that could not be placed: kept whole, with the reason, until they are replayed or removed.';

comment on table public.isolation_reports is
	'What `centrex verify-isolation` found, the newest hundred runs.';

comment on table public.migration_failures is
	'Why the last attempt to migrate a tenant failed; gone once it is migrated.';

comment on table public.node_tenants is
	'How many calls and phones a tenant has on a node, of those that have any: the operator''s view over all tenants, without a look into each schema.';

comment on table public.tenant_limits is
	'How much a tenant may have, one row each; null: as much as it likes.';

revoke execute on function public.record_change(uuid,jsonb,jsonb) from public;

grant execute on function public.record_change(uuid,jsonb,jsonb) to centrex_public;

grant select, update (name, domain, timezone, locale) on public.tenants to centrex_public;

grant select, insert, update, delete on public.users, public.user_tenants, public.sessions, public.tokens, public.invitations, public.idempotency_keys, public.nodes, public.dead_letters, public.node_tenants to centrex_public;

grant select on public.auth_usernames, public.schema_versions, public.schema_migrations, public.isolation_reports, public.migration_failures to centrex_public;

grant select, insert on public.audit_log to centrex_public;

grant select, update on public.tenant_limits to centrex_public;
