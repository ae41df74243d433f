-- Numbers that lead to queues and announcements, agents, and the legs of calls a switch tells of.

alter table numbers
	alter column extension_id drop not null,
	add column queue_id uuid,
	add column media_id uuid,
	add constraint numbers_queue_id_fkey foreign key (queue_id) references queues (id),
	add constraint numbers_media_id_fkey foreign key (media_id) references media_files (id),
	add constraint numbers_extension_id_check check (num_nonnulls(extension_id, queue_id, media_id) = 1);

create index numbers_queue_id_idx on numbers (queue_id) where queue_id is not null;

create index numbers_media_id_idx on numbers (media_id) where media_id is not null;

comment on table numbers is
	'Further numbers, each leading to an extension, a queue or an announcement: the data model gives an extension one number of 2 to 5 digits, and queues none.';

-- status: what the agent wants; state: what is happening. requested_at: when status was asked for here,
-- null once every switch has it.
create table agents (
	extension_id uuid not null,
	status text not null default 'logged_out',
	reason text not null default '',
	status_since timestamptz not null default now(),
	state text not null default 'waiting',
	state_since timestamptz not null default now(),
	node text not null default '',
	requested_at timestamptz,
	constraint agents_pkey primary key (extension_id),
	constraint agents_extension_id_fkey foreign key (extension_id) references extensions (id) on delete cascade,
	constraint agents_status_check check (status in ('available', 'on_break', 'logged_out')),
	constraint agents_reason_check check (char_length(reason) <= 64 and reason !~ '[\u0001-\u001f\u007f-\u009f]'),
	constraint agents_state_check check (state in ('waiting', 'ringing', 'talking')),
	constraint agents_node_check check (char_length(node) <= 64)
);

comment on table agents is
	'Who answers queues, and whether he does at present: one row for each extension that is or was a member of a queue.';

insert into agents (extension_id) select distinct m.extension_id from queue_members m;

-- cdr_id: the call it belongs to, whose record may come later; no reference therefore.
create table cdr_legs (
	id uuid not null,
	cdr_id uuid not null,
	role text not null,
	number text not null default '',
	queue_id uuid,
	start_time timestamptz not null,
	answer_time timestamptz,
	end_time timestamptz not null,
	cause text not null default '',
	node text not null default '',
	data jsonb not null default '{}',
	constraint cdr_legs_pkey primary key (id),
	constraint cdr_legs_role_check check (role in ('caller', 'callee', 'agent')),
	constraint cdr_legs_number_check check (char_length(number) <= 256),
	constraint cdr_legs_answer_time_check check (answer_time between start_time and end_time),
	constraint cdr_legs_end_time_check check (end_time >= start_time),
	constraint cdr_legs_cause_check check (char_length(cause) <= 64),
	constraint cdr_legs_node_check check (char_length(node) <= 64),
	constraint cdr_legs_data_check check (jsonb_typeof(data) = 'object')
);

create index cdr_legs_cdr_id_idx on cdr_legs (cdr_id);

comment on table cdr_legs is
	'Legs of calls and offers to agents, as switches tell of them one by one and in any order; a call shows them once its own record is there.';

alter table events
	drop constraint events_kind_check,
	add constraint events_kind_check check (kind in ('change', 'registration', 'call', 'agent'));

grant select, insert, update, delete on agents, cdr_legs to :"tenant";
