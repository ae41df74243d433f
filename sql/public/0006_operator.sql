-- What the operator of the installation looks at, and what he allows each tenant.

-- A run leaves its row when it begins: one that was killed stays 'unfinished'.
create table public.isolation_reports (
	id uuid not null default gen_random_uuid(),
	started_at timestamptz not null default now(),
	duration_ms integer,
	outcome text not null default 'unfinished',
	hardened boolean,
	version text not null default '',
	tables integer not null default 0,
	attempts integer not null default 0,
	routes integer not null default 0,
	requests integer not null default 0,
	leaks integer not null default 0,
	leak text,
	problem text,
	constraint isolation_reports_pkey primary key (id),
	constraint isolation_reports_duration_ms_check check (duration_ms >= 0),
	constraint isolation_reports_outcome_check check (outcome in ('unfinished', 'passed', 'leaked', 'failed')),
	constraint isolation_reports_version_check check (char_length(version) <= 40),
	constraint isolation_reports_leaks_check check ((outcome = 'leaked') = (leaks > 0)),
	constraint isolation_reports_leak_check check (char_length(leak) <= 2000),
	constraint isolation_reports_problem_check check (char_length(problem) <= 2000)
);

create index isolation_reports_started_at_idx on public.isolation_reports (started_at desc, id desc);

comment on table public.isolation_reports is
	'What `centrex verify-isolation` found, the newest hundred runs.';

create table public.migration_failures (
	schema_name text not null,
	version integer not null,
	failed_at timestamptz not null default now(),
	code text not null,
	message text not null,
	constraint migration_failures_pkey primary key (schema_name),
	constraint migration_failures_schema_name_fkey foreign key (schema_name)
		references public.tenants (schema_name) on update cascade on delete cascade,
	constraint migration_failures_version_check check (version >= 0),
	constraint migration_failures_code_check check (char_length(code) <= 40),
	constraint migration_failures_message_check check (char_length(message) <= 1000)
);

comment on table public.migration_failures is
	'Why the last attempt to migrate a tenant failed; gone once it is migrated.';

-- Written by the processes that have calls and phones, a few seconds apart and only what changed
-- (domain/node_tenants).
create table public.node_tenants (
	kind text not null,
	node text not null,
	tenant_id uuid not null,
	calls integer not null default 0,
	registrations integer not null default 0,
	updated_at timestamptz not null default now(),
	constraint node_tenants_pkey primary key (kind, node, tenant_id),
	constraint node_tenants_node_fkey foreign key (kind, node)
		references public.nodes (kind, name) on update cascade on delete cascade,
	constraint node_tenants_tenant_id_fkey foreign key (tenant_id)
		references public.tenants (id) on delete cascade,
	constraint node_tenants_calls_check check (calls >= 0),
	constraint node_tenants_registrations_check check (registrations >= 0)
);

create index node_tenants_tenant_id_idx on public.node_tenants (tenant_id);

comment on table public.node_tenants is
	'How many calls and phones a tenant has on a node, of those that have any: the operator''s view over all tenants, without a look into each schema.';

create table public.tenant_limits (
	tenant_id uuid not null,
	extensions integer,
	queues integer,
	members integer,
	concurrent_calls integer,
	media_mib integer,
	updated_at timestamptz not null default now(),
	constraint tenant_limits_pkey primary key (tenant_id),
	constraint tenant_limits_tenant_id_fkey foreign key (tenant_id)
		references public.tenants (id) on delete cascade,
	constraint tenant_limits_extensions_check check (extensions >= 0),
	constraint tenant_limits_queues_check check (queues >= 0),
	constraint tenant_limits_members_check check (members >= 0),
	constraint tenant_limits_concurrent_calls_check check (concurrent_calls >= 0),
	constraint tenant_limits_media_mib_check check (media_mib >= 0)
);

comment on table public.tenant_limits is
	'How much a tenant may have, one row each; null: as much as it likes.';

insert into public.tenant_limits (tenant_id) select t.id from public.tenants t;

-- The limits of the tenant that asks (see my_members): part of the statements that make what is
-- limited, under the tenant's lock.
create function public.my_limits() returns table (
	tenant_id uuid, extensions integer, queues integer, members integer, concurrent_calls integer, media_mib integer)
	language sql stable security definer rows 1
	set search_path = ''
as $$
	select l.tenant_id, l.extensions, l.queues, l.members, l.concurrent_calls, l.media_mib
	from public.tenants t
	join public.tenant_limits l on l.tenant_id = t.id
	where t.schema_name = pg_catalog.current_setting('role')
$$;

grant select on public.isolation_reports, public.migration_failures to centrex_public;

grant select, insert, update, delete on public.node_tenants to centrex_public;

grant select, update on public.tenant_limits to centrex_public;
