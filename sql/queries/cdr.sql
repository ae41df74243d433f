-- Call records on their way from the spool (domain/cdr), in one unit of work; $1 is an array of
-- objects with the columns of both tables. A record that is here already was sent twice: nothing.

-- name: cdr_store
insert into cdrs (id, caller_id_name, caller_id_number, dest_number, context, start_time,
	answer_time, end_time, duration, recording_path)
select r.id, r.caller_id_name, r.caller_id_number, r.dest_number, r.context, r.start_time,
	r.answer_time, r.end_time, r.duration, r.recording_path
from jsonb_populate_recordset(null::cdrs, $1::jsonb) r
on conflict (id) do nothing;

-- name: cdr_details_store
insert into cdr_details (cdr_id, direction, disposition, cause, sip_status, hangup_by, answered_by,
	sip_call_id, node, legs)
select r.cdr_id, r.direction, r.disposition, r.cause, r.sip_status, r.hangup_by, r.answered_by,
	r.sip_call_id, r.node, r.legs
from jsonb_populate_recordset(null::cdr_details, $1::jsonb) r
on conflict (cdr_id) do nothing;
