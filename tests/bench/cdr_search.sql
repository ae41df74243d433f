-- Fills a tenant's call records for script/bench cdr-search: :rows calls over two years of working days,
-- 200 extensions and 20 queues, some of them far busier than others, 400,000 outside numbers.
-- psql -v rows=10000000 -v schema=tenant_...
set search_path = :"schema";
set synchronous_commit = off;
set maintenance_work_mem = '512MB';
set jit = off;
set max_parallel_maintenance_workers = 2;
select setseed(0.42);

insert into extensions (extension_number, auth_password)
select (100 + i)::text, repeat('x', 24) from generate_series(0, 199) as i;
insert into queues (name) select 'Queue ' || i from generate_series(1, 20) as i;

-- Rows first, indexes and foreign keys afterwards: many times faster.
create temp table later (n integer generated always as identity, statement text);
insert into later (statement)
select format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
from pg_constraint
where conrelid in ('cdrs'::regclass, 'cdr_details'::regclass) and contype in ('p', 'f')
order by contype desc;
insert into later (statement)
select pg_get_indexdef(i.indexrelid) from pg_index i
where i.indrelid in ('cdrs'::regclass, 'cdr_details'::regclass) and not i.indisprimary;
select format('drop index %s', i.indexrelid::regclass) from pg_index i
where i.indrelid in ('cdrs'::regclass, 'cdr_details'::regclass) and not i.indisprimary \gexec
alter table cdr_details drop constraint cdr_details_cdr_id_fkey, drop constraint cdr_details_pkey;
alter table cdrs drop constraint cdrs_pkey;

create temp table queue_ids as
select row_number() over (order by name) - 1 as n, id from queues;

create unlogged table made as
with drawn as materialized (
	select i,
		date_trunc('day', timestamptz '2024-11-20 00:00+00' + i * (interval '730 days' / :rows::double precision))
			+ (6 + (random() + random()) * 7) * interval '1 hour' as start_time,
		random() as r_direction, random() as r_disposition, random() as r_queue, random() as r_name,
		(100 + floor(200 * power(random(), 1.5)))::integer::text as extension,
		(100 + floor(200 * power(random(), 1.5)))::integer::text as other,
		'+49' || (30 + floor(60 * random()))::integer || (1000000 + floor(400000 * power(random(), 2)))::integer as outside,
		floor(20 * power(random(), 1.5))::integer as queue, floor(5000 * power(random(), 2))::integer as person,
		case when random() < 0.005 then 3600 + random() * 7200 else -ln(1 - random()) * 180 end as talk_s,
		1 + random() * 25 as wait_s, md5(random()::text || i) as bits
	from generate_series(0, :rows - 1) as i
), meant as (
	select d.*,
		case when r_direction < 0.35 then 'inbound' when r_direction < 0.65 then 'outbound' else 'internal' end as direction,
		case when r_disposition < 0.72 then 'answered' when r_disposition < 0.86 then 'no_answer'
			when r_disposition < 0.90 then 'busy' when r_disposition < 0.92 then 'declined'
			when r_disposition < 0.98 then 'cancelled' else 'failed' end as disposition
	from drawn d
)
select (lpad(to_hex((extract(epoch from start_time) * 1000)::bigint), 12, '0') || '7' || substr(bits, 1, 3)
		|| 'a' || substr(bits, 4, 15))::uuid as id,
	case when direction = 'inbound' then case when r_name < 0.3 then 'Caller ' || person else '' end
		else 'Person ' || extension end as caller_id_name,
	case when direction = 'inbound' then outside else extension end as caller_id_number,
	case direction when 'internal' then other when 'outbound' then outside
		else case when r_queue < 0.6 then '+49301234500' else '+493012345' || other end end as dest_number,
	start_time,
	case when disposition = 'answered' then start_time + wait_s * interval '1 second' end as answer_time,
	start_time + (wait_s + case when disposition = 'answered' then talk_s else 0 end) * interval '1 second' as end_time,
	floor(wait_s + case when disposition = 'answered' then talk_s else 0 end)::integer as duration,
	case when disposition = 'answered' then floor(wait_s)::integer end as wait,
	direction, disposition,
	case when disposition = 'answered' and direction <> 'outbound' then other end as answered_by,
	case when direction = 'inbound' and r_queue < 0.5 then queue end as queue
from meant;

insert into cdrs (id, caller_id_name, caller_id_number, dest_number, context, start_time, answer_time,
	end_time, duration)
select id, caller_id_name, caller_id_number, dest_number, 'default', start_time, answer_time, end_time, duration
from made;
insert into cdr_details (cdr_id, direction, disposition, cause, sip_status, hangup_by, answered_by,
	sip_call_id, node, legs, queue_id, start_time, class, caller, dest, name, duration, wait)
select m.id, direction, disposition, 'normal', 200, 'caller', answered_by, m.id || '@192.0.2.1', 'bench',
	'[{"extension":"101","status":200,"ms":1200}]', q.id, start_time,
	public.cdr_class(direction, disposition, duration), caller_id_number, dest_number,
	lower(caller_id_name), duration, wait
from made m left join queue_ids q on q.n = m.queue;

insert into cdr_quarters (at, calls, answered, talk_s, wait_s)
select to_timestamp(floor(extract(epoch from start_time) / 900) * 900), count(*), count(wait),
	coalesce(sum(duration - wait) filter (where wait is not null), 0), coalesce(sum(wait), 0)
from made group by 1;
insert into cdr_extension_days (day, extension, calls, answered, talk_s, wait_s)
select (start_time at time zone 'UTC')::date, e.extension, count(*), count(wait),
	coalesce(sum(duration - wait) filter (where wait is not null), 0), coalesce(sum(wait), 0)
from made m
cross join lateral (
	select m.caller_id_number where m.direction <> 'inbound'
	union select m.dest_number where m.direction <> 'outbound'
	union select m.answered_by) as e (extension)
where e.extension ~ '^[0-9]{2,5}$'
group by 1, 2;
drop table made;

select statement from later order by n \gexec
vacuum analyze cdrs;
vacuum analyze cdr_details;
vacuum analyze cdr_quarters;
vacuum analyze cdr_extension_days;
