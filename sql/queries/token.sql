-- A user's API tokens (domain/token).

-- name: token_count
-- door: public
-- Under the user's lock, so that two at once do not both find room. Those that have ended do not count.
with u as (select id from public.users where id = $1::uuid for update)
select count(t.id) from u left join public.tokens t on t.user_id = u.id
	and (t.expires_at is null or t.expires_at > now());

-- name: token_create
-- door: public
with made as (
	insert into public.tokens (id, user_id, name, secret_hash, tenant_id, role, wallboard, expires_at)
	values ($1::uuid, $2::uuid, $3::text,
		case when $6::text = 'wallboard' then sha256($4::bytea || 'wallboard') else $4::bytea end, $5::uuid,
		(case $6::text when 'wallboard' then 'admin' else $6::text end)::public.tenant_role,
		coalesce($6::text = 'wallboard', false), $7::timestamptz)
	returning id, name, tenant_id, case when wallboard then 'wallboard' else role::text end as role,
		created_at, expires_at, last_used_at
)
select row_to_json(r) from (
	select m.id, m.name, m.tenant_id, (select t.domain from public.tenants t where t.id = m.tenant_id) as tenant,
		m.role, m.created_at, m.expires_at, m.last_used_at
	from made m) as r;

-- $2: those of this tenant only; null: all of the user's.
-- name: token_list
-- door: public
select coalesce(json_agg(row_to_json(r) order by r.created_at desc, r.id), '[]') from (
	select m.id, m.name, m.tenant_id, t.domain as tenant,
		case when m.wallboard then 'wallboard' else m.role::text end as role, m.created_at, m.expires_at, m.last_used_at
	from public.tokens m left join public.tenants t on t.id = m.tenant_id
	where m.user_id = $1::uuid and ($2::uuid is null or m.tenant_id = $2::uuid)
) as r;

-- What a token was, for the audit log: locked, so that it is told of once.
-- name: token_lock
-- door: public
select m.tenant_id, json_build_object('name', m.name, 'user_id', m.user_id,
	'role', case when m.wallboard then 'wallboard' else m.role::text end, 'expires_at', m.expires_at)
from public.tokens m where m.id = $1::uuid and m.user_id = $2::uuid for update;

-- name: token_delete
-- door: public
delete from public.tokens where id = $1::uuid and user_id = $2::uuid;
