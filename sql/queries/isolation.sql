-- What `centrex verify-isolation` tries. The attempts are made from the catalogue, so that a table
-- added later is tried too; one that has no row of the scratch tenants fails the run until
-- isolation_seed gives it one.

-- name: isolation_seed
-- A row in every table; every identifier is the tenant's own id ($1), so that the other tenant can
-- be tried with it. $2: the user whose phone it is; $3 to $6: what its extension, number, queue and
-- setting are called.
with
	made_extension as (insert into extensions (id, extension_number, auth_username, auth_password, user_id)
		values ($1, $3, $1, repeat('x', 24), $2)),
	made_queue as (insert into queues (id, name) values ($1, $5)),
	made_queue_settings as (insert into queue_settings (queue_id) values ($1)),
	made_queue_call as (insert into queue_calls (id, cdr_id, queue_id, joined_at, left_at, ended_at, outcome,
			wait_ms)
		values ($1, $1, $1, now(), now(), now(), 'abandoned', 0)),
	made_offer as (insert into queue_offers (id, queue_call_id, queue_id, agent_id, extension, offered_at,
			ended_at, outcome)
		values ($1, $1, $1, $1, $3, now(), now(), 'no_answer')),
	made_queue_quarter as (insert into queue_quarters (at, queue_id, callers, answered, abandoned, overflowed,
			in_service_level, early, wait_ms, answer_ms, longest_wait_ms, talk_ms)
		values (now(), $1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0)),
	made_agent_quarter as (insert into queue_agent_days (day, queue_id, agent_id) values (now(), $1, $1)),
	made_decision as (insert into queue_decisions (at, queue_id, cdr_id, decision)
		values (now(), $1, $1, 'joined')),
	made_agent_state as (insert into agent_states (extension_id, extension, status, state, since)
		values ($1, $3, 'logged_out', 'waiting', now())),
	made_member as (insert into queue_members (queue_id, extension_id) values ($1, $1)),
	made_agent as (insert into agents (extension_id) values ($1)),
	-- One for each place a number can lead to.
	made_number as (insert into numbers (id, number, extension_id, queue_id, media_id)
		values ($1, $4, $1, null, null), (gen_random_uuid(), $4 || '1', null, $1, null),
			(gen_random_uuid(), $4 || '2', null, null, $1)),
	made_setting as (insert into settings (name, value) values ($6, '1')),
	made_registration as (insert into registrations (id, extension_id, contact, received_address,
			received_port, transport, call_id, cseq, expires_at)
		values ($1, $1, 'sip:scratch@192.0.2.1', '192.0.2.1', 5060, 'udp', 'scratch', 1,
			now() + interval '1 hour')),
	made_cdr as (insert into cdrs (id, start_time, end_time, duration) values ($1, now(), now(), 0)),
	made_details as (insert into cdr_details (cdr_id, disposition) values ($1, 'failed')),
	made_leg as (insert into cdr_legs (id, cdr_id, role, start_time, end_time)
		values ($1, $1, 'agent', now(), now())),
	made_quarter as (insert into cdr_quarters (at, calls, answered, talk_s, wait_s)
		values (now(), 1, 0, 0, 0)),
	made_day as (insert into cdr_extension_days (day, extension, calls, answered, talk_s, wait_s)
		values (now()::date, '101', 1, 0, 0, 0)),
	made_media as (insert into media_files (id, category, original_name, file_path)
		values ($1, 'moh', 'scratch.wav', 'scratch.wav')),
	made_media_details as (insert into media_details (media_id, sha256, bytes, format, sample_rate,
			channels, duration_ms)
		values ($1, repeat('0', 64), 0, 'wav', 8000, 1, 0)),
	made_audit as (insert into audit_log (id, actor_kind, action, resource)
		values ($1, 'engine', 'create', 'scratch')),
	made_event as (insert into events (kind, data) values ('change', '{}')),
	made_call as (insert into calls (id, state, started_at) values ($1, 'ringing', now())),
	made_key as (insert into idempotency_keys (actor, key, request_hash, status, answer)
		values ($1, 'scratch', decode(repeat('00', 32), 'hex'), 201, '{}'))
select 1;

-- name: isolation_seed_people
-- door: owner
-- What the user ($2) of the tenant ($1) signs in with: of nobody's secret, since no hash is of zeros.
with
	made_session as (insert into public.sessions (id, user_id, secret_hash, expires_at)
		values ($1::uuid, $2::uuid, decode(repeat('00', 16) || replace($1::text, '-', ''), 'hex'),
			now() + interval '1 hour')),
	made_invitation as (insert into public.invitations (id, user_id, secret_hash, expires_at)
		values ($1::uuid, $2::uuid, decode(repeat('00', 16) || replace($1::text, '-', ''), 'hex'),
			now() + interval '1 hour'))
