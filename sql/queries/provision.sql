-- name: provision_tenant
-- door: owner
insert into public.tenants as t (id, name, domain, schema_name, timezone, locale)
values ($1, $2, $3, $4, coalesce($5, 'UTC'), coalesce($6, 'en'))
returning public.row_json(t);

-- name: provision_version
-- door: owner
-- A database that is not migrated to this binary's schema yet refuses it by the check on version.
insert into public.schema_versions (schema_name, version)
select $1, case when max(m.version) >= $2::integer then $2::integer else -1 end
from public.schema_migrations m
where m.kind = 'tenant';

-- name: provision_limits
-- door: owner
insert into public.tenant_limits (tenant_id) values ($1);

-- name: provision_forget
-- door: owner
delete from public.schema_versions where schema_name = $1;

-- name: provision_remove
-- door: owner
delete from public.tenants where id = $1;
