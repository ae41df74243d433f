-- Where the phones are: written behind by the engine in batches, read back when it starts.

-- $1: a JSON array of rows. A row of an extension that is gone by now is left out.
-- name: registration_write
with given as (
	select * from jsonb_to_recordset($1::jsonb) as r(
		extension_id uuid, contact text, received_address inet, received_port integer,
		transport text, call_id text, cseq bigint, user_agent text, node text,
		registered_at double precision, expires_at double precision, removed boolean)
), gone as (
	delete from registrations r using given g
	where g.removed and r.extension_id = g.extension_id and r.contact = g.contact
)
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
	registered_at = excluded.registered_at, expires_at = excluded.expires_at;

-- $1: the node. What has expired is swept on the way.
-- name: registration_read
with swept as (
	delete from registrations where expires_at < now() - interval '1 day'
)
select r.extension_id, e.auth_username, r.contact, host(r.received_address), r.received_port,
	r.transport, r.call_id, r.cseq, r.user_agent,
	extract(epoch from r.registered_at)::bigint, extract(epoch from r.expires_at)::bigint
from registrations r join extensions e on e.id = r.extension_id
where r.node = $1 and r.expires_at > now();
