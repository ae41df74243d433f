// What a hostile or broken phone can say about calls: answered as the RFC says, or dropped.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Phone} from '../lib/phone.mjs';
import {RtpSocket, audioSdp} from '../lib/rtp.mjs';
import {cseq, response, tag, token} from '../lib/sip.mjs';
import {TwoTenants, sleep} from './two_tenants.mjs';

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 3]}); });
after(() => two?.stop());

async function talk(a, b, options) {
	const call = await a.invite('102', options);
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress(180);
	const acked = incoming.answer();
	await call.answered();
	await acked;
	return {call, incoming};
}

async function hangUp(call, incoming) {
	const ended = incoming.expect('BYE');

	assert.equal((await call.bye()).status, 200);
	await ended;
}

async function assertTalking(call, incoming) {
	const before = incoming.rtp.received.length;

	call.rtp.start();
	await incoming.rtp.heard(before + 5);
	call.rtp.stop();
}

const HEAD = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n';

test('descriptions that are none, or without audio', async () => {
	const bodies = [
		['truncated', `${HEAD}m=audio 40`, 400],
		['not SDP', 'hello', 400],
		['control character', `${HEAD}m=audio 4000 RTP/AVP 8\r\na=fmtp:8 \u0001\r\n`, 400],
		['no address', 'v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n', 400],
		['no audio', `${HEAD}m=video 4000 RTP/AVP 31\r\n`, 488],
		['port 0', `${HEAD}m=audio 0 RTP/AVP 8\r\n`, 488],
		['port 65536', `${HEAD}m=audio 65536 RTP/AVP 8\r\n`, 400],
		['no streams', HEAD, 488],
		['DTLS only', `${HEAD}m=audio 4000 UDP/TLS/RTP/SAVPF 111\r\n`, 488],
		['IPv6 where we have none', HEAD.replaceAll('IP4 127.0.0.1', 'IP6 ::1') + 'm=audio 4000 RTP/AVP 8\r\n', 488],
		['many streams', HEAD + 'm=audio 4000 RTP/AVP 8\r\n'.repeat(9), 400],
	];

	const rows = await two.both(async ({a, b}) => {
		for (const [name, sdp, status] of bodies) {
			const call = await a.invite('102', {sdp});

			assert.equal((await call.final()).status, status, name);
		}
		await b.socket.none((m) => m.method === 'INVITE');
	}, {expectCalls: bodies.length});
	rows.flat().forEach((row) => assert.equal(row.disposition, 'failed'));
});

test('a bad description in a re-INVITE leaves the call as it was', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);

		assert.equal((await call.reinvite('hello')).status, 400);
		assert.equal((await call.reinvite(`${HEAD}m=audio 0 RTP/AVP 8\r\n`)).status, 488);
		await incoming.socket.none((m) => m.method === 'INVITE');
		await assertTalking(call, incoming);
		await hangUp(call, incoming);
	});
});

test('an answer without a description ends the call on both sides', async () => {
	await two.both(async ({a, b}) => {
		const call = await a.invite('102');
		const incoming = await b.incoming();

		const bye = incoming.expect('BYE');
		await incoming.answer({sdp: ''});
		assert.equal((await call.final()).status, 488);
		await bye;
	});
});

test('only a registered phone may call', async () => {
	await two.both(async ({tenant}) => {
		const stranger = await Phone.open({account: tenant.phones[103], port: two.centrex.sip.udp});
		const call = await stranger.invite('102');

		assert.equal((await call.final()).status, 403);
		stranger.close();
	}, {expectCalls: 0});
});

test('another extension\'s name, or an asserted identity, is not taken', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await talk(a, b, {headers: [
			['P-Asserted-Identity', '"Boss" <sip:103@cust1.pbx.test>'],
			['Remote-Party-ID', '"Boss" <sip:103@cust1.pbx.test>'],
		]});
		assert.match(incoming.request.header('from'), new RegExp(`^"101" <sip:101@${tenant.domain}>`));
		assert.ok(!incoming.request.raw.includes('Boss'));
		await hangUp(call, incoming);

		const liar = await Phone.open({account: tenant.phones[101], port: two.centrex.sip.udp, user: '103'});
		const refused = await liar.invite('102');
		assert.equal((await refused.final()).status, 403);
		liar.close();
	});
});

