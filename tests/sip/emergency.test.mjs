// Calls to emergency numbers: no count that other calls fill, no ban for what others did and no stop
// that has begun refuses them. 112 leads to 103, who answers, and 911 to 102, who only rings.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Centrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {mediaPorts} from '../lib/processes.mjs';
import {response, tag} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';

const DOMAIN = 'cust1.pbx.test', HELP = '112', BELL = '911', HELP_MOST = 4;
// Of twenty pairs of ports two are kept.
const PAIRS = 20, CALLS_MOST = 5, FAILURES = 4;
const WRONG = {credentials: {username: '11111111-2222-4333-8444-555555555555', password: 'wrong'}};
let centrex, tenant, desk;
const opened = [];

async function open(options) {
	const phone = await Phone.open({port: centrex.sip[options.transport ?? 'udp'], ...options,
		account: tenant.phones[options.number]});

	opened.push(phone);
	return phone;
}

async function registered(options) {
	const phone = await open(options);

	await phone.register();
	return phone;
}

before(async () => {
	const {least} = await mediaPorts();

	centrex = new Centrex({args: ['--drain-s', 20, '--sip-calls-most', CALLS_MOST, '--sip-ban-failures', FAILURES]});
	centrex.media = {least, most: least + 2 * PAIRS - 1};
	await centrex.start();
	tenant = await centrex.tenant(DOMAIN, ['101', '102', '103', '104', '105']);
	await centrex.json('number', 'create', '--tenant', DOMAIN, '--number', HELP, '--extension-id', '103');
	await centrex.json('number', 'create', '--tenant', DOMAIN, '--number', BELL, '--extension-id', '102');
	desk = await registered({number: 103});
	ringFor(await registered({number: 102}));
});
after(async () => {
	await centrex?.stop();
	opened.forEach((phone) => phone.close());
});

// A phone that rings for whatever comes, until it is cancelled.
function ringFor(phone) {
	const invites = new Map();
	const tell = (request, status, reason) => phone.socket.send(response(request, status, reason,
		{toTag: 'ringing', headers: [['Contact', `<${phone.contact}>`]]}));

	phone.socket.handlers.push((message) => {
		const callId = message.request && message.header('call-id');

		if (message.method === 'INVITE' && !tag(message.header('to'))) {
			invites.set(callId, message);
			tell(message, 180, 'Ringing');
		} else if (message.method === 'CANCEL' && invites.has(callId)) {
			tell(message, 200, 'OK');
			tell(invites.get(callId), 487, 'Request Terminated');
		} else {
			return message.method === 'ACK' && invites.has(callId);
		}
		return true;
	});
	return phone;
}

// Calls until one is refused, or so many ring; returns them and that one's answer.
async function ring(phone, number, most = Infinity) {
	const calls = [];

	while (calls.length < most) {
		const call = await phone.invite(number);
		const reply = await phone.socket.next((m) => !m.request && call.mine(m) && m.status >= 180 && m.status !== 401,
			'what becomes of a call');

		if (reply.status !== 180)
			return {calls, refused: reply.status};
		calls.push(call);
	}
	return {calls};
}

async function cancel(calls) {
	for (const call of calls) {
		await call.cancel();
		await call.final();
	}
}

// It is answered and ended, whatever happens meanwhile.
async function isHelped(phone, meanwhile = () => {}) {
	const call = await phone.invite(HELP);
	const incoming = await desk.incoming();
	const acked = incoming.answer();

	await call.answered();
	await acked;
	await meanwhile();
	const ended = incoming.expect('BYE');

	await call.bye();
	await ended;
}

test('an extension with as many calls as it may have calls for help, in a tenant at its limit too', async () => {
	const phone = await registered({number: 101});
	const {calls, refused} = await ring(phone, '102');

	assert.equal(refused, 486, 'not for its own count');
	assert.equal(calls.length, CALLS_MOST);
	await isHelped(phone);
	await cancel(calls.splice(1));
	await centrex.json('limits', 'update', DOMAIN, '--concurrent-calls', 1);
	await isHelped(phone);
	await cancel(calls);
	await centrex.json('limits', 'update', DOMAIN, '--concurrent-calls', '');
	phone.close();
});

