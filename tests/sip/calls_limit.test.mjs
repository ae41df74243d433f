// How many calls a tenant may have at one time: table tenant_limits, from the tenant's snapshot.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, hangUp, talk} from './two_tenants.mjs';

let two;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

// The engine hears of a limit a moment after it is set: until then calls ring.
async function isRefused(a, b) {
	const call = await a.invite('102');
	const status = await Promise.race([call.final().then(() => 'final'), b.incoming().then((incoming) => incoming)]);

	if (status === 'final')
		return call.finalReply;
	status.reply(486, 'Busy Here');
	await call.final();
	return undefined;
}

test('a tenant at its limit: 486 with the reason, the record says limit; the other tenant goes on', async () => {
	const [one, other] = two.tenants;
	const a = await two.phone(one, '101');
	const b = await two.phone(one, '102');
	const c = await two.phone(one, '103');
	const first = await talk(a, b);

	await two.centrex.json('limits', 'update', one.domain, '--concurrent-calls', 1);
	const reply = await waitFor(() => isRefused(c, b), 'a call to be refused');

	assert.equal(reply.status, 486);
	assert.match(reply.header('reason'), /^SIP;cause=486;text="Limit/);
	const rows = await waitFor(async () => {
		const all = await Promise.all((await two.calls(one)).map((row) => two.details(one, row)));

		return all.some(({cause}) => cause === 'limit') && all;
	}, 'the record');

	assert.equal(rows.find(({cause}) => cause === 'limit').disposition, 'failed');

	const d = await two.phone(other, '101');
	const e = await two.phone(other, '102');
	const theirs = await talk(d, e);

	await hangUp(theirs.call, theirs.incoming);

	// Whoever asks for help is not counted out: the number leads nowhere here, but not for the limit.
	const help = await c.invite('112');

	assert.equal((await help.final()).status, 404);
	await hangUp(first.call, first.incoming);
	const again = await talk(a, b);

	await hangUp(again.call, again.incoming);
});
