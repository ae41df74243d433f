// Two phones that come together by a transfer, each with a codec agreed on with somebody else: they
// are asked again until what one sends is what the other understands. Nothing is transcoded.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {RtpSocket, audioSdp, readSdp} from '../lib/rtp.mjs';
import {TwoTenants, hangUp, sleep} from './two_tenants.mjs';
import {refer, uriOf} from './transfers.mjs';

const PCMA = [8, 'PCMA/8000'], PCMU = [0, 'PCMU/8000'], GSM = [3, 'GSM/8000'];
let two;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

// a calls number, where b answers, with these codecs each.
async function talk(a, number, b, asked, said) {
	const rtp = await RtpSocket.open();
	const call = await a.invite(number, {sdp: audioSdp(rtp.port, {codecs: asked})});
	const incoming = await b.incoming();

	call.rtp = rtp;
	incoming.rtp = await RtpSocket.open();
	incoming.ring();
	incoming.rtp.connect(incoming.request.body);
	const acked = incoming.answer({sdp: audioSdp(incoming.rtp.port, {codecs: said})});
	const reply = await call.answered();
	await acked;
	rtp.connect(reply.body);
	return [call, incoming];
}

// a talks with b in one codec and with c in another, and brings the two together.
const meet = (codecs, flow, options) => two.both(async ({tenant, a, b}) => {
	const c = await two.phone(tenant, '103');

	try {
		const [ab, ba] = await talk(a, '102', b, codecs.b, codecs.b);
		const [ac, ca] = await talk(a, '103', c, codecs.c, codecs.c);

		assert.equal((await refer(ab, uriOf(tenant, '103'), {replaces: ac})).status, 202);
		await flow({ba, ca, ab, ac});
	} finally {
		await c.unregister().catch(() => {});
		c.close();
	}
}, {expectCalls: 2, ...options});

// A re-INVITE comes to this phone.
const asked = (end) => end.socket.next((m) => m.request && m.method === 'INVITE' && end.mine(m), 'a re-INVITE');
const acked = (end) => end.socket.next((m) => m.request && m.method === 'ACK' && end.mine(m), 'an ACK');

let version = 1;

async function agree(end, codecs, expected) {
	const request = await asked(end);

	if (expected)
		assert.deepEqual(readSdp(request.body).payloads, expected);
	const ack = acked(end);
	end.reply(200, 'OK', {request, body: audioSdp(end.rtp.port, {codecs, version: ++version})});
	return {request, ack: await ack};
}

// Both speak this codec, and hear each other.
async function heard(one, other, payloadType) {
	for (const end of [one, other])
		end.rtp.start({payloadType});
	for (const [from, to] of [[one, other], [other, one]])
		await to.rtp.heard(5, {ssrc: from.rtp.ssrc});
}

const quiet = async (...ends) => {
	await sleep(300);
	for (const end of ends)
		assert.ok(!end.socket.inbox.some((m) => m.request && m.method === 'INVITE' && end.mine(m)), 'asked again');
};

test('the same codec: nobody is asked again', async () => {
	await meet({b: [PCMA], c: [PCMA, PCMU]}, async ({ba, ca}) => {
		await heard(ba, ca, 8);
		await quiet(ba, ca);
		await hangUp(ba, ca);
	});
});

test('another codec: one is offered what the other has', async () => {
	await meet({b: [PCMA], c: [PCMU]}, async ({ba, ca}) => {
		const {request} = await agree(ba, [PCMU], [0]);

		assert.equal(readSdp(request.body).direction, 'sendrecv');
		await heard(ba, ca, 0);
		await quiet(ba, ca);
		await hangUp(ca, ba);
	});
});

test('one refuses the codec of the other: it is asked for all it has, and the other takes of that', async () => {
	await meet({b: [PCMA], c: [PCMU]}, async ({ba, ca}) => {
		const offer = await asked(ba);

		ba.reply(488, 'Not Acceptable Here', {request: offer});
		await acked(ba);
		const empty = await asked(ba);
		assert.equal(empty.body, '');
		const ack = acked(ba);
		ba.reply(200, 'OK', {request: empty, body: audioSdp(ba.rtp.port, {codecs: [GSM, PCMA], version: ++version})});
		// Its offer is answered at once, whatever the other will say.
		assert.deepEqual(readSdp((await ack).body).payloads, [3, 8]);
		// The other picks one of it, so the first is told which.
		await agree(ca, [PCMA], [3, 8]);
		await agree(ba, [PCMA], [8]);
		await heard(ba, ca, 8);
		await quiet(ba, ca);
		await hangUp(ba, ca);
	});
});

test('requests cross (491): asked again after a while', async () => {
	await meet({b: [PCMA], c: [PCMU]}, async ({ba, ca}) => {
		ba.reply(491, 'Request Pending', {request: await asked(ba)});
		await acked(ba);
		await agree(ba, [PCMU], [0]);
		await heard(ba, ca, 0);
		await quiet(ba, ca);
		await hangUp(ba, ca);
	});
});

test('requests cross (491): what the phone asks in between goes to the other, and settles it', async () => {
	await meet({b: [PCMA], c: [PCMU]}, async ({ba, ca}) => {
		ba.reply(491, 'Request Pending', {request: await asked(ba)});
		await acked(ba);
		const own = ba.reinvite(audioSdp(ba.rtp.port, {codecs: [PCMU, PCMA], version: ++version}));

		await agree(ca, [PCMU], [0, 8]);
		assert.equal((await own).status, 200);
		await heard(ba, ca, 0);
		await sleep(2100); // longer than until it would be asked again
		await quiet(ba, ca);
		await hangUp(ba, ca);
	});
});

test('no codec in common: both are hung up on', async () => {
	const rows = await meet({b: [PCMA], c: [PCMU]}, async ({ba, ca}) => {
		const byes = [ba, ca].map((end) => end.expect('BYE'));

		for (const end of [ba, ba, ca, ca]) {
			end.reply(488, 'Not Acceptable Here', {request: await asked(end)});
			await acked(end);
		}
		await Promise.all(byes);
	});
	rows.forEach((list) => assert.ok(list.some((row) => row.cause === 'no_audio')));
});
