// `centrex verify-isolation` on a live installation: the database's part and the API's.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {described} from '../lib/http.mjs';

let centrex;

before(async () => { centrex = await startCentrex(); });
after(() => centrex?.stop());

test('every route is tried, nothing is found, and nothing is left of it', async () => {
	await centrex.tenant('bystander.example', ['101']);
	const {status, json, stderr} = await centrex.cli('verify-isolation', '--json', {timeoutMs: 300_000});

	assert.equal(status, 0, stderr);
	assert.equal(json.leak, null);
	assert.equal(json.routes, (await described()).operations().length);
	assert.ok(json.requests > 5000, `only ${json.requests} requests`);
	assert.ok(json.attempts > 1000, `only ${json.attempts} attempts`);
	const tenants = await centrex.json('tenant', 'list');

	assert.deepEqual((tenants.items ?? tenants).map((row) => row.domain), ['bystander.example']);
	const users = await centrex.json('user', 'list');

	assert.deepEqual(users.items ?? users, []);
});
