// Numbers that lead to an announcement: answered, heard once from its start, then ended. What is
// heard is a tone of its own in each tenant.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {assertTone, hears, makeTone, measureHeard} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {RtpSocket, audioSdp, readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, sleep} from './two_tenants.mjs';

const HERTZ = [500, 800];
const SECONDS = 2;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'centrex-announcements-'));
let two;

before(async () => {
	two = await TwoTenants.start({tls: true});
	for (const [i, tenant] of two.tenants.entries()) {
		const T = ['--tenant', tenant.domain];

		tenant.hertz = HERTZ[i];
		for (const [name, number, seconds] of [['closed', '900', SECONDS], ['gone', '901', 1]]) {
			const tone = await makeTone(path.join(folder, `${name}-${i}.wav`), HERTZ[i], seconds);

			tenant[name] = await two.centrex.json('media', 'upload', ...T, '--category', 'ivr', tone);
			await two.centrex.json('number', 'create', ...T, '--number', number, '--media-id', path.basename(tone));
		}
		fs.rmSync(path.join(two.centrex.state, 'media', `tenant_${tenant.id.replaceAll('-', '')}`, tenant.gone.id), {recursive: true});
	}
});
after(async () => {
	await two?.stop();
	fs.rmSync(folder, {recursive: true});
});

const recorded = (rows, expected) => rows.forEach((list) => assert.deepEqual(list.map((row) =>
	[row.disposition, row.cause, row.hangup_by, row.answered_by]), expected));

test('an announcement is heard whole, once, and ends the call; nobody answered it', async () => {
	const rows = await two.both(async ({tenant, a}) => {
		for (let i = 0; i < 2; i++) { // the second comes from memory
			const call = await a.invite('900');
			const reply = await call.answered();

			assert.deepEqual(readSdp(reply.body).payloads, [8, 101], 'one codec, and keys');
			await call.expect('BYE');
			const heard = await measureHeard(call.rtp);
			assert.ok(Math.abs(heard.seconds - SECONDS) < 0.2, `${heard.seconds} s`);
			assert.ok(Math.abs(heard.hertz - tenant.hertz) < 30, `${heard.hertz} Hz`);
			const sequence = call.rtp.received.map((packet) => packet.sequence);
			assert.deepEqual(sequence, sequence.map((n, k) => (sequence[0] + k) & 0xffff), 'none is missing');
		}
	}, {expectCalls: 2});

	recorded(rows, [['answered', 'announcement', 'engine', null], ['answered', 'announcement', 'engine', null]]);
	rows.flat().forEach((row) => assert.ok(row.answer_time && row.duration >= SECONDS - 1));
});

test('a softphone hears it: plain, and TLS with SRTP', async () => {
	for (const options of [{transport: 'udp'}, {transport: 'tls', srtp: 'srtp-mand'}]) {
		const [tenant] = two.tenants;
		const phone = await startBaresip({phone: tenant.phones[103], port: two.centrex.sip[options.transport], hertz: 1500, ...options});

		try {
			await phone.registered();
			await phone.dial('900');
			await phone.event('CALL_ESTABLISHED');
			await phone.event('CALL_CLOSED');
			await sleep(300); // baresip closes its recordings
			await assertTone(phone.heard(), tenant.hertz, SECONDS - 0.5);
		} finally {
			await phone.stop();
		}
	}
});

test('the caller hangs up in the middle', async () => {
	const rows = await two.both(async ({tenant, a}) => {
		const call = await a.invite('900');

		await call.answered();
		await hears(call.rtp, tenant.hertz, {packets: 20});
		assert.equal((await call.bye()).status, 200);
	});
	recorded(rows, [['answered', 'normal', 'caller', null]]);
});

test('without a description in the INVITE: ours is an offer, the answer in the ACK says where to', async () => {
	await two.both(async ({tenant, a}) => {
		const call = await a.invite('900', {sdp: null});
		const plain = call.ack.bind(call);

		call.rtp = await RtpSocket.open();
		call.ack = () => plain({body: audioSdp(call.rtp.port, {codecs: [[0, 'PCMU/8000']]})});
		const offer = readSdp((await call.answered()).body);
		for (const payload of [0, 8, 9])
			assert.ok(offer.payloads.includes(payload), `${payload} is offered`);
		await hears(call.rtp, tenant.hertz, {payloadType: 0});
		await call.expect('BYE');
	});
});

test('an ACK without the answer that is due ends the call', async () => {
	const rows = await two.both(async ({a}) => {
		const call = await a.invite('900', {sdp: null});

		await call.answered();
		await call.expect('BYE');
	});
	recorded(rows, [['answered', 'no_audio', 'engine', null]]);
});

test('a hold stops it and the end of the hold begins it anew; another codec goes on', async () => {
	await two.both(async ({tenant, a}) => {
		const call = await a.invite('900');
		let version = 1;
		const ask = (options) => call.reinvite(audioSdp(call.rtp.port, {version: ++version, ...options}));

		await call.answered();
		await hears(call.rtp, tenant.hertz, {packets: 20});
		assert.equal(readSdp((await ask({direction: 'sendonly'})).body).direction, 'recvonly');
		await sleep(200);
		const before = call.rtp.received.length;
		await sleep(SECONDS * 1000);
		assert.equal(call.rtp.received.length, before, 'nothing is heard on hold');
		assert.equal(readSdp((await ask()).body).direction, 'sendrecv');
		await hears(call.rtp, tenant.hertz, {packets: 20});
		assert.deepEqual(readSdp((await ask({codecs: [[0, 'PCMU/8000']]})).body).payloads, [0]);
		await hears(call.rtp, tenant.hertz, {packets: 20, payloadType: 0});
		assert.equal((await ask({codecs: [[3, 'GSM/8000']]})).status, 488);
		await hears(call.rtp, tenant.hertz, {packets: 20, payloadType: 0});
		await call.expect('BYE');
	});
});

test('INFO, UPDATE and OPTIONS inside it are answered', async () => {
	await two.both(async ({a}) => {
		const call = await a.invite('900');

		await call.answered();
		const keys = {body: 'Signal=5\r\n', headers: [['Content-Type', 'application/dtmf-relay']]};
		assert.equal((await call.send('INFO', keys)).status, 200);
		assert.equal((await call.send('UPDATE')).status, 200);
		assert.equal((await call.send('OPTIONS')).status, 200);
		await call.expect('BYE');
	});
});

test('no codec of ours is offered: 488, nobody answered', async () => {
	const rows = await two.both(async ({a}) => {
		const call = await a.invite('900', {sdp: audioSdp(4000, {codecs: [[3, 'GSM/8000']]})});

		assert.equal((await call.final()).status, 488);
	});
	recorded(rows, [['failed', 'no_audio', 'engine', null]]);
});

test('the file is not there: the call ends, and it is told', async () => {
	const rows = await two.both(async ({tenant, a}) => {
		const call = await a.invite('901');

		await call.answered();
		await call.expect('BYE');
		await waitFor(() => two.centrex.log().split('\n').some((line) =>
			line.includes('announcement cannot be played') && line.includes(tenant.domain)), 'a line of the log');
	});
	recorded(rows, [['answered', 'announcement_failed', 'engine', null]]);
});
