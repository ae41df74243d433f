-- The numbers and names of a tenant, for whoever makes calls there (web/api_directory).

-- name: names_list
-- door: tenant
-- $1: text to look for, or null; $2..$4: the last of the page before (sort, kind, id), or null; $5: rows.
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
)
select d.sort, d.kind, d.id,
	row_to_json((select r from (select d.kind, d.id, d.number, d.name, d.extension, d.registered) as r))
from names d
where ($1::text is null or position(lower($1) in lower(concat(d.number, ' ', d.name))) > 0)
	and ($2::text is null or (d.sort, d.kind, d.id) > ($2, $3, $4::uuid))
order by d.sort, d.kind, d.id
limit $5::integer;
