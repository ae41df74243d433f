-- Call records on their way from the spool (domain/cdr), and their statistics (domain/cdr_statistics).

-- name: cdr_store
-- $1 is a JSON array of objects with the columns of both tables; it is opened once (json, not jsonb, and
-- one list of columns: half the time). A record that is here already was sent twice: nothing. What a
-- search looks at, and the counts, are written with the row, so each call counts once.
-- Up to $2 rows without what a search looks at (written by an older release) get it here as well.
-- How many calls were counted.
with given as materialized (
	select r.*, case when r.answer_time is not null then
			least(r.duration, floor(extract(epoch from r.answer_time - r.start_time)))::integer end as wait
	from json_to_recordset($1::json) as r(
		id uuid, caller_id_name text, caller_id_number text, dest_number text, context text,
		start_time timestamptz, answer_time timestamptz, end_time timestamptz, duration integer,
		recording_path text, direction text, disposition text, cause text, sip_status integer,
		hangup_by text, answered_by text, sip_call_id text, node text, legs jsonb, queue_id uuid)
), stored as (
	insert into cdrs (id, caller_id_name, caller_id_number, dest_number, context, start_time,
		answer_time, end_time, duration, recording_path)
	select g.id, g.caller_id_name, g.caller_id_number, g.dest_number, g.context, g.start_time,
		g.answer_time, g.end_time, g.duration, g.recording_path
	from given g
	on conflict (id) do nothing
), inserted as (
	insert into cdr_details as d (cdr_id, direction, disposition, cause, sip_status, hangup_by,
		answered_by, sip_call_id, node, legs, queue_id, start_time, class, caller, dest, name,
		duration, wait)
	select g.id, g.direction, g.disposition, g.cause, g.sip_status, g.hangup_by, g.answered_by,
		g.sip_call_id, g.node, g.legs, g.queue_id, g.start_time,
		public.cdr_class(g.direction, g.disposition, g.duration), left(g.caller_id_number, 40),
		left(g.dest_number, 40), left(lower(g.caller_id_name), 40), g.duration, g.wait
	from given g
	on conflict (cdr_id) do nothing
	returning d.start_time, d.direction, d.caller, d.dest, d.answered_by, d.duration, d.wait
), filled as (
	update cdr_details d
	set start_time = c.start_time, class = public.cdr_class(d.direction, d.disposition, c.duration),
		caller = left(c.caller_id_number, 40), dest = left(c.dest_number, 40),
		name = left(lower(c.caller_id_name), 40), duration = c.duration,
		wait = case when c.answer_time is not null then
			least(c.duration, floor(extract(epoch from c.answer_time - c.start_time)))::integer end
	from cdrs c
	where c.id = d.cdr_id and d.cdr_id = any (array(
		select u.cdr_id from cdr_details u where u.start_time is null
		limit $2::integer for update skip locked))
	returning d.start_time, d.direction, d.caller, d.dest, d.answered_by, d.duration, d.wait
), counted as materialized (
	select * from inserted union all select * from filled
), quarters as (
	-- In the order of the key: two batches at once wait for each other, and never both.
	insert into cdr_quarters as q (at, calls, answered, talk_s, wait_s)
	select date_bin('15 minutes', c.start_time, 'epoch'), count(*), count(c.wait),
		coalesce(sum(c.duration - c.wait), 0), coalesce(sum(c.wait), 0)
	from counted c
	group by 1 order by 1
	on conflict (at) do update set calls = q.calls + excluded.calls,
		answered = q.answered + excluded.answered, talk_s = q.talk_s + excluded.talk_s,
		wait_s = q.wait_s + excluded.wait_s
), days as (
	insert into cdr_extension_days as x (day, extension, calls, answered, talk_s, wait_s)
	select (c.start_time at time zone 'UTC')::date, e.extension, count(*), count(c.wait),
		coalesce(sum(c.duration - c.wait), 0), coalesce(sum(c.wait), 0)
	from counted c
	cross join lateral (
		select c.caller where c.direction <> 'inbound'
		union select c.dest where c.direction <> 'outbound'
		union select c.answered_by) as e (extension)
	where e.extension ~ '^[0-9]{2,5}$'
	group by 1, 2 order by 1, 2
	on conflict (day, extension) do update set calls = x.calls + excluded.calls,
		answered = x.answered + excluded.answered, talk_s = x.talk_s + excluded.talk_s,
		wait_s = x.wait_s + excluded.wait_s
)
select count(*) from counted;

