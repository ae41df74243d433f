-- What every page of a tenant needs to know of it (web/api_preferences).

-- name: preferences_breaks
-- door: tenant
-- The reasons for a break, in the order of *471 to *479.
select coalesce(jsonb_agg(btrim(r.reason) order by r.place), '[]')
from settings s, unnest(string_to_array(s.value #>> '{}', ',')) with ordinality as r (reason, place)
where s.name = 'break_reasons' and btrim(r.reason) <> '';

-- name: preferences_tenant
-- door: public
-- $2: its reasons for a break.
select row_to_json(p) from (
	select t.id, t.domain, t.name, t.locale, t.timezone, $2::jsonb as break_reasons
	from public.tenants t where t.id = $1
) as p;

-- name: preferences_locale
-- door: public
-- For letters to people of whom nothing is known yet.
select t.locale from public.tenants t where t.id = $1;
