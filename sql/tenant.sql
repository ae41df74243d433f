-- Written by script/schema from the migrations; a change belongs into a new one of those.

create table extensions (
	id uuid not null default gen_random_uuid(),
	extension_number text not null,
	auth_username uuid not null default gen_random_uuid(),
	auth_password text not null,
	context text not null default 'default'::text,
	user_id uuid,
	constraint extensions_pkey PRIMARY KEY (id),
	constraint extensions_auth_username_key UNIQUE (auth_username),
	constraint extensions_extension_number_key UNIQUE (extension_number),
	constraint extensions_user_id_key UNIQUE (user_id),
	constraint extensions_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE SET NULL,
	constraint extensions_auth_password_check CHECK (auth_password ~ '^[!-~]{20,128}$'::text),
	constraint extensions_auth_username_check CHECK (auth_username::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'::text),
	constraint extensions_context_check CHECK (context ~ '^[A-Za-z0-9._-]{1,80}$'::text),
	constraint extensions_extension_number_check CHECK (extension_number ~ '^[0-9]{2,5}$'::text)
);

create table queues (
	id uuid not null default gen_random_uuid(),
	name text not null,
	strategy public.queue_strategy not null default 'ring-all'::public.queue_strategy,
	moh_sound text,
	constraint queues_pkey PRIMARY KEY (id),
	constraint queues_moh_sound_check CHECK (char_length(moh_sound) >= 1 AND char_length(moh_sound) <= 255 AND moh_sound !~ '[\u0001-\u001f\u007f-\u009f]'::text),
	constraint queues_name_check CHECK (char_length(name) >= 1 AND char_length(name) <= 100 AND name ~ '\S'::text AND name !~ '[\u0001-\u001f\u007f-\u009f]'::text)
);

create table queue_members (
	queue_id uuid not null,
	extension_id uuid not null,
	tier integer not null default 1,
	level integer not null default 1,
	constraint queue_members_pkey PRIMARY KEY (queue_id, extension_id),
	constraint queue_members_extension_id_fkey FOREIGN KEY (extension_id) REFERENCES extensions(id) ON DELETE CASCADE,
	constraint queue_members_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES queues(id) ON DELETE CASCADE,
	constraint queue_members_level_check CHECK (level >= 0 AND level <= 1000),
	constraint queue_members_tier_check CHECK (tier >= 0 AND tier <= 1000)
);

create table cdrs (
	id uuid not null default gen_random_uuid(),
	caller_id_name text not null default ''::text,
	caller_id_number text not null default ''::text,
	dest_number text not null default ''::text,
	context text not null default ''::text,
	start_time timestamp with time zone not null,
	answer_time timestamp with time zone,
	end_time timestamp with time zone not null,
	duration integer not null,
	recording_path text,
	constraint cdrs_pkey PRIMARY KEY (id),
	constraint cdrs_answer_time_check CHECK (answer_time >= start_time AND answer_time <= end_time),
	constraint cdrs_caller_id_name_check CHECK (char_length(caller_id_name) <= 256),
	constraint cdrs_caller_id_number_check CHECK (char_length(caller_id_number) <= 256),
	constraint cdrs_context_check CHECK (char_length(context) <= 256),
	constraint cdrs_dest_number_check CHECK (char_length(dest_number) <= 256),
	constraint cdrs_duration_check CHECK (duration >= 0),
	constraint cdrs_end_time_check CHECK (end_time >= start_time),
	constraint cdrs_recording_path_check CHECK (char_length(recording_path) >= 1 AND char_length(recording_path) <= 1024 AND recording_path !~ '[\u0001-\u001f\u007f]'::text AND recording_path !~ '(^|/)\.\.(/|$)'::text)
);

create table media_files (
	id uuid not null default gen_random_uuid(),
	category public.media_category not null,
	original_name text not null,
	file_path text not null,
	uploaded_at timestamp with time zone not null default now(),
	constraint media_files_pkey PRIMARY KEY (id),
	constraint media_files_file_path_check CHECK (char_length(file_path) >= 1 AND char_length(file_path) <= 1024 AND file_path !~ '[\u0001-\u001f\u007f]'::text AND file_path !~ '(^|/)\.\.(/|$)'::text),
	constraint media_files_original_name_check CHECK (char_length(original_name) >= 1 AND char_length(original_name) <= 255 AND original_name !~ '[\u0001-\u001f\u007f-\u009f]'::text)
);

create table numbers (
	id uuid not null default gen_random_uuid(),
	number text not null,
	extension_id uuid,
	created_at timestamp with time zone not null default now(),
	queue_id uuid,
	media_id uuid,
	constraint numbers_pkey PRIMARY KEY (id),
	constraint numbers_number_key UNIQUE (number),
	constraint numbers_extension_id_fkey FOREIGN KEY (extension_id) REFERENCES extensions(id),
	constraint numbers_media_id_fkey FOREIGN KEY (media_id) REFERENCES media_files(id),
	constraint numbers_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES queues(id),
	constraint numbers_extension_id_check CHECK (num_nonnulls(extension_id, queue_id, media_id) = 1),
	constraint numbers_number_check CHECK (number ~ '^(\+[1-9][0-9]{1,14}|[0-9]{2,20})$'::text)
);

create table settings (
	name text not null,
	value jsonb not null,
	updated_at timestamp with time zone not null default now(),
	constraint settings_pkey PRIMARY KEY (name),
	constraint settings_name_check CHECK (name ~ '^[a-z][a-z0-9_-]{0,62}$'::text),
	constraint settings_value_check CHECK (octet_length(value::text) <= 65536)
);

create table registrations (
	id uuid not null default gen_random_uuid(),
	extension_id uuid not null,
	contact text not null,
	received_address inet not null,
	received_port integer not null,
	transport text not null,
	call_id text not null,
	cseq bigint not null,
	user_agent text not null default ''::text,
	node text not null default ''::text,
	registered_at timestamp with time zone not null default now(),
	expires_at timestamp with time zone not null,
	constraint registrations_pkey PRIMARY KEY (id),
	constraint registrations_contact_key UNIQUE (extension_id, contact),
	constraint registrations_extension_id_fkey FOREIGN KEY (extension_id) REFERENCES extensions(id) ON DELETE CASCADE,
	constraint registrations_call_id_check CHECK (char_length(call_id) <= 1024),
	constraint registrations_contact_check CHECK (octet_length(contact) >= 1 AND octet_length(contact) <= 1024),
	constraint registrations_cseq_check CHECK (cseq >= 0 AND cseq <= '4294967295'::bigint),
	constraint registrations_expires_at_check CHECK (expires_at >= registered_at),
	constraint registrations_node_check CHECK (char_length(node) <= 64),
	constraint registrations_received_port_check CHECK (received_port >= 1 AND received_port <= 65535),
	constraint registrations_transport_check CHECK (transport = ANY (ARRAY['udp'::text, 'tcp'::text, 'tls'::text])),
	constraint registrations_user_agent_check CHECK (char_length(user_agent) <= 256)
);

create table cdr_details (
	cdr_id uuid not null,
	direction text not null default 'internal'::text,
	disposition text not null,
	cause text not null default ''::text,
	sip_status integer,
	hangup_by text,
	answered_by text,
	sip_call_id text not null default ''::text,
	node text not null default ''::text,
	legs jsonb not null default '[]'::jsonb,
	queue_id uuid,
	start_time timestamp with time zone,
	class smallint,
	caller text collate "C",
	dest text collate "C",
	name text collate "C",
	duration integer,
	wait integer,
	recording text,
	constraint cdr_details_pkey PRIMARY KEY (cdr_id),
	constraint cdr_details_cdr_id_fkey FOREIGN KEY (cdr_id) REFERENCES cdrs(id) ON DELETE CASCADE,
	constraint cdr_details_answered_by_check CHECK (char_length(answered_by) <= 64),
	constraint cdr_details_caller_check CHECK (char_length(caller) <= 40),
	constraint cdr_details_cause_check CHECK (char_length(cause) <= 64),
	constraint cdr_details_class_check CHECK (class >= 0 AND class <= 68),
	constraint cdr_details_dest_check CHECK (char_length(dest) <= 40),
	constraint cdr_details_direction_check CHECK (direction = ANY (ARRAY['internal'::text, 'inbound'::text, 'outbound'::text])),
	constraint cdr_details_disposition_check CHECK (disposition = ANY (ARRAY['answered'::text, 'no_answer'::text, 'busy'::text, 'declined'::text, 'cancelled'::text, 'failed'::text])),
	constraint cdr_details_hangup_by_check CHECK (hangup_by = ANY (ARRAY['caller'::text, 'callee'::text, 'engine'::text])),
	constraint cdr_details_legs_check CHECK (jsonb_typeof(legs) = 'array'::text),
	constraint cdr_details_name_check CHECK (char_length(name) <= 40),
	constraint cdr_details_node_check CHECK (char_length(node) <= 64),
	constraint cdr_details_recording_check CHECK (recording = ANY (ARRAY['recorded'::text, 'partial'::text, 'failed'::text, 'expired'::text, 'deleted'::text])),
	constraint cdr_details_sip_call_id_check CHECK (char_length(sip_call_id) <= 1024),
	constraint cdr_details_sip_status_check CHECK (sip_status >= 100 AND sip_status <= 699)
) with (autovacuum_vacuum_insert_scale_factor=0.01);

create table audit_log (
	id uuid not null default gen_random_uuid(),
	at timestamp with time zone not null default now(),
	actor_kind text not null,
	actor_id uuid,
	actor_name text not null default ''::text,
	address text not null default ''::text,
	request_id text not null default ''::text,
	action text not null,
	resource text not null,
	resource_id text not null default ''::text,
	before jsonb,
	after jsonb,
	constraint audit_log_pkey PRIMARY KEY (id),
	constraint audit_log_action_check CHECK (char_length(action) >= 1 AND char_length(action) <= 40),
	constraint audit_log_actor_kind_check CHECK (actor_kind = ANY (ARRAY['command'::text, 'session'::text, 'token'::text, 'engine'::text])),
	constraint audit_log_actor_name_check CHECK (char_length(actor_name) <= 254),
	constraint audit_log_address_check CHECK (char_length(address) <= 45),
	constraint audit_log_request_id_check CHECK (char_length(request_id) <= 64),
	constraint audit_log_resource_check CHECK (char_length(resource) >= 1 AND char_length(resource) <= 40),
	constraint audit_log_resource_id_check CHECK (char_length(resource_id) <= 254)
);

create table events (
	id bigint not null generated always as identity,
	at timestamp with time zone not null default now(),
	kind text not null,
	data jsonb not null,
	constraint events_pkey PRIMARY KEY (id),
	constraint events_data_check CHECK (jsonb_typeof(data) = 'object'::text),
	constraint events_kind_check CHECK (kind = ANY (ARRAY['change'::text, 'registration'::text, 'call'::text, 'agent'::text, 'queue'::text]))
);

create table calls (
	id uuid not null,
	node text not null default ''::text,
	state text not null,
	direction text not null default 'internal'::text,
	from_number text not null default ''::text,
	from_name text not null default ''::text,
	to_number text not null default ''::text,
	answered_by text,
	started_at timestamp with time zone not null,
	answered_at timestamp with time zone,
	hangup_requested_at timestamp with time zone,
	queue_id uuid,
	waiting_since timestamp with time zone,
	slot text,
	constraint calls_pkey PRIMARY KEY (id),
	constraint calls_answered_by_check CHECK (char_length(answered_by) <= 64),
	constraint calls_direction_check CHECK (direction = ANY (ARRAY['internal'::text, 'inbound'::text, 'outbound'::text])),
	constraint calls_from_name_check CHECK (char_length(from_name) <= 256),
	constraint calls_from_number_check CHECK (char_length(from_number) <= 256),
	constraint calls_node_check CHECK (char_length(node) <= 64),
	constraint calls_slot_check CHECK (slot ~ '^[0-9]{2,5}$'::text),
	constraint calls_state_check CHECK (state = ANY (ARRAY['ringing'::text, 'answered'::text, 'waiting'::text, 'parked'::text])),
	constraint calls_to_number_check CHECK (char_length(to_number) <= 256)
);

create table media_details (
	media_id uuid not null,
	sha256 text not null,
	bytes bigint not null,
	format text not null,
	sample_rate integer not null,
	channels integer not null,
	duration_ms bigint not null,
	level_peak_db real,
	level_mean_db real,
	renditions jsonb not null default '[]'::jsonb,
	constraint media_details_pkey PRIMARY KEY (media_id),
	constraint media_details_media_id_fkey FOREIGN KEY (media_id) REFERENCES media_files(id) ON DELETE CASCADE,
	constraint media_details_bytes_check CHECK (bytes >= 0),
	constraint media_details_channels_check CHECK (channels >= 1 AND channels <= 64),
	constraint media_details_duration_ms_check CHECK (duration_ms >= 0),
	constraint media_details_format_check CHECK (format = ANY (ARRAY['wav'::text, 'flac'::text, 'ogg'::text, 'mp3'::text])),
	constraint media_details_renditions_check CHECK (jsonb_typeof(renditions) = 'array'::text),
	constraint media_details_sample_rate_check CHECK (sample_rate >= 1 AND sample_rate <= 768000),
	constraint media_details_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'::text)
);

create table idempotency_keys (
	actor uuid not null,
	key text not null,
	request_hash bytea not null,
	status integer not null,
	answer text not null,
	created_at timestamp with time zone not null default now(),
	constraint idempotency_keys_pkey PRIMARY KEY (actor, key),
	constraint idempotency_keys_key_check CHECK (char_length(key) >= 1 AND char_length(key) <= 255),
	constraint idempotency_keys_request_hash_check CHECK (octet_length(request_hash) = 32),
	constraint idempotency_keys_status_check CHECK (status >= 100 AND status <= 599)
);

create table cdr_quarters (
	at timestamp with time zone not null,
	calls integer not null,
	answered integer not null,
	talk_s bigint not null,
	wait_s bigint not null,
	constraint cdr_quarters_pkey PRIMARY KEY (at),
	constraint cdr_quarters_answered_check CHECK (answered >= 0 AND answered <= calls)
);

create table cdr_extension_days (
	day date not null,
	extension text collate "C" not null,
	calls integer not null,
	answered integer not null,
	talk_s bigint not null,
	wait_s bigint not null,
	constraint cdr_extension_days_pkey PRIMARY KEY (day, extension),
	constraint cdr_extension_days_answered_check CHECK (answered >= 0 AND answered <= calls),
	constraint cdr_extension_days_extension_check CHECK (extension ~ '^[0-9]{2,5}$'::text)
);

create table agents (
	extension_id uuid not null,
	status text not null default 'logged_out'::text,
	reason text not null default ''::text,
	status_since timestamp with time zone not null default now(),
	state text not null default 'waiting'::text,
	state_since timestamp with time zone not null default now(),
	node text not null default ''::text,
	requested_at timestamp with time zone,
	queue_id uuid,
	wrap_up_until timestamp with time zone,
	missed integer not null default 0,
	call_id uuid,
	ready_at timestamp with time zone,
	constraint agents_pkey PRIMARY KEY (extension_id),
	constraint agents_extension_id_fkey FOREIGN KEY (extension_id) REFERENCES extensions(id) ON DELETE CASCADE,
	constraint agents_missed_check CHECK (missed >= 0),
	constraint agents_node_check CHECK (char_length(node) <= 64),
	constraint agents_reason_check CHECK (char_length(reason) <= 64 AND reason !~ '[\u0001-\u001f\u007f-\u009f]'::text),
	constraint agents_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'ringing'::text, 'talking'::text, 'wrap_up'::text])),
	constraint agents_status_check CHECK (status = ANY (ARRAY['available'::text, 'on_break'::text, 'logged_out'::text]))
);

