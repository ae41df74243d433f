-- Recordings of calls (domain/recording).

-- name: recording_days
-- door: tenant
-- How many days recordings are kept; no row: for ever.
select least(s.value::text::numeric, 36500)::integer from settings as s
where s.name = 'recording_days' and jsonb_typeof(s.value) = 'number' and s.value::text::numeric >= 1;

-- name: recording_expired
-- door: tenant
-- Calls of before $1 days whose recording is still named, $2 of them at most: id, path.
select c.id, c.recording_path from cdrs as c
where c.recording_path is not null and c.start_time < now() - make_interval(days => $1::integer)
order by c.start_time limit $2::integer;

-- name: recording_forget
-- door: tenant
-- The recordings of calls, a JSON array of ids, are gone; $2: why. Answers the ids of those that had one.
with gone as (
	update cdrs as c set recording_path = null
	from jsonb_array_elements_text($1::jsonb) as x (id)
	where c.id = x.id::uuid and c.recording_path is not null
	returning c.id
), told as (
	update cdr_details as d set recording = $2::text from gone as g where d.cdr_id = g.id
)
select g.id from gone as g;
