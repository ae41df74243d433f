-- The numbers and names of a tenant, for whoever makes calls there (web/api_directory).

-- name: names_list
-- door: tenant
-- $1: text to look for, or null; $2..$4: the last of the page before (sort, kind, id), or null; $5: rows;
-- $6: an array of extensions' ids, these alone, or null; $7: whether their phones are told.
with names as (
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
from page d left join public.busy() b on d.kind = 'extension' and b.extension_id = d.id
cross join lateral (
	select case when d.kind <> 'extension' then null
		when b.talks then 'talking'
		when not b.talks then 'ringing'
		when d.registered then 'online'
		else 'offline' end as presence
) p
left join lateral (
	select coalesce(json_agg(json_build_object('id', r.id, 'user_agent', r.user_agent,
		'received_address', host(r.received_address), 'received_port', r.received_port,
		'transport', r.transport, 'registered_at', r.registered_at) order by r.registered_at desc), '[]') as phones
	from registrations r where r.extension_id = d.id and r.expires_at > now()
) t on d.kind = 'extension' and $7::boolean
order by d.sort, d.kind, d.id;