-- name: cdr_store_recording
-- What became of the recordings of $1, a JSON array as above. Apart, since migrations fill by cdr_store.
update cdr_details d set recording = g.recording
from json_to_recordset($1::json) as g(id uuid, recording text)
where d.cdr_id = g.id and g.recording is not null and d.recording is null;

-- name: cdr_store_queues
-- What queues made of calls, behind cdr_store and the tenant's lock: $1 is a JSON array of {id, queues:
-- {calls, offers}} (domain/cdr_queue.h); $2: the tenant. What is here already was sent twice: nothing, so
-- that each counts once. Each row of queue_calls is an event.
with given as materialized (
	select r.id, r.queues
	from json_to_recordset($1::json) as r(id uuid, queues json)
	where r.queues is not null
), calls as (
	insert into queue_calls as q (id, cdr_id, queue_id, queue_name, caller_number, caller_name,
		joined_at, left_at, answered_at, ended_at, outcome, reason, answered_by, agent_id, offers,
		wait_ms, talk_ms, in_service_level, node)
	select distinct on (r.id) r.id, g.id, r.queue_id, r.queue_name, coalesce(c.caller_id_number, ''),
		coalesce(c.caller_id_name, ''), r.joined_at, r.left_at, r.answered_at, r.ended_at, r.outcome,
		r.reason, r.answered_by, r.agent_id, r.offers,
		floor(extract(epoch from r.left_at - r.joined_at) * 1000)::bigint,
		coalesce(floor(extract(epoch from r.ended_at - r.answered_at) * 1000), 0)::bigint,
		case r.outcome when 'answered' then r.in_service_level
			else r.left_at - r.joined_at <= make_interval(secs => coalesce(s.service_level_s, 20)) end,
		coalesce(d.node, '')
	from given g
	cross join lateral json_to_recordset(g.queues -> 'calls') as r(id uuid, queue_id uuid,
		queue_name text, joined_at timestamptz, left_at timestamptz, answered_at timestamptz,
		ended_at timestamptz, outcome text, reason text, answered_by text, agent_id uuid,
		offers integer, in_service_level boolean)
	left join cdrs c on c.id = g.id
	left join cdr_details d on d.cdr_id = g.id
	left join queue_settings s on s.queue_id = r.queue_id
	on conflict (id) do nothing
	returning q.*
), offers as (
	insert into queue_offers as o (id, queue_call_id, queue_id, agent_id, extension, offered_at,
		answered_at, ended_at, outcome, talk_ms)
	select distinct on (r.id) r.id, r.queue_call_id, r.queue_id, r.agent_id, r.extension, r.offered_at,
		r.answered_at, r.ended_at, r.outcome, r.talk_ms
	from given g
	cross join lateral json_to_recordset(g.queues -> 'offers') as r(id uuid, queue_call_id uuid,
		queue_id uuid, agent_id uuid, extension text, offered_at timestamptz,
		answered_at timestamptz, ended_at timestamptz, outcome text, talk_ms bigint)
	on conflict (id) do nothing
	returning o.*
), counted as (
	select date_bin('15 minutes', c.joined_at, 'epoch') as at, c.queue_id, 1 as callers,
		(c.outcome = 'answered')::integer as answered, (c.outcome = 'abandoned')::integer as abandoned,
		(c.outcome = 'overflowed')::integer as overflowed, c.in_service_level::integer as soon, c.wait_ms,
		c.talk_ms, 0 as offers, 0 as missed
	from calls c
	union all
	select date_bin('15 minutes', o.offered_at, 'epoch'), o.queue_id, 0, 0, 0, 0, 0, 0, 0, 1,
		(o.outcome in ('no_answer', 'declined'))::integer
	from offers o
), quarters as (
	insert into queue_quarters as q (at, queue_id, callers, answered, abandoned, overflowed,
		in_service_level, early, wait_ms, answer_ms, longest_wait_ms, talk_ms, offers, missed)
	select c.at, c.queue_id, sum(c.callers), sum(c.answered), sum(c.abandoned), sum(c.overflowed),
		sum(c.soon * c.answered), sum(c.soon * c.abandoned), sum(c.wait_ms),
		sum(c.wait_ms * c.answered), max(c.wait_ms), sum(c.talk_ms), sum(c.offers), sum(c.missed)
	from counted c
	group by 1, 2 order by 1, 2
	on conflict (at, queue_id) do update set callers = q.callers + excluded.callers,
		answered = q.answered + excluded.answered, abandoned = q.abandoned + excluded.abandoned,
		overflowed = q.overflowed + excluded.overflowed,
		in_service_level = q.in_service_level + excluded.in_service_level,
		early = q.early + excluded.early, wait_ms = q.wait_ms + excluded.wait_ms,
		answer_ms = q.answer_ms + excluded.answer_ms,
		longest_wait_ms = greatest(q.longest_wait_ms, excluded.longest_wait_ms),
		talk_ms = q.talk_ms + excluded.talk_ms, offers = q.offers + excluded.offers,
		missed = q.missed + excluded.missed
), days as (
	insert into queue_agent_days as d (day, queue_id, agent_id, offers, answered, no_answer, busy,
		declined, unreachable, elsewhere, withdrawn, failed, ring_ms, talk_ms)
	select (o.offered_at at time zone 'UTC')::date, o.queue_id, o.agent_id, count(*),
		count(*) filter (where o.outcome = 'answered'),
		count(*) filter (where o.outcome = 'no_answer'),
		count(*) filter (where o.outcome = 'busy'),
		count(*) filter (where o.outcome = 'declined'),
		count(*) filter (where o.outcome = 'unreachable'),
		count(*) filter (where o.outcome = 'elsewhere'),
		count(*) filter (where o.outcome = 'withdrawn'),
		count(*) filter (where o.outcome = 'failed'),
		floor(sum(extract(epoch from coalesce(o.answered_at, o.ended_at) - o.offered_at)) * 1000)::bigint,
		sum(o.talk_ms)
	from offers o
	group by 1, 2, 3 order by 1, 2, 3
	on conflict (day, queue_id, agent_id) do update set offers = d.offers + excluded.offers,
		answered = d.answered + excluded.answered, no_answer = d.no_answer + excluded.no_answer,
		busy = d.busy + excluded.busy, declined = d.declined + excluded.declined,
		unreachable = d.unreachable + excluded.unreachable,
		elsewhere = d.elsewhere + excluded.elsewhere, withdrawn = d.withdrawn + excluded.withdrawn,
		failed = d.failed + excluded.failed, ring_ms = d.ring_ms + excluded.ring_ms,
		talk_ms = d.talk_ms + excluded.talk_ms
)
insert into events (kind, data)
select 'queue', jsonb_build_object('id', q.id, 'call', q.cdr_id, 'queue_id', q.queue_id,
	'queue', q.queue_name, 'from', q.caller_number, 'from_name', q.caller_name,
	'joined_at', q.joined_at, 'left_at', q.left_at, 'outcome', q.outcome, 'reason', q.reason,
	'answered_by', q.answered_by, 'wait_ms', q.wait_ms, 'talk_ms', q.talk_ms,
	'in_service_level', q.in_service_level)
