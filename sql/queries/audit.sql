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
