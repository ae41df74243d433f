-- A tenant's own schema. Names are not qualified: the unit of work's search_path is the schema.
-- :"tenant" is the tenant's role, named like the schema (psql -v tenant=tenant_...).
-- The owner login owns everything here; the tenant's role may read and write rows, by table name.
-- No triggers, no deferrable constraints, one DDL statement per message: Citus (docs/adr).

create table extensions (
	id uuid not null default gen_random_uuid(),
	extension_number text not null,
	auth_username uuid not null default gen_random_uuid(),
	auth_password text not null,
	context text not null default 'default',
	user_id uuid,
	constraint extensions_pkey primary key (id),
	constraint extensions_extension_number_key unique (extension_number),
	constraint extensions_auth_username_key unique (auth_username),
	-- A user is assigned to at most one extension; public.hold_member() says whether he may be.
	constraint extensions_user_id_key unique (user_id),
	constraint extensions_user_id_fkey foreign key (user_id) references public.users (id) on delete set null,
	constraint extensions_extension_number_check check (extension_number ~ '^[0-9]{2,5}$'),
	constraint extensions_auth_username_check check (
		auth_username::text ~ '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'),
	constraint extensions_auth_password_check check (auth_password ~ '^[!-~]{20,128}$'),
	constraint extensions_context_check check (context ~ '^[A-Za-z0-9._-]{1,80}$')
);

create table queues (
	id uuid not null default gen_random_uuid(),
	name text not null,
	strategy public.queue_strategy not null default 'ring-all',
	moh_sound text,
	constraint queues_pkey primary key (id),
	constraint queues_name_check check (
		char_length(name) between 1 and 100 and name ~ '\S'
		and name !~ '[\u0001-\u001f\u007f-\u009f]'),
	constraint queues_moh_sound_check check (
		char_length(moh_sound) between 1 and 255 and moh_sound !~ '[\u0001-\u001f\u007f-\u009f]')
);

-- tier is mod_callcenter's tier level (who is tried first), level its position inside the tier.
create table queue_members (
	queue_id uuid not null,
	extension_id uuid not null,
	tier integer not null default 1,
	level integer not null default 1,
	constraint queue_members_pkey primary key (queue_id, extension_id),
	constraint queue_members_queue_id_fkey foreign key (queue_id) references queues (id) on delete cascade,
	constraint queue_members_extension_id_fkey foreign key (extension_id) references extensions (id) on delete cascade,
	constraint queue_members_tier_check check (tier between 0 and 1000),
	constraint queue_members_level_check check (level between 0 and 1000)
);

create index queue_members_extension_id_idx on queue_members (extension_id);

-- Texts here come from telephones: bounded, otherwise taken as they are, since a record that is
-- refused is a call that nobody can account for.
create table cdrs (
	id uuid not null default gen_random_uuid(),
	caller_id_name text not null default '',
	caller_id_number text not null default '',
	dest_number text not null default '',
	context text not null default '',
	start_time timestamptz not null,
	answer_time timestamptz,
	end_time timestamptz not null,
	duration integer not null,
	recording_path text,
	constraint cdrs_pkey primary key (id),
	constraint cdrs_caller_id_name_check check (char_length(caller_id_name) <= 256),
	constraint cdrs_caller_id_number_check check (char_length(caller_id_number) <= 256),
	constraint cdrs_dest_number_check check (char_length(dest_number) <= 256),
	constraint cdrs_context_check check (char_length(context) <= 256),
	constraint cdrs_end_time_check check (end_time >= start_time),
	constraint cdrs_answer_time_check check (answer_time between start_time and end_time),
	constraint cdrs_duration_check check (duration >= 0),
	constraint cdrs_recording_path_check check (
		char_length(recording_path) between 1 and 1024
		and recording_path !~ '[\u0001-\u001f\u007f]' and recording_path !~ '(^|/)\.\.(/|$)')
);

-- The list is newest first, page by page: where (start_time, id) < ($1, $2).
create index cdrs_start_time_idx on cdrs (start_time desc, id desc);

create table media_files (
	id uuid not null default gen_random_uuid(),
	category public.media_category not null,
	original_name text not null,
	file_path text not null,
	uploaded_at timestamptz not null default now(),
	constraint media_files_pkey primary key (id),
	constraint media_files_original_name_check check (
		char_length(original_name) between 1 and 255
		and original_name !~ '[\u0001-\u001f\u007f-\u009f]'),
	constraint media_files_file_path_check check (
		char_length(file_path) between 1 and 1024
		and file_path !~ '[\u0001-\u001f\u007f]' and file_path !~ '(^|/)\.\.(/|$)')
);

