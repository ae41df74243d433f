-- What was done, for the audit log and the event log: of code that does not write through
-- domain/store, which has the same inside its statements.

-- name: event_lock
-- door: tenant
-- One writer of a tenant at a time, until its unit of work ends: the ids of events come in the order in
-- which they become visible. Keyed as public.record_change() is.
select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 0));

-- name: event_add
-- door: tenant
-- Each event takes what is too old with it: of the four oldest those over a day, or over 10,000 ids back.
with trimmed as (
	delete from events as e
	where e.id in (select o.id from events as o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events as l) - 10000)
)
insert into events (kind, data) values ($1, $2::jsonb);

-- name: event_change
-- door: tenant
with trimmed as (
	delete from events as e
	where e.id in (select o.id from events as o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events as l) - 10000)
)
insert into events (kind, data)
values ('change', jsonb_build_object('resource', $1::text, 'id', $2::text, 'action', $3::text));

-- name: audit_tenant
-- door: tenant
insert into audit_log (actor_kind, actor_id, actor_name, address, request_id, action, resource,
	resource_id, before, after)
values ($1, $2, left($3, 254), left($4, 45), left($5, 64), $6, $7, left($8, 254), $9::jsonb, $10::jsonb);

-- name: audit_installation
-- door: public
insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id, action, resource,
	resource_id, before, after)
values ($1, $2, left($3, 254), left($4, 45), left($5, 64), $6, $7, left($8, 254), $9::jsonb, $10::jsonb);

-- name: audit_change
-- door: public
-- A row of public that belongs to a tenant ($11): its audit log and its event log.
select public.record_change($11,
	jsonb_build_object('actor_kind', $1::text, 'actor_id', $2::uuid, 'actor_name', left($3, 254),
		'address', left($4, 45), 'request_id', left($5, 64), 'action', $6::text, 'resource', $7::text,
		'resource_id', left($8, 254), 'before', $9::jsonb, 'after', $10::jsonb),
	jsonb_build_object('resource', $7::text, 'id', left($8, 254), 'action', $6::text));

-- name: key_lock
-- door: public
-- Of two requests with one Idempotency-Key that belongs to no tenant the second waits.
select pg_advisory_xact_lock(hashtextextended($1, 1));

-- name: audit_tenant_row
-- door: owner
-- $7: the tenant, as it is now; $8: the version it must have, or null (store_add_version).
insert into public.audit_log (actor_kind, actor_id, actor_name, address, request_id, action, resource,
	resource_id, before, after)
select $1, $2, left($3, 254), left($4, 45), left($5, 64), $6, 'tenant', t.id::text,
	case when $6 = 'delete' then to_jsonb(t) end, case when $6 <> 'delete' then to_jsonb(t) end
from (select * from public.tenants where id = $7 for update) as t
where $8::text is null or $8 = left(encode(sha256(convert_to(to_json(t)::text, 'UTF8')), 'hex'), 32);

-- The answer to a request with an Idempotency-Key: $1 whose, $2 the key, $3 the hash of the request.

-- name: once_find
-- door: tenant
select k.answer, k.status, k.request_hash = $3::bytea from idempotency_keys as k
where k.actor = $1 and k.key = $2 and k.created_at > now() - interval '1 day';

-- name: once_find_public
-- door: public
select k.answer, k.status, k.request_hash = $3::bytea from public.idempotency_keys as k
where k.actor = $1 and k.key = $2 and k.created_at > now() - interval '1 day';

-- Fails (not null) where the key is in use: nothing of the unit of work happens then.

-- name: once_keep
-- door: tenant
insert into idempotency_keys as k (actor, key, request_hash, status, answer)
values ($1, $2, $3::bytea, $4, $5)
on conflict (actor, key) do update set status = excluded.status, answer = excluded.answer, created_at = now(),
	request_hash = case when k.created_at <= now() - interval '1 day' then excluded.request_hash end;

-- name: once_keep_public
-- door: public
insert into public.idempotency_keys as k (actor, key, request_hash, status, answer)
values ($1, $2, $3::bytea, $4, $5)
on conflict (actor, key) do update set status = excluded.status, answer = excluded.answer, created_at = now(),
	request_hash = case when k.created_at <= now() - interval '1 day' then excluded.request_hash end;

-- name: once_keep_tenant
-- door: owner
-- $5: the tenant that was made; its row is the answer.
insert into public.idempotency_keys as k (actor, key, request_hash, status, answer)
select $1, $2, $3::bytea, $4, to_json(t)::text from public.tenants as t where t.id = $5
on conflict (actor, key) do update set status = excluded.status, answer = excluded.answer, created_at = now(),
	request_hash = case when k.created_at <= now() - interval '1 day' then excluded.request_hash end;