test('of an extension at its count four calls for help are taken; more are calls like all others', async () => {
	const phone = await registered({number: 101});
	const others = await ring(phone, '102');
	const helped = await ring(phone, BELL);

	assert.equal(helped.refused, 486);
	assert.equal(helped.calls.length, HELP_MOST);
	await cancel(others.calls);
	const more = await ring(phone, BELL);

	assert.equal(more.refused, 486);
	assert.equal(helped.calls.length + more.calls.length, CALLS_MOST);
	await cancel([...helped.calls, ...more.calls]);
	phone.close();
});

test('calls that have taken every port of media leave some for help', async () => {
	const calls = [];
	let status;

	for (const number of ['101', '104', '105']) {
		const rang = await ring(await registered({number}), '102');

		calls.push(...rang.calls);
		status = rang.refused;
		if (status === 503)
			break;
	}
	assert.equal(status, 503, 'media ports were left');
	await isHelped(await open({number: 105}));
	await cancel(calls);
});

test('a phone that is not registered calls for help with its credentials, and nobody else', async () => {
	const phone = await open({number: 104, localAddress: '127.0.0.31'});
	const call = await phone.invite('102');

	assert.equal((await call.final()).status, 403);
	await isHelped(phone);
	phone.account = {...phone.account, password: 'wrong'};
	assert.equal((await (await phone.invite(HELP)).final()).status, 403);
	phone.close();
});

// The status of an answer; 0: what comes too soon is not answered.
async function slowed(phone, options) {
	const {status} = await phone.tryRegister({timeoutMs: 1000, ...options}).catch(() => ({status: 0}));

	return status;
}

for (const transport of ['udp', 'tcp']) {
	test(`a banned address is heard when it calls for help, and with right credentials banned no more (${transport})`, async () => {
		const localAddress = transport === 'udp' ? '127.0.0.32' : '127.0.0.33';
		const attacker = await open({number: 101, localAddress});

		for (let i = 0; i < FAILURES; i++)
			await attacker.tryRegister(WRONG);
		await assert.rejects(attacker.tryRegister({timeoutMs: 500}), 'it is not banned');

		const phone = await open({number: 104, localAddress, transport});

		await isHelped(phone, async () => {
			for (let refused = 0; refused < FAILURES;)
				refused += await slowed(attacker, WRONG) === 403;
		});
		await waitFor(async () => await slowed(phone) === 200, 'its registration');
		attacker.close();
		phone.close();
	});
}

test('a banned address that only says it needs help is answered no more than once a second', async () => {
	const attacker = await open({number: 101, localAddress: '127.0.0.34'});
	const TRIES = 60, ANSWERS_MOST = 30;
	const seen = new Set();

	for (let i = 0; i < FAILURES; i++)
		await attacker.tryRegister(WRONG);
	await assert.rejects(attacker.tryRegister({timeoutMs: 500}), 'it is not banned');
	for (let i = 0; i < TRIES; i++) {
		attacker.socket.send(attacker.build('INVITE', {uri: `sip:${HELP}@${DOMAIN}`, to: `<sip:${HELP}@${DOMAIN}>`,
			from: `<${attacker.aor}>;tag=1`, callId: `many-${i}@test`, number: 1,
			headers: [['Contact', `<${attacker.contact}>`]]}).text);
	}
	await registered({number: 105}); // what was sent before has been worked on
	for (const message of attacker.socket.inbox.filter((m) => !m.request && /^many-/.test(m.header('call-id')))) {
		assert.equal(message.status, 401);
		seen.add(message.header('call-id'));
	}
	assert.ok(seen.size <= ANSWERS_MOST, `${seen.size} of ${TRIES} were answered`);
	attacker.close();
});

// The last: it ends the engine.
test('an engine that drains takes calls for help until the end', async () => {
	const phone = await registered({number: 101});
	const other = await registered({number: 104});
	const call = await phone.invite('104');
	const incoming = await other.incoming();
	const acked = incoming.answer();

	await call.answered();
	await acked;
	const stopped = centrex.stop();

	await waitFor(() => /draining/.test(centrex.log()), 'draining');
	assert.equal((await (await other.invite('101')).final()).status, 503);
	await isHelped(other);
	const ended = incoming.expect('BYE');

	await call.bye();
	await ended;
	await stopped;
});
