-- The processes of the installation (domain/node).

-- $1: name; $2: kind; $3: when it started, unix seconds; $4: its counters, a JSON object; $5: the
-- version of the program. Who was not seen for a day is forgotten.
-- name: node_seen
-- door: public
with forgotten as (
	delete from public.nodes n
	where n.seen_at < now() - interval '1 day' and (n.kind, n.name) <> ($2::text, $1::text)
)
insert into public.nodes as n (name, kind, version, started_at, seen_at, counters)
values ($1, $2, $5, to_timestamp($3::double precision), now(), $4::jsonb)
on conflict (kind, name) do update set
	version = excluded.version, started_at = excluded.started_at, seen_at = excluded.seen_at,
	counters = excluded.counters;

-- Engines, and watchers of switches, that are taken for dead, and until when they can have begun calls. $1: seconds of silence.
-- name: node_silent
-- door: public
select n.name, (n.seen_at + make_interval(secs => $1::integer))::text
from public.nodes n
where n.kind in ('sip', 'freeswitch') and n.seen_at < now() - make_interval(secs => $1::integer);

-- name: node_list
-- door: public
select n.kind, n.name, extract(epoch from now() - n.seen_at)::bigint as seen_s,
	extract(epoch from n.started_at)::bigint as started_at, n.counters::text as counters
from public.nodes n
order by n.kind, n.name limit 1000;

-- $1, $2: kind and name of a node; $3: a JSON array of what tenants (t) have of calls (c) and phones (r)
-- there by now; $4: the process that says so, by when it began (version 7): of two of that name the later is
-- believed. False: the node has not told of itself yet. A tenant that was removed meanwhile has none.
-- name: node_tenants_write
-- door: public
with node as materialized (
	select n.kind, n.name from public.nodes n where n.kind = $1::text and n.name = $2::text
), given as materialized (
	select g.t, g.c, g.r from json_to_recordset($3::json) as g(t uuid, c integer, r integer)
), gone as (
	-- By an array: joined, five thousand rows are looked for in each other.
	delete from public.node_tenants x
	where x.kind = $1::text and x.node = $2::text
		and x.tenant_id = any (array(select g.t from given g where g.c = 0 and g.r = 0))
		and (x.instance is null or x.instance <= $4::uuid)
), written as (
	insert into public.node_tenants as x (kind, node, tenant_id, calls, registrations, instance)
	select n.kind, n.name, g.t, g.c, g.r, $4::uuid
	from given g join public.tenants t on t.id = g.t cross join node n
	where g.c > 0 or g.r > 0
	on conflict (kind, node, tenant_id) do update set calls = excluded.calls,
		registrations = excluded.registrations, instance = excluded.instance, updated_at = now()
		where x.instance is null or x.instance <= excluded.instance
)
select exists (select from node);

-- $3: of this process; null: all, those of processes before.
-- name: node_tenants_clear
-- door: public
delete from public.node_tenants where kind = $1 and node = $2 and ($3::uuid is null or instance = $3::uuid);

-- $1: what to sort by (calls, registrations, domain); $2: -1 from its end, else 1; $3: seconds after which a
-- node is taken for gone; $4, $5: where the page before ended, or null; $6: text that names or domains
-- contain, or null; $7: rows.
-- name: tenant_activity
-- door: public
with busy as (
	select x.tenant_id, sum(x.calls) as calls, sum(x.registrations) as registrations, count(*) as nodes
	from public.node_tenants x join public.nodes n on n.kind = x.kind and n.name = x.node
	where n.seen_at > now() - make_interval(secs => $3::integer)
	group by x.tenant_id
), placed as (
	select t.id, t.name, t.domain, b.calls, b.registrations, b.nodes,
		$2::bigint * case $1::text when 'calls' then b.calls when 'registrations' then b.registrations
			else 0 end as place
	from busy b join public.tenants t on t.id = b.tenant_id
	where $6::text is null or strpos(lower(t.name), lower($6::text)) > 0 or strpos(t.domain, lower($6::text)) > 0
)
select json_build_object('id', p.id, 'name', p.name, 'domain', p.domain, 'calls', p.calls,
	'registrations', p.registrations, 'nodes', p.nodes), p.place, p.domain
from placed p
where $4::bigint is null or (p.place, p.domain) > ($4::bigint, $5::text)
order by p.place, p.domain limit $7::integer;

-- What the tenants and the users look like, a number each: another one when a row came, went or changed.
-- name: operator_prints
-- door: public
select
	(select count(*)::text || ' ' || coalesce(sum(hashtextextended(
		concat_ws(' ', t.id, t.name, t.domain, t.timezone, t.locale), 0)), 0)::text from public.tenants t),
	(select count(*)::text || ' ' || coalesce(sum(hashtextextended(
		concat_ws(' ', u.id, u.email, u.global_role), 0)), 0)::text from public.users u);
