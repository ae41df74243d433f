// A PostgreSQL of the operator's own, and the commands of whoever runs the installation.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {source, startCentrex} from '../lib/centrex.mjs';
import {startPostgres} from '../lib/postgres.mjs';

const newest = (kind) => fs.readdirSync(path.join(source, 'sql', kind)).length; // they are numbered from 1
const NEWEST = {public: newest('public'), tenant: newest('tenant')};
const TABLES = fs.readFileSync(path.join(source, 'sql/tenant.sql'), 'utf8').match(/^create table /gim).length;
let postgres;
let centrex;

before(async () => {
	postgres = await startPostgres();
	centrex = await startCentrex({env: {CENTREX_DATABASE: postgres.url}});
});
after(async () => {
	await centrex?.stop();
	await postgres?.stop();
});

async function refused(args, status, pattern, options = {}) {
	const result = await centrex.cli(...args, options);

	assert.equal(result.status, status, result.stderr);
	assert.match(result.stderr, pattern);
}

test('serve sets an empty database up, and makes the logins', async () => {
	assert.deepEqual(await centrex.json('migrate', '--status'), {
		set_up: true,
		public: {version: NEWEST.public, newest: NEWEST.public},
		tenants: {count: 0, newest: NEWEST.tenant, other: []},
	});
	assert.equal(await postgres.sql(`select count(*) from pg_authid where rolname ~ '^centrex_'
		and rolcanlogin and not rolinherit and not rolsuper and not rolcreaterole
		and rolpassword ~ '^SCRAM-SHA-256'`), '17');
	assert.equal(fs.statSync(path.join(centrex.state, 'secret')).mode & 0o777, 0o600);
	assert.ok(!fs.existsSync(path.join(centrex.state, 'postgres')));
});

test('a tenant is made, found by its own name and removed whole', async () => {
	const {id} = await centrex.tenant('cust1.pbx.test', ['101', '102']);
	const schema = `tenant_${id.replaceAll('-', '')}`;

	assert.equal(await postgres.sql(`select count(*) from pg_tables where schemaname = '${schema}'
		and tableowner = 'boss'`), String(TABLES));
	assert.equal((await centrex.json('extension', 'list', '--tenant', 'cust1.pbx.test')).length, 2);
	assert.equal((await centrex.cli('tenant', 'delete', 'cust1.pbx.test', '--yes', 'cust1.pbx.test')).status, 0);
	assert.equal(await postgres.sql(`select (select count(*) from pg_namespace where nspname = '${schema}')
		+ (select count(*) from pg_roles where rolname = '${schema}')
		+ (select count(*) from public.schema_versions where schema_name = '${schema}')
		+ (select count(*) from public.auth_usernames)`), '0');
});

test('migrate', async () => {
	await centrex.tenant('cust2.pbx.test');
	assert.deepEqual(await centrex.json('migrate'), {logins_made: 0, behind: 0, migrated: 0, failures: []});
	await postgres.sql('update public.schema_versions set version = 0 where schema_name like \'tenant%\'');
	const status = await centrex.cli('migrate', '--status');

	assert.equal(status.status, 1);
	assert.match(status.stdout, /cust2\.pbx\.test +tenant_[0-9a-f]{32} +version 0/);
	await refused(['migrate'], 7, /cust2\.pbx\.test .* schema_versions has no row/);
	await postgres.sql(`update public.schema_versions set version = ${NEWEST.tenant} where schema_name like 'tenant%'`);
	await refused(['migrate', '--canary', 'cust9.pbx.test'], 3, /^centrex: canary: there is no tenant 'cust9/);
	await refused(['migrate', '--parallel', '0'], 2, /^centrex: parallel: must be a number from 1 to 32\n$/);
	await refused(['migrate', '--parallel'], 2, /^centrex: parallel: needs a value\n$/);
	await refused(['migrate', '--lock-timeout-ms', '5s'], 2, /^centrex: lock-timeout-ms: must be a number/);
	await refused(['migrate', '--quick'], 2, /^centrex: migrate has no argument '--quick'/);
	await refused(['migrate', '--status', '--canary', 'x'], 2, /^centrex: status: changes nothing/);
});

test('a migration that was changed after it was applied is refused', async () => {
	await postgres.sql(`update public.schema_migrations set checksum = repeat('0', 64) where kind = 'tenant'`);
	await refused(['migrate'], 4, /^centrex: schema: sql\/tenant\/0001_start\.sql was changed/);
	await postgres.sql('delete from public.schema_migrations where kind = \'tenant\'');
	assert.equal((await centrex.cli('migrate')).status, 0);
	await postgres.sql(`insert into public.schema_migrations (kind, version, name, checksum)
		values ('tenant', ${NEWEST.tenant + 1}, 'later', repeat('0', 64))`);
	await refused(['migrate'], 4, /a newer centrex has migrated this database \(sql\/tenant\/\d+_later\.sql\)/);
	await postgres.sql(`delete from public.schema_migrations where name = 'later'`);
});

test('verify-isolation proves it, and says what only a superuser can close', async () => {
	const soft = await centrex.cli('verify-isolation');

	assert.equal(soft.status, 0, soft.stderr);
	assert.match(soft.stdout, new RegExp(`^\\d+ attempts on ${TABLES} tables of a tenant and on schema public: all refused\\n`));
	for (const line of soft.stdout.split('\n').filter((l) => l.endsWith(';')))
		await postgres.sql(line);
	const hard = await centrex.json('verify-isolation');

	assert.ok(hard.attempts > 500);
	assert.deepEqual({tables: hard.tables, hardened: hard.hardened, leak: hard.leak},
		{tables: TABLES, hardened: true, leak: null});
	await postgres.sql('grant select on public.users to public');
	await refused(['verify-isolation'], 1, /^centrex: isolation is broken: .*public\.users/);
	await postgres.sql('revoke select on public.users from public');
	await refused(['verify-isolation', '--fast'], 2, /takes no argument but --json/);
	assert.equal((await centrex.json('tenant', 'list')).length, 1);
	await centrex.json('extension', 'create', '--tenant', 'cust2.pbx.test', '--extension-number', '201');
});

test('passwords that no longer fit are given anew', async () => {
	await postgres.sql(`alter role centrex_app_00 password 'x'; alter role centrex_public password 'x'`);
	await refused(['tenant', 'list'], 5, /^centrex: /,
		{env: {CENTREX_LOG_LEVEL: 'error'}});
	assert.equal((await centrex.cli('migrate', '--reset-passwords')).status, 0);
	assert.equal((await centrex.json('tenant', 'list')).length, 1);
});

test('a wrong password, no server, and what is no URL: one line', async () => {
	const other = (url) => ({env: {CENTREX_DATABASE: url}});

	await refused(['migrate'], 5, /^centrex: [^\n]+\n$/, other(postgres.url.replace('s%40cret', 'wrong')));
	await refused(['migrate'], 5, /^centrex: [^\n]+\n$/, other('postgresql://boss@127.0.0.1:1/phones'));
	await refused(['migrate'], 2, /^centrex: database: [^\n]+\n$/, other('postgresql://['));
});

test('an owner who may not create roles is told so', async () => {
	await postgres.sql('alter role boss nocreaterole');
	await refused(['migrate'], 2, /^centrex: database: the owner login must be allowed to create roles/);
	await postgres.sql('alter role boss createrole');
});
