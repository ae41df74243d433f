// What the operator's pages ask for: nodes, migrations, isolation reports, what tenants have and may have.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from './cdrs_data.mjs';
import {refused, startTenants} from './tenants.mjs';

let world, operator, owner, admin, agent, neighbour;

before(async () => {
	world = await startTenants();
	({operator, owner, admin, agent, neighbour} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);

async function shown(who, path) {
	const answer = await who.get(path);

	assert.equal(answer.status, 200, `GET ${path}: ${answer.text}`);
	return answer.json;
}

describe('who may look', () => {
	for (const route of ['/nodes', '/nodes/sip/none', '/migrations', '/isolation-reports'])
		test(`${route} is the operator's alone`, async () => {
			for (const who of [owner, admin, agent])
				refused(await who.get(`/api/v1${route}`), 403);
		});

	test('usage and limits are read by the tenant\'s administrators, and not by the neighbour\'s', async () => {
		for (const what of ['/usage', '/limits']) {
			for (const who of [operator, owner, admin])
				await shown(who, mine(what));
			refused(await agent.get(mine(what)), 403);
			refused(await neighbour.get(mine(what)), 404);
		}
	});

	test('limits are changed by the operator alone', async () => {
		for (const who of [owner, admin, agent])
			refused(await who.patch(mine('/limits'), {queues: 1}), 403);
	});
});

describe('nodes', () => {
	test('every process that tells of itself is listed with its figures', async () => {
		const {items} = await waitFor(async () => {
			const list = await shown(operator, '/api/v1/nodes');

			return list.items.length === 2 && list;
		}, 'both processes to tell of themselves');
		const [sip, web] = items;

		assert.deepEqual([sip.kind, web.kind], ['sip', 'web']);
		assert.equal(sip.health, 'ok');
		assert.equal(sip.version, web.version);
		assert.equal(sip.calls, 0);
		assert.equal(sip.recordings_failed, 0);
		assert.equal(sip.http_requests, null, 'the engine answers no HTTP');
		assert.equal(web.calls, null, 'the web has no calls');
		assert.ok(web.memory_bytes > 0);
		assert.ok(Date.parse(sip.started_at) <= Date.parse(sip.seen_at));
		assert.equal(sip.counters, undefined, 'one node shows all it counts, a list does not');
		const one = await shown(operator, `/api/v1/nodes/sip/${encodeURIComponent(sip.name)}`);

		assert.equal(typeof one.counters.calls, 'number');
		refused(await operator.get('/api/v1/nodes/web/nobody'), 404);
	});

	test('one that has not told of itself is late, then gone', async () => {
		const states = [];

		for (const [name, seconds] of [['a', 31], ['b', 61]]) {
			await psql(world.centrex, `insert into public.nodes (kind, name, started_at, seen_at) values`
				+ ` ('freeswitch', '${name}', now(), now() - interval '${seconds} seconds')`);
			states.push((await shown(operator, `/api/v1/nodes/freeswitch/${name}`)).health);
		}
		assert.deepEqual(states, ['late', 'gone']);
	});
});

test('migrations: the versions, and nobody behind', async () => {
	const status = await shown(operator, '/api/v1/migrations');
	const known = (await world.centrex.cli('migrate', '--status', '--json')).json;

	assert.equal(status.public_version, known.public.version);
	assert.equal(status.public_newest, known.public.newest);
	assert.equal(status.tenant_newest, known.tenants.newest);
	assert.equal(status.tenants, known.tenants.count);
	assert.equal(status.tenants_behind, 0);
	assert.deepEqual(status.versions, [{version: status.tenant_newest, tenants: status.tenants}]);
	assert.deepEqual(status.behind, []);
});

test('a tenant that cannot be migrated is named with the reason, until it can', async () => {
	const {centrex, tenant} = world;
	const schema = schemaOf(tenant);
	const newest = (await shown(operator, '/api/v1/migrations')).tenant_newest;

	// Its tables say that the newest step was taken already.
	await psql(centrex, `update public.schema_versions set version = ${newest - 1} where schema_name = '${schema}'`);
	assert.notEqual((await centrex.cli('migrate')).status, 0);
	const status = await shown(operator, '/api/v1/migrations');

	assert.equal(status.tenants_behind, 1);
	assert.deepEqual(status.versions, [{version: newest, tenants: status.tenants - 1},
		{version: newest - 1, tenants: 1}]);
	const [behind] = status.behind;

	assert.equal(behind.domain, tenant.domain);
	assert.equal(behind.version, newest - 1);
	assert.match(behind.error, /\S/);
	assert.ok(Date.parse(behind.failed_at));
	await psql(centrex, `update public.schema_versions set version = ${newest} where schema_name = '${schema}'`);
	assert.deepEqual((await shown(operator, '/api/v1/migrations')).behind, []);
});

test('a run of verify-isolation is kept, also one that was ended half-way', async () => {
	const {centrex} = world;

	await psql(centrex, "insert into public.isolation_reports (started_at) select now() - interval '1 day' * i"
		+ ' from generate_series(1, 120) as i');
	const {json} = await centrex.cli('verify-isolation', '--json', {timeoutMs: 300_000});
	const {items} = await shown(operator, '/api/v1/isolation-reports?limit=500');

	assert.equal(items.length, 100, 'the newest hundred are kept');
	assert.equal(items[0].outcome, 'passed');
	assert.equal(items[0].leaks, 0);
	for (const figure of ['tables', 'attempts', 'routes', 'requests', 'hardened'])
		assert.equal(items[0][figure], json[figure], figure);
	assert.ok(items[0].duration_ms > 0);
	assert.equal(items[1].outcome, 'unfinished');
	assert.equal(items[1].duration_ms, null);
	assert.deepEqual((await centrex.json('isolation-report', 'list', '--limit', 1))[0], items[0]);
});

describe('usage', () => {
	const usage = () => shown(admin, mine('/usage'));

	test('everything a tenant has is counted', async () => {
		const before = await usage();

		for (const number of ['801', '802'])
			assert.equal((await admin.post(mine('/extensions'), {extension_number: number})).status, 201);
		assert.equal((await admin.post(mine('/queues'), {name: 'Counted'})).status, 201);
		assert.equal((await admin.post(mine('/numbers'), {number: '+4930801', extension_id: '801'})).status, 201);
		await psql(world.centrex, `insert into ${schemaOf(world.tenant)}.registrations (extension_id, contact,
			received_address, received_port, transport, call_id, cseq, expires_at)
			select x.id, 'sip:' || i, '192.0.2.1', 5060, 'udp', 'c', 1, now() + interval '1 hour' * (2 - i)
			from ${schemaOf(world.tenant)}.extensions x, generate_series(0, 2) i
			where x.extension_number = '801'`);
		const now = await usage();

		assert.equal(now.extensions, before.extensions + 2);
		assert.equal(now.queues, before.queues + 1);
		assert.equal(now.numbers, before.numbers + 1);
		assert.equal(now.members, 3);
		assert.equal(now.phones_online, 2, 'the third has expired');
		assert.equal(now.extensions_online, 1);
		assert.equal(now.recordings_bytes, 0);
		assert.equal(now.recordings_measured, true);
		assert.deepEqual(await world.centrex.json('tenant', 'usage', world.tenant.domain), now);
	});
});

describe('limits', () => {
	test('none at first; set, read and taken back by the operator, and in the tenant\'s audit', async () => {
		const limits = await shown(operator, mine('/limits'));

		for (const name of ['extensions', 'queues', 'members', 'concurrent_calls', 'media_mib'])
			assert.equal(limits[name], null);
		assert.equal(limits.tenant, world.tenant.domain);
		const changed = await operator.patch(mine('/limits'), {queues: 12, media_mib: 0});

		assert.equal(changed.status, 200, changed.text);
		assert.equal(changed.json.queues, 12);
		assert.deepEqual(await shown(admin, mine('/limits')), changed.json);
		const {items: [entry]} = await shown(owner, mine('/audit?limit=1'));

		assert.equal(entry.resource, 'limits');
		refused(await operator.patch(mine('/limits'), {queues: -1}), 400, 'queues');
		refused(await operator.patch(mine('/limits'), {tenant_id: world.neighbours.id}), 400, 'tenant_id');
		assert.equal((await world.centrex.json('limits', 'update', world.tenant.domain,
			'--queues', '', '--media-mib', '')).queues, null);
	});
});