from calls q order by q.left_at, q.id
returning pg_notify('centrex', 'live ' || $2);

-- name: cdr_own_extension
-- The number of the user's own extension.
select e.extension_number from extensions e where e.user_id = $1;

-- name: cdr_tenant_zone
-- door: public
select t.timezone from public.tenants t where t.id = $1;

-- name: cdr_time_statistics
-- Calls by $1 ('day' or 'hour') of the zone $4, $2 <= start < $3, both on a quarter of an hour.
select public.time_in_zone(date_trunc($1, q.at, $4), $4), sum(q.calls), sum(q.answered), sum(q.talk_s),
	sum(q.wait_s)
from cdr_quarters q
where q.at >= $2::timestamptz and q.at < $3::timestamptz
group by date_trunc($1, q.at, $4) order by date_trunc($1, q.at, $4);

-- name: cdr_extension_statistics
-- Calls by extension, $1 <= start < $2: whole days (UTC) are counted already, the edges are read from
-- the index. An extension that is no more is told of when it ever answered.
with given as (
	select $1::timestamptz as since, $2::timestamptz as until
), days as (
	select g.since, g.until,
		least(date_trunc('day', g.since + interval '1 day - 1 microsecond', 'UTC'), g.until) as first_day,
		greatest(date_trunc('day', g.until, 'UTC'),
			least(date_trunc('day', g.since + interval '1 day - 1 microsecond', 'UTC'), g.until)) as last_day
	from given g
), edges as (
	select e.extension, count(*) as calls, count(d.wait) as answered,
		sum(d.duration - d.wait) as talk_s, sum(d.wait) as wait_s
	from days y
	cross join lateral (values (y.since, y.first_day), (y.last_day, y.until)) as r (since, until)
	cross join generate_series(0, 68) as k (class)
	join cdr_details d on d.class = k.class::smallint and d.start_time >= r.since and d.start_time < r.until
	cross join lateral (
		select d.caller where k.class / 23 <> 1
		union select d.dest where k.class / 23 <> 2
		union select d.answered_by) as e (extension)
	where r.since < r.until and e.extension ~ '^[0-9]{2,5}$'
	group by e.extension
), counted as (
	select * from edges
	union all
	select x.extension, sum(x.calls), sum(x.answered), sum(x.talk_s), sum(x.wait_s)
	from days y
	join cdr_extension_days x on x.day >= (y.first_day at time zone 'UTC')::date
		and x.day < (y.last_day at time zone 'UTC')::date
	group by x.extension
)
select c.extension, sum(c.calls), sum(c.answered), coalesce(sum(c.talk_s), 0), coalesce(sum(c.wait_s), 0)
from counted c
group by c.extension
having sum(c.answered) > 0
	or exists (select from extensions e where e.extension_number = c.extension)
