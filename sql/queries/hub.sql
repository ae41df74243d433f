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