create table numbers (
	id uuid not null default gen_random_uuid(),
	number text not null,
	extension_id uuid not null,
	created_at timestamptz not null default now(),
	constraint numbers_pkey primary key (id),
	constraint numbers_number_key unique (number),
	-- No cascade: a number is bought; an extension that still has one is in use.
	constraint numbers_extension_id_fkey foreign key (extension_id) references extensions (id),
	constraint numbers_number_check check (number ~ '^(\+[1-9][0-9]{1,14}|[0-9]{2,20})$')
);

create index numbers_extension_id_idx on numbers (extension_id);

comment on table numbers is
	'Further numbers that lead to an extension: the data model gives an extension one number of 2 to 5 digits, and lines from outside have longer ones.';

create table settings (
	name text not null,
	value jsonb not null,
	updated_at timestamptz not null default now(),
	constraint settings_pkey primary key (name),
	constraint settings_name_check check (name ~ '^[a-z][a-z0-9_-]{0,62}$'),
	constraint settings_value_check check (octet_length(value::text) <= 65536)
);

comment on table settings is
	'What a tenant has decided for itself (ring time and the like), so that a new setting is no new column.';

create table registrations (
	id uuid not null default gen_random_uuid(),
	extension_id uuid not null,
	contact text not null,
	received_address inet not null,
	received_port integer not null,
	transport text not null,
	call_id text not null,
	cseq bigint not null,
	user_agent text not null default '',
	node text not null default '',
	registered_at timestamptz not null default now(),
	expires_at timestamptz not null,
	constraint registrations_pkey primary key (id),
	constraint registrations_contact_key unique (extension_id, contact),
	constraint registrations_extension_id_fkey foreign key (extension_id) references extensions (id) on delete cascade,
	constraint registrations_contact_check check (octet_length(contact) between 1 and 1024),
	constraint registrations_received_port_check check (received_port between 1 and 65535),
	constraint registrations_transport_check check (transport in ('udp', 'tcp', 'tls')),
	constraint registrations_call_id_check check (char_length(call_id) <= 1024),
	constraint registrations_cseq_check check (cseq between 0 and 4294967295),
	constraint registrations_user_agent_check check (char_length(user_agent) <= 256),
	constraint registrations_node_check check (char_length(node) <= 64),
	constraint registrations_expires_at_check check (expires_at >= registered_at)
);

comment on table registrations is
	'Where the phones are, written behind by the engine and read back when it starts: phones stay reachable after a crash.';

create table cdr_details (
	cdr_id uuid not null,
	direction text not null default 'internal',
	disposition text not null,
	cause text not null default '',
	sip_status integer,
	hangup_by text,
	answered_by text,
	sip_call_id text not null default '',
	node text not null default '',
	legs jsonb not null default '[]',
	constraint cdr_details_pkey primary key (cdr_id),
	constraint cdr_details_cdr_id_fkey foreign key (cdr_id) references cdrs (id) on delete cascade,
	constraint cdr_details_direction_check check (direction in ('internal', 'inbound', 'outbound')),
	constraint cdr_details_disposition_check check (
		disposition in ('answered', 'no_answer', 'busy', 'declined', 'cancelled', 'failed')),
	constraint cdr_details_cause_check check (char_length(cause) <= 64),
	constraint cdr_details_sip_status_check check (sip_status between 100 and 699),
	constraint cdr_details_hangup_by_check check (hangup_by in ('caller', 'callee', 'engine')),
	constraint cdr_details_answered_by_check check (char_length(answered_by) <= 64),
	constraint cdr_details_sip_call_id_check check (char_length(sip_call_id) <= 1024),
	constraint cdr_details_node_check check (char_length(node) <= 64),
	constraint cdr_details_legs_check check (jsonb_typeof(legs) = 'array')
);

comment on table cdr_details is
	'Why and how a call ended, leg by leg: the data model gives the call record a fixed set of columns without it.';

grant select, insert, update, delete on extensions, queues, queue_members, cdrs, media_files, numbers, settings, registrations, cdr_details to :"tenant";
