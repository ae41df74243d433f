-- One tenant's snapshot: these run in one round trip (domain/snapshot).

-- name: snapshot_tenant
select t.id, t.domain from public.my_tenant() t;

-- name: snapshot_extensions
select e.id, e.auth_username, e.extension_number, e.auth_password, e.context from extensions e;

-- name: snapshot_sounds
select m.id, m.category, m.original_name from media_files m;

-- name: snapshot_queues
-- The sound by id, or by name: the oldest of that name.
select q.id, q.name, q.strategy, q.moh_sound, (
	select m.id from media_files m
	where m.category = 'moh' and q.moh_sound not in ('default', 'silence')
		and (m.id::text = lower(q.moh_sound) or m.original_name = q.moh_sound)
	order by m.id::text = lower(q.moh_sound) desc, m.uploaded_at, m.id
	limit 1)
from queues q;

-- name: snapshot_members
select m.queue_id, e.extension_number, m.tier, m.level
from queue_members m join extensions e on e.id = m.extension_id
order by m.queue_id, m.tier, m.level, e.extension_number collate "C";

-- name: snapshot_numbers
select n.number, e.extension_number, n.queue_id, n.media_id
from numbers n left join extensions e on e.id = n.extension_id;

-- name: snapshot_settings
select s.value::text from settings s
where s.name = 'ring_s' and s.value::text ~ '^[1-9][0-9]{0,3}$';
