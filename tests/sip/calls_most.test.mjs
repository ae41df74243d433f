// How many calls one extension may have at a time: a phone with stolen credentials must not take
// every port of media from all the others.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {TwoTenants} from './two_tenants.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-calls-most', 2]}); });
after(() => two?.stop());

test('an extension that has as many calls as it may gets 486; it is free again when one ends', async () => {
	const rows = await two.both(async ({a, b}) => {
		const calls = [];
		for (let i = 0; i < 2; i++) {
			calls.push(await a.invite('102'));
			(await b.incoming()).ring();
			await calls[i].progress(180);
		}

		const refused = await a.invite('102');
		assert.equal((await refused.final()).status, 486);

		const other = await b.invite('101'); // each counts its own
		(await a.incoming()).reply(486, 'Busy Here');
		await other.final();

		await calls[0].cancel();
		assert.equal((await calls[0].final()).status, 487);
		calls.push(await a.invite('102'));
		(await b.incoming()).ring();
		await calls[2].progress(180);
		for (const call of calls.slice(1)) {
			await call.cancel();
			await call.final();
		}
	}, {expectCalls: 5});

	rows.forEach((records) => assert.deepEqual(records.map((row) => row.cause).sort(),
		['busy', 'cancelled', 'cancelled', 'cancelled', 'too_many_calls']));
});
