-- Queues of the built-in engine: how each behaves, what became of each call in one, why, and the agents'
-- history; recordings.

-- mod_callcenter's names and defaults; those it keeps for each agent stand here for each queue (wrap_up_time
-- to agent_ring_time). Seconds; 0: none.
create table queue_settings (
	queue_id uuid not null,
	max_wait_time integer not null default 0,
	max_wait_time_with_no_agent integer not null default 0,
	max_wait_time_with_no_agent_time_reached integer not null default 5,
	tier_rules_apply boolean not null default false,
	tier_rule_wait_second integer not null default 0,
	tier_rule_wait_multiply_level boolean not null default false,
	tier_rule_no_agent_no_wait boolean not null default true,
	tier_join text not null default 'join',
	skip_agents_with_external_calls boolean not null default true,
	wrap_up_time integer not null default 10,
	no_answer_delay_time integer not null default 5,
	busy_delay_time integer not null default 60,
	reject_delay_time integer not null default 5,
	max_no_answer integer not null default 3,
	agent_ring_time integer not null default 15,
	overflow_number text,
	service_level_s integer not null default 20,
	recording text not null default 'tenant',
	constraint queue_settings_pkey primary key (queue_id),
	constraint queue_settings_queue_id_fkey foreign key (queue_id) references queues (id) on delete cascade,
	constraint queue_settings_max_wait_time_check check (max_wait_time between 0 and 86400),
	constraint queue_settings_max_wait_time_with_no_agent_check
		check (max_wait_time_with_no_agent between 0 and 86400),
	constraint queue_settings_max_wait_time_with_no_agent_time_reached_check
		check (max_wait_time_with_no_agent_time_reached between 0 and 86400),
	constraint queue_settings_tier_rule_wait_second_check check (tier_rule_wait_second between 0 and 86400),
	constraint queue_settings_tier_join_check check (tier_join in ('join', 'replace')),
	constraint queue_settings_wrap_up_time_check check (wrap_up_time between 0 and 3600),
	constraint queue_settings_no_answer_delay_time_check check (no_answer_delay_time between 0 and 3600),
	constraint queue_settings_busy_delay_time_check check (busy_delay_time between 0 and 3600),
	constraint queue_settings_reject_delay_time_check check (reject_delay_time between 0 and 3600),
	constraint queue_settings_max_no_answer_check check (max_no_answer between 0 and 1000),
	constraint queue_settings_agent_ring_time_check check (agent_ring_time between 5 and 600),
	constraint queue_settings_overflow_number_check
		check (overflow_number ~ '^(\+[1-9][0-9]{1,14}|[0-9]{2,20})$'),
	constraint queue_settings_service_level_s_check check (service_level_s between 1 and 3600),
	constraint queue_settings_recording_check check (recording in ('tenant', 'no', 'yes'))
);

comment on table queue_settings is
	'How a queue behaves: one row for each queue. The data model''s table queues stays as it was asked for.';

insert into queue_settings (queue_id) select q.id from queues q;

-- One row for each time a caller was in a queue. It stands without references: what happened stays when a
-- queue, an extension or a call record goes.
create table queue_calls (
	id uuid not null,
	cdr_id uuid not null,
	queue_id uuid not null,
	queue_name text not null default '',
	caller_number text not null default '',
	caller_name text not null default '',
	joined_at timestamptz not null,
	left_at timestamptz not null,
	answered_at timestamptz,
	ended_at timestamptz not null,
	outcome text not null,
	reason text not null default '',
	answered_by text,
	agent_id uuid,
	offers integer not null default 0,
	wait_ms bigint not null,
	talk_ms bigint not null default 0,
	in_service_level boolean not null default false,
	node text not null default '',
	constraint queue_calls_pkey primary key (id),
	constraint queue_calls_left_at_check check (left_at >= joined_at),
	constraint queue_calls_ended_at_check check (ended_at >= left_at),
	constraint queue_calls_answered_at_check check ((outcome = 'answered') = (answered_at is not null)
		and (answered_at is null or answered_at between joined_at and ended_at)),
	constraint queue_calls_outcome_check check (outcome in ('answered', 'abandoned', 'overflowed')),
	constraint queue_calls_reason_check check (char_length(reason) <= 64),
	constraint queue_calls_queue_name_check check (char_length(queue_name) <= 100),
	constraint queue_calls_caller_number_check check (char_length(caller_number) <= 256),
	constraint queue_calls_caller_name_check check (char_length(caller_name) <= 256),
	constraint queue_calls_answered_by_check check (char_length(answered_by) <= 64),
	constraint queue_calls_offers_check check (offers >= 0),
	constraint queue_calls_wait_ms_check check (wait_ms >= 0),
	constraint queue_calls_talk_ms_check check (talk_ms >= 0),
	constraint queue_calls_node_check check (char_length(node) <= 64)
);

