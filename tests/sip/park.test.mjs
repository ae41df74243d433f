// Parking on 701 to 709, in both tenants at once: the slot is told, its call waits with music until
// somebody dials the slot, and rings back when nobody does.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {TwoTenants} from './two_tenants.mjs';
import {dial, hangUp, hearEachOther, legsOf, talk, take, three as threePhones, transferred, uriOf} from './transfers.mjs';

let two;

before(async () => {
	two = await TwoTenants.start({args: ['--sip-ring-s', 3]});
	for (const {domain} of two.tenants)
		await two.centrex.json('setting', 'create', '--tenant', domain, '--name', 'park_s', '--value', '5');
});
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);

// b parks the one it talks with; the slot's number.
async function park(ba, tenant, number = '700') {
	const said = await transferred(ba, uriOf(tenant, number), 200);
	const [, slot] = said.phrase.match(/^Parked on (\d+)$/);

	await ba.expect('BYE');
	return slot;
}

test('700 parks on 701; who dials 701 has the call', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal(await park(ba, tenant), '701');
		const taker = await dial(c, '701');
		await hearEachOther(ab, taker);
		await hangUp(ab, taker);
	}, {expectCalls: 2});
	rows.forEach(([call, retrieved]) => {
		assert.equal(call.answered_by, '103');
		assert.deepEqual(legsOf(call), ['102 transferred', '101 answered', '103 answered']);
		assert.deepEqual([retrieved.dest_number, retrieved.cause], ['701', 'picked_up']);
	});
});

test('who is parked hears the music', async () => {
	await three(async ({tenant, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);

		await park(ba, tenant);
		ab.rtp.received.length = 0;
		await ab.rtp.heard(25);
		assert.ok(ab.rtp.received.some((p) => new Set(p.payload).size > 8), 'not silence');
		assert.equal((await ab.bye()).status, 200);
	});
});

test('a slot is named; a second call there is refused, and the first free one is another', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal(await park(ba, tenant, '701'), '701');
		const [ac, ca] = await talk(a, '103', c);
		await transferred(ca, uriOf(tenant, '701'), 486);
		await hearEachOther(ac, ca);
		assert.equal(await park(ca, tenant, '700'), '702');
		await ab.bye();
		await ac.bye();
	}, {expectCalls: 2});
});

test('all nine slots are taken: the tenth is told 486', async () => {
	await three(async ({tenant, a, b}) => {
		const parked = [];

		for (let i = 1; i <= 9; i++) {
			const [ab, ba] = await talk(a, '102', b);
			parked.push(ab);
			assert.equal(await park(ba, tenant), `70${i}`);
		}
		const [ab, ba] = await talk(a, '102', b);
		await transferred(ba, uriOf(tenant, '700'), 486);
		await hangUp(ab, ba);
		for (const call of parked)
			await call.bye();
	}, {expectCalls: 10});
});

test('an empty slot is 404; 700 without a call is refused with a tone', async () => {
	const rows = await three(async ({c}) => {
		assert.equal((await (await c.invite('701')).final()).status, 404);
		const call = await dial(c, '700');
		await call.expect('BYE');
	}, {expectCalls: 2});
	rows.forEach((list) => assert.deepEqual(list.map((row) => row.cause), ['slot_empty', 'nothing_to_park']));
});

test('who is parked hangs up: the slot is free again', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal(await park(ba, tenant), '701');
		assert.equal((await ab.bye()).status, 200);
		assert.equal((await (await c.invite('701')).final()).status, 404);
	}, {expectCalls: 2});
});

test('two dial the slot at once: one gets the call', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal(await park(ba, tenant), '701');
		const takers = await Promise.all([b.invite('701'), c.invite('701')]);
		const replies = await Promise.all(takers.map((call) => call.final()));
		assert.deepEqual(replies.map((r) => r.status).sort(), [200, 404]);
		const taker = takers[replies.findIndex((r) => r.status === 200)];
		await hearEachOther(ab, taker);
		await hangUp(taker, ab);
	}, {expectCalls: 3});
});

test('nobody dials the slot: it rings back where it was parked, with the slot as its name', async () => {
	await three(async ({tenant, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal(await park(ba, tenant), '701');
		const unheard = await b.incoming();
		assert.match(unheard.request.header('from'), /^"Park 701" <sip:101@/);
		unheard.ring();
		await unheard.expect('CANCEL'); // he does not answer: it stays parked, and rings again
		const back = await take(b);
		await hearEachOther(ab, back);
		await hangUp(ab, back);
	});
});

test('the slots of one tenant are not the other\'s', async () => {
	const [one, other] = two.tenants;
	const [a, b, c] = await Promise.all([two.phone(one, '101'), two.phone(one, '102'), two.phone(other, '103')]);
	const [ab, ba] = await talk(a, '102', b);

	assert.equal(await park(ba, one), '701');
	assert.equal((await (await c.invite('701')).final()).status, 404);
	await ab.bye();
	await Promise.all([a, b, c].map((phone) => phone.unregister()));
});

test('the call is seen as parked, and in which slot', async () => {
	await three(async ({tenant, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);

		await park(ba, tenant);
		await waitFor(async () => {
			const list = await two.centrex.json('call', 'list', '--tenant', tenant.domain);
			const [call] = list.items ?? list;
			return call?.state === 'parked';
		}, 'the call to be seen as parked');
		assert.ok(two.centrex.log().split('\n').some((line) => line.includes('call parked') && line.includes('701') &&
			line.includes(tenant.domain)));
		await ab.bye();
	});
});
