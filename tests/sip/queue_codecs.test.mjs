// Who comes together through a queue: a caller that we have answered with one codec, or whose ACK is
// not there yet, and an agent that has another. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {measureHeard} from '../lib/audio.mjs';
import {RtpSocket, audioSdp, readSdp} from '../lib/rtp.mjs';
import {sleep} from './two_tenants.mjs';
import {QueueWorld, hangUp} from './queues.mjs';

const PCMA = [8, 'PCMA/8000'], PCMU = [0, 'PCMU/8000'], KEYS = [101, 'telephone-event/8000'];
let world;

before(async () => { world = await QueueWorld.start(); });
after(() => world?.stop());

// 100 calls a queue of 101 with this description (null: none), and is not acknowledged yet.
const meet = (flow) => world.both(['100', '101'], async ({tenant, phones}) => {
	const queue = await world.queue(tenant, {members: {101: [1, 1]}});

	await world.status(tenant, '101', 'available');
	await flow({tenant, caller: phones[100], agent: phones[101], queue});
	await world.agentIs(tenant, '101', {state: 'waiting'});
});

async function enter(phone, queue, codecs) {
	const rtp = await RtpSocket.open();
	const call = await phone.invite(queue.number, {sdp: codecs ? audioSdp(rtp.port, {codecs}) : null});

	call.rtp = rtp;
	call.plainAck = call.ack.bind(call);
	return call;
}

// The agent's phone rings and answers with these codecs.
async function answer(agent, codecs) {
	const incoming = await agent.incoming();

	incoming.offered = readSdp(incoming.request.body);
	incoming.rtp = await RtpSocket.open();
	incoming.rtp.connect(incoming.request.body);
	incoming.ring();
	await incoming.answer({sdp: audioSdp(incoming.rtp.port, {codecs})});
	return incoming;
}

let version = 1;

// The caller is asked again, and answers with these.
async function askedAgain(call, codecs) {
	const request = await call.socket.next((m) => m.request && m.method === 'INVITE' && call.mine(m), 'a re-INVITE');
	const ack = call.socket.next((m) => m.request && m.method === 'ACK' && call.mine(m), 'an ACK');

	call.reply(200, 'OK', {request, body: audioSdp(call.rtp.port, {codecs, version: ++version})});
	await ack;
	return readSdp(request.body);
}

const notAsked = (call) => assert.ok(!call.socket.inbox.some((m) => m.request && m.method === 'INVITE' && call.mine(m)),
	'asked while its ACK is due');

async function heard(one, other, payloadType) {
	for (const end of [one, other])
		end.rtp.start({payloadType});
	for (const [from, to] of [[one, other], [other, one]])
		await to.rtp.heard(5, {ssrc: from.rtp.ssrc});
}

test('the agent takes what the caller was answered with: nobody is asked again', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMU, PCMA, KEYS]);

		assert.deepEqual(readSdp((await call.answered()).body).payloads, [0, 101]);
		const incoming = await answer(agent, [PCMU, KEYS]);
		assert.deepEqual(incoming.offered.payloads, [0, 101, 8], 'what he hears in comes first');
		await heard(call, incoming, 0);
		await sleep(200);
		notAsked(call);
		await hangUp(call, incoming);
	});
});

test('the agent has another codec: the caller is asked again', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA, PCMU]);

		await call.answered();
		const incoming = await answer(agent, [PCMU]);
		assert.deepEqual((await askedAgain(call, [PCMU])).payloads, [0]);
		await heard(call, incoming, 0);
		await hangUp(call, incoming);
	});
});

test('the agent answers before the caller\'s ACK: he is asked again once it is there', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA, PCMU]);

		call.ack = () => {};
		await call.answered();
		await call.rtp.heard(5); // music does not wait
		const incoming = await answer(agent, [PCMU]);
		await sleep(300);
		notAsked(call);
		call.plainAck();
		await askedAgain(call, [PCMU]);
		await heard(call, incoming, 0);
		await hangUp(call, incoming);
	});
});

