-- Call records on their way from the spool (domain/cdr). $1 is a JSON array of objects with the columns
-- of both tables; it is opened once (json, not jsonb, and one list of columns: half the time). A record
-- that is here already was sent twice: nothing.

-- name: cdr_store
with given as materialized (
	select * from json_to_recordset($1::json) as r(
		id uuid, caller_id_name text, caller_id_number text, dest_number text, context text,
		start_time timestamptz, answer_time timestamptz, end_time timestamptz, duration integer,
		recording_path text, direction text, disposition text, cause text, sip_status integer,
		hangup_by text, answered_by text, sip_call_id text, node text, legs jsonb)
), stored as (
	insert into cdrs (id, caller_id_name, caller_id_number, dest_number, context, start_time,
		answer_time, end_time, duration, recording_path)
	select g.id, g.caller_id_name, g.caller_id_number, g.dest_number, g.context, g.start_time,
		g.answer_time, g.end_time, g.duration, g.recording_path
	from given g
	on conflict (id) do nothing
)
insert into cdr_details (cdr_id, direction, disposition, cause, sip_status, hangup_by, answered_by,
	sip_call_id, node, legs)
select g.id, g.direction, g.disposition, g.cause, g.sip_status, g.hangup_by, g.answered_by,
	g.sip_call_id, g.node, g.legs
from given g
on conflict (cdr_id) do nothing;
