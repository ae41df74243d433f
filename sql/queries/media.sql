-- Uploaded audio (domain/media_upload, domain/media_sweep). Sums are bytes.

-- name: media_usage
-- door: tenant
-- $1: what a tenant may keep that has no limit and no setting media_quota_mib. Answers used, allowed.
select (select coalesce(sum(d.bytes), 0)::bigint from media_details as d),
	coalesce((select l.media_mib * 1048576::bigint from public.my_limits() as l),
		(select least(s.value::text::numeric * 1048576, 9e15)::bigint from settings as s
		where s.name = 'media_quota_mib' and jsonb_typeof(s.value) = 'number'), $1::bigint);

-- name: media_insert
-- door: tenant
-- Nothing where the quota would be passed: the tenant's lock makes two uploads see one another.
-- Answers used, allowed (before it), and the row.
with u as (
	select (select coalesce(sum(d.bytes), 0)::bigint from media_details as d) as used,
		coalesce((select l.media_mib * 1048576::bigint from public.my_limits() as l),
		(select least(s.value::text::numeric * 1048576, 9e15)::bigint from settings as s
			where s.name = 'media_quota_mib' and jsonb_typeof(s.value) = 'number'), $14::bigint) as allowed
), m as (
	insert into media_files as e (id, category, original_name, file_path)
	select $1::uuid, $2::public.media_category, $3::text, $4::text
	from u where u.used + $6::bigint <= u.allowed
	returning e.*
), d as (
	insert into media_details (media_id, sha256, bytes, format, sample_rate, channels, duration_ms,
		level_peak_db, level_mean_db, renditions)
	select m.id, $5::text, $6::bigint, $7::text, $8::integer, $9::integer, $10::bigint, $11::real,
		$12::real, $13::jsonb
	from m
)
select u.used, u.allowed, (select row_to_json(m)::text from m) from u;

-- name: media_queue_playing
-- door: tenant
-- A queue whose music on hold is the file $1, by id or by a name that no other such file has.
select q.name from queues as q, media_files as m
where m.id = $1::uuid and m.category = 'moh' and q.moh_sound not in ('default', 'silence')
	and (lower(q.moh_sound) = m.id::text or (q.moh_sound = m.original_name and not exists (
		select from media_files as o where o.category = 'moh' and o.original_name = m.original_name
			and o.id <> m.id)))
order by q.name limit 1;

-- name: media_unknown
-- door: tenant
-- Of the ids in a JSON array those that no row has.
select x.id from jsonb_array_elements_text($1::jsonb) as x (id)
where not exists (select from media_files as m where m.id = x.id::uuid);