create table cdr_legs (
	id uuid not null,
	cdr_id uuid not null,
	role text not null,
	number text not null default ''::text,
	queue_id uuid,
	start_time timestamp with time zone not null,
	answer_time timestamp with time zone,
	end_time timestamp with time zone not null,
	cause text not null default ''::text,
	node text not null default ''::text,
	data jsonb not null default '{}'::jsonb,
	constraint cdr_legs_pkey PRIMARY KEY (id),
	constraint cdr_legs_answer_time_check CHECK (answer_time >= start_time AND answer_time <= end_time),
	constraint cdr_legs_cause_check CHECK (char_length(cause) <= 64),
	constraint cdr_legs_data_check CHECK (jsonb_typeof(data) = 'object'::text),
	constraint cdr_legs_end_time_check CHECK (end_time >= start_time),
	constraint cdr_legs_node_check CHECK (char_length(node) <= 64),
	constraint cdr_legs_number_check CHECK (char_length(number) <= 256),
	constraint cdr_legs_role_check CHECK (role = ANY (ARRAY['caller'::text, 'callee'::text, 'agent'::text]))
);

create table queue_settings (
	queue_id uuid not null,
	max_wait_time integer not null default 0,
	max_wait_time_with_no_agent integer not null default 0,
	max_wait_time_with_no_agent_time_reached integer not null default 5,
	tier_rules_apply boolean not null default false,
	tier_rule_wait_second integer not null default 0,
	tier_rule_wait_multiply_level boolean not null default false,
	tier_rule_no_agent_no_wait boolean not null default true,
	tier_join text not null default 'join'::text,
	skip_agents_with_external_calls boolean not null default true,
	wrap_up_time integer not null default 10,
	no_answer_delay_time integer not null default 5,
	busy_delay_time integer not null default 60,
	reject_delay_time integer not null default 5,
	max_no_answer integer not null default 3,
	agent_ring_time integer not null default 15,
	overflow_number text,
	service_level_s integer not null default 20,
	recording text not null default 'tenant'::text,
	constraint queue_settings_pkey PRIMARY KEY (queue_id),
	constraint queue_settings_queue_id_fkey FOREIGN KEY (queue_id) REFERENCES queues(id) ON DELETE CASCADE,
	constraint queue_settings_agent_ring_time_check CHECK (agent_ring_time >= 5 AND agent_ring_time <= 600),
	constraint queue_settings_busy_delay_time_check CHECK (busy_delay_time >= 0 AND busy_delay_time <= 3600),
	constraint queue_settings_max_no_answer_check CHECK (max_no_answer >= 0 AND max_no_answer <= 1000),
	constraint queue_settings_max_wait_time_check CHECK (max_wait_time >= 0 AND max_wait_time <= 86400),
	constraint queue_settings_max_wait_time_with_no_agent_check CHECK (max_wait_time_with_no_agent >= 0 AND max_wait_time_with_no_agent <= 86400),
	constraint queue_settings_max_wait_time_with_no_agent_time_reached_check CHECK (max_wait_time_with_no_agent_time_reached >= 0 AND max_wait_time_with_no_agent_time_reached <= 86400),
	constraint queue_settings_no_answer_delay_time_check CHECK (no_answer_delay_time >= 0 AND no_answer_delay_time <= 3600),
	constraint queue_settings_overflow_number_check CHECK (overflow_number ~ '^(\+[1-9][0-9]{1,14}|[0-9]{2,20})$'::text),
	constraint queue_settings_recording_check CHECK (recording = ANY (ARRAY['tenant'::text, 'no'::text, 'yes'::text])),
	constraint queue_settings_reject_delay_time_check CHECK (reject_delay_time >= 0 AND reject_delay_time <= 3600),
	constraint queue_settings_service_level_s_check CHECK (service_level_s >= 1 AND service_level_s <= 3600),
	constraint queue_settings_tier_join_check CHECK (tier_join = ANY (ARRAY['join'::text, 'replace'::text])),
	constraint queue_settings_tier_rule_wait_second_check CHECK (tier_rule_wait_second >= 0 AND tier_rule_wait_second <= 86400),
	constraint queue_settings_wrap_up_time_check CHECK (wrap_up_time >= 0 AND wrap_up_time <= 3600)
);

