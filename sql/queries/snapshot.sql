-- One tenant's snapshot: these run in one round trip (domain/snapshot).

-- name: snapshot_tenant
select t.id, t.domain from public.my_tenant() t;

-- name: snapshot_extensions
select e.id, e.auth_username, e.extension_number, e.auth_password, e.context from extensions e;

-- name: snapshot_numbers
select n.number, e.extension_number from numbers n join extensions e on e.id = n.extension_id;

-- name: snapshot_settings
select s.value::text from settings s
where s.name = 'ring_s' and s.value::text ~ '^[1-9][0-9]{0,3}$';
