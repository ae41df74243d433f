-- How queues and agents do, and why (domain/queue_statistics, domain/queue_report, domain/queue_log).

-- name: queue_history
-- $1 <= joined < $2, on quarters of an hour; $3: the queue, or null; $4: 'day', 'hour' (of the zone $5), or
-- '': by queue. Whose call has not ended yet is counted from calls.
with parts as (
	select case $4 when '' then q.queue_id end as queue_id, case when $4 <> '' then q.at end as at,
		sum(q.callers) as callers, sum(q.answered) as answered, sum(q.abandoned) as abandoned,
		sum(q.overflowed) as overflowed, 0 as waiting, sum(q.in_service_level) as in_service_level,
		sum(q.early) as early, sum(q.wait_ms) as wait_ms, sum(q.answer_ms) as answer_ms,
		max(q.longest_wait_ms) as longest_wait_ms, sum(q.talk_ms) as talk_ms,
		sum(q.wrap_up_ms) as wrap_up_ms, sum(q.offers) as offers, sum(q.missed) as missed
	from queue_quarters q
	where q.at >= $1::timestamptz and q.at < $2::timestamptz and ($3::uuid is null or q.queue_id = $3::uuid)
	group by 1, 2
	union all
	select l.queue_id, l.waiting_since, 1, l.answered, 0, 0, 1 - l.answered, l.in_level * l.answered, 0,
		l.wait_ms, l.wait_ms * l.answered, l.wait_ms, l.talk_ms, 0, 0, 0
	from (
		select c.queue_id, c.waiting_since, (c.state <> 'waiting')::integer as answered,
			greatest(floor(extract(epoch from coalesce(c.answered_at, now()) - c.waiting_since) * 1000), 0)
				::bigint as wait_ms,
			coalesce(greatest(floor(extract(epoch from now() - c.answered_at) * 1000), 0), 0)
				::bigint as talk_ms,
			(coalesce(c.answered_at, now()) - c.waiting_since
				<= make_interval(secs => coalesce(s.service_level_s, 20)))::integer as in_level
		from calls c left join queue_settings s on s.queue_id = c.queue_id
		where c.queue_id is not null and c.waiting_since >= $1::timestamptz
			and c.waiting_since < $2::timestamptz and ($3::uuid is null or c.queue_id = $3::uuid)
			and not exists (select from queue_calls q where q.cdr_id = c.id and q.queue_id = c.queue_id
				and q.joined_at between c.waiting_since - interval '1 second'
					and c.waiting_since + interval '1 second')
	) as l
	union all
	select q.id, null, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
	from queues q
	where $4 = '' and ($3::uuid is null or q.id = $3::uuid)
), summed as (
	select case $4 when '' then p.queue_id end as queue_id,
		case when $4 <> '' then date_trunc($4, p.at, $5) end as start, sum(p.callers) as callers,
		sum(p.answered) as answered, sum(p.abandoned) as abandoned, sum(p.overflowed) as overflowed,
		sum(p.waiting) as waiting, sum(p.in_service_level) as in_service_level, sum(p.early) as early,
		sum(p.wait_ms) as wait_ms, sum(p.answer_ms) as answer_ms,
		max(p.longest_wait_ms) as longest_wait_ms, sum(p.talk_ms) as talk_ms,
		sum(p.wrap_up_ms) as wrap_up_ms, sum(p.offers) as offers, sum(p.missed) as missed
	from parts p
	group by 1, 2
), named as (
	-- Of a queue that is no more, the name it had. Not asked without one: that would read all calls.
	select s.*, case when s.queue_id is null then null
		else coalesce(q.name, (select c.queue_name from queue_calls c where c.queue_id = s.queue_id
			order by c.queue_id, c.joined_at desc limit 1), '') end as queue
	from summed s left join queues q on q.id = s.queue_id
	where s.callers > 0 or s.offers > 0 or q.id is not null
)
select coalesce(json_agg(json_build_object('queue_id', n.queue_id, 'queue', n.queue,
	'start', public.time_in_zone(n.start, $5), 'callers', n.callers, 'answered', n.answered,
	'abandoned', n.abandoned, 'overflowed', n.overflowed, 'waiting', n.waiting,
	'in_service_level', n.in_service_level,
	'service_level', round(n.in_service_level
		/ nullif(n.callers - n.waiting - n.early, 0)::numeric, 4),
	'longest_wait_ms', n.longest_wait_ms, 'mean_wait_ms', round(n.wait_ms / nullif(n.callers, 0)),
	'mean_answer_ms', round(n.answer_ms / nullif(n.answered, 0)), 'talk_ms', n.talk_ms,
	'mean_talk_ms', round(n.talk_ms / nullif(n.answered, 0)), 'wrap_up_ms', n.wrap_up_ms,
	'offers', n.offers, 'missed', n.missed) order by n.queue collate "C", n.queue_id, n.start), '[]')::text
