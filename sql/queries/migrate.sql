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