create index queue_calls_queue_id_idx on queue_calls (queue_id, joined_at);
create index queue_calls_joined_at_idx on queue_calls (joined_at, id);
create index queue_calls_cdr_id_idx on queue_calls (cdr_id);

comment on table queue_calls is
	'What became of each caller in a queue: callers = answered + abandoned + overflowed + those who wait.';

create table queue_offers (
	id uuid not null,
	queue_call_id uuid not null,
	queue_id uuid not null,
	agent_id uuid not null,
	extension text not null,
	offered_at timestamptz not null,
	answered_at timestamptz,
	ended_at timestamptz not null,
	outcome text not null,
	talk_ms bigint not null default 0,
	constraint queue_offers_pkey primary key (id),
	constraint queue_offers_extension_check check (char_length(extension) <= 64),
	constraint queue_offers_ended_at_check check (ended_at >= offered_at),
	constraint queue_offers_answered_at_check check (answered_at between offered_at and ended_at),
	constraint queue_offers_talk_ms_check check (talk_ms >= 0),
	constraint queue_offers_outcome_check check (outcome in
		('answered', 'no_answer', 'busy', 'declined', 'unreachable', 'elsewhere', 'withdrawn', 'failed'))
);

create index queue_offers_queue_call_id_idx on queue_offers (queue_call_id);
create index queue_offers_agent_id_idx on queue_offers (agent_id, offered_at);
create index queue_offers_offered_at_idx on queue_offers (offered_at);

comment on table queue_offers is 'Each offer of a caller to an agent, and how it ended.';

-- What the two tables above add up to, counted when their rows are stored: in quarters of an hour (of
-- joined_at; of offered_at), and in days of UTC for each agent. in_service_level: those answered; early:
-- those who hung up sooner than that. wrap_up_ms: of wrap-ups that began then, counted when they end
-- (public.tell_agent).
create table queue_quarters (
	at timestamptz not null,
	queue_id uuid not null,
	callers integer not null default 0,
	answered integer not null default 0,
	abandoned integer not null default 0,
	overflowed integer not null default 0,
	in_service_level integer not null default 0,
	early integer not null default 0,
	wait_ms bigint not null default 0,
	answer_ms bigint not null default 0,
	longest_wait_ms bigint not null default 0,
	talk_ms bigint not null default 0,
	offers integer not null default 0,
	missed integer not null default 0,
	wrap_up_ms bigint not null default 0,
	constraint queue_quarters_pkey primary key (at, queue_id)
);

comment on table queue_quarters is
	'Callers of a queue in a quarter of an hour: a report adds these up, and does not read queue_calls.';

create table queue_agent_days (
	day date not null,
	queue_id uuid not null,
	agent_id uuid not null,
	offers integer not null default 0,
	answered integer not null default 0,
	no_answer integer not null default 0,
	busy integer not null default 0,
	declined integer not null default 0,
	unreachable integer not null default 0,
	elsewhere integer not null default 0,
	withdrawn integer not null default 0,
	failed integer not null default 0,
	ring_ms bigint not null default 0,
	talk_ms bigint not null default 0,
	wrap_up_ms bigint not null default 0,
	constraint queue_agent_days_pkey primary key (day, queue_id, agent_id)
);

