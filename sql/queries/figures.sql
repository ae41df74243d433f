-- What the dashboard of a tenant shows of the day (web/api_figures).

-- name: figures_show
-- door: tenant
-- $1: the tenant's time zone, whose day it is; $2: bytes of media that a tenant may keep which has no limit
-- and no setting.
-- What failed is counted by class, from the index.
with day as (
	select date_trunc('day', now(), $1::text) as began
), failed as materialized (
	select distinct public.cdr_class(w.direction, 'failed', s.seconds) as class
	from unnest(array['internal', 'inbound', 'outbound']) as w (direction), unnest(array[0, 30, 120]) as s (seconds)
), week as materialized (
	select count(*) filter (where d.start_time >= y.began) as today,
		count(*) filter (where d.start_time < y.began) as before
	from day y cross join failed f
	join cdr_details d on d.class = f.class
		and d.start_time >= date_trunc('day', y.began - interval '6 days 12 hours', $1::text)
)
select json_build_object(
	'day_began', public.time_in_zone(y.began, $1),
	'extensions', (select count(*) from extensions),
	'extensions_online', (select count(distinct r.extension_id) from registrations r where r.expires_at > now()),
	'calls_failed', (select w.today from week w),
	'calls_failed_usual', (select round(w.before / 7.0, 1) from week w),
	'recordings_failed', (select count(*) from cdr_details d
		where d.recording = 'failed' and d.class between 0 and 68 and d.start_time >= y.began),
	'media_bytes', (select coalesce(sum(m.bytes), 0)::bigint from media_details m),
	'media_bytes_most', coalesce((select l.media_mib * 1048576::bigint from public.my_limits() l),
		(select least(s.value::text::numeric * 1048576, 9e15)::bigint from settings s
		where s.name = 'media_quota_mib' and jsonb_typeof(s.value) = 'number'), $2::bigint))::text
from day y;