create table queue_calls (
	id uuid not null,
	cdr_id uuid not null,
	queue_id uuid not null,
	queue_name text not null default ''::text,
	caller_number text not null default ''::text,
	caller_name text not null default ''::text,
	joined_at timestamp with time zone not null,
	left_at timestamp with time zone not null,
	answered_at timestamp with time zone,
	ended_at timestamp with time zone not null,
	outcome text not null,
	reason text not null default ''::text,
	answered_by text,
	agent_id uuid,
	offers integer not null default 0,
	wait_ms bigint not null,
	talk_ms bigint not null default 0,
	in_service_level boolean not null default false,
	node text not null default ''::text,
	constraint queue_calls_pkey PRIMARY KEY (id),
	constraint queue_calls_answered_at_check CHECK ((outcome = 'answered'::text) = (answered_at IS NOT NULL) AND (answered_at IS NULL OR answered_at >= joined_at AND answered_at <= ended_at)),
	constraint queue_calls_answered_by_check CHECK (char_length(answered_by) <= 64),
	constraint queue_calls_caller_name_check CHECK (char_length(caller_name) <= 256),
	constraint queue_calls_caller_number_check CHECK (char_length(caller_number) <= 256),
	constraint queue_calls_ended_at_check CHECK (ended_at >= left_at),
	constraint queue_calls_left_at_check CHECK (left_at >= joined_at),
	constraint queue_calls_node_check CHECK (char_length(node) <= 64),
	constraint queue_calls_offers_check CHECK (offers >= 0),
	constraint queue_calls_outcome_check CHECK (outcome = ANY (ARRAY['answered'::text, 'abandoned'::text, 'overflowed'::text])),
	constraint queue_calls_queue_name_check CHECK (char_length(queue_name) <= 100),
	constraint queue_calls_reason_check CHECK (char_length(reason) <= 64),
	constraint queue_calls_talk_ms_check CHECK (talk_ms >= 0),
	constraint queue_calls_wait_ms_check CHECK (wait_ms >= 0)
);