test('CANCEL, BYE, UPDATE and INFO for nothing are answered 481, ACK is not', async () => {
	await two.both(async ({a}) => {
		for (const method of ['CANCEL', 'BYE', 'UPDATE', 'INFO', 'PRACK', 'INVITE', 'ACK']) {
			const request = a.build(method, {
				uri: `sip:102@${a.account.domain}`,
				to: `<sip:102@${a.account.domain}>;tag=${token(8)}`,
				from: `<${a.aor}>;tag=${token(4)}`,
				callId: `${token()}@test`,
				number: 1,
				headers: [['Contact', `<${a.contact}>`]],
			});

			a.socket.send(request.text);
			if (method === 'ACK')
				await a.socket.none((m) => m.status);
			else
				assert.equal((await a.socket.response(request)).status, 481, method);
		}
	}, {expectCalls: 0});
});

test('a BYE or re-INVITE of a third party does not touch the call', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await talk(a, b);
		const third = await two.phone(tenant, '103');
		const theirs = tag(call.finalReply.header('to'));
		const guesses = [
			{to: `<sip:102@x>;tag=${theirs}`, from: `<sip:101@x>;tag=${token(4)}`, callId: call.callId},
			{to: `<sip:102@x>;tag=${token(8)}`, from: call.local, callId: call.callId},
			{to: `<sip:102@x>;tag=${theirs}`, from: call.local, callId: `${token()}@test`},
			{to: '<sip:102@x>', from: call.local, callId: call.callId},
		];

		for (const guess of guesses) {
			for (const method of ['BYE', 'UPDATE', 'INFO']) {
				const request = third.build(method, {...guess, uri: `sip:102@${tenant.domain}`, number: 99,
					headers: [['Contact', `<${third.contact}>`]]});

				third.socket.send(request.text);
				assert.equal((await third.socket.response(request)).status, 481);
			}
		}
		await assertTalking(call, incoming);
		await hangUp(call, incoming);
		await third.unregister();
	});
});

test('an old request inside the dialog is refused', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const {number} = call;

		call.number = 0;
		assert.equal((await call.send('BYE')).status, 500);
		call.number = number;
		await assertTalking(call, incoming);
		await hangUp(call, incoming);
	});
});

test('what is asked for and cannot be had', async () => {
	await two.both(async ({a}) => {
		const invite = async (options) => (await (await a.invite('102', options)).final());

		const extension = await invite({headers: [['Require', '100rel']]});
		assert.equal(extension.status, 420);
		assert.match(extension.header('unsupported'), /100rel/);
		const interval = await invite({headers: [['Session-Expires', '30'], ['Supported', 'timer']]});
		assert.equal(interval.status, 422);
		assert.equal(interval.header('min-se'), '90');
		assert.equal((await a.ask('INVITE', {uri: `sip:102@${a.account.domain}`, to: '<sip:102@x>',
			from: `<${a.aor}>;tag=${token(4)}`, callId: `${token()}@test`, number: 1})).status, 400, 'no Contact');
		assert.equal((await invite({headers: [['Max-Forwards', '0']]})).status, 483);
	}, {expectCalls: 0});
});

test('an INVITE that comes twice rings once', async () => {
	await two.both(async ({a, b}) => {
		const call = await a.invite('102');

		a.socket.send(call.invite.text);
		const incoming = await b.incoming();
		incoming.ring();
		await call.progress(180);
		a.socket.send(call.invite.text);
		await b.socket.none((m) => m.method === 'INVITE' && !incoming.mine(m));
		const acked = incoming.answer();
		await call.answered();
		await acked;
		await hangUp(call, incoming);
	});
});