insert into public.tokens (id, user_id, name, secret_hash, tenant_id, role)
values ($1::uuid, $2::uuid, 'scratch', decode(repeat('00', 16) || replace($1::text, '-', ''), 'hex'),
	$1::uuid, 'agent');

-- name: isolation_seed_claim
select public.claim_auth_username($1, $1);

-- name: isolation_seed_member
-- door: owner
with made as (insert into public.users (id, email, password_hash)
	values ($1::uuid, $4::text,
		'$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'))
insert into public.user_tenants (user_id, tenant_id, role) values ($1::uuid, $2::uuid, $3::public.tenant_role);

-- name: isolation_session
-- door: owner
-- The user ($1) is signed in; $2: the hash of the session's secret.
insert into public.sessions (user_id, secret_hash, expires_at)
values ($1::uuid, $2::bytea, now() + interval '1 hour');

-- name: isolation_unseed_member
-- door: owner
delete from public.users where id = $1;

-- name: isolation_leftovers
-- door: owner
-- Of a run that was killed; a run that is under way is younger.
select t.id from public.tenants t
where t.domain like '%.verify-isolation.invalid' and t.created_at < now() - interval '1 hour';

-- name: isolation_leftover_users
-- door: owner
delete from public.users u
where u.email like '%@verify-isolation.invalid' and u.created_at < now() - interval '1 hour';

-- name: isolation_tables
-- door: owner
-- Tables of the scratch tenant ($1) without a row: nothing could be proved about them.
select c.relname,
	(pg_catalog.xpath('/row/n/text()', pg_catalog.query_to_xml(
		pg_catalog.format('select count(*) as n from %I.%I', n.nspname, c.relname), false, true, '')))[1]::text <> '0'
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p')
order by c.relname;

-- name: isolation_hashes
-- door: owner
-- What stands in the tenant's schema ($1), and of the tenant ($2) in schema public, a hash a table.
select c.relname as name,
	(pg_catalog.xpath('/row/h/text()', pg_catalog.query_to_xml(pg_catalog.format(
		'select md5(coalesce(string_agg(md5(t::text), '''' order by md5(t::text)), '''')) as h from %I.%I t',
		n.nspname, c.relname), false, true, '')))[1]::text
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relkind in ('r', 'p')
union all
select 'public.tenants', md5(t::text) from public.tenants t where t.id = $2
union all
select 'public.user_tenants', md5(string_agg(m::text, ' ' order by m.user_id)) from public.user_tenants m where m.tenant_id = $2
union all
select 'public.users', md5(string_agg(u::text, ' ' order by u.id))
from public.users u join public.user_tenants m on m.user_id = u.id where m.tenant_id = $2
union all
select 'public.tokens', md5(string_agg(k::text, ' ' order by k.id))
from public.tokens k join public.user_tenants m on m.user_id = k.user_id where m.tenant_id = $2
union all
select 'public.sessions', md5(string_agg(s::text, ' ' order by s.id))
from public.sessions s join public.user_tenants m on m.user_id = s.user_id where m.tenant_id = $2
order by name;

