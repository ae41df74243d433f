// Figures of the day, for a tenant's dashboard.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeRecords, psql, schemaOf, store} from './cdrs_data.mjs';
import {have, refused, startTenants} from './tenants.mjs';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world;

before(async () => {
	world = await startTenants();
});
after(() => world?.stop());

const figures = async (who = world.admin) => (await who.get(world.mine('/figures'))).json;

// Calls between two times, that all ended so.
function calls(count, from, to, disposition, seed) {
	return makeRecords(count, {seed, from, to, queues: [null]}).map((record) => ({...record, disposition, answer_time: null, answered_by: null}));
}

test('what failed today is counted apart from the seven days before, in the tenant\'s zone', async () => {
	// It is about noon there, whatever the time: no call of the test is on the wrong side of midnight.
	const east = 12 - new Date().getUTCHours();
	const zone = `Etc/GMT${east > 0 ? '-' : '+'}${Math.abs(east)}`;

	await world.admin.patch(world.mine(), {timezone: zone});
	const began = Date.parse((await figures()).day_began);
	assert.ok(Date.now() - began > 11 * HOUR_MS && Date.now() - began < 14 * HOUR_MS, `${zone}: ${new Date(began).toISOString()}`);
	const today = calls(5, began, began + HOUR_MS, 'failed', 1);

	for (const [i, batch] of [today, calls(3, began, began + HOUR_MS, 'busy', 2), calls(21, began - 7 * DAY_MS, began, 'failed', 3),
		calls(9, began - 10 * DAY_MS, began - 7 * DAY_MS, 'failed', 4)].entries())
		assert.ok(await store(world.centrex, world.tenant, batch) > 0, String(i));
	await psql(world.centrex, `set search_path = ${schemaOf(world.tenant)};
		update cdr_details set recording = 'failed' where cdr_id in ('${today[0].id}', '${today[1].id}');
		update cdr_details set recording = 'failed' where start_time < to_timestamp(${began / 1000});`);
	const {calls_failed: failed, calls_failed_usual: usual, recordings_failed: recordings} = await figures();

	assert.deepEqual([failed, usual, recordings], [5, 3, 2]);
});

test('extensions are counted, and those with a phone; a quota is the tenant\'s limit, its setting or the installation\'s', async () => {
	for (const number of ['101', '102'])
		await have(world.admin, world.mine('/extensions'), number, {extension_number: number});
	const before_ = await figures();

	assert.deepEqual([before_.extensions, before_.extensions_online, before_.media_bytes], [2, 0, 0]);
	assert.ok(before_.media_bytes_most > 0);
	await world.operator.put(world.mine('/settings/media_quota_mib'), {value: 3});
	assert.equal((await figures()).media_bytes_most, 3 * 1024 * 1024);
	assert.equal((await world.operator.patch(world.mine('/limits'), {media_mib: 2})).status, 200);
	assert.equal((await figures()).media_bytes_most, 2 * 1024 * 1024);
});

test('agents and other tenants have no part in it', async () => {
	refused(await world.agent.get(world.mine('/figures')), 403);
	refused(await world.neighbour.get(world.mine('/figures')), 404);
});
