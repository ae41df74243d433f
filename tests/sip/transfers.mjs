// What tests of transfers, pick-up and parking share: calls that talk, REFER and its NOTIFYs, and
// whether two phones hear each other.

import assert from 'node:assert/strict';

import {audioSdp} from '../lib/rtp.mjs';
import {tag} from '../lib/sip.mjs';

// a calls number, where b answers. Both ends.
export async function talk(a, number, b, options) {
	const call = await a.invite(number, options);
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress(180);
	const acked = incoming.answer();
	await call.answered();
	await acked;
	return [call, incoming];
}

// The next call that comes to b, answered; its end.
export async function take(b) {
	const incoming = await b.incoming();

	incoming.ring();
	await incoming.answer();
	return incoming;
}

// Calls number, where Centrex itself answers.
export async function dial(a, number, options) {
	const call = await a.invite(number, options);

	await call.answered();
	return call;
}

export const uriOf = (tenant, number) => `sip:${number}@${tenant.domain}`;

export const replacesOf = (call) => `${call.callId};to-tag=${tag(call.remote)};from-tag=${tag(call.local)}`;

// REFER inside the dialog; the final response.
export function refer(call, target, {replaces, headers = []} = {}) {
	const more = replaces ? `?Replaces=${encodeURIComponent(replacesOf(replaces))}` : '';

	return call.send('REFER', {headers: [['Refer-To', `<${target}${more}>`], ...headers]});
}

// The next NOTIFY of a REFER, answered: {status, phrase, state, event}.
export async function notified(call, {status = 200, timeoutMs} = {}) {
	const request = await call.expect('NOTIFY', timeoutMs);
	const [, code, phrase] = request.body.match(/^SIP\/2\.0 (\d+) (.*)\r\n/);

	assert.match(request.header('content-type'), /^message\/sipfrag/);
	call.reply(status, status === 200 ? 'OK' : 'No', {request});
	return {status: Number(code), phrase, state: request.header('subscription-state'), event: request.header('event'),
		request};
}

// What becomes of a transfer: 202, 100, then this.
export async function transferred(call, target, status, options) {
	const reply = await refer(call, target, options);

	assert.equal(reply.status, 202, reply.raw);
	return finished(call, status, options);
}

export async function finished(call, status, {timeoutMs = 15_000} = {}) {
	let said = await notified(call, {timeoutMs});

	assert.match(said.event, /^refer/);
	while (/^active/.test(said.state)) {
		assert.equal(said.status, 100);
		said = await notified(call, {timeoutMs});
	}
	assert.match(said.state, /^terminated/);
	assert.equal(said.status, status);
	return said;
}

// Each end's packets, and nobody else's, come to the other.
export async function hearEachOther(one, two) {
	const pairs = [[one, two], [two, one]];

	pairs.forEach(([from]) => from.rtp.start());
	try {
		for (const [from, to] of pairs)
			await to.rtp.heard(10, {ssrc: from.rtp.ssrc});
		pairs.forEach(([, to]) => { to.rtp.received.length = 0; });
		for (const [from, to] of pairs) {
			await to.rtp.heard(10, {ssrc: from.rtp.ssrc});
			assert.deepEqual([...new Set(to.rtp.received.map((p) => p.ssrc))], [from.rtp.ssrc]);
		}
	} finally {
		pairs.forEach(([from]) => from.rtp.stop());
	}
}

export async function hangUp(call, other) {
	const ended = other.expect('BYE');

	assert.equal((await call.bye()).status, 200);
	await ended;
}

// The outcomes of a record's legs: ['101 answered', ...].
export const legsOf = (row) => row.legs.map((leg) => `${leg.extension} ${leg.outcome}`);

export function recorded(rows, what) {
	for (const list of rows)
		what(...list);
}

// A hold or resume that Centrex itself answers, or the other phone.
export async function hold(call, direction = 'sendonly') {
	const reply = await call.reinvite(audioSdp(call.rtp.port, {address: call.socket.address, direction, version: 2 + call.number}));

	assert.equal(reply.status, 200, reply.raw);
}

// flow gets a third phone, c, of extension 103, in both tenants at once.
export const three = (two, flow, options) => two.both(async (given) => {
	const c = await two.phone(given.tenant, '103');

	try {
		await flow({...given, c});
	} finally {
		await c.unregister().catch(() => {});
		c.close();
	}
}, options);
