-- How much a tenant has (domain/usage). Nothing is counted beyond $1, so that a tenant of any size is
-- looked at in a moment. $2: the tenant's time zone.
-- name: usage_show
select json_build_object(
	'extensions', (select count(*) from (select from extensions limit $1::integer) as x),
	'queues', (select count(*) from (select from queues limit $1::integer) as x),
	'members', (select count(*) from public.my_members() as x),
	'numbers', (select count(*) from (select from numbers limit $1::integer) as x),
	'phones_online', (select count(*) from
		(select from registrations as r where r.expires_at > now() limit $1::integer) as x),
	'extensions_online', (select count(distinct x.extension_id) from
		(select r.extension_id from registrations as r where r.expires_at > now() limit $1::integer) as x),
	'calls_now', (select count(*) from (select from calls limit $1::integer) as x),
	'media_files', (select count(*) from (select from media_files limit $1::integer) as x),
	'media_bytes', (select coalesce(sum(x.bytes), 0)::bigint from
		(select d.bytes from media_details as d limit $1::integer) as x),
	'recordings', (select count(*) from
		(select from cdrs as c where c.recording_path is not null limit $1::integer) as x),
	-- From the sums of quarters: some three thousand rows at most.
	'cdrs_month', (select coalesce(sum(q.calls), 0)::bigint from cdr_quarters as q
		where q.at >= date_trunc('month', now(), $2::text)),
	'month_began', date_trunc('month', now(), $2::text),
	'first_call_at', (select c.start_time from cdrs as c order by c.start_time, c.id limit 1),
	'last_call_at', (select c.start_time from cdrs as c order by c.start_time desc, c.id desc limit 1));
