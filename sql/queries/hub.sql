-- Events on their way to those who listen (web/hub).

-- Where a listener begins. $1: the last id it has seen, or null.
-- name: hub_place
select coalesce((select max(l.id) from events l), 0) as last,
	coalesce((select min(f.id) from events f), 0) as first,
	exists (select from events e where e.id = $1::bigint) as known;

-- $1: after this id; $2: at most so many.
-- name: hub_events
select e.id, e.kind, e.data::text as data from events e
where e.id > $1::bigint order by e.id limit $2::integer;

-- The extensions of users, who see no more than their own, and the queues these answer. $1: an array of user
-- ids.
-- name: hub_numbers
select x.user_id, x.extension_number as number, coalesce((select string_agg(m.queue_id::text, ' ')
	from queue_members m where m.extension_id = x.id), '') as queues
from extensions x where x.user_id = any($1::uuid[]);

-- What the extensions do now of which these events tell. $1: after this id; $2: at most so many events. Who
-- rings is whom the call was made for, by his own number or another of his, and agents who are offered one; who
-- makes a call talks from its beginning. Nothing in it says with whom.
-- name: hub_presence
with told as materialized (
	select e.kind, e.data from events e where e.id > $1::bigint order by e.id limit $2::integer
), named as (
	select t.data ->> m.name as number
	from told t cross join (values ('from'), ('to'), ('answered_by')) as m(name)
	where t.kind = 'call'
), touched as (
	-- Each way by its own index: joined by "or", every extension is looked at for each event.
	select x.id, x.extension_number from extensions x
	where x.extension_number = any (array(select n.number from named n))
	union
	select x.id, x.extension_number from extensions x
	where x.id = any (array(select n.extension_id from numbers n
		where n.number = any (array(select d.number from named d))))
	union
	select x.id, x.extension_number from extensions x
	where x.id = any (array(select (t.data ->> 'extension_id')::uuid from told t
		where t.kind in ('agent', 'registration')))
), busy as materialized (
	select n.number, n.talks
	from calls c cross join lateral (values
		(case when c.direction <> 'inbound' then c.from_number end, true),
		(case when c.state = 'answered' then c.answered_by end, true),
		(case when c.state = 'ringing' then c.to_number end, false)) as n(number, talks)
	where n.number is not null
	union all
	select x.extension_number, a.state = 'talking'
	from agents a join extensions x on x.id = a.extension_id
	where a.state in ('ringing', 'talking')
)
select jsonb_build_object('extension_id', x.id, 'extension', x.extension_number, 'presence', coalesce(
	(select case when bool_or(b.talks) then 'talking' else 'ringing' end
	from busy b
	where b.number = x.extension_number
		or b.number in (select n.number from numbers n where n.extension_id = x.id)
	having count(*) > 0),
	case when exists (select from registrations r where r.extension_id = x.id and r.expires_at > now())
		then 'online' else 'offline' end))::text as data
from touched x order by x.extension_number;
