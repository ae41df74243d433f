// Blind transfers with raw phones, in both tenants at once: who is asked, who hears whom, what the
// transferor is told, and the one record that stays.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {TwoTenants} from './two_tenants.mjs';
import {finished, hangUp, hearEachOther, legsOf, notified, recorded, refer, talk, take, three as threePhones,
	transferred, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 4]}); });
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);

test('the called phone transfers: the caller hears it ring, then talks with the third', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const reply = await refer(ba, uriOf(tenant, '103'));

		assert.equal(reply.status, 202);
		assert.ok(reply.header('contact'));
		const trying = await notified(ba);
		assert.equal(trying.status, 100);
		assert.match(trying.state, /^active/);
		assert.equal(trying.event, 'refer');
		const ca = await c.incoming();
		assert.match(ca.request.header('from'), new RegExp(`<sip:101@${tenant.domain}>`), 'the transferee calls');
		ca.ring();
		await ca.answer();
		assert.equal((await notified(ba)).status, 200);
		await ba.expect('BYE');
		await hearEachOther(ab, ca);
		await hangUp(ab, ca);
	});
	recorded(rows, (row) => {
		assert.equal(row.disposition, 'answered');
		assert.equal(row.cause, 'normal');
		assert.equal(row.dest_number, '102');
		assert.equal(row.answered_by, '103');
		assert.deepEqual(legsOf(row), ['102 transferred', '101 answered', '103 answered']);
	});
});

test('the calling phone transfers: the called one talks with the third, who sees its number', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const done = transferred(ab, uriOf(tenant, '103'), 200);
		const ca = await c.incoming();

		assert.match(ca.request.header('from'), new RegExp(`<sip:102@${tenant.domain}>`));
		ca.ring();
		await ca.answer();
		await done;
		await ab.expect('BYE');
		await hearEachOther(ba, ca);
		await hangUp(ca, ba);
	});
	recorded(rows, (row) => assert.equal(row.answered_by, '103'));
});

test('the transferor hangs up at once: the transfer goes on, and he is still told', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		assert.equal((await notified(ba)).status, 100);
		assert.equal((await ba.bye()).status, 200);
		const ca = await take(c);
		await finished(ba, 200);
		await hearEachOther(ab, ca);
		await hangUp(ab, ca);
	});
});

test('a transferor who refuses every NOTIFY is hung up all the same', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		await notified(ba, {status: 481});
		const ca = await take(c);
		await ba.expect('BYE');
		await hearEachOther(ab, ca);
		await hangUp(ab, ca);
	});
});

for (const [what, status, reply] of [['is busy', 486, 486], ['declines', 603, 603], ['does not answer', 480, undefined]]) {
	test(`the third ${what}: the transferor is told, and both talk again`, async () => {
		const rows = await three(async ({tenant, a, b, c}) => {
			const [ab, ba] = await talk(a, '102', b);
			const done = transferred(ba, uriOf(tenant, '103'), status);
			const ca = await c.incoming();

			ca.ring();
			if (reply)
				ca.reply(reply, 'No');
			else
				await ca.expect('CANCEL');
			await done;
			await hearEachOther(ab, ba);
			await hangUp(ab, ba);
		});
		recorded(rows, (row) => {
			assert.equal(row.answered_by, '102');
			assert.equal(row.cause, 'normal');
			assert.equal(legsOf(row).filter((leg) => leg === '102 answered').length, 1);
			assert.equal(row.legs.length, 3);
		});
	});
}

for (const [number, status] of [['999', 404], ['104', 480], ['102', 486], ['101', 486], ['abc', 484], ['*45', 403]]) {
	test(`a transfer to ${number} is told ${status}, and the two go on talking`, async () => {
		await two.centrex.extension(two.tenants[0].domain, '104').catch(() => {});
		await two.centrex.extension(two.tenants[1].domain, '104').catch(() => {});
		await two.both(async ({tenant, a, b}) => {
			const [ab, ba] = await talk(a, '102', b);

			await transferred(ba, uriOf(tenant, number), status);
			await hearEachOther(ab, ba);
			await hangUp(ab, ba);
		});
	});
}

test('nobody answers, and the transferor has gone: his extension is rung, and may take it back', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		await ba.bye();
		const ca = await c.incoming();
		ca.reply(486, 'Busy Here');
		const back = await take(b);
		assert.match(back.request.header('from'), /^"Back from 103" <sip:101@/);
		await hearEachOther(ab, back);
		await hangUp(ab, back);
	});
});

