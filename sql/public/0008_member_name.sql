-- What a member of the tenant that asks is called, or null: my_members() (which see) for one of them, by
-- index, where a list names somebody in each row. Until people have names it is their e-mail address.
create function public.member_name(a_user uuid) returns text
	language sql stable strict security definer
	set search_path = ''
as $$
	select u.email
	from public.tenants t
	join public.user_tenants m on m.tenant_id = t.id and m.user_id = a_user
	join public.users u on u.id = m.user_id
	where t.schema_name = pg_catalog.current_setting('role')
$$;
