-- Calls by what became of their recording, in the order of every other search (docs/adr/0065).
create index cdr_details_recording_idx on cdr_details (recording, class, start_time desc, cdr_id desc)
	include (duration, wait, caller, dest, answered_by, queue_id, name)
	where recording is not null;
