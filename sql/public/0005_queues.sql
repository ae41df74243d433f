-- Every change of an agent is kept in his history, in the same statement.

-- In the caller's own schema and with his rights; called from the statement that writes a row of queues.
create function public.keep_queue_settings(a_queue uuid) returns boolean
language plpgsql volatile as $$
begin
	insert into queue_settings (queue_id) values (a_queue) on conflict (queue_id) do nothing;
	return true;
end
$$;

-- As before, and the change goes into the agent's history.
create or replace function public.tell_agent(a_extension uuid, a_agent jsonb) returns boolean
language plpgsql volatile as $$
begin
	delete from events e
	where e.id in (select o.id from events o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events l) - 10000);
	insert into events (kind, data)
	select 'agent', jsonb_build_object('extension_id', x.id, 'extension', x.extension_number,
		'status', a_agent -> 'status', 'reason', a_agent -> 'reason',
		'status_since', a_agent -> 'status_since', 'state', a_agent -> 'state',
		'state_since', a_agent -> 'state_since', 'wrap_up_until', a_agent -> 'wrap_up_until',
		'node', a_agent -> 'node', 'requested', a_agent ->> 'requested_at' is not null)
	from extensions x where x.id = a_extension;
	if to_regclass('agent_states') is null then -- this tenant's schema is still that of the release before
		return true;
	end if;
	if exists (select from agent_states s where s.extension_id = a_extension and s.until is null
			and s.status = a_agent ->> 'status' and s.state = a_agent ->> 'state'
			and s.reason = a_agent ->> 'reason') then
		return true;
	end if;
	update agent_states s set until = greatest(now(), s.since)
	where s.extension_id = a_extension and s.until is null;
	insert into agent_states (extension_id, extension, status, state, reason, since)
	select x.id, x.extension_number, a_agent ->> 'status', a_agent ->> 'state', a_agent ->> 'reason', now()
	from extensions x where x.id = a_extension;
	return true;
end
$$;
