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
