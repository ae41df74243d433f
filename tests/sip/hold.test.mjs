// Hold in ordinary calls: who answers it, what the other hears (a tone for each tenant), and what
// may come in between.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {assertTone, hears, makeTone} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {NUMBERS, TwoTenants, hangUp, modify, origin, sleep, talk} from './two_tenants.mjs';

const HERTZ = [500, 800];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'centrex-hold-'));
let two, silent;

before(async () => {
	two = await TwoTenants.start({tls: true});
	silent = await two.centrex.tenant('silent.pbx.test', NUMBERS);
	for (const [i, tenant] of two.tenants.entries()) {
		const T = ['--tenant', tenant.domain];
		const tone = await makeTone(path.join(folder, `music-${i}.wav`), HERTZ[i], 3);

		tenant.hertz = HERTZ[i];
		await two.centrex.json('media', 'upload', ...T, '--category', 'moh', tone);
		await two.centrex.json('setting', 'create', ...T, '--name', 'hold_music', '--value', path.basename(tone));
	}
	await two.centrex.json('setting', 'create', '--tenant', silent.domain, '--name', 'hold_music', '--value', 'silence');
});
after(async () => {
	await two?.stop();
	fs.rmSync(folder, {recursive: true});
});

let version = 2;

const say = (end, options) => audioSdp(end.rtp.port, {version: ++version, ...options});

// A re-INVITE that is answered by Centrex alone: the other phone sees nothing of it.
async function ask(end, options) {
	const reply = await end.reinvite(say(end, options));

	assert.equal(reply.status, 200, reply.raw);
	return readSdp(reply.body);
}

const unseen = (end) => assert.ok(!end.socket.inbox.some((m) => m.request && m.method === 'INVITE' && end.mine(m)),
	'the other phone was asked');

// Hears nothing at all any more, once what was on its way has come.
async function deaf(end) {
	await sleep(200);
	const before = end.rtp.received.length;

	await sleep(400);
	assert.equal(end.rtp.received.length, before, 'something is heard');
}

async function bothHear(one, other) {
	for (const [from, to] of [[one, other], [other, one]]) {
		const n = to.rtp.received.filter((p) => p.ssrc === from.rtp.ssrc).length;

		await to.rtp.heard(n + 5, {ssrc: from.rtp.ssrc});
	}
}

async function speaking(a, b, options) {
	const ends = await talk(a, b, options);

	ends.call.rtp.start();
	ends.incoming.rtp.start();
	await bothHear(ends.call, ends.incoming);
	return ends;
}

test('a hold is answered at once, and the other hears the music of its tenant', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await speaking(a, b);

		for (const [from, to] of [[call, incoming], [incoming, call]]) {
			for (const [hold, answer] of [[{direction: 'sendonly'}, 'recvonly'], [{direction: 'inactive'}, 'inactive'],
				[{address: '0.0.0.0'}, 'recvonly']]) {
				const held = await ask(from, hold);

				assert.equal(held.direction, answer);
				await hears(to.rtp, tenant.hertz);
				await deaf(from);
				const resumed = await ask(from);
				assert.equal(resumed.direction, 'sendrecv');
				assert.equal(resumed.port, held.port);
				assert.equal(origin(resumed)[1], origin(held)[1]);
				assert.equal(Number(origin(resumed)[2]), Number(origin(held)[2]) + 1);
				await bothHear(call, incoming);
			}
			unseen(to);
		}
		await hangUp(call, incoming);
	});
});

test('both hold: nobody hears anything until one takes it back', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await speaking(a, b);

		await ask(call, {direction: 'sendonly'});
		await ask(incoming, {direction: 'sendonly'});
		await Promise.all([deaf(call), deaf(incoming)]);
		await ask(call);
		await hears(call.rtp, tenant.hertz);
		await deaf(incoming);
		await ask(incoming);
		await bothHear(call, incoming);
		unseen(call);
		unseen(incoming);
		await hangUp(call, incoming);
	});
});

test('the held hangs up, and so does who holds', async () => {
	await two.both(async ({tenant, a, b}) => {
		for (const turn of [(call, incoming) => [call, incoming], (call, incoming) => [incoming, call]]) {
			const {call, incoming} = await speaking(a, b);
			const [from, to] = turn(call, incoming);

			await ask(call, {direction: 'sendonly'});
			await hears(incoming.rtp, tenant.hertz);
			const ended = to.expect('BYE');
			assert.equal((await from.bye()).status, 200);
			await ended;
		}
	}, {expectCalls: 2});
});

