-- Who belongs to which tenant, and what goes with that.

-- name: tenant_find
-- door: public
-- By domain (already in lower case) or by id.
select id, domain from public.tenants where domain = $1 or id = $2;

-- name: user_tenants
-- door: public
select tenant_id from public.user_tenants where user_id = $1;

-- name: assignment_clear
-- door: tenant
-- $1: the user; $2 to $6: who takes his phone from him, for the audit log.
with b as (
	select e.id, to_jsonb(e) || '{"auth_password": "********"}' as stored from extensions as e
	where e.user_id = $1
), w as (
	update extensions as e set user_id = null from b where e.id = b.id returning e.id
), a as (
	insert into audit_log (actor_kind, actor_id, actor_name, address, request_id, action, resource,
		resource_id, before, after)
	select $2, $3::uuid, left($4, 254), left($5, 45), left($6, 64), 'update', 'extension', b.id::text,
		b.stored, b.stored || '{"user_id": null}'
	from w join b on b.id = w.id
)
insert into events (kind, data)
select 'change', jsonb_build_object('resource', 'extension', 'id', w.id::text, 'action', 'update') from w;

-- name: tokens_leave
-- door: public
-- Whoever comes back makes new ones.
delete from public.tokens where user_id = $1::uuid and tenant_id = $2::uuid;
