// The database goes away and comes back: what can be answered is, the rest says when to come again.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startPostgres} from '../lib/postgres.mjs';
import {waitFor} from '../lib/wait.mjs';
import {make, refused, startTenants} from './tenants.mjs';

let world, postgres;

before(async () => {
	postgres = await startPostgres();
	world = await startTenants({env: {CENTREX_DATABASE: postgres.url}});
});
after(async () => {
	await world?.stop();
	await postgres?.stop();
});

test('where a number leads is told from the snapshot, lists are not', async () => {
	const {admin, mine} = world;
	const where = mine('/route?to=101');

	await make(admin, mine('/extensions'), {extension_number: '101'});
	await waitFor(async () => (await admin.get(where)).json.cause === 'unregistered',
		'the snapshot to have the extension');
	await postgres.stop();
	const told = await admin.get(where);

	assert.equal(told.status, 200, told.text);
	assert.equal(told.json.action, 'ring'); // which phones are registered is not known
	assert.deepEqual(told.json.targets, ['101']);
	for (const answer of [await admin.get(mine('/extensions')), await admin.get(mine('/directory')),
		await admin.post(mine('/extensions'), {extension_number: '102'}),
		await admin.delete(mine('/extensions/101'))]) {
		refused(answer, 503);
		assert.ok(Number(answer.headers['retry-after']) >= 1);
	}
});