create table queue_offers (
	id uuid not null,
	queue_call_id uuid not null,
	queue_id uuid not null,
	agent_id uuid not null,
	extension text not null,
	offered_at timestamp with time zone not null,
	answered_at timestamp with time zone,
	ended_at timestamp with time zone not null,
	outcome text not null,
	talk_ms bigint not null default 0,
	constraint queue_offers_pkey PRIMARY KEY (id),
	constraint queue_offers_answered_at_check CHECK (answered_at >= offered_at AND answered_at <= ended_at),
	constraint queue_offers_ended_at_check CHECK (ended_at >= offered_at),
	constraint queue_offers_extension_check CHECK (char_length(extension) <= 64),
	constraint queue_offers_outcome_check CHECK (outcome = ANY (ARRAY['answered'::text, 'no_answer'::text, 'busy'::text, 'declined'::text, 'unreachable'::text, 'elsewhere'::text, 'withdrawn'::text, 'failed'::text])),
	constraint queue_offers_talk_ms_check CHECK (talk_ms >= 0)
);

create table queue_quarters (
	at timestamp with time zone not null,
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
	constraint queue_quarters_pkey PRIMARY KEY (at, queue_id)
);

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
	constraint queue_agent_days_pkey PRIMARY KEY (day, queue_id, agent_id)
);

