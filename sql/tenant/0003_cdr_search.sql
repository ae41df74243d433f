-- Search and statistics of call records. What a search looks at stands in cdr_details once more, so
-- that one index answers any combination of filters without reading rows (docs/adr/0065).

-- null in start_time: written before these columns, or by a process of the release before; cdr_fill
-- (sql/queries/cdr.sql) finds such rows by cdr_details_unfilled_idx.
-- caller, dest: the first 40 characters of the numbers. name: the first 40 of the caller's name, in lower
-- case. wait: seconds from start to answer, null without an answer. queue_id: no reference, since
-- the record of a call outlives its queue. class: public.cdr_class().
alter table cdr_details
	add column queue_id uuid,
	add column start_time timestamptz,
	add column class smallint,
	add column caller text collate "C",
	add column dest text collate "C",
	add column name text collate "C",
	add column duration integer,
	add column wait integer,
	add constraint cdr_details_class_check check (class between 0 and 68),
	add constraint cdr_details_caller_check check (char_length(caller) <= 40),
	add constraint cdr_details_dest_check check (char_length(dest) <= 40),
	add constraint cdr_details_name_check check (char_length(name) <= 40);

create index cdr_details_class_idx on cdr_details (class, start_time desc, cdr_id desc)
	include (duration, wait, caller, dest, answered_by, queue_id, name);

create index cdr_details_caller_idx on cdr_details (caller, class, start_time desc, cdr_id desc)
	include (duration, wait, dest, answered_by, queue_id, name);

create index cdr_details_dest_idx on cdr_details (dest, class, start_time desc, cdr_id desc)
	include (duration, wait, caller, answered_by, queue_id, name);

create index cdr_details_answered_by_idx on cdr_details (answered_by, class, start_time desc, cdr_id desc)
	include (duration, wait, caller, dest, queue_id, name) where answered_by <> dest;

create index cdr_details_queue_id_idx on cdr_details (queue_id, class, start_time desc, cdr_id desc)
	include (duration, wait, caller, dest, answered_by, name) where queue_id is not null;

create index cdr_details_name_idx on cdr_details (name, class, start_time desc, cdr_id desc)
	include (duration, wait, caller, dest, answered_by, queue_id) where name <> '';

create index cdr_details_unfilled_idx on cdr_details (cdr_id) where start_time is null;

-- An index answers alone only where vacuum has been: look after every hundredth part of new rows.
alter table cdr_details set (autovacuum_vacuum_insert_scale_factor = 0.01);

-- The offset of every time zone is a multiple of a quarter of an hour, so days and hours of any zone
-- are sums of these.
create table cdr_quarters (
	at timestamptz not null,
	calls integer not null,
	answered integer not null,
	talk_s bigint not null,
	wait_s bigint not null,
	constraint cdr_quarters_pkey primary key (at),
	constraint cdr_quarters_answered_check check (answered between 0 and calls)
);

comment on table cdr_quarters is
	'Calls of each quarter of an hour (by their start), counted in the transaction that stores their records.';

create table cdr_extension_days (
	day date not null,
	extension text collate "C" not null,
	calls integer not null,
	answered integer not null,
	talk_s bigint not null,
	wait_s bigint not null,
	constraint cdr_extension_days_pkey primary key (day, extension),
	constraint cdr_extension_days_extension_check check (extension ~ '^[0-9]{2,5}$'),
	constraint cdr_extension_days_answered_check check (answered between 0 and calls)
);

comment on table cdr_extension_days is
	'Calls of each day (UTC) in which an extension took part, counted like cdr_quarters.';

grant select, insert, update, delete on cdr_quarters, cdr_extension_days to :"tenant";