create index queue_agent_days_agent_id_idx on queue_agent_days (agent_id, day);

comment on table queue_agent_days is 'Offers to an agent in a day (UTC), and his wrap-up.';

-- data: as domain/queue_log.h says.
create table queue_decisions (
	id bigint not null generated always as identity,
	at timestamptz not null,
	queue_id uuid not null,
	cdr_id uuid,
	decision text not null,
	data jsonb not null default '{}',
	constraint queue_decisions_pkey primary key (id),
	constraint queue_decisions_decision_check check (decision ~ '^[a-z][a-z_]{0,39}$'),
	constraint queue_decisions_data_check check (jsonb_typeof(data) = 'object')
);

create index queue_decisions_queue_id_idx on queue_decisions (queue_id, id);
create index queue_decisions_cdr_id_idx on queue_decisions (cdr_id, id) where cdr_id is not null;

comment on table queue_decisions is
	'Why: what queues decided, about whom, and who was passed over; kept for a few days.';

-- One row for each status and state an agent was in; until null: is in. queue_id: of whose call.
-- status_began: with this row; the rows of its states follow.
create table agent_states (
	id bigint not null generated always as identity,
	extension_id uuid not null,
	extension text not null,
	status text not null,
	state text not null,
	reason text not null default '',
	queue_id uuid,
	status_began boolean not null default true,
	since timestamptz not null,
	until timestamptz,
	constraint agent_states_pkey primary key (id),
	constraint agent_states_extension_check check (char_length(extension) <= 64),
	constraint agent_states_status_check check (status in ('available', 'on_break', 'logged_out')),
	constraint agent_states_state_check check (state in ('waiting', 'ringing', 'talking', 'wrap_up')),
	constraint agent_states_until_check check (until >= since)
);

create index agent_states_extension_id_idx on agent_states (extension_id, since);
create index agent_states_since_idx on agent_states (since);
create index agent_states_status_idx on agent_states (extension_id, since) where status_began;
create index agent_states_open_idx on agent_states (extension_id) where until is null;

comment on table agent_states is 'The history of agents, written with every change of table agents (public.tell_agent).';

insert into agent_states (extension_id, extension, status, state, reason, since)
select a.extension_id, x.extension_number, a.status, a.state, a.reason, greatest(a.status_since, a.state_since)
from agents a join extensions x on x.id = a.extension_id;

-- queue_id: of whose call the state is; as a call's, it may outlive the queue. wrap_up_until: in state
-- wrap_up, when it ends. missed: offers not answered, one after the other.
alter table agents
	drop constraint agents_state_check,
	add constraint agents_state_check check (state in ('waiting', 'ringing', 'talking', 'wrap_up')),
	add column queue_id uuid,
	add column wrap_up_until timestamptz,
	add column missed integer not null default 0,
	add constraint agents_missed_check check (missed >= 0);

-- queue_id: in state waiting, and after it while an agent has the call. parked: the slot.
alter table calls
	drop constraint calls_state_check,
	add constraint calls_state_check check (state in ('ringing', 'answered', 'waiting', 'parked')),
	add column queue_id uuid,
	add column waiting_since timestamptz,
	add column slot text,
	add constraint calls_slot_check check (slot ~ '^[0-9]{2,5}$');

create index calls_queue_id_idx on calls (queue_id) where queue_id is not null;

-- recording: null: none was wanted; else whether the file named in cdrs.recording_path is whole.
alter table cdr_details
	add column recording text,
	add constraint cdr_details_recording_check check (recording in
		('recorded', 'partial', 'failed', 'expired', 'deleted'));

create index cdrs_recording_idx on cdrs (start_time) where recording_path is not null;

alter table events
	drop constraint events_kind_check,
	add constraint events_kind_check check (kind in ('change', 'registration', 'call', 'agent', 'queue'));

grant select, insert, update, delete on queue_settings, queue_calls, queue_offers, queue_quarters,
	queue_agent_days, queue_decisions, agent_states to :"tenant";