test('a hold by UPDATE; the same again keeps the session and the music; no description resumes', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await speaking(a, b);
		const body = say(call, {direction: 'sendonly'});
		const update = await call.send('UPDATE', {body, headers: [['Content-Type', 'application/sdp']]});

		assert.equal(readSdp(update.body).direction, 'recvonly');
		await hears(incoming.rtp, tenant.hertz);
		const again = await call.reinvite(body);
		assert.equal(again.body, update.body);
		await hears(incoming.rtp, tenant.hertz);
		// The answer to our offer comes with the ACK.
		const plain = call.ack.bind(call);
		call.ack = () => plain({body: say(call)});
		const offered = readSdp((await call.reinvite('')).body);
		call.ack = plain;
		assert.equal(offered.direction, 'sendrecv');
		await bothHear(call, incoming);
		unseen(incoming);
		await hangUp(call, incoming);
	});
});

test('the held changes its codec: the music goes on in it, and the end of the hold asks it again', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await speaking(a, b);
		const pcmu = {codecs: [[0, 'PCMU/8000']]};

		await ask(call, {direction: 'sendonly'});
		incoming.rtp.stop();
		assert.deepEqual((await ask(incoming, pcmu)).payloads, [0]);
		await hears(incoming.rtp, tenant.hertz, {payloadType: 0});
		unseen(call);
		incoming.rtp.start({payloadType: 0});
		// What was agreed before does not fit any more: now the other has a say.
		const {offered, answered} = await modify(call, incoming, say(call), say(incoming, pcmu));
		assert.deepEqual(offered.payloads, [8, 0, 101]);
		assert.deepEqual(answered.payloads, [0]);
		call.rtp.stop();
		call.rtp.start({payloadType: 0});
		await bothHear(call, incoming);
		await hangUp(call, incoming);
	});
});

test('softphones: the held hears the music of its tenant, plain and with SRTP', async () => {
	const [tenant] = two.tenants;
	const start = (number, options) => startBaresip({phone: tenant.phones[number], port: two.centrex.sip[options.transport],
		hertz: 1500, ...options});

	for (const options of [{transport: 'udp'}, {transport: 'tls', srtp: 'srtp-mand'}]) {
		const a = await start(101, {transport: 'udp'});
		const b = await start(102, options);

		try {
			await Promise.all([a.registered(), b.registered()]);
			await b.dial('101');
			await a.event('CALL_INCOMING');
			await a.accept();
			await Promise.all([a.event('CALL_ESTABLISHED'), b.event('CALL_ESTABLISHED')]);
			await a.command('hold');
			await sleep(4000);
			await a.hangup();
			await b.event('CALL_CLOSED');
			await sleep(300); // baresip closes its recordings
			await assertTone(b.heard(), tenant.hertz, 3);
		} finally {
			await Promise.all([a.stop(), b.stop()]);
		}
	}
});

test('hold_music "silence": the hold is the other phone\'s matter', async () => {
	const [a, b] = await Promise.all(['101', '102'].map((number) => two.phone(silent, number)));
	const {call, incoming} = await talk(a, b);
	const first = readSdp(incoming.request.body);

	for (const [from, to] of [[call, incoming], [incoming, call]]) {
		const held = await modify(from, to, say(from, {direction: 'sendonly'}), say(to, {direction: 'recvonly'}));
		assert.equal(held.offered.direction, 'sendonly');
		assert.equal(held.answered.direction, 'recvonly');
		const resumed = await modify(from, to, say(from), say(to));
		assert.equal(resumed.offered.direction, 'sendrecv');
		assert.equal(origin(resumed.offered)[1], origin(held.offered)[1]);
		assert.equal(Number(origin(resumed.offered)[2]), Number(origin(held.offered)[2]) + 1);
		assert.equal(resumed.offered.port, held.offered.port);
		if (to === incoming)
			assert.equal(resumed.offered.port, first.port);
	}
	// The hold of RFC 2543, by address 0.0.0.0.
	const zero = await modify(call, incoming, say(call, {address: '0.0.0.0'}), say(incoming, {direction: 'recvonly'}));
	assert.equal(zero.offered.direction, 'sendonly');
	assert.equal(zero.offered.address, '127.0.0.1');
	await hangUp(call, incoming);
});
