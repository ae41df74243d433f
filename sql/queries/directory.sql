-- Which tenant a name belongs to (domain/directory); asked once for each name not known yet.

-- name: directory_by_domain
-- door: public
select t.id from public.tenants t where t.domain = $1::text;

-- name: directory_by_auth_username
-- door: public
select n.tenant_id from public.auth_usernames n where n.auth_username = $1::uuid;

-- name: directory_tenants
-- door: public
select t.id, t.domain from public.tenants t;
