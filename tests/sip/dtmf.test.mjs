// Digits pressed in a call: as RTP events (RFC 4733) and by INFO, also after transfers, where the two
// phones may have agreed on different payload numbers; in both tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startBaresip} from '../lib/baresip.mjs';
import {RtpSocket, audioSdp, readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, sleep} from './two_tenants.mjs';
import {hangUp, hearEachOther, talk, take, three as threePhones, transferred, uriOf} from './transfers.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 5]}); });
after(() => two?.stop());

const three = (...flow) => threePhones(two, ...flow);
const RELAY = [['Content-Type', 'application/dtmf-relay']];

// The number of telephone-event in a description.
const eventsOf = (sdp) => Number(readSdp(sdp).lines.map((line) => line.match(/^a=rtpmap:(\d+) telephone-event/i)?.[1])
	.find((number) => number));

// Digit 5, pressed for 60 ms: an event in three packets, the last three times.
function press(rtp, payloadType, digit = 5) {
	for (const [end, duration] of [[0, 160], [0, 320], [1, 480], [1, 480], [1, 480]])
		rtp.sendPacket({payloadType, payload: Buffer.from([digit, end << 7 | 10, duration >> 8, duration & 0xff])});
}

// What `from` presses comes to `to` with the number that `to` takes.
async function heard(from, sent, to, taken, digit) {
	press(from.rtp, sent, digit);
	await waitFor(() => to.rtp.received.filter((p) => p.payload.length === 4 && p.payload[0] === digit &&
		p.ssrc === from.rtp.ssrc).length >= 5, 'the event');
	const events = to.rtp.received.filter((p) => p.payload.length === 4 && p.payload[0] === digit);
	assert.deepEqual([...new Set(events.map((p) => p.payloadType))], [taken]);
	assert.equal(events.filter((p) => p.payload[1] >> 7).length, 3);
}

// Answers whatever re-INVITE comes, as a phone does: with all it has of what it is offered. Returns
// a function that says what it was told last.
function follow(call, initial, own) {
	let told = initial;

	call.socket.handlers.push((m) => {
		if (!m.request || m.method !== 'INVITE' || !call.mine(m))
			return m.request && m.method === 'ACK' && call.mine(m);
		const offered = readSdp(m.body);
		const names = new Map(offered.lines.map((line) => line.match(/^a=rtpmap:(\d+) (\S+)/)).filter(Boolean)
			.map(([, number, name]) => [Number(number), name]));
		const codecs = offered.payloads.map((number) => [number, names.get(number)])
			.filter(([, name]) => own.some((o) => o.toLowerCase() === name?.toLowerCase()));

		call.reply(200, 'OK', {request: m, body: audioSdp(call.rtp.port, {address: call.socket.address, codecs, version: 9})});
		told = m.body;
		return true;
	});
	return () => told;
}

test('RTP events go through, each way', async () => {
	await two.both(async ({a, b}) => {
		const [ab, ba] = await talk(a, '102', b);

		await hearEachOther(ab, ba);
		await heard(ab, 101, ba, 101, 7);
		await heard(ba, 101, ab, 101, 8);
		await hangUp(ab, ba);
	});
});

test('after an attended transfer the events have the number each phone takes', async () => {
	await three(async ({tenant, a, b, c}) => {
		const codecs = (events) => [[8, 'PCMA/8000'], [events, 'telephone-event/8000']];
		const own = ['PCMA/8000', 'telephone-event/8000'];
		const [ab, ba] = await talk(a, '102', b);
		const rtp = await RtpSocket.open();
		const bc = await b.invite('103', {sdp: audioSdp(rtp.port, {codecs: codecs(96)})});
		const cb = await c.incoming();

		bc.rtp = rtp;
		cb.rtp = await RtpSocket.open();
		cb.rtp.connect(cb.request.body);
		const acked = cb.answer({sdp: audioSdp(cb.rtp.port, {codecs: codecs(96)})});
		await bc.answered();
		await acked;
		const toldA = follow(ab, ab.finalReply.body, own), toldC = follow(cb, cb.request.body, own);
		await transferred(ba, uriOf(tenant, '103'), 200, {replaces: bc});
		await Promise.all([ba.expect('BYE'), bc.expect('BYE')]);
		await hearEachOther(ab, cb);
		const one = eventsOf(toldA()), other = eventsOf(toldC());
		assert.equal(one, other, 'both were brought to one number');
		await heard(ab, one, cb, other, 1);
		await heard(cb, other, ab, one, 2);
		await hangUp(ab, cb);
	}, {expectCalls: 2});
});

test('INFO goes through, with what it brings, before and after a transfer', async () => {
	await three(async ({tenant, a, b, c}) => {
		const [ab, ba] = await talk(a, '102', b);
		const done = transferred(ba, uriOf(tenant, '103'), 200);
		const ca = await take(c);

		await done;
		for (const [from, to] of [[ab, ca], [ca, ab]]) {
			const sent = from.send('INFO', {headers: RELAY, body: 'Signal=5\r\nDuration=160\r\n'});
			const info = await to.expect('INFO');

			assert.match(info.header('content-type'), /application\/dtmf-relay/);
			assert.equal(info.body, 'Signal=5\r\nDuration=160\r\n');
			to.reply(200, 'OK', {request: info});
			assert.equal((await sent).status, 200);
		}
		await hangUp(ab, ca);
	});
});

test('INFO that the other phone leaves unanswered does not pile up: after sixteen the sender is told 500', async () => {
	await three(async ({a, b}) => {
		const [ab, ba] = await talk(a, '102', b);
		const sent = Array.from({length: 16}, () => ab.send('INFO', {headers: RELAY, body: 'Signal=5\r\n'}));
		const requests = [];

		for (const _ of sent)
			requests.push(await ba.expect('INFO'));
		assert.equal((await ab.send('INFO', {headers: RELAY, body: 'Signal=6\r\n'})).status, 500);
		requests.forEach((request) => ba.reply(200, 'OK', {request}));
		for (const reply of await Promise.all(sent))
			assert.equal(reply.status, 200);
		const next = ab.send('INFO', {headers: RELAY, body: 'Signal=7\r\n'});
		ba.reply(200, 'OK', {request: await ba.expect('INFO')});
		assert.equal((await next).status, 200);
		await hangUp(ab, ba);
	});
});

test('INFO of somebody who talks with nobody is taken, and nobody hears of it', async () => {
	await two.both(async ({tenant, a, b}) => {
		const [ab, ba] = await talk(a, '102', b);

		await transferred(ba, uriOf(tenant, '700'), 200);
		await ba.expect('BYE');
		assert.equal((await ab.send('INFO', {headers: RELAY, body: 'Signal=5\r\n'})).status, 200);
		await ab.bye();
	});
});

test('the keys of a softphone arrive as events', async () => {
	const [tenant] = two.tenants;
	const a = await startBaresip({phone: tenant.phones[101], port: two.centrex.sip.udp});
	const b = await two.phone(tenant, '102');

	try {
		await a.registered();
		await a.dial('102');
		const call = await take(b);
		await a.event('CALL_ESTABLISHED');
		await call.rtp.heard(10);
		const events = eventsOf(call.request.body);
		await a.command('sndcode', '9');
		await waitFor(() => call.rtp.received.some((p) => p.payloadType === events && p.payload[0] === 9), 'digit 9');
		await sleep(200);
		await a.command('sndcode', String.fromCharCode(4)).catch(() => {}); // released
		await a.hangup();
		await call.expect('BYE');
	} finally {
		await a.stop();
		await b.unregister();
	}
});