test('no description in the INVITE, and the agent answers before the ACK brings one', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, null);

		call.ack = () => {};
		const offer = readSdp((await call.answered()).body);
		assert.ok([0, 8, 9].every((payload) => offer.payloads.includes(payload)));
		const incoming = await answer(agent, [PCMU]);
		assert.deepEqual(incoming.offered.payloads, offer.payloads);
		await sleep(200);
		call.plainAck({body: audioSdp(call.rtp.port, {codecs: [PCMA, PCMU]})});
		await askedAgain(call, [PCMU]);
		call.rtp.connect(call.finalReply.body);
		await heard(call, incoming, 0);
		await hangUp(incoming, call);
	});
});

test('the caller hangs up without an ACK while the agent has answered: both are free', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA, PCMU]);

		call.ack = () => {};
		await call.answered();
		const incoming = await answer(agent, [PCMU]);
		await hangUp(call, incoming);
	});
});

test('the agent hangs up while the caller is being asked', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA, PCMU]);

		await call.answered();
		const incoming = await answer(agent, [PCMU]);
		const request = await call.socket.next((m) => m.request && m.method === 'INVITE' && call.mine(m), 'a re-INVITE');
		assert.equal((await incoming.bye()).status, 200);
		await call.expect('BYE');
		call.reply(481, 'Call/Transaction Does Not Exist', {request});
	});
});

test('the caller changes his codec while the agent\'s phone rings', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA, PCMU]);

		await call.answered();
		const incoming = await agent.incoming();
		incoming.ring();
		const changed = await call.reinvite(audioSdp(call.rtp.port, {codecs: [PCMU], version: ++version}));
		assert.deepEqual(readSdp(changed.body).payloads, [0]);
		const n = call.rtp.received.length;
		await call.rtp.heard(n + 10);
		assert.equal(call.rtp.received.at(-1).payloadType, 0, 'the music follows');
		incoming.rtp = await RtpSocket.open();
		incoming.rtp.connect(incoming.request.body);
		await incoming.answer({sdp: audioSdp(incoming.rtp.port, {codecs: [PCMA]})});
		// Each refuses what the other has; asked for all it has, the agent offers more.
		const busy = (end) => end.socket.next((m) => m.request && m.method === 'INVITE' && end.mine(m), 'a re-INVITE');
		const acked = (end) => end.socket.next((m) => m.request && m.method === 'ACK' && end.mine(m), 'an ACK');
		for (let i = 0; i < 2; i++) {
			call.reply(488, 'Not Acceptable Here', {request: await busy(call)});
			await acked(call);
		}
		const request = await busy(incoming);
		assert.deepEqual(readSdp(request.body).payloads, [0]);
		incoming.reply(200, 'OK', {request, body: audioSdp(incoming.rtp.port, {codecs: [PCMU], version: ++version})});
		await acked(incoming);
		await heard(call, incoming, 0);
		await hangUp(call, incoming);
	});
});

test('the caller is on hold when the agent answers: the agent hears music until he is back', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA]);

		await call.answered();
		await call.rtp.heard(5);
		await call.reinvite(audioSdp(call.rtp.port, {codecs: [PCMA], direction: 'sendonly', version: ++version}));
		await sleep(200);
		const before = call.rtp.received.length;
		const incoming = await answer(agent, [PCMA]);
		await incoming.rtp.heard(30);
		assert.ok((await measureHeard(incoming.rtp)).level > 0.01, 'music');
		assert.equal(call.rtp.received.length, before, 'nothing comes to who holds');
		await call.reinvite(audioSdp(call.rtp.port, {codecs: [PCMA], version: ++version}));
		await heard(call, incoming, 8);
		await hangUp(call, incoming);
	});
});

test('what the agent\'s phone plays before it answers is not heard: the caller has his music', async () => {
	await meet(async ({caller, agent, queue}) => {
		const call = await enter(caller, queue, [PCMA]);

		await call.answered();
		const incoming = await agent.incoming();
		incoming.rtp = await RtpSocket.open();
		incoming.rtp.connect(incoming.request.body);
		incoming.reply(183, 'Session Progress', {body: audioSdp(incoming.rtp.port, {codecs: [PCMA]})});
		incoming.rtp.start();
		await sleep(400);
		assert.ok(!call.rtp.received.some((packet) => packet.ssrc === incoming.rtp.ssrc));
		const n = call.rtp.received.length;
		await call.rtp.heard(n + 5);
		await incoming.answer({sdp: audioSdp(incoming.rtp.port, {codecs: [PCMA]})});
		await heard(call, incoming, 8);
		await hangUp(call, incoming);
	});
});
