-- Where the phones are: written behind by the engine in batches, read back when it starts. An event is
-- written where a row comes or goes: not for a refresh. Each unit of work begins with the tenant's lock.

-- $1: a JSON array of rows; $2: the tenant. A row of an extension that is gone by now is left out.
-- name: registration_write
with given as materialized (
	select * from jsonb_to_recordset($1::jsonb) as r(
		extension_id uuid, contact text, received_address inet, received_port integer,
		transport text, call_id text, cseq bigint, user_agent text, node text,
		registered_at double precision, expires_at double precision, removed boolean)
), known as materialized (
	select r.extension_id, r.contact, r.expires_at > now() as live
	from registrations r where r.extension_id in (select g.extension_id from given g)
), gone as (
	delete from registrations r using given g
	where g.removed and r.extension_id = g.extension_id and r.contact = g.contact
	returning r.extension_id, r.contact, r.user_agent, r.received_address, r.received_port, r.transport
), written as (
	insert into registrations as r (extension_id, contact, received_address, received_port, transport,
		call_id, cseq, user_agent, node, registered_at, expires_at)
	select g.extension_id, g.contact, g.received_address, g.received_port, g.transport, g.call_id,
		g.cseq, g.user_agent, g.node, to_timestamp(g.registered_at), to_timestamp(g.expires_at)
	from given g join extensions e on e.id = g.extension_id
	where not g.removed
	on conflict (extension_id, contact) do update set
		received_address = excluded.received_address, received_port = excluded.received_port,
		transport = excluded.transport, call_id = excluded.call_id, cseq = excluded.cseq,
		user_agent = excluded.user_agent, node = excluded.node,
		registered_at = excluded.registered_at, expires_at = excluded.expires_at
	returning r.extension_id, r.contact, r.user_agent, r.received_address, r.received_port, r.transport
), changed as (
	select g.*, false as registered from gone g
	union all
	select w.*, true as registered from written w
	where not exists (select from known k where k.extension_id = w.extension_id and k.contact = w.contact)
), now_there as (
	select k.extension_id, k.contact from known k where k.live
	union select w.extension_id, w.contact from written w
	except select g.extension_id, g.contact from gone g
), trimmed as (
	delete from events as e
	where e.id in (select o.id from events as o order by o.id limit 64)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events as l) - 10000)
)
insert into events (kind, data)
select 'registration', jsonb_build_object('extension_id', c.extension_id,
	'extension', e.extension_number, 'registered', c.registered, 'user_agent', c.user_agent,
	'address', host(c.received_address), 'port', c.received_port, 'transport', c.transport,
	'phones', (select count(*) from now_there t where t.extension_id = c.extension_id))
from changed c join extensions e on e.id = c.extension_id
order by c.registered, e.extension_number
returning pg_notify('centrex', 'live ' || $2);

-- $1: the node; $2: the tenant. What has expired while nobody looked is swept on the way.
-- name: registration_read
with gone as (
	delete from registrations r
	where r.expires_at < now() - interval '1 day' or (r.node = $1 and r.expires_at <= now())
	returning r.extension_id, r.contact, r.user_agent, r.received_address, r.received_port, r.transport
), told as (
	insert into events (kind, data)
	select 'registration', jsonb_build_object('extension_id', g.extension_id,
		'extension', e.extension_number, 'registered', false, 'user_agent', g.user_agent,
		'address', host(g.received_address), 'port', g.received_port, 'transport', g.transport,
		'phones', (select count(*) from registrations r
			where r.extension_id = g.extension_id and r.expires_at > now()))
	from gone g join extensions e on e.id = g.extension_id
	returning pg_notify('centrex', 'live ' || $2)
)
select r.extension_id, e.auth_username, r.contact, host(r.received_address), r.received_port,
	r.transport, r.call_id, r.cseq, r.user_agent,
	extract(epoch from r.registered_at)::bigint, extract(epoch from r.expires_at)::bigint
from registrations r join extensions e on e.id = r.extension_id
where r.node = $1 and r.expires_at > now();
