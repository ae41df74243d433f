// Calls of two raw phones through Centrex, in both tenants at once: who answers what, and the
// record that stays.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {Phone} from '../lib/phone.mjs';
import {response, tag} from '../lib/sip.mjs';
import {TwoTenants, hangUp, modify, sleep, talk} from './two_tenants.mjs';

let two;

before(async () => {
	two = await TwoTenants.start({args: ['--sip-ring-s', 3]});
});
after(() => two?.stop());

test('ringing, answer, audio both ways, the caller hangs up', async () => {
	const rows = await two.both(async ({tenant, a, b}) => {
		const {call, incoming, reply} = await talk(a, b);

		// The callee sees the number of this tenant, our address, and nothing of the other phone.
		const invite = incoming.request;
		assert.match(invite.header('from'), new RegExp(`^"101" <sip:101@${tenant.domain}>`));
		assert.ok(!invite.raw.includes(tenant.phones[101].username));
		assert.ok(!invite.raw.includes(`:${a.socket.port}`));
		assert.ok(!reply.raw.includes(`:${b.socket.port}`));
		assert.equal(invite.header('max-forwards'), '69');
		assert.deepEqual(readSdp(reply.body).payloads, [8, 0, 101]);

		call.rtp.start();
		incoming.rtp.start();
		await incoming.rtp.heard(10, {ssrc: call.rtp.ssrc});
		await call.rtp.heard(10, {ssrc: incoming.rtp.ssrc});
		await sleep(1100);
		await hangUp(call, incoming);
	});

	for (const [row] of rows) {
		assert.equal(row.caller_id_number, '101');
		assert.equal(row.dest_number, '102');
		assert.ok(row.answer_time >= row.start_time && row.end_time > row.answer_time);
		assert.ok(row.duration >= 1 && row.duration <= 5, `duration ${row.duration}`);
		assert.equal(row.disposition, 'answered');
		assert.equal(row.hangup_by, 'caller');
		assert.equal(row.answered_by, '102');
		assert.equal(row.sip_status, 200);
		assert.deepEqual(row.legs.map((leg) => [leg.role, leg.extension]), [['caller', '101'], ['callee', '102']]);
		row.legs.forEach((leg) => assert.ok(leg.packets >= 10 && leg.sent_packets >= 10));
	}
});

test('the callee hangs up', async () => {
	const rows = await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const ended = call.expect('BYE');

		assert.equal((await incoming.bye()).status, 200);
		await ended;
	});
	rows.forEach(([row]) => assert.equal(row.hangup_by, 'callee'));
});

test('busy, declined, refused: the caller hears it, nobody answered', async () => {
	for (const [status, expected, disposition] of [[486, 486, 'busy'], [600, 486, 'busy'], [603, 603, 'declined'],
		[488, 488, 'failed'], [404, 480, 'failed'], [500, 480, 'failed']]) {
		const rows = await two.both(async ({a, b}) => {
			const call = await a.invite('102');
			const incoming = await b.incoming();

			incoming.reply(status, 'No');
			assert.equal((await call.final()).status, expected);
		});
		rows.forEach(([row]) => {
			assert.equal(row.answer_time, null);
			assert.equal(row.disposition, disposition);
			assert.equal(row.sip_status, expected);
		});
	}
});

test('nobody answers: the caller hears 480 and the phone is cancelled', async () => {
	const rows = await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();

		incoming.ring();
		await call.progress(180);
		const cancelled = incoming.expect('CANCEL');
		assert.equal((await call.final()).status, 480);
		await cancelled;
	});
	rows.forEach(([row]) => assert.equal(row.disposition, 'no_answer'));
});

test('the caller cancels', async () => {
	const rows = await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();

		incoming.ring();
		await call.progress(180);
		const cancelled = incoming.expect('CANCEL');
		assert.equal((await call.cancel()).status, 200);
		assert.equal((await call.final()).status, 487);
		await cancelled;
	});
	rows.forEach(([row]) => assert.equal(row.disposition, 'cancelled'));
});

