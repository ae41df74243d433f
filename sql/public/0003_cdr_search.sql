-- What the search of call records and their export need in every tenant; they read no table.

-- The class of a call: direction, disposition and a coarse duration in one small number, the second
-- column of the indexes of cdr_details (src/domain/cdr_search.c has the same lists).
create function public.cdr_class(a_direction text, a_disposition text, a_duration integer) returns smallint
	language sql immutable strict parallel safe
as $$
	select ((pg_catalog.array_position(array['internal', 'inbound', 'outbound'], a_direction) - 1) * 23
		+ case when a_disposition = 'answered'
			then pg_catalog.width_bucket(a_duration, array[30, 60, 120, 300, 900, 1800, 3600])
			else 8 + (pg_catalog.array_position(
				array['no_answer', 'busy', 'declined', 'cancelled', 'failed'], a_disposition) - 1) * 3
				+ pg_catalog.width_bucket(a_duration, array[30, 120]) end)::smallint
$$;

-- RFC 3339 in a time zone, to the microsecond. A session's own zone stays UTC.
create function public.time_in_zone(a_time timestamptz, a_zone text) returns text
	language sql stable strict parallel safe
as $$
	select pg_catalog.to_char(a_time at time zone a_zone, 'YYYY-MM-DD"T"HH24:MI:SS.US')
		|| case when (a_time at time zone a_zone) < (a_time at time zone 'UTC') then '-' else '+' end
		|| pg_catalog.to_char(greatest(
			(a_time at time zone a_zone) - (a_time at time zone 'UTC'),
			(a_time at time zone 'UTC') - (a_time at time zone a_zone)), 'HH24:MI')
$$;
