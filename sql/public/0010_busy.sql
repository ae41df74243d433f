-- Who rings or talks at this moment, of the extensions of the caller's own schema and with his rights: told in
-- events and listed in the directory. Who rings is whom the call was made for, by his own number or another of
-- his, and agents who are offered one; who makes a call talks from its beginning, also while he is parked.
-- Nothing in it says with whom.
create function public.busy() returns table (extension_id uuid, talks boolean)
language plpgsql stable as $$
begin
	return query
	select b.extension, bool_or(b.talking)
	from (
		select m.extension, n.talking
		from calls c
		cross join lateral (values
			(case when c.direction <> 'inbound' then c.from_number end, true),
			(case when c.state = 'answered' then c.answered_by end, true),
			(case when c.state = 'ringing' then c.to_number end, false)) as n(number, talking)
		cross join lateral (
			select x.id as extension from extensions x where x.extension_number = n.number
			union all
			select o.extension_id from numbers o where o.number = n.number and o.extension_id is not null) as m
		union all
		select a.extension_id, a.state = 'talking' from agents a where a.state in ('ringing', 'talking')
	) as b
	group by b.extension;
end
$$;
