-- What the API needs beside the data model: what changed, who changed it, what is going on now, what
-- is known of uploaded audio.

create table audit_log (
	id uuid not null default gen_random_uuid(),
	at timestamptz not null default now(),
	actor_kind text not null,
	actor_id uuid,
	actor_name text not null default '',
	address text not null default '',
	request_id text not null default '',
	action text not null,
	resource text not null,
	resource_id text not null default '',
	before jsonb,
	after jsonb,
	constraint audit_log_pkey primary key (id),
	constraint audit_log_actor_kind_check check (actor_kind in ('command', 'session', 'token', 'engine')),
	constraint audit_log_actor_name_check check (char_length(actor_name) <= 254),
	constraint audit_log_address_check check (char_length(address) <= 45),
	constraint audit_log_request_id_check check (char_length(request_id) <= 64),
	constraint audit_log_action_check check (char_length(action) between 1 and 40),
	constraint audit_log_resource_check check (char_length(resource) between 1 and 40),
	constraint audit_log_resource_id_check check (char_length(resource_id) <= 254)
);

create index audit_log_at_idx on audit_log (at desc, id desc);

comment on table audit_log is
	'Who did what in this tenant, from where, before and after (secrets masked), the operator''s people included.';

create table events (
	id bigint generated always as identity,
	at timestamptz not null default now(),
	kind text not null,
	data jsonb not null,
	constraint events_pkey primary key (id),
	constraint events_kind_check check (kind in ('change', 'registration', 'call')),
	constraint events_data_check check (jsonb_typeof(data) = 'object')
);

comment on table events is
	'What happened lately, written in the transaction of the change and under the tenant''s lock, so that a reader resumes by id.';

create table calls (
	id uuid not null,
	node text not null default '',
	state text not null,
	direction text not null default 'internal',
	from_number text not null default '',
	from_name text not null default '',
	to_number text not null default '',
	answered_by text,
	started_at timestamptz not null,
	answered_at timestamptz,
	hangup_requested_at timestamptz,
	constraint calls_pkey primary key (id),
	constraint calls_node_check check (char_length(node) <= 64),
	constraint calls_state_check check (state in ('ringing', 'answered')),
	constraint calls_direction_check check (direction in ('internal', 'inbound', 'outbound')),
	constraint calls_from_number_check check (char_length(from_number) <= 256),
	constraint calls_from_name_check check (char_length(from_name) <= 256),
	constraint calls_to_number_check check (char_length(to_number) <= 256),
	constraint calls_answered_by_check check (char_length(answered_by) <= 64)
);

create index calls_node_idx on calls (node);

comment on table calls is
	'Calls of this moment, written behind by the engine; the record of a call is in cdrs once it has ended.';

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
	renditions jsonb not null default '[]',
	constraint media_details_pkey primary key (media_id),
	constraint media_details_media_id_fkey foreign key (media_id) references media_files (id) on delete cascade,
	constraint media_details_sha256_check check (sha256 ~ '^[0-9a-f]{64}$'),
	constraint media_details_bytes_check check (bytes >= 0),
	constraint media_details_format_check check (format in ('wav', 'flac', 'ogg', 'mp3')),
	constraint media_details_sample_rate_check check (sample_rate between 1 and 768000),
	constraint media_details_channels_check check (channels between 1 and 64),
	constraint media_details_duration_ms_check check (duration_ms >= 0),
	constraint media_details_renditions_check check (jsonb_typeof(renditions) = 'array')
);

comment on table media_details is
	'What was found in an uploaded file: the data model gives media_files a fixed set of columns without it. bytes counts the original and what was made of it, for the quota.';

create table idempotency_keys (
	actor uuid not null,
	key text not null,
	request_hash bytea not null,
	status integer not null,
	answer text not null,
	created_at timestamptz not null default now(),
	constraint idempotency_keys_pkey primary key (actor, key),
	constraint idempotency_keys_key_check check (char_length(key) between 1 and 255),
	constraint idempotency_keys_request_hash_check check (octet_length(request_hash) = 32),
	constraint idempotency_keys_status_check check (status between 100 and 599)
);

create index idempotency_keys_created_at_idx on idempotency_keys (created_at);

comment on table idempotency_keys is
	'What a POST was answered, written with the row it made, for the client that asks again with the same Idempotency-Key.';

grant select, insert on audit_log to :"tenant";

grant select, insert, delete on events to :"tenant";

grant select, insert, update, delete on calls, media_details, idempotency_keys to :"tenant";