from named n;

-- name: queue_agent_history
-- $1 <= offered < $2, on quarters of an hour; $3: the queue, or null; $4: the agent, or null. Whole days
-- (UTC) are counted already, the edges are read from the index. How long he had each status: from the rows
-- that began one, and the last one before.
with given as (
	select $1::timestamptz as since, $2::timestamptz as until
), days as (
	select g.since, g.until,
		least(date_trunc('day', g.since + interval '1 day - 1 microsecond', 'UTC'), g.until) as first_day,
		greatest(date_trunc('day', g.until, 'UTC'),
			least(date_trunc('day', g.since + interval '1 day - 1 microsecond', 'UTC'), g.until)) as last_day
	from given g
), edges as (
	select r.since, r.until from days y
	cross join lateral (values (y.since, y.first_day), (y.last_day, y.until)) as r (since, until)
	where r.since < r.until
), parts as (
	select d.agent_id, d.offers, d.answered, d.no_answer, d.busy, d.declined, d.unreachable, d.elsewhere,
		d.withdrawn, d.failed, d.ring_ms, d.talk_ms, d.wrap_up_ms
	from days y
	join queue_agent_days d on d.day >= (y.first_day at time zone 'UTC')::date
		and d.day < (y.last_day at time zone 'UTC')::date
	where ($3::uuid is null or d.queue_id = $3::uuid) and ($4::uuid is null or d.agent_id = $4::uuid)
	union all
	select o.agent_id, 1, (o.outcome = 'answered')::integer, (o.outcome = 'no_answer')::integer,
		(o.outcome = 'busy')::integer, (o.outcome = 'declined')::integer,
		(o.outcome = 'unreachable')::integer, (o.outcome = 'elsewhere')::integer,
		(o.outcome = 'withdrawn')::integer, (o.outcome = 'failed')::integer,
		floor(extract(epoch from coalesce(o.answered_at, o.ended_at) - o.offered_at) * 1000)::bigint,
		o.talk_ms, 0
	from edges r join queue_offers o on o.offered_at >= r.since and o.offered_at < r.until
	where ($3::uuid is null or o.queue_id = $3::uuid) and ($4::uuid is null or o.agent_id = $4::uuid)
	union all
	select s.extension_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		floor(extract(epoch from s.until - s.since) * 1000)::bigint
	from edges r join agent_states s on s.since >= r.since and s.since < r.until
	where s.state = 'wrap_up' and s.until is not null and ($3::uuid is null or s.queue_id = $3::uuid)
		and ($4::uuid is null or s.extension_id = $4::uuid)
), counted as (
	select p.agent_id, sum(p.offers) as offers, sum(p.answered) as answered, sum(p.no_answer) as missed,
		sum(p.busy) as busy, sum(p.declined) as declined, sum(p.unreachable) as unreachable,
		sum(p.elsewhere) as elsewhere, sum(p.withdrawn) as withdrawn, sum(p.failed) as failed,
		sum(p.ring_ms) as ring_ms, sum(p.talk_ms) as talk_ms, sum(p.wrap_up_ms) as wrap_up_ms
	from parts p group by p.agent_id
), asked as (
	select c.agent_id from counted c
	union
	select a.extension_id from agents a
	where ($4::uuid is null or a.extension_id = $4::uuid) and ($3::uuid is null or exists (
		select from queue_members m where m.queue_id = $3::uuid and m.extension_id = a.extension_id))
), began as (
	select k.agent_id, b.status, greatest(b.since, $1::timestamptz) as since
	from asked k
	cross join lateral (
		(select s.status, s.since from agent_states s
		where s.extension_id = k.agent_id and s.status_began and s.since < $1::timestamptz
		order by s.since desc, s.id desc limit 1)
		union all
		select s.status, s.since from agent_states s
		where s.extension_id = k.agent_id and s.status_began and s.since >= $1::timestamptz
			and s.since < $2::timestamptz
	) as b
), lasted as (
	select b.agent_id, b.status, coalesce(lead(b.since) over (partition by b.agent_id order by b.since),
		case when exists (select from agents a where a.extension_id = b.agent_id)
			then greatest(least($2::timestamptz, now()), b.since) else b.since end) - b.since as long
	from began b
), times as (
	select l.agent_id,
		coalesce(sum(l.long) filter (where l.status = 'available'), '0') as available,
		coalesce(sum(l.long) filter (where l.status = 'on_break'), '0') as on_break,
		coalesce(sum(l.long) filter (where l.status = 'logged_out'), '0') as logged_out
	from lasted l group by l.agent_id
), named as (
	select k.agent_id, public.member_name(x.user_id) as name, coalesce(x.extension_number, (select o.extension from queue_offers o
		where o.agent_id = k.agent_id order by o.offered_at desc limit 1), '') as extension
	from asked k left join extensions x on x.id = k.agent_id
)
select coalesce(json_agg(json_build_object('agent_id', n.agent_id, 'extension', n.extension, 'name', n.name,
	'offers', coalesce(c.offers, 0), 'answered', coalesce(c.answered, 0), 'missed', coalesce(c.missed, 0),
	'busy', coalesce(c.busy, 0), 'declined', coalesce(c.declined, 0),
	'unreachable', coalesce(c.unreachable, 0), 'elsewhere', coalesce(c.elsewhere, 0),
	'withdrawn', coalesce(c.withdrawn, 0), 'failed', coalesce(c.failed, 0),
	'talk_ms', coalesce(c.talk_ms, 0), 'mean_talk_ms', round(c.talk_ms / nullif(c.answered, 0)),
	'ring_ms', coalesce(c.ring_ms, 0), 'wrap_up_ms', coalesce(c.wrap_up_ms, 0),
	'available_ms', coalesce(floor(extract(epoch from t.available) * 1000), 0),
	'on_break_ms', coalesce(floor(extract(epoch from t.on_break) * 1000), 0),
	'logged_out_ms', coalesce(floor(extract(epoch from t.logged_out) * 1000), 0))
	order by n.extension collate "C", n.agent_id), '[]')::text
