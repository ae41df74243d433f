-- Writes the flat script of a schema as it stands in the catalogue: sql/public.sql, sql/tenant.sql
-- (script/schema). psql variables: schema, and path (what search_path is meanwhile: the schema for a
-- tenant, so that its names stay bare; empty for public, so that all names are qualified).
select set_config('search_path', :'path', false) \g /dev/null
with
spot as (
	select n.oid, n.nspname, n.nspacl, n.nspowner, n.nspname = 'public' as shared,
		case when n.nspname = 'public' then 'public.' else '' end as prefix
	from pg_catalog.pg_namespace n where n.nspname = :'schema'
),
-- Who a right is given to: the tenant's role is called like its schema.
rights as (
	select x.objid, x.kind, x.columns, x.privilege, x.grantee
	from (
		select c.oid as objid, 'table' as kind, null::text as columns, a.privilege_type as privilege, a.grantee
		from spot, pg_catalog.pg_class c, pg_catalog.aclexplode(c.relacl) a
		where c.relnamespace = spot.oid and c.relkind = 'r' and a.grantee <> c.relowner
		union all
		select c.oid, 'table', string_agg(quote_ident(t.attname), ', ' order by t.attnum), a.privilege_type, a.grantee
		from spot, pg_catalog.pg_class c, pg_catalog.pg_attribute t, pg_catalog.aclexplode(t.attacl) a
		where c.relnamespace = spot.oid and c.relkind = 'r' and t.attrelid = c.oid and a.grantee <> c.relowner
		group by c.oid, a.privilege_type, a.grantee
	) x
),
privileges (privilege, place) as (values ('SELECT', 1), ('INSERT', 2), ('UPDATE', 3), ('DELETE', 4),
	('TRUNCATE', 5), ('REFERENCES', 6), ('TRIGGER', 7)),
table_rights as (
	select r.objid, r.grantee,
		string_agg(lower(r.privilege) || coalesce(' (' || r.columns || ')', ''), ', ' order by p.place, r.columns) as list
	from rights r join privileges p using (privilege)
	group by r.objid, r.grantee
),
keys as (
	-- A foreign key to a table made later has to wait for it.
	select k.*, k.contype = 'f' and k.confrelid > k.conrelid
		and (select c.relnamespace from pg_catalog.pg_class c where c.oid = k.confrelid) = k.connamespace as late
	from pg_catalog.pg_constraint k, spot
	where k.connamespace = spot.oid and k.conrelid <> 0 and k.contype in ('p', 'u', 'c', 'f')
),
tables as (
	select c.oid, spot.prefix || quote_ident(c.relname) as name,
		(select string_agg(e'\t' || line, e',\n' order by part, place, line) from (
			select 1 as part, a.attnum::integer as place,
				quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod)
				|| case when a.attnotnull then ' not null' else '' end
				|| coalesce(' default ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), '') as line
			from pg_catalog.pg_attribute a
			left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
			where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			union all
			select 2, position(k.contype::text in 'pufc'),
				'constraint ' || quote_ident(k.conname) || ' ' || pg_catalog.pg_get_constraintdef(k.oid, true)
			from keys k where k.conrelid = c.oid and not k.late
		) as lines) as body
	from pg_catalog.pg_class c, spot
	where c.relnamespace = spot.oid and c.relkind = 'r'
),
functions as (
	select p.oid, p.oid::pg_catalog.regprocedure::text as name, pg_catalog.rtrim(pg_catalog.pg_get_functiondef(p.oid), e'\n') as body, p.proacl,
		p.proowner,
		exists (select from pg_catalog.pg_depend d where d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
			and d.refobjid = p.oid and d.classid in ('pg_catalog.pg_constraint'::pg_catalog.regclass,
				'pg_catalog.pg_attrdef'::pg_catalog.regclass)) as early
	from pg_catalog.pg_proc p, spot where p.pronamespace = spot.oid
),
pieces (place, number, name, piece) as (
	select 0, 0, '', 'revoke create on schema public from public' from spot
	where shared and not exists (select from pg_catalog.aclexplode(nspacl) a where a.grantee = 0 and a.privilege_type = 'CREATE')
	union all
	select 0, 1, '', 'grant usage on schema public to public' from spot
	where shared and exists (select from pg_catalog.aclexplode(nspacl) a where a.grantee = 0 and a.privilege_type = 'USAGE')
	union all
	select 1, 0, t.typname, 'create type ' || spot.prefix || quote_ident(t.typname) || ' as enum ('
		|| (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder)
			from pg_catalog.pg_enum e where e.enumtypid = t.oid) || ')'
	from pg_catalog.pg_type t, spot where t.typnamespace = spot.oid and t.typtype = 'e'
	union all
	select case when f.early then 2 else 6 end, 0, f.name, f.body from functions f
	union all
	select 3, t.oid::bigint, t.name, 'create table ' || t.name || e' (\n' || t.body || e'\n)' from tables t
	union all
	select 4, 0, k.conname, 'alter table ' || t.name || ' add constraint ' || quote_ident(k.conname) || ' '
		|| pg_catalog.pg_get_constraintdef(k.oid, true)
	from keys k join tables t on t.oid = k.conrelid where k.late
	union all
	select 5, 0, c.relname, lower(left(d.def, position(' INDEX ' in d.def) + 6))
		|| replace(replace(substr(d.def, position(' INDEX ' in d.def) + 7), quote_ident(spot.nspname) || '.', spot.prefix), ' USING btree', '')
	from pg_catalog.pg_class c
	join spot on c.relnamespace = spot.oid
	join pg_catalog.pg_index i on i.indexrelid = c.oid
	cross join lateral (select pg_catalog.pg_get_indexdef(c.oid)) as d (def)
	where not exists (select from pg_catalog.pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
	union all
	select 7, t.oid::bigint, t.name, 'comment on table ' || t.name || e' is\n\t' || quote_literal(d.description)
	from tables t join pg_catalog.pg_description d on d.objoid = t.oid and d.objsubid = 0
		and d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
	union all
	select 8, 0, f.name, 'revoke execute on function ' || f.name || ' from public'
	from functions f
	where f.proacl is not null and not exists (select from pg_catalog.aclexplode(f.proacl) a where a.grantee = 0)
	union all
	select 8, 1, f.name || a.grantee, 'grant execute on function ' || f.name || ' to ' || quote_ident(a.grantee::pg_catalog.regrole::text)
	from functions f, pg_catalog.aclexplode(f.proacl) a
	where a.grantee <> 0 and a.grantee <> f.proowner
	union all
	-- Tables with the same rights share a grant: each is a message.
	select 9, min(t.oid::bigint), r.list, 'grant ' || r.list || ' on ' || string_agg(t.name, ', ' order by t.oid) || ' to '
		|| case when r.grantee = 0 then 'public'
			when pg_catalog.pg_get_userbyid(r.grantee) = spot.nspname then ':"tenant"'
			else quote_ident(pg_catalog.pg_get_userbyid(r.grantee)) end
	from table_rights r join tables t on t.oid = r.objid cross join spot
	group by r.list, r.grantee, spot.nspname
)
select string_agg(piece || ';', e'\n\n' order by place, number, name) from pieces;
