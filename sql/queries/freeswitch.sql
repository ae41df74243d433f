-- Call records of FreeSWITCH (src/freeswitch/intake*.c) and those that found no place.

-- name: freeswitch_calls_lock
-- door: tenant
-- Legs of one call come in batches of several processes at once; one after the other, each sees what the
-- one before it wrote. Beside the lock of events (query event_lock), which changes of the API wait for.
select pg_advisory_xact_lock(hashtextextended($1::uuid::text, 2));

-- name: freeswitch_legs_store
-- door: tenant
-- $1: a JSON array of legs. Those that were not here yet.
insert into cdr_legs (id, cdr_id, role, number, queue_id, start_time, answer_time, end_time, cause, node, data)
select r.id, r.cdr_id, r.role, r.number, r.queue_id, r.start_time, r.answer_time, r.end_time, r.cause, r.node,
	case when r.sip_status is null then r.data
		else jsonb_build_object('sip_status', r.sip_status) || r.data end
from json_to_recordset($1::json) as r(
	id uuid, cdr_id uuid, role text, number text, queue_id uuid, start_time timestamptz,
	answer_time timestamptz, end_time timestamptz, cause text, node text, sip_status integer, data jsonb)
on conflict (id) do nothing
returning id;

-- name: freeswitch_calls_join
-- door: tenant
-- The calls $1 (a JSON array of their ids) show their legs: at most $2, the caller's and those that were
-- answered before others. Whoever answered is taken from them where the caller's record does not say, and
-- counted as cdr_store would have (sql/queries/cdr.sql). Arrays, because a plan kept from when the tables were
-- empty reads them from end to end for a join.
with joined as materialized (
	select o.cdr_id, o.answered_by as told, l.legs,
		case when o.answered_by is not null then o.answered_by when o.wait is not null then l.answered_by
		end as answered_by
	from cdr_details o
	cross join lateral (
		select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', s.id, 'role', s.role,
				'extension', nullif(s.number, ''), 'outcome', case when s.answer_time is null then s.cause
					else 'answered' end, 'cause', nullif(s.cause, ''), 'sip_status', s.data -> 'sip_status',
				'started_at', s.start_time, 'answered_at', s.answer_time, 'ended_at', s.end_time,
				'node', nullif(s.node, ''))) order by s.role = 'caller' desc, s.start_time, s.id) as legs,
			(array_agg(left(s.number, 64) order by s.answer_time, s.id)
				filter (where s.role <> 'caller' and s.answer_time is not null and s.number <> ''))[1]
				as answered_by
		from (
			select * from cdr_legs c where c.cdr_id = o.cdr_id
			order by c.role = 'caller' desc, c.answer_time is null, c.start_time, c.id
			limit $2::integer) as s) as l
	where o.cdr_id = any (array(select e.id::uuid from json_array_elements_text($1::json) as e (id)))
		and l.legs is not null
), changed as (
	update cdr_details d set legs = j.legs, answered_by = j.answered_by
	from joined j
	where d.cdr_id = j.cdr_id
		and d.cdr_id = any (array(select e.id::uuid from json_array_elements_text($1::json) as e (id)))
		and (d.legs, d.answered_by) is distinct from (j.legs, j.answered_by)
	returning d.start_time, d.direction, d.caller, d.dest, d.answered_by, d.duration, d.wait, j.told
)
insert into cdr_extension_days as x (day, extension, calls, answered, talk_s, wait_s)
select (c.start_time at time zone 'UTC')::date, c.answered_by, count(*), count(c.wait),
	coalesce(sum(c.duration - c.wait), 0), coalesce(sum(c.wait), 0)
from changed c
where c.told is null and c.answered_by ~ '^[0-9]{2,5}$'
	and not (c.direction <> 'inbound' and c.caller = c.answered_by)
	and not (c.direction <> 'outbound' and c.dest = c.answered_by)
group by 1, 2 order by 1, 2
on conflict (day, extension) do update set calls = x.calls + excluded.calls,
	answered = x.answered + excluded.answered, talk_s = x.talk_s + excluded.talk_s,
	wait_s = x.wait_s + excluded.wait_s;

-- name: dead_letter_keep
-- door: public
-- The same body again is one more attempt, with the reason it has now.
insert into public.dead_letters as d (fingerprint, call_leg, node, content_type, reason, detail, body)
values ($1::bytea, $2, $3, $4, $5, $6, $7::bytea)
on conflict (fingerprint) do update set attempts = d.attempts + 1, reason = excluded.reason,
	detail = excluded.detail;

-- name: dead_letter_list
-- door: public
-- The newest first, $1 at most.
select coalesce(json_agg(row_to_json(r)), '[]') from (
	select d.id, d.received_at, d.call_leg, d.node, d.reason, d.detail, d.attempts,
		octet_length(d.body) as bytes
	from public.dead_letters d order by d.received_at desc, d.id desc limit $1::integer) as r;

-- name: dead_letter_show
-- door: public
select row_to_json(r) from (
	select d.id, d.received_at, d.call_leg, d.node, d.content_type, d.reason, d.detail, d.attempts,
		octet_length(d.body) as bytes
	from public.dead_letters d where d.id = $1::uuid) as r;

-- name: dead_letter_fetch
-- door: public
select d.content_type, d.call_leg, d.body from public.dead_letters d where d.id = $1::uuid;

-- name: dead_letter_remove
-- door: public
delete from public.dead_letters where id = $1::uuid;

-- name: dead_letter_ids
-- door: public
-- All, the oldest first.
select d.id from public.dead_letters d order by d.received_at, d.id;
