-- What FreeSWITCH needs of the installation: call records that found no place, and agents made when an
-- extension becomes a member of a queue.

-- Kept as they came until somebody looks. fingerprint: of the body, so that what is sent again is kept once.
create table public.dead_letters (
	id uuid not null default gen_random_uuid(),
	received_at timestamptz not null default now(),
	fingerprint bytea not null,
	call_leg text not null default '',
	node text not null default '',
	content_type text not null default '',
	reason text not null,
	detail text not null default '',
	attempts integer not null default 1,
	body bytea not null,
	constraint dead_letters_pkey primary key (id),
	constraint dead_letters_fingerprint_key unique (fingerprint),
	constraint dead_letters_fingerprint_check check (octet_length(fingerprint) = 32),
	constraint dead_letters_call_leg_check check (char_length(call_leg) <= 64),
	constraint dead_letters_node_check check (char_length(node) <= 64),
	constraint dead_letters_content_type_check check (char_length(content_type) <= 100),
	constraint dead_letters_reason_check check (reason ~ '^[a-z][a-z_]{0,39}$'),
	constraint dead_letters_detail_check check (char_length(detail) <= 500),
	constraint dead_letters_attempts_check check (attempts >= 1)
);

create index dead_letters_received_at_idx on public.dead_letters (received_at desc, id desc);

comment on table public.dead_letters is
	'Call records of switches that could not be placed: kept whole, with the reason, until they are replayed or removed.';

-- Whoever answers a queue is an agent. In the caller's own schema and with his rights; called from the
-- statement that writes a row of queue_members.
create function public.keep_agent(a_extension uuid) returns boolean
language plpgsql volatile as $$
begin
	insert into agents (extension_id) values (a_extension) on conflict (extension_id) do nothing;
	return true;
end
$$;

-- The event of an agent, given with the row as it is since; in the statement that writes it, in the caller's
-- own schema and with his rights. Old events go on the way (sql/queries/audit.sql).
create function public.tell_agent(a_extension uuid, a_agent jsonb) returns boolean
language plpgsql volatile as $$
begin
	delete from events e
	where e.id in (select o.id from events o order by o.id limit 4)
		and (e.at < now() - interval '1 day' or e.id < (select max(l.id) from events l) - 10000);
	insert into events (kind, data)
	select 'agent', jsonb_build_object('extension_id', x.id, 'extension', x.extension_number,
		'status', a_agent -> 'status', 'reason', a_agent -> 'reason',
		'status_since', a_agent -> 'status_since', 'state', a_agent -> 'state',
		'state_since', a_agent -> 'state_since', 'node', a_agent -> 'node',
		'requested', a_agent ->> 'requested_at' is not null)
	from extensions x where x.id = a_extension;
	return true;
end
$$;

grant select, insert, update, delete on public.dead_letters to centrex_public;

-- The process that drives FreeSWITCHes tells of each of them.
alter table public.nodes
	drop constraint nodes_kind_check,
	add constraint nodes_kind_check check (kind in ('sip', 'web', 'freeswitch'));