order by c.extension collate "C";

-- name: cdr_own_statistics
-- Of one extension ($5; classes 23 to 45 are inbound, 46 to 68 outbound), by $1 ('day', 'hour', or '': all
-- of it), from the indexes alone. No call is in two of the three.
with calls as (
	select d.start_time, d.duration, d.wait from cdr_details d
	where d.caller = $5 and d.class between 0 and 68 and d.class not between 23 and 45
		and d.start_time >= $2::timestamptz and d.start_time < $3::timestamptz
	union all
	select d.start_time, d.duration, d.wait from cdr_details d
	where d.dest = $5 and d.class between 0 and 45
		and (d.caller <> $5 or d.class between 23 and 45)
		and d.start_time >= $2::timestamptz and d.start_time < $3::timestamptz
	union all
	select d.start_time, d.duration, d.wait from cdr_details d
	where d.answered_by = $5 and d.answered_by <> d.dest and d.class between 0 and 68
		and (d.caller <> $5 or d.class between 23 and 45)
		and d.start_time >= $2::timestamptz and d.start_time < $3::timestamptz
), binned as (
	select case when $1 = '' then null else date_trunc($1, c.start_time, $4) end as at, c.duration, c.wait
	from calls c
)
select public.time_in_zone(b.at, $4), count(*), count(b.wait), coalesce(sum(b.duration - b.wait), 0),
	coalesce(sum(b.wait), 0)
from binned b
group by b.at order by b.at;
