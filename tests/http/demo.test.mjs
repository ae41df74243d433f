// The demo's administrator.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {signIn} from './people.mjs';

test('the demo prints an administrator as long as his password is the one it made', async () => {
	const centrex = await startCentrex({demo: true});

	try {
		const row = await waitFor(() => centrex.log().match(/^ {2}admin@pbx\.test {2}(\S{16})$/m), 'the demo\'s rows');
		const op = await signIn(centrex, 'admin@pbx.test', row[1]);

		assert.equal(op.me.global_role, 'admin');
		assert.equal((await op.get('/api/v1/tenants')).json.items.length, 2);
		assert.equal(fs.statSync(path.join(centrex.state, 'demo-admin')).mode & 0o777, 0o600);
		for (const path of ['/api/v1/audit', '/api/v1/tenants/cust1.pbx.test/audit']) {
			const made = (await op.get(`${path}?limit=500`)).json.items.filter((row) => row.action === 'create');

			assert.ok(made.length && made.every((row) => row.actor_name === 'centrex demo'), JSON.stringify(made));
		}
		const again = await centrex.json('demo');

		assert.deepEqual(again.administrator, {email: 'admin@pbx.test', password: row[1]});
		assert.equal(again.url, `http://127.0.0.1:${centrex.web.port}`);
		assert.equal((await op.patch('/api/v1/me/password', {old: row[1], new: 'another password'})).status, 204);
		assert.equal((await centrex.json('demo')).administrator, null);
	} finally {
		await centrex.stop();
	}
});

test('the demo makes no administrator where somebody is a user or has tenants', async () => {
	const centrex = await startCentrex();

	try {
		await centrex.cli('user', 'create', '--email', 'somebody@pbx.test', {input: 'a long password\n'});
		assert.equal((await centrex.json('demo')).administrator, null);
		const answer = await new Http(centrex).post('/api/v1/login',
			{email: 'admin@pbx.test', password: 'a long password'});

		assert.equal(answer.status, 401);
	} finally {
		await centrex.stop();
	}
});
