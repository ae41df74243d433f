-- How people and programs prove who they are, and what was done to the installation. These are not
-- reference tables: they are written often, and live on the primary alone.

-- Secrets are 256 random bits, so a plain hash (BLAKE2b, 32 bytes) is enough to keep them from whoever
-- reads the table.
create table public.sessions (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	secret_hash bytea not null,
	address text not null default '',
	user_agent text not null default '',
	created_at timestamptz not null default now(),
	last_used_at timestamptz not null default now(),
	expires_at timestamptz not null,
	constraint sessions_pkey primary key (id),
	constraint sessions_secret_hash_key unique (secret_hash),
	constraint sessions_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
	constraint sessions_secret_hash_check check (octet_length(secret_hash) = 32),
	constraint sessions_address_check check (char_length(address) <= 45),
	constraint sessions_user_agent_check check (char_length(user_agent) <= 256),
	constraint sessions_expires_at_check check (expires_at >= created_at)
);

create index sessions_user_id_idx on public.sessions (user_id);

comment on table public.sessions is
	'People who are signed in with a browser: ended one by one, or all when the password changes.';

create table public.tokens (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	name text not null,
	secret_hash bytea not null,
	tenant_id uuid,
	role public.tenant_role,
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	last_used_at timestamptz,
	constraint tokens_pkey primary key (id),
	constraint tokens_secret_hash_key unique (secret_hash),
	constraint tokens_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
	constraint tokens_tenant_id_fkey foreign key (tenant_id) references public.tenants (id) on delete cascade,
	constraint tokens_name_check check (
		char_length(name) between 1 and 100 and name ~ '\S' and name !~ '[\u0001-\u001f\u007f-\u009f]'),
	constraint tokens_secret_hash_check check (octet_length(secret_hash) = 32),
	constraint tokens_role_check check ((tenant_id is null) = (role is null)),
	constraint tokens_expires_at_check check (expires_at >= created_at)
);

create index tokens_user_id_idx on public.tokens (user_id);

create index tokens_tenant_id_idx on public.tokens (tenant_id);

comment on table public.tokens is
	'API tokens: what a program does in a user''s name, in one tenant with at most that role, or without a tenant as an operator.';

create table public.invitations (
	id uuid not null default gen_random_uuid(),
	user_id uuid not null,
	secret_hash bytea not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	constraint invitations_pkey primary key (id),
	constraint invitations_user_id_key unique (user_id),
	constraint invitations_secret_hash_key unique (secret_hash),
	constraint invitations_user_id_fkey foreign key (user_id) references public.users (id) on delete cascade,
	constraint invitations_secret_hash_check check (octet_length(secret_hash) = 32),
	constraint invitations_expires_at_check check (expires_at >= created_at)
);

comment on table public.invitations is
	'One-time links with which a user sets a password: one at a time, gone once used.';

create table public.idempotency_keys (
	actor uuid not null,
	key text not null,
	request_hash bytea not null,
	status integer not null,
	answer text not null,
	created_at timestamptz not null default now(),
	constraint idempotency_keys_pkey primary key (actor, key),
	constraint idempotency_keys_key_check check (char_length(key) between 1 and 255),
	constraint idempotency_keys_request_hash_check check (octet_length(request_hash) = 32),
	constraint idempotency_keys_status_check check (status between 100 and 599)
);

create index idempotency_keys_created_at_idx on public.idempotency_keys (created_at);

comment on table public.idempotency_keys is
	'What a POST that belongs to no tenant was answered, for the client that asks again with the same Idempotency-Key.';

create table public.audit_log (
	id uuid not null default gen_random_uuid(),
	at timestamptz not null default now(),
	actor_kind text not null,
	actor_id uuid,
	actor_name text not null default '',
	address text not null default '',
	request_id text not null default '',
	action text not null,
	resource text not null,
	resource_id text not null default '',
	before jsonb,
	after jsonb,
	constraint audit_log_pkey primary key (id),
	constraint audit_log_actor_kind_check check (actor_kind in ('command', 'session', 'token', 'engine')),
	constraint audit_log_actor_name_check check (char_length(actor_name) <= 254),
	constraint audit_log_address_check check (char_length(address) <= 45),
	constraint audit_log_request_id_check check (char_length(request_id) <= 64),
	constraint audit_log_action_check check (char_length(action) between 1 and 40),
	constraint audit_log_resource_check check (char_length(resource) between 1 and 40),
	constraint audit_log_resource_id_check check (char_length(resource_id) <= 254)
);

create index audit_log_at_idx on public.audit_log (at desc, id desc);

comment on table public.audit_log is
	'Who did what to the installation (users, tenants, log-ins). What was done in a tenant stands in the tenant''s own audit_log.';

create table public.nodes (
	name text not null,
	kind text not null,
	version text not null default '',
	started_at timestamptz not null,
	seen_at timestamptz not null default now(),
	counters jsonb not null default '{}',
	constraint nodes_pkey primary key (kind, name),
	constraint nodes_name_check check (char_length(name) between 1 and 64),
	constraint nodes_kind_check check (kind in ('sip', 'web')),
	constraint nodes_version_check check (char_length(version) <= 40),
	constraint nodes_counters_check check (jsonb_typeof(counters) = 'object')
);

comment on table public.nodes is
	'The processes of the installation and what they count, written every few seconds: /metrics of any web process shows all of them.';

-- A change to a row of public that belongs to a tenant (a membership, the tenant itself) also stands in
-- that tenant's own audit log and event log. centrex_public cannot write there; this can, and nothing else.
create function public.record_change(a_tenant uuid, a_audit jsonb, a_event jsonb) returns boolean
	language plpgsql volatile security definer
	set search_path = ''
as $$
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
$$;

revoke execute on function public.record_change(uuid, jsonb, jsonb) from public;

grant execute on function public.record_change(uuid, jsonb, jsonb) to centrex_public;

grant select, insert, update, delete on public.sessions, public.tokens, public.invitations, public.idempotency_keys, public.nodes to centrex_public;

grant select, insert on public.audit_log to centrex_public;