from named n
left join counted c on c.agent_id = n.agent_id
left join times t on t.agent_id = n.agent_id;

-- name: queue_live
-- This moment; $1: the queue, or null.
with callers as (
	select c.queue_id, count(*) filter (where c.state = 'waiting') as waiting,
		count(*) filter (where c.state <> 'waiting') as talking,
		max(now() - c.waiting_since) filter (where c.state = 'waiting') as longest
	from calls c where c.queue_id is not null group by c.queue_id
), members as (
	select m.queue_id, a.status, a.state, exists (select from registrations r
		where r.extension_id = a.extension_id and r.expires_at > now()) as registered
	from queue_members m join agents a on a.extension_id = m.extension_id
	where $1::uuid is null or m.queue_id = $1::uuid
), counted as (
	select m.queue_id, count(*) as agents,
		count(*) filter (where m.status = 'logged_out') as logged_out,
		count(*) filter (where m.status = 'on_break') as on_break,
		count(*) filter (where m.status = 'available') as available,
		count(*) filter (where m.status = 'available' and m.state = 'waiting' and m.registered) as free,
		count(*) filter (where m.status = 'available' and m.state = 'waiting' and not m.registered)
			as unregistered,
		count(*) filter (where m.status = 'available' and m.state = 'ringing') as ringing,
		count(*) filter (where m.status = 'available' and m.state = 'talking') as busy,
		count(*) filter (where m.status = 'available' and m.state = 'wrap_up') as wrap_up
	from members m group by m.queue_id
)
select coalesce(json_agg(json_build_object('queue_id', q.id, 'queue', q.name,
	'waiting', coalesce(c.waiting, 0),
	'longest_wait_ms', case when c.waiting > 0 then greatest(floor(extract(epoch from c.longest) * 1000), 0) end,
	'talking', coalesce(c.talking, 0), 'agents', coalesce(m.agents, 0),
	'logged_out', coalesce(m.logged_out, 0), 'on_break', coalesce(m.on_break, 0),
	'available', coalesce(m.available, 0), 'free', coalesce(m.free, 0),
	'ringing', coalesce(m.ringing, 0), 'busy', coalesce(m.busy, 0), 'wrap_up', coalesce(m.wrap_up, 0),
	'unregistered', coalesce(m.unregistered, 0)) order by q.name collate "C", q.id), '[]')::text