test('media of a stranger is not heard, nor can it take the call over', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const stranger = await RtpSocket.open('127.0.0.9');

		await assertTalking(call, incoming);
		stranger.remoteAddress = '127.0.0.1';
		stranger.remotePort = call.rtp.remotePort;
		stranger.start();
		await sleep(300);
		assert.ok(!incoming.rtp.received.some((p) => p.ssrc === stranger.ssrc));
		incoming.rtp.start();
		await call.rtp.heard(5, {ssrc: incoming.rtp.ssrc});
		assert.equal(stranger.received.length, 0);
		stranger.close();
		await hangUp(call, incoming);
	});
});

test('the answer of a second phone to the same INVITE is acknowledged and hung up', async () => {
	await two.both(async ({tenant, a, b}) => {
		const {call, incoming} = await talk(a, b);
		const second = (contact) => response(incoming.request, 200, 'OK',
			{toTag: 'another', headers: [['Contact', `<${contact}>`]]});
		const ofSecond = (m) => m.request && tag(m.header('to')) === 'another';

		b.socket.send(second(b.contact));
		const ack = await b.socket.next((m) => ofSecond(m) && m.method === 'ACK', 'an ACK');
		const bye = await b.socket.next((m) => ofSecond(m) && m.method === 'BYE', 'a BYE');
		assert.equal(cseq(ack), cseq(incoming.request));
		assert.equal(cseq(bye), cseq(incoming.request) + 1);
		assert.equal(bye.header('from'), incoming.request.header('from'));
		b.socket.send(response(bye, 200, 'OK'));

		// Where no phone is registered nobody gets anything.
		const stranger = await Phone.open({account: tenant.phones[103], port: two.centrex.sip.udp, localAddress: '127.0.0.77'});
		stranger.socket.send(second(stranger.contact));
		await stranger.socket.none((m) => m.request, 300);
		stranger.close();
		await assertTalking(call, incoming);
		await hangUp(call, incoming);
	});
});

test('a phone that rings for an INVITE that nobody remembers is told to stop', async () => {
	await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);
		const viaOf = (m) => m.header('via').replace(/;(rport|received)\b[^;]*/g, '');
		const late = response(incoming.request, 180, 'Ringing', {toTag: 'late', headers: [['Contact', `<${b.contact}>`]]})
			.replace(/(\bVia:.*branch=)[^;\r]+/i, '$1z9hG4bKforgotten').replace(/(\bCall-ID: ).*/i, '$1forgotten@test');

		b.socket.send(late);
		const cancel = await b.socket.next((m) => m.request && m.method === 'CANCEL', 'a CANCEL');
		assert.equal(cancel.header('call-id'), 'forgotten@test');
		assert.equal(cancel.header('from'), incoming.request.header('from'));
		assert.equal(tag(cancel.header('to')), undefined);
		assert.equal(cseq(cancel), cseq(incoming.request));
		assert.equal(viaOf(cancel), viaOf(incoming.request).replace(/branch=[^;]+/, 'branch=z9hG4bKforgotten'));
		await assertTalking(call, incoming);
		await hangUp(call, incoming);
	});
});

test('phones over TCP and UDP call each other', async () => {
	await two.both(async ({tenant, b}) => {
		const a = await two.phone(tenant, '103', {transport: 'tcp'});
		const one = await talk(a, b);

		await assertTalking(one.call, one.incoming);
		const ended = one.call.expect('BYE');
		assert.equal((await one.incoming.bye()).status, 200);
		await ended;

		const call = await b.invite('103');
		const incoming = await a.incoming();
		const acked = incoming.answer();
		await call.answered();
		await acked;
		await hangUp(call, incoming);
		await a.unregister();
	}, {expectCalls: 2});
});

test('a setting lets phones call that hold no registration', async () => {
	const open = await TwoTenants.start({args: ['--sip-invite-unregistered']});
	const [tenant] = open.tenants;

	try {
		const a = await Phone.open({account: tenant.phones[101], port: open.centrex.sip.udp});
		const b = await open.phone(tenant, '102');
		const {call, incoming} = await talk(a, b);

		await hangUp(call, incoming);
		a.close();
	} finally {
		await open.stop();
	}
});
