-- Who is behind a session or a token (domain/principal), and since when it was last used: written once
-- a minute at most. A session that is used lasts as long again as it was to last unused, up to 30 days.

-- $1: the secret's hash, $2: the address, null: as it was.
-- name: principal_session
-- door: public
with touched as (
	update public.sessions t set
		last_used_at = now(),
		expires_at = least(t.created_at + interval '30 days', now() + (t.expires_at - t.last_used_at)),
		address = coalesce($2::text, t.address)
	where t.secret_hash = $1::bytea and t.expires_at > now()
		and t.last_used_at < now() - interval '1 minute'
)
select s.id, s.user_id, u.email, u.global_role = 'admin' as operator_, s.expires_at,
	null::uuid as tenant_id, null::text as role
from public.sessions s join public.users u on u.id = s.user_id
where s.secret_hash = $1::bytea and s.expires_at > now();

-- name: principal_session_memberships
-- door: public
select m.tenant_id, m.role::text as role
from public.sessions s join public.user_tenants m on m.user_id = s.user_id
where s.secret_hash = $1::bytea
order by m.tenant_id;

-- $1: the secret's hash; a wallboard's is kept as another (sql/public/0009).
-- name: principal_token
-- door: public
with found as materialized (
	select t.id from public.tokens t
	where t.secret_hash = any (array[$1::bytea, sha256($1::bytea || 'wallboard')])
		and t.wallboard = (t.secret_hash <> $1::bytea) and (t.expires_at is null or t.expires_at > now())
), touched as (
	update public.tokens t set last_used_at = now()
	where t.id = (select f.id from found f) and (t.last_used_at is null or t.last_used_at < now() - interval '1 minute')
)
select t.id, t.user_id, u.email, u.global_role = 'admin' as operator_, t.expires_at,
	t.tenant_id, case when t.wallboard then 'wallboard' else t.role::text end as role
from found f join public.tokens t on t.id = f.id join public.users u on u.id = t.user_id;

-- name: principal_token_memberships
-- door: public
select m.tenant_id, m.role::text as role
from public.tokens t join public.user_tenants m on m.user_id = t.user_id and m.tenant_id = t.tenant_id
where t.secret_hash = any (array[$1::bytea, sha256($1::bytea || 'wallboard')])
	and t.wallboard = (t.secret_hash <> $1::bytea);
