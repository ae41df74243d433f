-- name: server_facts
-- door: owner
select current_setting('server_version_num')::integer >= 150000,
	current_setting('server_encoding') = 'UTF8',
	(select r.rolcreaterole or r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user),
	has_database_privilege(current_database(), 'create'),
	has_schema_privilege('public', 'create'),
	(select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user),
	pg_catalog.quote_ident(current_database()),
	pg_catalog.quote_ident(current_user);

-- name: logins_present
-- door: owner
select r.rolname from pg_catalog.pg_roles r where r.rolname = 'centrex_public' or r.rolname ~ '^centrex_app_[0-9]{2}$';

-- name: public_present
-- door: owner
select pg_catalog.to_regclass('public.schema_versions') is not null;

-- name: migration_lock
-- door: owner
-- One migration of public, or first set-up, at a time; ends with the unit of work.
select pg_catalog.pg_advisory_xact_lock(729846512443);

-- name: migration_lock_timeout
-- door: owner
select pg_catalog.set_config('lock_timeout', $1, true);

-- name: migration_commit_fast
-- door: owner
-- A tenant's step and the row that says it was taken are lost or kept together.
select pg_catalog.set_config('synchronous_commit', 'off', true);

-- name: migration_list
-- door: owner
select m.kind, m.version, m.name, m.checksum from public.schema_migrations m order by m.kind, m.version;

-- name: migration_record
-- door: owner
insert into public.schema_migrations (kind, version, name, checksum) values ($1, $2, $3, $4)
on conflict do nothing;

-- name: limits_fill
-- door: owner
-- A program of before limits makes tenants without them, also on this schema.
insert into public.tenant_limits (tenant_id) select t.id from public.tenants t
where not exists (select from public.tenant_limits l where l.tenant_id = t.id)
on conflict (tenant_id) do nothing;

-- name: version_set
-- door: owner
insert into public.schema_versions as v (schema_name, version) values ($1, $2)
on conflict (schema_name) do update set version = excluded.version, applied_at = now();

-- name: version_advance
-- door: owner
-- Holds the schema's row from the first statement on; when another process has been here, the
-- check on version refuses the whole unit of work.
update public.schema_versions v
set version = case when v.version = $2 then $3::integer else -1 end, applied_at = now()
where v.schema_name = $1;

-- name: version_show
-- door: owner
select v.version from public.schema_versions v where v.schema_name = $1;

-- name: version_laggards
-- door: owner
-- A tenant without a row has lost it: it is shown, not guessed at.
select t.schema_name, t.domain, coalesce(v.version, 0), t.id
from public.tenants t
left join public.schema_versions v on v.schema_name = t.schema_name
where coalesce(v.version, 0) < $1::integer
order by t.schema_name;

-- name: tenants_count
-- door: owner
select count(*) from public.tenants;

-- name: version_differs
-- door: owner
select t.schema_name, t.domain, coalesce(v.version, 0)
from public.tenants t
left join public.schema_versions v on v.schema_name = t.schema_name
where v.version is distinct from $1::integer
order by t.schema_name;

-- name: canary_find
-- door: owner
select t.schema_name from public.tenants t where t.domain = lower($1) or t.schema_name = $1 or t.id::text = lower($1);

-- name: migration_failed
-- door: owner
-- $1: the tenant's schema; $2: the version it is at; $3: the error's code; $4: its words.
insert into public.migration_failures as f (schema_name, version, code, message)
values ($1, $2, left($3, 40), left($4, 1000))
on conflict (schema_name) do update set version = excluded.version, failed_at = now(),
	code = excluded.code, message = excluded.message;

-- name: migration_failures_forget
-- door: owner
-- Of those that are at version $1 by now.
delete from public.migration_failures f using public.schema_versions v
where v.schema_name = f.schema_name and v.version >= $1::integer;

-- name: migrations_show
-- door: public
-- $1, $2: the newest versions of schema public and of tenants; $3: so many tenants behind at most, those
-- that failed first.
with versions as materialized (
	select coalesce(v.version, 0) as version, t.id, t.name, t.domain, t.schema_name, v.applied_at
	from public.tenants t left join public.schema_versions v on v.schema_name = t.schema_name
), behind as (
	select b.id as tenant_id, b.name, b.domain, b.schema_name, b.version, b.applied_at,
		f.failed_at, f.code as error_code, f.message as error
	from versions b left join public.migration_failures f on f.schema_name = b.schema_name
	where b.version <> $2::integer
	order by f.failed_at is null, b.domain limit $3::integer
)
select json_build_object(
	'public_version', p.version, 'public_newest', $1::integer, 'public_applied_at', p.applied_at,
	'tenant_newest', $2::integer,
	'tenants', (select count(*) from versions),
	'tenants_behind', (select count(*) from versions b where b.version <> $2::integer),
	'versions', (select coalesce(json_agg(json_build_object('version', c.version, 'tenants', c.n)
		order by c.version desc), '[]') from (select b.version, count(*) as n from versions b group by b.version) c),
	'behind', (select coalesce(json_agg(to_json(b)), '[]') from behind b))
from public.schema_versions p where p.schema_name = 'public';
