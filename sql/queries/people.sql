-- Who belongs to which tenant, and what goes with that.

-- name: tenant_find
-- door: public
-- By domain (already in lower case) or by id.
select id, domain from public.tenants where domain = $1 or id = $2;

-- name: user_tenants
-- door: public
select tenant_id from public.user_tenants where user_id = $1;

-- name: membership_delete
-- door: public
delete from public.user_tenants where user_id = $1 and tenant_id = $2;

-- name: assignment_clear
-- door: tenant
update extensions set user_id = null where user_id = $1;