create table queue_decisions (
	id bigint not null generated always as identity,
	at timestamp with time zone not null,
	queue_id uuid not null,
	cdr_id uuid,
	decision text not null,
	data jsonb not null default '{}'::jsonb,
	constraint queue_decisions_pkey PRIMARY KEY (id),
	constraint queue_decisions_data_check CHECK (jsonb_typeof(data) = 'object'::text),
	constraint queue_decisions_decision_check CHECK (decision ~ '^[a-z][a-z_]{0,39}$'::text)
);

create table agent_states (
	id bigint not null generated always as identity,
	extension_id uuid not null,
	extension text not null,
	status text not null,
	state text not null,
	reason text not null default ''::text,
	queue_id uuid,
	status_began boolean not null default true,
	since timestamp with time zone not null,
	until timestamp with time zone,
	constraint agent_states_pkey PRIMARY KEY (id),
	constraint agent_states_extension_check CHECK (char_length(extension) <= 64),
	constraint agent_states_state_check CHECK (state = ANY (ARRAY['waiting'::text, 'ringing'::text, 'talking'::text, 'wrap_up'::text])),
	constraint agent_states_status_check CHECK (status = ANY (ARRAY['available'::text, 'on_break'::text, 'logged_out'::text])),
	constraint agent_states_until_check CHECK (until >= since)
);

