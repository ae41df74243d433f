// Attended transfers with raw phones, in both tenants at once: two calls of one phone become one.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {TwoTenants} from './two_tenants.mjs';
import {finished, hangUp, hearEachOther, hold, legsOf, refer, replacesOf, talk, take, three as threePhones,
	transferred, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 5]}); });
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);

// 101 talks with 102 and is put on hold; 102 talks with 103. All four ends.
async function twoCalls(a, b, c) {
	const [ab, ba] = await talk(a, '102', b);

	await hold(ba);
	const [bc, cb] = await talk(b, '103', c);
	return {ab, ba, bc, cb};
}

test('the held caller and the third talk; both calls of the transferor end; two records tell it', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const {ab, ba, bc, cb} = await twoCalls(a, b, c);
		const byes = [ba.expect('BYE'), bc.expect('BYE')];

		await transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		await Promise.all(byes);
		await hearEachOther(ab, cb);
		await hangUp(ab, cb);
	}, {expectCalls: 2});
	rows.forEach(([first, second]) => {
		assert.equal(first.cause, 'normal');
		assert.equal(first.answered_by, '103');
		assert.deepEqual(legsOf(first), ['102 transferred', '101 answered', '103 answered']);
		assert.equal(second.cause, 'transferred');
		assert.equal(second.disposition, 'answered');
		assert.equal(second.answered_by, '103');
		assert.equal(second.hangup_by, 'engine');
		assert.deepEqual(legsOf(second), ['103 transferred', '102 transferred']);
		assert.ok(second.end_time <= first.end_time);
		assert.ok(second.start_time >= first.answer_time);
	});
});

test('the REFER comes in the second call and names the first: the first goes on', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const {ab, ba, bc, cb} = await twoCalls(a, b, c);
		const byes = [ba.expect('BYE'), bc.expect('BYE')];

		await transferred(bc, uriOf(tenant, '101'), 200, {replaces: ba});
		await Promise.all(byes);
		await hearEachOther(ab, cb);
		await hangUp(cb, ab);
	}, {expectCalls: 2});
	rows.forEach(([first, second]) => assert.deepEqual([first.cause, second.cause], ['normal', 'transferred']));
});

test('who called both transfers, and both were called', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		await hold(ab);
		const [ac, ca] = await talk(a, '103', c);
		await hold(ac); // some phones hold both first
		await transferred(ab, uriOf(tenant, '103'), 200, {replaces: ac});
		await ac.expect('BYE');
		await hearEachOther(ba, ca);
		await hangUp(ba, ca);
	}, {expectCalls: 2});
});

test('the held one has put the transferor on hold, too: he resumes, and both hear each other', async () => {
	await three(async ({tenant, a, b, c}) => {
		const {ab, ba, bc, cb} = await twoCalls(a, b, c);

		await hold(ab);
		await transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		await hold(ab, 'sendrecv');
		await hearEachOther(ab, cb);
		await hangUp(ab, cb);
	}, {expectCalls: 2});
});

test('the second call still rings: the held caller waits for it instead', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		await hold(ba);
		const bc = await b.invite('103');
		const cb = await c.incoming();
		cb.ring();
		const ringing = await bc.progress(180);
		bc.remote = ringing.header('to');
		const done = transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		assert.equal((await bc.final()).status, 487);
		await cb.answer();
		await done;
		await ba.expect('BYE');
		await hearEachOther(ab, cb);
		await hangUp(ab, cb);
	}, {expectCalls: 2});
	rows.forEach(([first, second]) => {
		assert.equal(first.answered_by, '103');
		assert.deepEqual([second.cause, second.disposition, second.answer_time], ['transferred', 'cancelled', null]);
	});
});

test('the second call still rings and is declined: the transferor has the first again', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const bc = await b.invite('103');
		const cb = await c.incoming();

		cb.ring();
		bc.remote = (await bc.progress(180)).header('to');
		const done = transferred(ba, uriOf(tenant, '103'), 603, {replaces: bc});
		await bc.final();
		cb.reply(603, 'Decline');
		await done;
		await hearEachOther(ab, ba);
		await hangUp(ab, ba);
	}, {expectCalls: 2});
});

test('the second call is answered while the REFER is on its way', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const bc = await b.invite('103');
		const cb = await c.incoming();

		cb.ring();
		bc.remote = (await bc.progress(180)).header('to');
		const acked = cb.answer();
		const told = transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		const answered = (await bc.final()).status === 200; // else the REFER was the faster
		await acked;
		await told;
		await ba.expect('BYE');
		if (answered)
			await bc.expect('BYE');
		await hearEachOther(ab, cb);
		await hangUp(cb, ab);
	}, {expectCalls: 2});
});

test('a dialog that is not there, of another phone, or of the other tenant: the same answer', async () => {
	const made = [];
	let arrived = 0;
	const together = new Promise((resolve) => {
		made.push = (...items) => {
			Array.prototype.push.apply(made, items);
			if (++arrived === 2)
				resolve();
		};
	});

	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const [bc, cb] = await talk(b, '103', c);

		made.push({tenant, ba, bc, cb});
		await together;
		const others = made.find((m) => m.tenant !== tenant);
		for (const call of [{callId: 'x', remote: '<>;tag=1', local: '<>;tag=2'}, cb, others.bc,
			{callId: bc.callId, remote: bc.local, local: bc.remote}, ba])
			await transferred(ba, uriOf(tenant, '103'), 481, {replaces: call});
		const early = `${replacesOf(bc)};early-only`;
		await transferred(ba, `${uriOf(tenant, '103')}?Replaces=${encodeURIComponent(early)}`, 486);
		await hearEachOther(ab, ba);
		await hearEachOther(bc, cb);
		await hangUp(ab, ba);
		await hangUp(bc, cb);
	}, {expectCalls: 2});
});

test('somebody hangs up when the REFER comes: whoever is left is hung up, and nothing stays', async () => {
	for (const leaver of ['ab', 'cb']) {
		await three(async ({tenant, a, b, c}) => {
			const ends = await twoCalls(a, b, c);
			const [reply] = await Promise.all([
				refer(ends.ba, uriOf(tenant, '103'), {replaces: ends.bc}),
				ends[leaver].bye(),
			]);

			if (reply.status === 202)
				await finished(ends.ba, 200).catch(() => {}); // or 481, if he was the faster
			const rest = leaver === 'ab' ? 'cb' : 'ab';
			const closing = ['ba', 'bc', rest].map((name) => ends[name].bye());
			await Promise.all(closing);
		}, {expectCalls: 2});
	}
});

test('each may be transferred again', async () => {
	await three(async ({tenant, a, b, c}) => {
		const {ab, ba, bc, cb} = await twoCalls(a, b, c);

		await transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		await Promise.all([ba.expect('BYE'), bc.expect('BYE')]);
		const done = transferred(cb, uriOf(tenant, '102'), 200);
		const again = await take(b);
		await done;
		await hearEachOther(ab, again);
		await hangUp(ab, again);
	}, {expectCalls: 2});
});