from queues q
left join callers c on c.queue_id = q.id
left join counted m on m.queue_id = q.id
where $1::uuid is null or q.id = $1::uuid;

-- name: queue_people
-- This moment of one queue ($1): who waits and who talks, in order; who answers, by tier and level.
select json_build_object(
	'callers', coalesce((
		select json_agg(json_build_object('call', c.id, 'number', c.from_number, 'name', c.from_name,
			'state', c.state, 'position', c.position, 'waiting_since', c.waiting_since,
			'wait_ms', greatest(floor(extract(epoch from
				coalesce(c.answered_at, now()) - c.waiting_since) * 1000), 0),
			'answered_by', c.answered_by, 'answered_at', c.answered_at)
			order by c.position nulls last, c.waiting_since, c.id)
		from (
			select l.*, case when l.state = 'waiting' then
				row_number() over (partition by l.state order by l.waiting_since, l.id) end as position
			from calls l where l.queue_id = $1::uuid
		) as c), '[]'),
	'members', coalesce((
		select json_agg(json_build_object('extension_id', x.id, 'extension', x.extension_number,
			'name', public.member_name(x.user_id), 'tier', m.tier, 'level', m.level, 'status', a.status, 'reason', a.reason,
			'status_since', a.status_since, 'state', a.state, 'state_since', a.state_since,
			'queue_id', a.queue_id, 'wrap_up_until', a.wrap_up_until, 'missed', a.missed,
			'registered', exists (select from registrations r
				where r.extension_id = x.id and r.expires_at > now()))
			order by m.tier, m.level, x.extension_number)
		from queue_members m
		join extensions x on x.id = m.extension_id
		join agents a on a.extension_id = m.extension_id
		where m.queue_id = $1::uuid), '[]'))::text;

-- name: queue_own
-- The queues that the user ($1) answers.
select m.queue_id from queue_members m join extensions x on x.id = m.extension_id where x.user_id = $1;

-- name: queue_explain
-- $1: the queue, or null; $2: the call, or null; $3: only decisions before this id, or null; $4: at most.
with decided as materialized (
	select d.* from queue_decisions d
	where ($1::uuid is null or d.queue_id = $1::uuid) and ($2::uuid is null or d.cdr_id = $2::uuid)
		and ($3::bigint is null or d.id < $3::bigint)
	order by d.id desc limit $4::integer
), numbers as (
	select d.data ->> 'extension' as number from decided d
	union
	select a ->> 'extension' from decided d cross join jsonb_array_elements(d.data -> 'considered') as a
), became as (
	select c.* from queue_calls c
	where (c.cdr_id = $2::uuid or c.cdr_id in (select d.cdr_id from decided d))
		and ($1::uuid is null or c.queue_id = $1::uuid)
)
select json_build_object(
	'decisions', coalesce((select json_agg(json_build_object('id', d.id, 'at', d.at,
		'queue_id', d.queue_id, 'queue', (select q.name from queues q where q.id = d.queue_id),
		'call', d.cdr_id, 'decision', d.decision, 'data', d.data) order by d.id desc) from decided d), '[]'),
	'names', coalesce((select json_object_agg(x.extension_number, public.member_name(x.user_id))
		from extensions x join numbers n on n.number = x.extension_number), '{}'),
	'calls', coalesce((select json_agg(to_jsonb(c) || jsonb_build_object('offers', coalesce((
			select jsonb_agg(to_jsonb(o) order by o.offered_at, o.id)
			from queue_offers o where o.queue_call_id = c.id), '[]'::jsonb))
		order by c.joined_at, c.id) from became c), '[]'))::text;

-- name: queue_log_write
-- $1: a JSON array of {at, queue_id, cdr_id, decision, data}, in order; $2: the days they are kept; $3: the
-- most that are. Old ones go on the way, some at a time.
with gone as (
	delete from queue_decisions d
	where d.id in (select o.id from queue_decisions o order by o.id limit 2000)
		and (d.at < now() - make_interval(days => $2::integer)
			or d.id <= (select max(l.id) from queue_decisions l) - $3::bigint)
)
insert into queue_decisions (at, queue_id, cdr_id, decision, data)
select g.at, g.queue_id, g.cdr_id, g.decision, coalesce(g.data, '{}')
from rows from (json_to_recordset($1::json)
	as (at timestamptz, queue_id uuid, cdr_id uuid, decision text, data jsonb)) with ordinality
	as g(at, queue_id, cdr_id, decision, data, n)
order by g.n;