test('nobody answers at all: the call ends', async () => {
	const rows = await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		await ba.bye();
		(await c.incoming()).reply(486, 'Busy Here');
		(await b.incoming()).reply(603, 'Decline');
		await ab.expect('BYE');
	});
	recorded(rows, (row) => {
		assert.equal(row.disposition, 'answered');
		assert.equal(row.cause, 'transfer_failed');
		assert.equal(row.hangup_by, 'engine');
	});
});

test('the transferee hangs up while it rings: the third stops ringing, the transferor is told', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		const ca = await c.incoming();
		ca.ring();
		const cancelled = ca.expect('CANCEL');
		assert.equal((await ab.bye()).status, 200);
		await cancelled;
		await finished(ba, 487);
		await ba.expect('BYE');
	});
});

test('a transfer is refused where it leads out of the tenant, or asks for what a phone may not', async () => {
	await two.both(async ({tenant, other, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);
		const own = uriOf(tenant, '103');

		for (const [target, status] of [
			[uriOf(other, '103'), 403],
			['sip:attacker@evil.example', 403],
			['sip:103@192.0.2.66', 403],
			['tel:103', 416],
			[`${own};method=BYE`, 403],
			[`${own}?Call-ID=x`, 403],
			[`${own}?Replaces=x`, 400],
			['', 400],
		])
			assert.equal((await refer(ba, target)).status, status, target);
		assert.equal((await ba.send('REFER')).status, 400, 'without Refer-To');
		assert.equal((await ba.send('REFER', {headers: [['Refer-To', `<${own}>`], ['Refer-To', `<${own}>`]]})).status, 400);
		await hearEachOther(ab, ba);
		await hangUp(ab, ba);
	});
});

test('a REFER outside a dialog calls nobody', async () => {
	const [tenant] = two.tenants;
	const a = await two.phone(tenant, '101');
	const reply = await a.ask('REFER', {uri: uriOf(tenant, '102'), to: `<${uriOf(tenant, '102')}>`,
		from: `<${a.aor}>;tag=x1`, callId: 'stray@test', number: 1, headers: [['Refer-To', `<${uriOf(tenant, '103')}>`]]});

	assert.equal(reply.status, 403);
	assert.equal((await a.ask('REFER', {uri: uriOf(tenant, '102'), to: `<${uriOf(tenant, '102')}>;tag=1`,
		from: `<${a.aor}>;tag=x1`, callId: 'stray@test', number: 2, headers: [['Refer-To', `<${uriOf(tenant, '103')}>`]]})).status, 481);
	await a.unregister();
});

test('one REFER at a time; the second that is taken has its number in its event', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);

		assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 202);
		const ca = await c.incoming();
		ca.ring();
		for (let i = 0; i < 20; i++)
			assert.equal((await refer(ba, uriOf(tenant, '103'))).status, 491);
		ca.reply(486, 'Busy Here');
		assert.equal((await finished(ba, 486)).event, 'refer');
		const done = transferred(ba, uriOf(tenant, '103'), 200);
		const number = ba.number;
		await take(c);
		assert.equal((await done).event, `refer;id=${number}`);
		await ba.expect('BYE');
		await ab.bye();
	});
});

test('Refer-Sub: false: nothing is told', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const reply = await refer(ba, uriOf(tenant, '103'), {headers: [['Refer-Sub', 'false']]});

		assert.equal(reply.status, 202);
		assert.equal(reply.header('refer-sub'), 'false');
		const ca = await take(c);
		await ba.expect('BYE');
		await b.socket.none((m) => m.method === 'NOTIFY');
		await hangUp(ab, ca);
	});
});

test('OPTIONS and the answer to an INVITE say that transfers are possible', async () => {
	await two.both(async ({tenant, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);
		const reply = await a.ask('OPTIONS', {uri: `sip:${tenant.domain}`, to: `<sip:${tenant.domain}>`,
			from: `<${a.aor}>;tag=o`, callId: 'options@test', number: 1});

		for (const message of [reply, ab.finalReply, ba.request]) {
			assert.match(message.header('allow'), /\bREFER\b.*\bNOTIFY\b/);
			assert.match(message.header('supported'), /\breplaces\b/);
		}
		await hangUp(ab, ba);
	});
});