-- name: isolation_attempts
-- door: owner
-- $1 and $2: the schemas of tenant A, who tries, and B; $3: B's id, which is every identifier in B;
-- $4: a user who is a member of B only; $5: A's id.
-- expect: refused (insufficient privilege), nothing (allowed, no row), harmless (either of these),
-- foreign_key (no such row).
with
relations as (
	select c.oid, n.nspname = $2::text as of_tenant, pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
		c.relname,
		(select pg_catalog.quote_ident(a.attname) from pg_catalog.pg_attribute a
			where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
			order by a.attnum limit 1) as first_column
	from pg_catalog.pg_class c
	join pg_catalog.pg_namespace n on n.oid = c.relnamespace
	where n.nspname in ($2::text, 'public') and c.relkind in ('r', 'p', 'v', 'm', 'f')
),
forms as (select pg_catalog.row_number() over () as place, v.* from (values
	('refused', 'select from', 'select * from %1$s limit 1'),
	('refused', 'insert into', 'insert into %1$s default values'),
	('refused', 'update', 'update %1$s set %2$s = default'),
	('refused', 'delete from', 'delete from %1$s'),
	('refused', 'truncate', 'truncate %1$s cascade'),
	('refused', 'lock (share)', 'lock table %1$s in access share mode'),
	('refused', 'lock (exclusive)', 'lock table %1$s in access exclusive mode'),
	('refused', 'reference', 'create table refers (x uuid references %1$s)'),
	('refused', 'alter', 'alter table %1$s add column leak integer'),
	('refused', 'drop', 'drop table %1$s cascade'),
	('refused', 'rename', 'alter table %1$s rename to leak'),
	('refused', 'put a trigger on', 'create trigger leak before insert on %1$s execute function leak()'),
	('nothing', 'right to select, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''select'')'),
	('nothing', 'right to insert, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''insert'')'),
	('nothing', 'right to update, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''update'')'),
	('nothing', 'right to delete, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''delete'')'),
	('nothing', 'right to truncate, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''truncate'')'),
	('nothing', 'right to reference, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''references'')'),
	('nothing', 'right to put triggers on, of', 'select 1 where pg_catalog.has_table_privilege(%3$s::oid, ''trigger'')'),
	('nothing', 'right to any column, of',
		'select 1 where pg_catalog.has_any_column_privilege(%3$s::oid, ''select, insert, update, references'')')
	) as v (expect, label, form)
),
sequences as (
	select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
	from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
	where n.nspname in ($2::text, 'public') and c.relkind = 'S'
),
-- A's own tables, with B's identifiers.
own_columns as (
	select pg_catalog.quote_ident(c.relname) as name, pg_catalog.quote_ident(a.attname) as attname
	from pg_catalog.pg_class c
	join pg_catalog.pg_namespace n on n.oid = c.relnamespace
	join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
	where n.nspname = $1::text and c.relkind in ('r', 'p') and a.atttypid = 'uuid'::pg_catalog.regtype
),
own_keys as (
	select pg_catalog.quote_ident(c.relname) as name, pg_catalog.quote_ident(a.attname) as attname
	from pg_catalog.pg_constraint k
	join pg_catalog.pg_class c on c.oid = k.conrelid
	join pg_catalog.pg_class referenced on referenced.oid = k.confrelid
	join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.oid = referenced.relnamespace
	join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.conkey[1]
	where n.nspname = $1::text and k.contype = 'f' and pg_catalog.array_length(k.conkey, 1) = 1
),
-- What runs with more than the caller's rights: each has an attempt of its own below, or the run
-- fails (a null statement) until somebody writes one.
definers as (
	select p.oid::pg_catalog.regprocedure::text as name, p.proname
	from pg_catalog.pg_proc p
	join pg_catalog.pg_namespace n on n.oid = p.pronamespace
	where p.prosecdef and n.nspname !~ '^(pg_|information_schema)'
		and pg_catalog.has_function_privilege($1::text::name, p.oid, 'execute')
),
tried (proname, form) as (values
	('my_members', 'select 1 from public.my_members() m where m.user_id = ' || pg_catalog.quote_literal($4::text)),
	('member_name', 'select 1 where public.member_name(' || pg_catalog.quote_literal($4::text) || ') is not null'),
	('hold_member', 'select 1 where public.hold_member(' || pg_catalog.quote_literal($4::text) || ')'),
	('my_tenant', 'select 1 from public.my_tenant() t where t.id <> ' || pg_catalog.quote_literal($5::text)),
	('my_limits', 'select 1 from public.my_limits() l where l.tenant_id <> ' || pg_catalog.quote_literal($5::text)),
	('claim_auth_username', 'select 1 where public.claim_auth_username('
		|| pg_catalog.quote_literal($5::text) || ', ' || pg_catalog.quote_literal($3::text) || ')'),
	('release_auth_username', 'select 1 where public.release_auth_username(' || pg_catalog.quote_literal($3::text) || ')')
),
others (expect, label, form) as (values
	('refused', 'become tenant B', pg_catalog.format('set local role %I', $2::text)),
	('refused', 'become the owner login', pg_catalog.format('set local role %I', current_user)),
	('refused', 'become centrex_public', 'set local role centrex_public'),
	('refused', 'log in as tenant B', pg_catalog.format('set local session authorization %I', $2::text)),
	('refused', 'grant itself tenant B', pg_catalog.format('grant %I to %I', $2::text, $1::text)),
	('refused', 'create a schema', 'create schema leak'),
	('refused', 'create a table in its own schema', 'create table leak (x integer)'),
	('refused', 'create a table in tenant B', pg_catalog.format('create table %I.leak (x integer)', $2::text)),
	('refused', 'create a table in public', 'create table public.leak (x integer)'),
	('refused', 'create a function', 'create function leak() returns integer language sql as ''select 1'''),
	('refused', 'drop tenant B', pg_catalog.format('drop schema %I cascade', $2::text)),
	('refused', 'rename tenant B', pg_catalog.format('alter schema %I rename to leak', $2::text)),
	('nothing', 'right to use tenant B''s schema', 'select 1 where pg_catalog.has_schema_privilege('
		|| pg_catalog.quote_literal($2::text::pg_catalog.regnamespace::oid) || '::oid, ''usage, create'')'),
	('nothing', 'right to create in public', 'select 1 where pg_catalog.has_schema_privilege(''public'', ''create'')'),
	('nothing', 'right to be tenant B',
		pg_catalog.format('select 1 where pg_catalog.pg_has_role(%L, ''member'')', $2::text)),
	('nothing', 'roles that tenant A is a member of', 'select 1 from pg_catalog.pg_auth_members m
		where m.member = current_user::pg_catalog.regrole')
)
-- In this order, so that the first leak is told in the plainest words.
(select f.expect, f.label || ' ' || r.name as label, pg_catalog.format(f.form, r.name, r.first_column, r.oid)
from relations r cross join forms f order by f.place, r.oid)
union all
select 'refused', 'read sequence ' || s.name, 'select * from ' || s.name from sequences s
union all
select 'refused', 'draw from sequence ' || s.name, pg_catalog.format('select nextval(%L)', s.name) from sequences s
union all
select f.expect, f.label || ' ' || c.name || ' by B''s ' || c.attname,
	pg_catalog.format(f.form, c.name, c.attname, $3::text)
from own_columns c
cross join (values
	('nothing', 'find in own', 'select 1 from %1$s where %2$s = %3$L'),
	('harmless', 'change in own', 'update %1$s set %2$s = %2$s where %2$s = %3$L'),
	('harmless', 'delete from own', 'delete from %1$s where %2$s = %3$L')
) as f (expect, label, form)
union all
select 'foreign_key', 'point own ' || k.name || '.' || k.attname || ' at B',
	pg_catalog.format('update %1$s set %2$s = %3$L where %2$s is not null', k.name, k.attname, $3::text)
from own_keys k
union all
-- What nobody wrote an attempt for comes last: a leak is told first.
(select 'nothing', 'use ' || d.name, t.form from definers d left join tried t on t.proname = d.proname
	order by t.form is null, d.name)
union all
select o.expect, o.label, o.form from others o;

-- name: isolation_logins
-- door: owner
-- What a login tries by itself, without a tenant's role. $1, $2: the schemas of A and B. who tries
-- and what has to come of it: slot, public, both (refused), bare (a slot; there is no such table),
-- a, b (both; refused but to the tenant's own slot).
select 'both', 'read ' || pg_catalog.format('%I.%I', n.nspname, c.relname),
	pg_catalog.format('select * from %I.%I limit 1', n.nspname, c.relname)
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname in ($1::text, $2::text) and c.relkind in ('r', 'p', 'v', 'm', 'f')
union all
select 'slot', 'read public.' || c.relname, pg_catalog.format('select * from public.%I limit 1', c.relname)
from pg_catalog.pg_class c
where c.relnamespace = 'public'::pg_catalog.regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
union all
select v.who, v.label, v.form from (values
	('public', 'make a tenant', 'insert into public.tenants default values'),
	('public', 'delete a tenant', 'delete from public.tenants'),
	('public', 'change a schema''s name', 'update public.tenants set schema_name = schema_name'),
	('public', 'change a version', 'update public.schema_versions set version = 1'),
	('public', 'change a migration', 'delete from public.schema_migrations'),
	('both', 'create a table', 'create table public.leak (x integer)'),
	('both', 'create a schema', 'create schema leak'),
	('both', 'create a role', 'create role leak'),
	('both', 'become the owner', pg_catalog.format('set local role %I', current_user)),
	('bare', 'read without a role', 'select * from extensions'),
	('a', 'become a tenant of another slot', pg_catalog.format('set local role %I', $1::text)),
	('b', 'become a tenant of another slot', pg_catalog.format('set local role %I', $2::text))
) as v (who, label, form);

-- name: isolation_read
select * from extensions;

-- name: isolation_hardened
-- door: tenant
-- True where a tenant's role cannot call set_config (db/logins.c).
select not pg_catalog.has_function_privilege('pg_catalog.set_config(text, text, boolean)', 'execute')
	and not pg_catalog.has_language_privilege('plpgsql', 'usage');

-- name: isolation_report_begin
-- door: owner
-- $1: the version of the program. Of the reports the newest hundred are kept, this one among them.
with old as (
	delete from public.isolation_reports r
	where r.id in (select o.id from public.isolation_reports o order by o.started_at desc, o.id desc offset 99)
)
insert into public.isolation_reports (version) values ($1) returning id;

-- name: isolation_report_end
-- door: owner
-- $1: the report; $2: its outcome; $3 to $6: tables, attempts, routes, requests; $7: hardened;
-- $8: what was allowed, or null; $9: why it could not be tried, or null.
update public.isolation_reports set
	duration_ms = least(floor(extract(epoch from clock_timestamp() - started_at) * 1000), 2147483647),
	outcome = $2, tables = $3, attempts = $4, routes = $5, requests = $6, hardened = $7,
	leaks = ($8::text is not null)::integer, leak = left($8, 2000), problem = left($9, 2000)
where id = $1;
