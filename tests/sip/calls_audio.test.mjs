// Real softphones (baresip) hear each other's tone, in both tenants at once: plain RTP over UDP, and
// TLS with SRTP, and one of each with the other.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {assertTone} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, sleep} from './two_tenants.mjs';

let two;

before(async () => { two = await TwoTenants.start({tls: true}); });
after(() => two?.stop());

const plain = {transport: 'udp'};
const secure = {transport: 'tls', srtp: 'srtp-mand'};

// One after the other: baresip takes the port after its own for TLS, which two at once may share.
let starting = Promise.resolve();

function softphone(tenant, number, hertz, options) {
	starting = starting.then(() => startBaresip({
		phone: tenant.phones[number], port: two.centrex.sip[options.transport], hertz, ...options}));
	return starting;
}

// 101 calls 102, they talk for three seconds, the caller hangs up.
async function conversation(tenant, caller, callee) {
	const [a, b] = await Promise.all([softphone(tenant, 101, 440, caller), softphone(tenant, 102, 880, callee)]);

	try {
		await Promise.all([a.registered(), b.registered()]);
		await a.dial('102');
		await b.event('CALL_INCOMING');
		await b.accept();
		await Promise.all([a.event('CALL_ESTABLISHED'), b.event('CALL_ESTABLISHED')]);
		await sleep(3300);
		await a.hangup();
		await b.event('CALL_CLOSED');
		await sleep(300); // baresip closes its recordings
		await assertTone(a.heard(), 880, 2);
		await assertTone(b.heard(), 440, 2);
	} finally {
		await Promise.all([a.stop(), b.stop()]);
	}
}

const cases = [
	['plain RTP', plain, plain],
	['TLS and SRTP', secure, secure],
	['SRTP calls plain', secure, plain],
	['plain calls SRTP', plain, secure],
];

for (const [name, caller, callee] of cases) {
	test(`two softphones hear each other: ${name}`, async () => {
		await Promise.all(two.tenants.map(async (tenant) => {
			const before = (await two.calls(tenant)).length;

			await conversation(tenant, caller, callee);
			const row = await waitFor(async () => (await two.calls(tenant))[before], 'the record', 15_000);
			assert.ok(row.answer_time);
			assert.ok(row.duration >= 3 && row.duration < 15);
			const log = two.centrex.log().split('\n');
			assert.ok(log.some((line) => line.includes('call ended') && line.includes(row.id) &&
				line.includes(tenant.domain)), 'a log line names the call and its tenant');
		}));
	});
}
