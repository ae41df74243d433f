// Transfers with real softphones, who hear by its tone whom they talk with.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {assertTone} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {audioSdp} from '../lib/rtp.mjs';
import {TwoTenants, sleep} from './two_tenants.mjs';
import {dial, transferred, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({tls: true}); });
after(() => two?.stop());

// One after the other: baresip takes the port after its own for TLS, which two at once may share.
let starting = Promise.resolve();

function softphone(tenant, number, hertz, options = {}) {
	starting = starting.then(() => startBaresip({phone: tenant.phones[number],
		port: two.centrex.sip[options.transport ?? 'udp'], hertz, ...options}));
	return starting;
}

async function withPhones(phones, body) {
	const open = await Promise.all(phones);

	try {
		await Promise.all(open.map((phone) => phone.registered()));
		await body(...open);
	} finally {
		await Promise.all(open.map((phone) => phone.stop()));
	}
}

// They have talked long enough: one hangs up, and both heard the other.
async function checkSound(a, toneOfA, c, toneOfC) {
	await sleep(3300);
	await a.hangup();
	await c.event('CALL_CLOSED');
	await sleep(300); // baresip closes its recordings
	await assertTone(a.heard(), toneOfC, 2);
	await assertTone(c.heard(), toneOfA, 2);
}

for (const [what, options] of [['plain RTP', {}], ['TLS and SRTP', {transport: 'tls', srtp: 'srtp-mand'}]]) {
	test(`a softphone transfers blind: its two partners hear each other (${what})`, async () => {
		await Promise.all(two.tenants.map((tenant, i) => withPhones([
			softphone(tenant, 101, 440 + 100 * i, options), softphone(tenant, 102, 880, options),
			softphone(tenant, 103, 1320 + 100 * i, options),
		], async (a, b, c) => {
			await a.dial('102');
			await b.event('CALL_INCOMING');
			await b.accept();
			await Promise.all([a.event('CALL_ESTABLISHED'), b.event('CALL_ESTABLISHED')]);
			await b.command('transfer', uriOf(tenant, '103'));
			await c.event('CALL_INCOMING');
			await c.accept();
			await Promise.all([b.event('CALL_CLOSED'), c.event('CALL_ESTABLISHED')]);
			await checkSound(a, 440 + 100 * i, c, 1320 + 100 * i);
		})));
	});
}

test('two who speak different codecs are brought to one when a third makes them talk', async () => {
	await Promise.all(two.tenants.map((tenant, i) => withPhones([
		softphone(tenant, 101, 440 + 100 * i, {codecs: 'PCMA,PCMU'}), softphone(tenant, 103, 1320 + 100 * i, {codecs: 'PCMU'}),
	], async (a, c) => {
		const b = await two.phone(tenant, '102');

		await a.dial('102');
		const ba = await b.incoming();
		ba.ring();
		await ba.answer({sdp: audioSdp(40_000, {codecs: [[8, 'PCMA/8000']]})});
		await a.event('CALL_ESTABLISHED');
		const calling = dial(b, '103', {sdp: audioSdp(40_002, {codecs: [[0, 'PCMU/8000']]})});
		await c.event('CALL_INCOMING');
		await c.accept();
		const bc = await calling;
		await transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		await Promise.all([ba.expect('BYE'), bc.expect('BYE')]);
		await checkSound(a, 440 + 100 * i, c, 1320 + 100 * i);
		await b.unregister();
		b.close();
	})));
});

test('a parked softphone hears music, and whoever takes it off its slot', async () => {
	const [tenant] = two.tenants;

	await withPhones([softphone(tenant, 101, 500), softphone(tenant, 103, 1200)], async (a, c) => {
		const b = await two.phone(tenant, '102');

		await a.dial('102');
		const ba = await b.incoming();
		await ba.answer();
		await a.event('CALL_ESTABLISHED');
		assert.equal((await transferred(ba, uriOf(tenant, '700'), 200)).phrase, 'Parked on 701');
		await ba.expect('BYE');
		await sleep(500);
		await c.dial('701');
		await c.event('CALL_ESTABLISHED');
		await checkSound(c, 1200, a, 500);
		await b.unregister();
	});
});
