-- Who answers queues (domain/agent): what switches report. Each report is one unit of work behind the
-- tenant's lock; what changes nothing writes nothing. public.tell_agent() writes the event.

-- name: agent_list
-- door: tenant
select a.extension_id, x.extension_number as number, a.status, a.state,
	a.requested_at is not null as requested, a.reason, a.node
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
		state = $2, node = $3,
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
update agents as e set state = 'waiting', state_since = now()
where e.node = $1 and e.state <> 'waiting'
returning public.tell_agent(e.extension_id, to_jsonb(e)), pg_notify('centrex', 'live ' || $2);