create index agent_states_extension_id_idx ON agent_states (extension_id, since);

create index agent_states_open_idx ON agent_states (extension_id) WHERE (until IS NULL);

create index agent_states_since_idx ON agent_states (since);

create index agent_states_status_idx ON agent_states (extension_id, since) WHERE status_began;

create index audit_log_at_idx ON audit_log (at DESC, id DESC);

create index calls_node_idx ON calls (node);

create index calls_queue_id_idx ON calls (queue_id) WHERE (queue_id IS NOT NULL);

create index cdr_details_answered_by_idx ON cdr_details (answered_by, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, dest, queue_id, name) WHERE (answered_by <> dest);

create index cdr_details_caller_idx ON cdr_details (caller, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, dest, answered_by, queue_id, name);

create index cdr_details_class_idx ON cdr_details (class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, dest, answered_by, queue_id, name);

create index cdr_details_dest_idx ON cdr_details (dest, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, answered_by, queue_id, name);

create index cdr_details_name_idx ON cdr_details (name, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, dest, answered_by, queue_id) WHERE (name <> ''::text);

create index cdr_details_queue_id_idx ON cdr_details (queue_id, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, dest, answered_by, name) WHERE (queue_id IS NOT NULL);

create index cdr_details_recording_idx ON cdr_details (recording, class, start_time DESC, cdr_id DESC) INCLUDE (duration, wait, caller, dest, answered_by, queue_id, name) WHERE (recording IS NOT NULL);