test('numbers that lead nowhere', async () => {
	for (const [number, status, cause] of [['999', 404, 'unknown_number'], ['101', 486, 'own_number'],
		['103', 480, 'unregistered'], ['abc', 484, 'bad_number']]) {
		const rows = await two.both(async ({a}) => {
			const call = await a.invite(number);

			assert.equal((await call.final()).status, status, number);
		});
		rows.forEach(([row]) => assert.deepEqual([row.cause, row.dest_number], [cause, number]));
	}
});

test('a number of the other tenant is not reached', async () => {
	await two.both(async ({a, other}) => {
		const call = await a.invite(`sip:102@${other.domain}`);

		assert.equal((await call.final()).status, 404);
	});
});

test('early media is heard before the answer', async () => {
	await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();

		await earlyMedia(call, incoming);
		const answer = audioSdp(incoming.rtp.port);
		const acked = incoming.answer({sdp: answer});
		await call.answered();
		await acked;
		await hangUp(call, incoming);
	});
});

async function earlyMedia(call, incoming) {
	const {RtpSocket} = await import('../lib/rtp.mjs');

	incoming.rtp = await RtpSocket.open();
	incoming.rtp.connect(incoming.request.body);
	incoming.reply(183, 'Session Progress', {body: audioSdp(incoming.rtp.port)});
	const progress = await call.progress(183);
	assert.ok(readSdp(progress.body).port > 0);
	incoming.rtp.start();
	await call.rtp.heard(5, {ssrc: incoming.rtp.ssrc});
}

test('several phones ring; the first to answer has the call, the others are told why', async () => {
	await two.both(async ({tenant, a, b}) => {
		const b2 = await two.phone(tenant, '102');
		const call = await a.invite('102');
		const [one, other] = await Promise.all([b.incoming(), b2.incoming()]);

		one.ring();
		other.ring();
		await call.progress(180);
		const lost = other.expect('CANCEL');
		const acked = one.answer();
		await call.answered();
		await acked;
		assert.match((await lost).header('reason'), /cause=200;text="Call completed elsewhere"/);
		call.rtp.start();
		await one.rtp.heard(5, {ssrc: call.rtp.ssrc});
		await hangUp(call, one);
		await b2.unregister();
	});
});

test('two phones answer at the same instant: one talks, the other is hung up on', async () => {
	await two.both(async ({tenant, a, b}) => {
		const b2 = await two.phone(tenant, '102');
		const call = await a.invite('102');
		const [one, other] = await Promise.all([b.incoming(), b2.incoming()]);

		one.ring();
		other.ring();
		await call.progress(180);
		// The second 200 is on its way before the CANCEL comes.
		const acked = [one, other].map((incoming) => incoming.answer());
		await call.answered();
		await Promise.all(acked);
		const bye = await Promise.race([one.expect('BYE'), other.expect('BYE')]);
		const winner = one.mine(bye) ? other : one;
		call.rtp.start();
		await winner.rtp.heard(5, {ssrc: call.rtp.ssrc});
		await hangUp(call, winner);
		await b2.unregister();
	});
});

test('one of several phones declines: nobody else rings on; one is busy: the others do', async () => {
	await two.both(async ({tenant, a, b}) => {
		const b2 = await two.phone(tenant, '102');
		const declined = await a.invite('102');
		const [one, other] = await Promise.all([b.incoming(), b2.incoming()]);

		other.ring();
		const cancelled = other.expect('CANCEL');
		one.reply(603, 'Decline');
		assert.equal((await declined.final()).status, 603);
		await cancelled;

		const call = await a.invite('102');
		const [busy, free] = await Promise.all([b.incoming(), b2.incoming()]);
		busy.reply(486, 'Busy Here');
		free.ring();
		await call.progress(180);
		const acked = free.answer();
		await call.answered();
		await acked;
		await hangUp(call, free);
		await b2.unregister();
	}, {expectCalls: 2});
});

