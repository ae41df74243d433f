-- The calls of this moment (domain/live), written behind by the engine. Every unit of work here begins
-- with the tenant's lock. $n of pg_notify is the tenant: nothing that a snapshot has is changed, so the
-- payload is another one than that of a write.

-- What became of calls, in order. $1: the node; $2: a JSON array of steps, each with the whole call as it
-- is after it; $3: the tenant. Old events go on the way (sql/queries/event.sql).
-- name: live_write
with given as materialized (
	select * from json_to_recordset($2::json) as r(
		n integer, id uuid, state text, direction text, from_number text, from_name text,
		to_number text, answered_by text, started_at timestamptz, answered_at timestamptz,
		queue_id uuid, waiting_since timestamptz, slot text, cause text, parted jsonb)
), last as (
	select distinct on (g.id) g.* from given g order by g.id, g.n desc
), gone as (
	delete from calls c using last l where c.id = l.id and c.node = $1 and l.state = 'ended'
), written as (
	insert into calls as c (id, node, state, direction, from_number, from_name, to_number,
		answered_by, started_at, answered_at, queue_id, waiting_since, slot)
	select l.id, $1, l.state, l.direction, l.from_number, l.from_name, l.to_number, l.answered_by,
		l.started_at, l.answered_at, l.queue_id, l.waiting_since, l.slot
	from last l where l.state <> 'ended'
	on conflict (id) do update set
		state = excluded.state, from_number = excluded.from_number, from_name = excluded.from_name,
		answered_by = excluded.answered_by, answered_at = excluded.answered_at,
		queue_id = excluded.queue_id, waiting_since = excluded.waiting_since, slot = excluded.slot
), trimmed as (
	delete from events as e
	where e.id in (select o.id from events as o order by o.id limit 64)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events as l) - 10000)
)
insert into events (kind, data)
select 'call', jsonb_build_object('id', g.id, 'state', g.state, 'direction', g.direction,
	'from', g.from_number, 'from_name', g.from_name, 'to', g.to_number,
	'answered_by', g.answered_by, 'started_at', g.started_at, 'answered_at', g.answered_at,
	'queue_id', g.queue_id, 'queue', (select q.name from queues q where q.id = g.queue_id),
	'waiting_since', g.waiting_since, 'slot', g.slot, 'cause', g.cause, 'parted', g.parted)
from given g order by g.n
returning pg_notify('centrex', 'live ' || $3);

-- The calls that are, after steps were lost: only what is not there already is told. $1: the node; $2: a
-- JSON array of the calls; $3: the tenant.
-- name: live_sync
with given as materialized (
	select * from json_to_recordset($2::json) as r(
		n integer, id uuid, state text, direction text, from_number text, from_name text,
		to_number text, answered_by text, started_at timestamptz, answered_at timestamptz,
		queue_id uuid, waiting_since timestamptz, slot text)
), written as (
	insert into calls as c (id, node, state, direction, from_number, from_name, to_number,
		answered_by, started_at, answered_at, queue_id, waiting_since, slot)
	select g.id, $1, g.state, g.direction, g.from_number, g.from_name, g.to_number, g.answered_by,
		g.started_at, g.answered_at, g.queue_id, g.waiting_since, g.slot
	from given g
	on conflict (id) do update set
		state = excluded.state, from_number = excluded.from_number, from_name = excluded.from_name,
		answered_by = excluded.answered_by, answered_at = excluded.answered_at,
		queue_id = excluded.queue_id, waiting_since = excluded.waiting_since, slot = excluded.slot
)
insert into events (kind, data)
select 'call', jsonb_build_object('id', g.id, 'state', s.state, 'direction', g.direction,
	'from', g.from_number, 'from_name', g.from_name, 'to', g.to_number,
	'answered_by', case s.n when 2 then g.answered_by end, 'started_at', g.started_at,
	'answered_at', case s.n when 2 then g.answered_at end,
	'queue_id', case s.n when 2 then g.queue_id end,
	'queue', case s.n when 2 then (select q.name from queues q where q.id = g.queue_id) end,
	'waiting_since', case s.n when 2 then g.waiting_since end,
	'slot', case s.n when 2 then g.slot end, 'cause', null,
	'parted', (select jsonb_agg(b.number) from (values (c.from_number), (c.answered_by)) as b(number)
		where b.number <> g.from_number and b.number is distinct from g.answered_by))
from given g
	left join calls c on c.id = g.id
	cross join lateral (values (1, 'ringing'), (2, g.state)) as s(n, state)
where case s.n
	when 1 then c.id is null
	else (g.state, g.queue_id, g.slot, g.from_number, g.answered_by) is distinct from
		(coalesce(c.state, 'ringing'), c.queue_id, c.slot, coalesce(c.from_number, g.from_number), c.answered_by) end
order by g.n, s.n
returning pg_notify('centrex', 'live ' || $3);

-- Rows of a node that are no calls of it any more. $1: the node; $2: a JSON array of the ids that are;
-- $3: the cause to tell, or null; $4: the tenant; $5: only calls begun before that time, or null.
-- name: live_clear
with gone as (
	delete from calls c
	where c.node = $1
		and c.id not in (select t.id::uuid from json_array_elements_text($2::json) as t(id))
		and ($5::timestamptz is null or c.started_at < $5::timestamptz)
	returning c.*
)
insert into events (kind, data)
select 'call', jsonb_build_object('id', g.id, 'state', 'ended', 'direction', g.direction,
	'from', g.from_number, 'from_name', g.from_name, 'to', g.to_number,
	'answered_by', g.answered_by, 'started_at', g.started_at, 'answered_at', g.answered_at,
	'queue_id', g.queue_id, 'queue', (select q.name from queues q where q.id = g.queue_id),
	'waiting_since', g.waiting_since, 'slot', g.slot, 'cause', $3::text)
from gone g order by g.id
returning pg_notify('centrex', 'live ' || $4);

-- name: live_any
select 1 from calls c where c.node = $1 limit 1;

-- Calls of the node that somebody wants ended.
-- name: live_hang_ups
select c.id from calls c where c.node = $1 and c.hangup_requested_at is not null;

-- name: live_tenants
-- door: public
select t.id from public.tenants t;