create index cdr_details_unfilled_idx ON cdr_details (cdr_id) WHERE (start_time IS NULL);

create index cdr_legs_cdr_id_idx ON cdr_legs (cdr_id);

create index cdrs_recording_idx ON cdrs (start_time) WHERE (recording_path IS NOT NULL);

create index cdrs_start_time_idx ON cdrs (start_time DESC, id DESC);

create index idempotency_keys_created_at_idx ON idempotency_keys (created_at);

create index numbers_extension_id_idx ON numbers (extension_id);

create index numbers_media_id_idx ON numbers (media_id) WHERE (media_id IS NOT NULL);

create index numbers_queue_id_idx ON numbers (queue_id) WHERE (queue_id IS NOT NULL);

create index queue_agent_days_agent_id_idx ON queue_agent_days (agent_id, day);

create index queue_calls_cdr_id_idx ON queue_calls (cdr_id);

create index queue_calls_joined_at_idx ON queue_calls (joined_at, id);

create index queue_calls_queue_id_idx ON queue_calls (queue_id, joined_at);

create index queue_decisions_cdr_id_idx ON queue_decisions (cdr_id, id) WHERE (cdr_id IS NOT NULL);

create index queue_decisions_queue_id_idx ON queue_decisions (queue_id, id);

create index queue_members_extension_id_idx ON queue_members (extension_id);

