-- Signing in with a password, and the sessions that come of it (domain/session).

-- $1: the e-mail address, in any case.
-- name: session_user
-- door: public
select u.id, u.email, u.password_hash from public.users u where lower(u.email) = lower($1::text);

-- $1: the user, $2: the hash a password was found to match, $3: the same password hashed anew.
-- name: session_rehash
-- door: public
update public.users set password_hash = $3::text where id = $1::uuid and password_hash = $2::text;

-- The oldest gives way to a new one; what has ended goes, too. $2: how many stay.
-- name: session_make_room
-- door: public
delete from public.sessions s where s.user_id = $1::uuid and (s.expires_at <= now() or s.id in (
	select o.id from public.sessions o where o.user_id = $1::uuid
	order by o.last_used_at desc, o.id offset $2::int));

-- Only while the password is the one that was shown: for share waits for who is changing it, and holds
-- up who is about to. $8: the e-mail address, $9: the request.
-- name: session_create
-- door: public
with u as (
	select id from public.users where id = $2::uuid and password_hash = $7::text for share
), made as (
	insert into public.sessions (id, user_id, secret_hash, address, user_agent, expires_at)
	select $1::uuid, u.id, $3::bytea, $4::text, $5::text, now() + make_interval(secs => $6::float8)
	from u returning id
)
insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id, action, resource, resource_id)
select 'session', $2::uuid, $8::text, $4::text, $9::text, 'login', 'session', made.id::text from made;

-- $1: the user, without whom there is no row; $2: the session that asks.
-- name: session_list
-- door: public
select (
	select coalesce(json_agg(row_to_json(r) order by r.last_used_at desc, r.id), '[]') from (
		select s.id, s.address, s.user_agent, s.created_at, s.last_used_at, s.expires_at,
			s.id = $2::uuid as current
		from public.sessions s where s.user_id = u.id and s.expires_at > now()
	) as r
) from public.users u where u.id = $1::uuid;

-- name: session_end
-- door: public
delete from public.sessions where id = $1::uuid and user_id = $2::uuid;

-- All of a user's but one ($2; null: all).
-- name: session_end_others
-- door: public
delete from public.sessions where user_id = $1::uuid and id is distinct from $2::uuid;

-- A few of those nobody asks for any more.
-- name: session_sweep
-- door: public
delete from public.sessions where id in (
	select id from public.sessions where expires_at <= now() limit 1000 for update skip locked);

-- $1: the user, $2: the hash the old password matched, $3: the new one's.
-- name: session_password
-- door: public
update public.users set password_hash = $3::text where id = $1::uuid and password_hash = $2::text;

-- name: session_memberships
-- door: public
select coalesce(json_agg(json_build_object('tenant_id', t.id, 'domain', t.domain, 'name', t.name,
	'role', m.role) order by t.domain), '[]')
from public.user_tenants m join public.tenants t on t.id = m.tenant_id where m.user_id = $1::uuid;

-- $1: a token's tenant, $2: what the token gives there.
-- name: session_token_membership
-- door: public
select coalesce(json_agg(json_build_object('tenant_id', t.id, 'domain', t.domain, 'name', t.name,
	'role', $2::text)), '[]')
from public.tenants t where t.id = $1::uuid;

-- name: session_user_by_id
-- door: public
select u.id, u.email, u.password_hash from public.users u where u.id = $1::uuid;

-- name: invitation_take_back
-- door: public
delete from public.invitations where user_id = $1::uuid;