test('answer and cancel cross: the phone that answered is acknowledged and hung up on', async () => {
	await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();

		incoming.ring();
		await call.progress(180);
		const cancelling = call.cancel();
		const acked = incoming.answer(); // before it could see the CANCEL
		const [, final] = await Promise.all([cancelling, call.final()]);
		await acked;
		if (final.status === 487) {
			await incoming.expect('BYE');
		} else { // the answer won: then the call is up, and is ended the usual way
			assert.equal(final.status, 200);
			await hangUp(call, incoming);
		}
	});
});

test('a re-INVITE moves the media and changes the codec', async () => {
	const {RtpSocket} = await import('../lib/rtp.mjs');

	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const moved = await RtpSocket.open();
		const codecs = [[0, 'PCMU/8000']];

		call.rtp.start();
		await incoming.rtp.heard(3, {ssrc: call.rtp.ssrc});
		call.rtp.close();
		const {offered} = await modify(call, incoming, audioSdp(moved.port, {codecs, version: 2}),
			audioSdp(incoming.rtp.port, {codecs, version: 2}));
		assert.deepEqual(offered.payloads, [0]);
		moved.remoteAddress = '127.0.0.1';
		moved.remotePort = readSdp(call.finalReply.body).port;
		moved.start({payloadType: 0});
		await incoming.rtp.heard(5, {ssrc: moved.ssrc});
		incoming.rtp.start({payloadType: 0});
		await moved.heard(5, {ssrc: incoming.rtp.ssrc});
		moved.close();
		await hangUp(call, incoming);
	});
});

test('a refused re-INVITE leaves the call as it was', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const request = incoming.socket.next((m) => m.request && m.method === 'INVITE' && incoming.mine(m), 'a re-INVITE');
		const asking = call.reinvite(audioSdp(call.rtp.port, {version: 2, codecs: [[3, 'GSM/8000']]}));

		incoming.reply(488, 'Not Acceptable Here', {request: await request});
		assert.equal((await asking).status, 488);
		call.rtp.start();
		await incoming.rtp.heard(5, {ssrc: call.rtp.ssrc});
		await hangUp(call, incoming);
	});
});

test('both sides re-INVITE at once: 491', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const reaches = incoming.socket.next((m) => m.request && m.method === 'INVITE' && incoming.mine(m), 'a re-INVITE');
		const codecs = [[0, 'PCMU/8000']];
		const first = call.reinvite(audioSdp(call.rtp.port, {version: 2, codecs}));
		const seen = await reaches;
		const second = await incoming.reinvite(audioSdp(incoming.rtp.port, {version: 2, codecs}));

		assert.equal(second.status, 491);
		incoming.reply(200, 'OK', {request: seen, body: audioSdp(incoming.rtp.port, {version: 3, codecs})});
		assert.equal((await first).status, 200);
		await hangUp(call, incoming);
	});
});

test('UPDATE is accepted, with and without a description', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);

		assert.equal((await call.send('UPDATE')).status, 200);
		const request = incoming.socket.next((m) => m.request && m.method === 'INVITE' && incoming.mine(m), 'a re-INVITE');
		const asking = call.send('UPDATE', {
			body: audioSdp(call.rtp.port, {version: 2, codecs: [[0, 'PCMU/8000']]}),
			headers: [['Content-Type', 'application/sdp']],
		});
		incoming.reply(200, 'OK', {request: await request, body: audioSdp(incoming.rtp.port, {version: 2, codecs: [[0, 'PCMU/8000']]})});
		const reply = await asking;
		assert.equal(reply.status, 200);
		assert.deepEqual(readSdp(reply.body).payloads, [0]);
		await hangUp(call, incoming);
	});
});