create index queue_offers_agent_id_idx ON queue_offers (agent_id, offered_at);

create index queue_offers_offered_at_idx ON queue_offers (offered_at);

create index queue_offers_queue_call_id_idx ON queue_offers (queue_call_id);

comment on table numbers is
	'Further numbers, each leading to an extension, a queue or an announcement: the data model gives an extension one number of 2 to 5 digits, and queues none.';

comment on table settings is
	'What a tenant has decided for itself (ring time and the like), so that a new setting is no new column.';

comment on table registrations is
	'Where the phones are, written behind by the engine and read back when it starts: phones stay reachable after a crash.';

comment on table cdr_details is
	'Why and how a call ended, leg by leg: the data model gives the call record a fixed set of columns without it.';

comment on table audit_log is
	'Who did what in this tenant, from where, before and after (secrets masked), the operator''s people included.';

comment on table events is
	'What happened lately, written in the transaction of the change and under the tenant''s lock, so that a reader resumes by id.';

comment on table calls is
	'Calls of this moment, written behind by the engine; the record of a call is in cdrs once it has ended.';

comment on table media_details is
	'What was found in an uploaded file: the data model gives media_files a fixed set of columns without it. bytes counts the original and what was made of it, for the quota.';

comment on table idempotency_keys is
	'What a POST was answered, written with the row it made, for the client that asks again with the same Idempotency-Key.';

comment on table cdr_quarters is
	'Calls of each quarter of an hour (by their start), counted in the transaction that stores their records.';

comment on table cdr_extension_days is
	'Calls of each day (UTC) in which an extension took part, counted like cdr_quarters.';

comment on table agents is
	'Who answers queues, and whether he does at present: one row for each extension that is or was a member of a queue.';

comment on table cdr_legs is
	'Legs of calls and offers to agents, as switches tell of them one by one and in any order; a call shows them once its own record is there.';

comment on table queue_settings is
	'How a queue behaves: one row for each queue. The data model''s table queues stays as it was asked for.';

comment on table queue_calls is
	'What became of each caller in a queue: callers = answered + abandoned + overflowed + those who wait.';

comment on table queue_offers is
	'Each offer of a caller to an agent, and how it ended.';

comment on table queue_quarters is
	'Callers of a queue in a quarter of an hour: a report adds these up, and does not read queue_calls.';

comment on table queue_agent_days is
	'Offers to an agent in a day (UTC), and his wrap-up.';

comment on table queue_decisions is
	'Why: what queues decided, about whom, and who was passed over; kept for a few days.';

comment on table agent_states is
	'The history of agents, written with every change of table agents (public.tell_agent).';

grant select, insert, update, delete on extensions, queues, queue_members, cdrs, media_files, numbers, settings, registrations, cdr_details, calls, media_details, idempotency_keys, cdr_quarters, cdr_extension_days, agents, cdr_legs, queue_settings, queue_calls, queue_offers, queue_quarters, queue_agent_days, queue_decisions, agent_states to :"tenant";

grant select, insert on audit_log to :"tenant";

grant select, insert, delete on events to :"tenant";
