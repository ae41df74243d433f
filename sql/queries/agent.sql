-- Who answers queues (domain/agent): what switches report. Each report is one unit of work behind the
-- tenant's lock; what changes nothing writes nothing. public.tell_agent() writes the event.

-- name: agent_list
-- door: tenant
select a.extension_id, x.extension_number as number, a.status, a.state, a.missed,
	a.requested_at is not null as requested, a.state = 'wrap_up' and a.ready_at >= a.state_since as ready,
	a.reason, a.node
from agents a join extensions x on x.id = a.extension_id
order by x.extension_number collate "C";

-- name: agent_report_status
-- door: tenant
-- $1: the extension's number; $2: the status; $3: the tenant; $4: the reason. Answers whether it was asked
-- for otherwise, and whether something was written; no row: there is no such agent.
with a as materialized (
	select e.* from agents e join extensions x on x.id = e.extension_id where x.extension_number = $1
), w as (
	update agents as e set
		status = $2,
		reason = case when e.status = $2 then e.reason else $4 end,
		status_since = case when e.status = $2 then e.status_since else now() end,
		requested_at = null
	from a
	where e.extension_id = a.extension_id and (e.status = $2) <> (e.requested_at is null)
	returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $3),
		case when a.status <> $2 then pg_notify('centrex', 'agent ' || $3) end
)
select a.status <> $2 and a.requested_at is not null as refused, exists (select from w) as changed
from a;

-- name: agent_report_state
-- door: tenant
-- $1: the extension's number; $2: the state; $3: the node; $4: the tenant. Answers as above.
with a as materialized (
	select e.*, e.state <> 'waiting' and e.node <> $3 and $2 = 'waiting' as elsewhere
	from agents e join extensions x on x.id = e.extension_id where x.extension_number = $1
), w as (
	update agents as e set
		state = $2, node = $3, wrap_up_until = null, queue_id = null, call_id = null,
		state_since = case when e.state = $2 then e.state_since else now() end
	from a
	where e.extension_id = a.extension_id and not a.elsewhere
		and (e.state <> $2 or (e.node <> $3 and $2 <> 'waiting'))
	returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $4)
)
select a.elsewhere as refused, exists (select from w) as changed from a;

-- name: agent_forget_node
-- door: tenant
-- $1: the node; $2: the tenant.
update agents as e set state = 'waiting', state_since = now(), wrap_up_until = null,
	queue_id = null, call_id = null
where e.node = $1 and e.state <> 'waiting'
returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $2);

-- What the engine says of agents (domain/agent_writer), newest of each. $1: a JSON array of {extension_id,
-- state, queue_id, call_id, wrap_up_until, missed, status, reason}, state or status null: nothing is said of it; $2: the node;
-- $3: the tenant. As agent_report_status and agent_report_state, which see.
-- name: agent_write
-- door: tenant
with given as materialized (
	select e.extension_id, e.status as was,
		g.state is not null and not (e.state <> 'waiting' and e.node <> $2 and g.state = 'waiting')
			and (e.state <> g.state or e.missed <> g.missed
				or (g.call_id is not null and e.call_id is distinct from g.call_id)
				or e.wrap_up_until is distinct from g.wrap_up_until
				or (e.node <> $2 and g.state <> 'waiting')) as does,
		g.status is not null and case when e.requested_at is null
			then (e.status, e.reason) <> (g.status, r.reason) else e.status = g.status end as wants,
		g.state, g.wrap_up_until, g.missed, g.status,
		case when g.state <> 'waiting' then coalesce(g.queue_id, e.queue_id) end as queue_id,
		case when g.state <> 'waiting' then coalesce(g.call_id, e.call_id) end as call_id,
		r.reason
	from json_to_recordset($1::json) as g(extension_id uuid, state text, queue_id uuid,
		call_id uuid, wrap_up_until timestamptz, missed integer, status text, reason text)
	join agents e on e.extension_id = g.extension_id
	cross join lateral (
		select left(regexp_replace(coalesce(g.reason, ''), '[\u0001-\u001f\u007f-\u009f]', '', 'g'), 64) as reason
	) r
)
update agents as e set
	state = case when g.does then g.state else e.state end,
	state_since = case when g.does and e.state <> g.state then now() else e.state_since end,
	node = case when g.does then $2 else e.node end,
	queue_id = case when g.does then g.queue_id else e.queue_id end,
	call_id = case when g.does then g.call_id else e.call_id end,
	wrap_up_until = case when g.does then g.wrap_up_until else e.wrap_up_until end,
	missed = case when g.does then g.missed else e.missed end,
	status = case when g.wants then g.status else e.status end,
	reason = case when g.wants and e.requested_at is null then g.reason else e.reason end,
	status_since = case when g.wants and e.status <> g.status then now() else e.status_since end,
	requested_at = case when g.wants then null else e.requested_at end
from given g
where e.extension_id = g.extension_id and (g.does or g.wants)
returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $3),
	case when e.status <> g.was then pg_notify('centrex', 'agent ' || $3) end;

-- Where there is no FreeSWITCH to confirm what was asked for, the engine does: it acts on the table.
-- $1: the tenant.
-- name: agent_confirm
-- door: tenant
update agents as e set requested_at = null
where e.requested_at is not null
returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $1);

-- Whether there is something to put right: $1: the node.
-- name: agent_any
-- door: tenant
select 1 from agents a
where (a.node = $1 and a.state <> 'waiting') or a.requested_at is not null
limit 1;

-- Whether a FreeSWITCH is watched. $1: seconds of silence.
-- name: agent_switches
-- door: public
select 1 from public.nodes n
where n.kind = 'freeswitch' and n.seen_at >= now() - make_interval(secs => $1::integer)
limit 1;

-- name: agent_tenants
-- door: public
select t.id from public.tenants t;
