-- Every change of an agent is kept in his history, in the same statement.

-- In the caller's own schema and with his rights; called from the statement that writes a row of queues.
create function public.keep_queue_settings(a_queue uuid) returns boolean
language plpgsql volatile as $$
begin
	insert into queue_settings (queue_id) values (a_queue) on conflict (queue_id) do nothing;
	return true;
end
$$;

-- As before, and the change goes into the agent's history; what a wrap-up took is counted when it ends.
create or replace function public.tell_agent(a_extension uuid, a_agent jsonb) returns boolean
language plpgsql volatile as $$
declare
	last record;
	took bigint;
begin
	delete from events e
	where e.id in (select o.id from events o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events l) - 10000);
	insert into events (kind, data)
	select 'agent', jsonb_build_object('extension_id', x.id, 'extension', x.extension_number,
		'status', a_agent -> 'status', 'reason', a_agent -> 'reason',
		'status_since', a_agent -> 'status_since', 'state', a_agent -> 'state',
		'state_since', a_agent -> 'state_since', 'queue_id', a_agent -> 'queue_id',
		'wrap_up_until', a_agent -> 'wrap_up_until', 'node', a_agent -> 'node',
		'requested', a_agent ->> 'requested_at' is not null)
	from extensions x where x.id = a_extension;
	if to_regclass('agent_states') is null then -- this tenant's schema is still that of the release before
		return true;
	end if;
	select s.* into last from agent_states s
	where s.extension_id = a_extension and s.until is null order by s.id desc limit 1;
	if last.status = a_agent ->> 'status' and last.state = a_agent ->> 'state'
		and last.reason = a_agent ->> 'reason'
		and last.queue_id is not distinct from (a_agent ->> 'queue_id')::uuid then
		return true;
	end if;
	update agent_states s set until = greatest(now(), s.since)
	where s.extension_id = a_extension and s.until is null;
	if last.state = 'wrap_up' then
		took := greatest(floor(extract(epoch from now() - last.since) * 1000), 0);
		insert into queue_agent_days as d (day, queue_id, agent_id, wrap_up_ms)
		values ((last.since at time zone 'UTC')::date,
			coalesce(last.queue_id, '00000000-0000-0000-0000-000000000000'), a_extension, took)
		on conflict (day, queue_id, agent_id) do update set wrap_up_ms = d.wrap_up_ms + excluded.wrap_up_ms;
		insert into queue_quarters as q (at, queue_id, wrap_up_ms)
		select date_bin('15 minutes', last.since, 'epoch'), last.queue_id, took where last.queue_id is not null
		on conflict (at, queue_id) do update set wrap_up_ms = q.wrap_up_ms + excluded.wrap_up_ms;
	end if;
	insert into agent_states (extension_id, extension, status, state, reason, queue_id, status_began, since)
	select x.id, x.extension_number, a_agent ->> 'status', a_agent ->> 'state', a_agent ->> 'reason',
		(a_agent ->> 'queue_id')::uuid, last.status is distinct from a_agent ->> 'status'
			or last.reason is distinct from a_agent ->> 'reason', now()
	from extensions x where x.id = a_extension;
	return true;
end
$$;
