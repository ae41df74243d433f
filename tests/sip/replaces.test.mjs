// INVITE with Replaces, in both tenants at once: a phone takes over a dialog that it can name.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {TwoTenants} from './two_tenants.mjs';
import {hangUp, hearEachOther, legsOf, replacesOf, talk, three as threePhones, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 5]}); });
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);

// c calls b's number and wants to be in that dialog instead.
const takeOver = (c, tenant, replaces, options) =>
	c.invite(uriOf(tenant, '102'), {headers: [['Replaces', replaces], ['Require', 'replaces']], ...options});

for (const [who, of] of [['called', 'ba'], ['calling', 'ab']]) {
	test(`the ${who} phone's place is taken: it is hung up, the other two talk`, async () => {
		const rows = await three(async ({tenant, a, b, c}) => {
			const [ab, ba] = await talk(a, '102', b);
			const [gone, stays] = of === 'ba' ? [ba, ab] : [ab, ba];
			const ended = gone.expect('BYE');
			const taker = await takeOver(c, tenant, replacesOf(gone));

			await taker.answered();
			await ended;
			await hearEachOther(stays, taker);
			await hangUp(stays, taker);
		}, {expectCalls: 2});
		rows.forEach(([first, second]) => {
			assert.equal(first.cause, 'normal');
			assert.equal(first.answered_by, '103');
			assert.equal(second.cause, 'picked_up');
			assert.equal(second.dest_number, '102');
			assert.equal(second.disposition, 'answered');
			assert.ok(legsOf(first).includes(of === 'ba' ? '102 replaced' : '101 replaced'));
		});
	});
}

test('a ringing phone\'s call is taken from it, with early-only', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const ab = await a.invite('102');
		const ba = await b.incoming();

		ba.ring();
		await ab.progress(180);
		const cancelled = ba.expect('CANCEL');
		const taker = await takeOver(c, tenant, `${replacesOf({...ba, local: `<>;tag=${ba.localTag}`})};early-only`);
		await Promise.all([taker.answered(), ab.answered()]);
		assert.match((await cancelled).header('reason'), /completed elsewhere/);
		await hearEachOther(ab, taker);
		await hangUp(ab, taker);
	}, {expectCalls: 2});
	rows.forEach(([first, second]) => {
		assert.equal(first.answered_by, '103');
		assert.deepEqual(legsOf(first).sort(), ['101 answered', '102 answered_elsewhere', '103 answered']);
		assert.equal(second.cause, 'picked_up');
	});
});

test('what cannot be taken', async () => {
	const made = [];
	let both;
	const ready = new Promise((resolve) => { both = resolve; });
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		if (made.push({tenant, ab}) === 2)
			both();
		await ready;
		const others = made.find((m) => m.tenant !== tenant);
		const name = replacesOf(ab);
		for (const [replaces, status] of [
			['nobody@knows;to-tag=1;from-tag=2', 481],
			[replacesOf(others.ab), 481],
			[name.replace(/to-tag=[0-9a-f]{4}/, 'to-tag=0000'), 481],
			[`${name};early-only`, 486],
			['x', 400],
			[`${name};to-tag=1`, 400],
		])
			assert.equal((await (await takeOver(c, tenant, replaces)).final()).status, status, replaces);
		await hearEachOther(ab, ba);
		await hangUp(ab, ba);
	}, {expectCalls: 7});
	rows.forEach((list) => assert.deepEqual(list.slice(1).map((row) => row.cause),
		['no_such_dialog', 'no_such_dialog', 'no_such_dialog', 'not_ringing', 'bad_replaces', 'bad_replaces']));
});

test('a caller who still waits for an answer keeps his place', async () => {
	await three(async ({tenant, a, b, c}) => {
		const ab = await a.invite('102');
		const ba = await b.incoming();

		ba.ring();
		ab.remote = (await ab.progress(180)).header('to');
		const taker = await takeOver(c, tenant, replacesOf(ab));
		assert.equal((await taker.final()).status, 481);
		await ba.answer();
		await ab.answered();
		await hangUp(ab, ba);
	}, {expectCalls: 2});
});

test('two Replaces in one INVITE are refused before anything is looked up', async () => {
	const [tenant] = two.tenants;
	const c = await two.phone(tenant, '103');
	const value = 'a;to-tag=1;from-tag=2';
	const reply = await c.ask('INVITE', {uri: uriOf(tenant, '102'), to: `<${uriOf(tenant, '102')}>`, from: `<${c.aor}>;tag=t`,
		callId: 'twice@test', number: 1, headers: [['Contact', `<${c.contact}>`], ['Replaces', value], ['Replaces', value]]});

	assert.equal(reply.status, 400);
	await c.unregister();
});
