-- One tenant's snapshot: these run in one round trip (domain/snapshot).

-- name: snapshot_tenant
select t.id, t.domain, (select l.concurrent_calls from public.my_limits() l) from public.my_tenant() t;

-- name: snapshot_extensions
select e.id, e.auth_username, e.extension_number, e.auth_password, e.context from extensions e;

-- name: snapshot_sounds
select m.id, m.category, m.original_name from media_files m;

-- name: snapshot_queues
-- The sound by id, or by name: the oldest of that name. A queue of the release before has no settings.
select q.id, q.name, q.strategy, q.moh_sound, (
	select m.id from media_files m
	where m.category = 'moh' and q.moh_sound not in ('default', 'silence')
		and (m.id::text = lower(q.moh_sound) or m.original_name = q.moh_sound)
	order by m.id::text = lower(q.moh_sound) desc, m.uploaded_at, m.id
	limit 1),
	s.overflow_number, s.max_wait_time, s.max_wait_time_with_no_agent,
	s.max_wait_time_with_no_agent_time_reached, s.tier_rules_apply, s.tier_rule_wait_second,
	s.tier_rule_wait_multiply_level, s.tier_rule_no_agent_no_wait, s.tier_join = 'replace',
	s.skip_agents_with_external_calls, s.wrap_up_time, s.no_answer_delay_time, s.busy_delay_time,
	s.reject_delay_time, s.max_no_answer, s.agent_ring_time, s.service_level_s, s.recording
from queues q left join queue_settings s on s.queue_id = q.id;

-- name: snapshot_members
select m.queue_id, e.extension_number, m.tier, m.level
from queue_members m join extensions e on e.id = m.extension_id
order by m.queue_id, m.tier, m.level, e.extension_number collate "C";

-- name: snapshot_numbers
select n.number, e.extension_number, n.queue_id, n.media_id
from numbers n left join extensions e on e.id = n.extension_id;

-- name: snapshot_settings
-- The sound of hold_music as that of a queue.
select s.name, s.value #>> '{}', case when s.name = 'hold_music' then (
	select m.id from media_files m
	where m.category = 'moh' and s.value #>> '{}' not in ('default', 'silence')
		and (m.id::text = lower(s.value #>> '{}') or m.original_name = s.value #>> '{}')
	order by m.id::text = lower(s.value #>> '{}') desc, m.uploaded_at, m.id
	limit 1) end
from settings s
where s.name in ('ring_s', 'hold_music', 'recording', 'recording_format', 'recording_channels',
	'recording_announced', 'recording_days', 'park_prefix', 'park_s', 'break_reasons');