test('INVITE without a description: the callee offers, the caller answers in its ACK', async () => {
	const {RtpSocket} = await import('../lib/rtp.mjs');

	await two.both(async ({a, b}) => {
		const call = await a.invite('102', {sdp: null});
		const incoming = await b.incoming();

		assert.equal(incoming.request.body, '');
		incoming.ring();
		await call.progress(180);
		incoming.rtp = await RtpSocket.open();
		incoming.reply(200, 'OK', {body: audioSdp(incoming.rtp.port)});
		call.rtp = await RtpSocket.open();
		const ack = incoming.socket.next((m) => m.request && m.method === 'ACK' && incoming.mine(m), 'an ACK');
		call.ack = acknowledgeWith(call, audioSdp(call.rtp.port));
		const reply = await call.answered();
		call.rtp.connect(reply.body);
		incoming.rtp.connect((await ack).body);
		call.rtp.start();
		incoming.rtp.start();
		await incoming.rtp.heard(5, {ssrc: call.rtp.ssrc});
		await call.rtp.heard(5, {ssrc: incoming.rtp.ssrc});
		await hangUp(call, incoming);
	});
});

function acknowledgeWith(call, body) {
	const plain = call.ack.bind(call);

	return () => plain({body});
}

test('INFO goes through, with its answer', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const info = incoming.socket.next((m) => m.request && m.method === 'INFO' && incoming.mine(m), 'an INFO');
		const asking = call.send('INFO', {body: 'Signal=5\r\nDuration=160\r\n',
			headers: [['Content-Type', 'application/dtmf-relay']]});
		const seen = await info;

		assert.equal(seen.body, 'Signal=5\r\nDuration=160\r\n');
		assert.equal(seen.header('content-type'), 'application/dtmf-relay');
		incoming.reply(200, 'OK', {request: seen});
		assert.equal((await asking).status, 200);
		await hangUp(call, incoming);
	});
});

test('inside a dialog: an OPTIONS that comes again, an INFO that does not say what it holds', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const inside = () => ({uri: call.uri, to: call.remote, from: call.local, callId: call.callId,
			number: ++call.number});
		const options = a.build('OPTIONS', inside());

		for (let i = 0; i < 2; i++) {
			a.socket.send(options.text);
			assert.equal((await a.socket.response(options)).status, 200, `time ${i + 1}`);
		}
		assert.equal((await a.ask('INFO', {...inside(), body: 'Signal=5'})).status, 400);
		await hangUp(call, incoming);
	});
});

test('a phone whose connection has closed is called at the address it gave', async () => {
	const {createServer} = await import('node:net');
	const {parse} = await import('../lib/sip.mjs');

	await two.both(async ({tenant, a}) => {
		const called = [];
		const server = createServer((socket) => socket.on('data', (bytes) => {
			const message = parse(bytes);

			called.push(message);
			if (message.method === 'INVITE')
				socket.write(response(message, 486, 'Busy Here'));
		}).on('error', () => {}));
		await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });

		const phone = await Phone.open({account: tenant.phones[103], transport: 'tcp', port: two.centrex.sip.tcp});
		phone.contact = `sip:103@127.0.0.1:${server.address().port};transport=tcp`;
		await phone.register();
		phone.close();
		await sleep(300);
		const call = await a.invite('103');
		assert.equal((await call.final()).status, 486);
		assert.equal(called[0].method, 'INVITE');
		const again = await two.phone(tenant, '103');
		await again.register({contact: '*', expires: 0});
		server.close();
	});
});

test('200 is repeated until its ACK; our ACK is repeated for every 200', async () => {
	await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();
		const is200 = (m) => !m.request && m.status === 200 && / INVITE$/.test(m.header('cseq')) && call.mine(m);

		incoming.ring();
		await call.progress(180);
		await incoming.answer();
		for (let i = 0; i < 3; i++)
			await call.socket.next(is200, `the ${i + 1}th 200`);
		incoming.reply(200, 'OK', {body: audioSdp(incoming.rtp.port)});
		await incoming.socket.next((m) => m.request && m.method === 'ACK' && incoming.mine(m), 'the ACK again');
		const final = call.final();
		await final;
		await sleep(600);
		call.socket.inbox.length = 0;
		await sleep(4200);
		assert.ok(!call.socket.inbox.some(is200), 'silence after the ACK');
		await hangUp(call, incoming);
	});
});
