-- The numbers and names of a tenant, for whoever makes calls there (web/api_directory).

-- name: names_list
-- door: tenant
-- $1: text to look for, or null; $2..$4: the last of the page before (sort, kind, id), or null; $5: rows;
-- $6: an array of extensions' ids, these alone, or null; $7: whether their phones are told.
-- busy and the presence: as hub_presence (sql/queries/hub.sql) has them, which see.
with busy as materialized (
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
), names as (
	select e.extension_number as sort, 'extension' as kind, e.id, e.extension_number as number, m.email as name,
		e.extension_number as extension,
		exists (select from registrations r where r.extension_id = e.id and r.expires_at > now()) as registered
	from extensions e left join public.my_members() m on m.user_id = e.user_id
	union all
	select n.number, 'number', n.id, n.number, m.email, e.extension_number, null
	from numbers n join extensions e on e.id = n.extension_id
	left join public.my_members() m on m.user_id = e.user_id
	union all
	select q.name, 'queue', q.id, null, q.name, null, null from queues q
), page as (
	select d.*
	from names d
	where ($1::text is null or position(lower($1) in lower(concat(d.number, ' ', d.name))) > 0)
		and ($6::uuid[] is null or (d.kind = 'extension' and d.id = any($6)))
		and ($2::text is null or (d.sort, d.kind, d.id) > ($2, $3, $4::uuid))
	order by d.sort, d.kind, d.id
	limit $5::integer
)
select d.sort, d.kind, d.id,
	row_to_json((select r from (select d.kind, d.id, d.number, d.name, d.extension, d.registered, p.presence, t.phones) as r))
from page d left join lateral (
	select coalesce(
		(select case when bool_or(b.talks) then 'talking' else 'ringing' end
		from busy b
		where b.number = d.number
			or b.number in (select n.number from numbers n where n.extension_id = d.id)
		having count(*) > 0),
		case when d.registered then 'online' else 'offline' end) as presence
) p on d.kind = 'extension'
left join lateral (
	select coalesce(json_agg(json_build_object('id', r.id, 'user_agent', r.user_agent,
		'received_address', host(r.received_address), 'received_port', r.received_port,
		'transport', r.transport, 'registered_at', r.registered_at) order by r.registered_at desc), '[]') as phones
	from registrations r where r.extension_id = d.id and r.expires_at > now()
) t on d.kind = 'extension' and $7::boolean
order by d.sort, d.kind, d.id;
