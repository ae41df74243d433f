// **<extension> takes a call that rings there, in both tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {TwoTenants} from './two_tenants.mjs';
import {finished, hangUp, hearEachOther, legsOf, refer, talk, three as threePhones, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 6]}); });
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);

test('the picker and the caller talk; what rang is told that it was answered elsewhere', async () => {
	const rows = await three(async ({a, b, c}) => {
		const ab = await a.invite('102');
		const ba = await b.incoming();

		ba.ring();
		await ab.progress(180);
		const cancelled = ba.expect('CANCEL');
		const taker = await c.invite('**102');
		await Promise.all([taker.answered(), ab.answered()]);
		assert.match((await cancelled).header('reason'), /completed elsewhere/);
		await hearEachOther(ab, taker);
		await hangUp(ab, taker);
	}, {expectCalls: 2});
	rows.forEach(([call, picked]) => {
		assert.equal(call.answered_by, '103');
		assert.equal(call.cause, 'normal');
		assert.ok(call.answer_time);
		assert.deepEqual(legsOf(call).sort(), ['101 answered', '102 answered_elsewhere', '103 answered']);
		assert.deepEqual([picked.dest_number, picked.cause, picked.disposition], ['**102', 'picked_up', 'answered']);
	});
});

test('the oldest is taken first', async () => {
	await three(async ({a, b, c, tenant}) => {
		const d = await two.phone(tenant, '101'); // another phone of 101, which calls first
		const first = await d.invite('102');
		(await b.incoming()).ring();
		await first.progress(180);
		const second = await a.invite('102');
		const other = await b.incoming();
		other.ring();
		await second.progress(180);
		const taker = await c.invite('**102');

		await Promise.all([taker.answered(), first.answered()]);
		await hearEachOther(first, taker);
		await hangUp(first, taker);
		const cancelled = other.expect('CANCEL');
		await second.cancel();
		await cancelled;
		await d.unregister();
	}, {expectCalls: 3});
});

test('where nothing rings the picker hears 480; 404 where nobody is', async () => {
	const rows = await three(async ({a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await (await c.invite('**102')).final()).status, 480);
		assert.equal((await (await c.invite('**999')).final()).status, 404);
		await hangUp(ab, ba);
	}, {expectCalls: 3});
	rows.forEach(([, picked, none]) => assert.deepEqual([picked.cause, none.cause], ['nothing_rings', 'unknown_number']));
});

test('a call of the other tenant is never taken', async () => {
	const [one, other] = two.tenants;
	const [a, b, c] = await Promise.all([two.phone(one, '101'), two.phone(one, '102'), two.phone(other, '103')]);
	const ab = await a.invite('102');
	const ba = await b.incoming();

	ba.ring();
	await ab.progress(180);
	assert.equal((await (await c.invite('**102')).final()).status, 480);
	const cancelled = ba.expect('CANCEL');
	await ab.cancel();
	await cancelled;
	await Promise.all([a, b, c].map((phone) => phone.unregister()));
});

test('two pick up at once: one gets the call', async () => {
	await three(async ({a, b, c, tenant}) => {
		const d = await two.phone(tenant, '103');
		const ab = await a.invite('102');

		(await b.incoming()).ring();
		await ab.progress(180);
		const takers = await Promise.all([c.invite('**102'), d.invite('**102')]);
		const replies = await Promise.all(takers.map((call) => call.final()));
		assert.deepEqual(replies.map((r) => r.status).sort(), [200, 480]);
		await ab.answered();
		const taker = takers[replies.findIndex((r) => r.status === 200)];
		await hearEachOther(ab, taker);
		await hangUp(ab, taker);
		await d.unregister();
	}, {expectCalls: 3});
});

test('a call that was transferred is picked up where it rings', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const d = await two.phone(tenant, '102');

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		const ca = await c.incoming();
		ca.ring();
		const cancelled = ca.expect('CANCEL');
		const taker = await d.invite('**103');
		await taker.answered();
		await cancelled;
		await finished(ba, 200);
		await ba.expect('BYE');
		await hearEachOther(ab, taker);
		await hangUp(ab, taker);
		await d.unregister();
	}, {expectCalls: 2});
});
