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

-- What the extensions do now of which these events tell (public.busy). $1: after this id; $2: at most so many
-- events.
-- name: hub_presence
with told as materialized (
	select e.kind, e.data from events e where e.id > $1::bigint order by e.id limit $2::integer
), named as (
	select t.data ->> m.name as number
	from told t cross join (values ('from'), ('to'), ('answered_by')) as m(name)
	where t.kind = 'call'
	union all
	select jsonb_array_elements_text(t.data -> 'parted')
	from told t where t.kind = 'call' and jsonb_typeof(t.data -> 'parted') = 'array'
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
)
select jsonb_build_object('extension_id', x.id, 'extension', x.extension_number, 'presence', case
	when b.talks then 'talking'
	when not b.talks then 'ringing'
	when exists (select from registrations r where r.extension_id = x.id and r.expires_at > now()) then 'online'
	else 'offline' end)::text as data
from touched x left join public.busy() b on b.extension_id = x.id
order by x.extension_number;
