-- One-time links (domain/invitation).

-- name: invitation_user
-- door: public
select u.id, u.email from public.users u where lower(u.email) = lower($1::text);

-- name: invitation_make
-- door: public
insert into public.invitations (user_id, secret_hash, expires_at)
select u.id, $2::bytea, now() + make_interval(secs => $3::float8) from public.users u where u.id = $1::uuid
on conflict (user_id) do update set
	secret_hash = excluded.secret_hash, created_at = now(), expires_at = excluded.expires_at;

-- Whoever adds him to a tenant from now on waits; the next statement sees who was quicker.
-- name: invitation_hold
-- door: public
select u.id from public.users u where u.id = $1::uuid for update;

-- name: invitation_undo
-- door: public
delete from public.users u
where u.id = $1::uuid and not exists (select from public.user_tenants m where m.user_id = u.id);

-- By e-mail address. Those that have ended go on the way.
-- name: invitation_remind
-- door: public
with swept as (
	delete from public.invitations where expires_at <= now() - interval '30 days'
)
insert into public.invitations as i (user_id, secret_hash, expires_at)
select u.id, $2::bytea, now() + make_interval(secs => $3::float8)
from public.users u where lower(u.email) = lower($1::text)
on conflict (user_id) do update set
	secret_hash = excluded.secret_hash, created_at = now(), expires_at = excluded.expires_at
returning i.user_id, (select u.email from public.users u where u.id = i.user_id) as email;

-- name: invitation_open
-- door: public
select u.id, u.email, u.password_hash
from public.invitations i join public.users u on u.id = i.user_id
where i.secret_hash = $1::bytea and i.expires_at > now();

-- Once: of two at the same time one finds it gone.
-- name: invitation_use
-- door: public
delete from public.invitations where secret_hash = $1::bytea and expires_at > now();

-- name: invitation_password
-- door: public
update public.users set password_hash = $2::text where id = $1::uuid;
