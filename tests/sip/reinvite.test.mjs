// A re-INVITE that comes to nothing: the session stays as it was (RFC 3261 sections 14.1 and 14.2),
// and both phones hear each other, whatever one of them has said meanwhile.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, hangUp, talk} from './two_tenants.mjs';

const PCMA = [8, 'PCMA/8000'], PCMU = [0, 'PCMU/8000'], GSM = [3, 'GSM/8000'];
let two, version = 1;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

const say = (end, codecs, options) => audioSdp(end.rtp.port, {codecs, version: ++version, ...options});

// From now on this phone takes what it has of any offer, refuses what it has nothing of, and offers
// all it has when it is asked to. A re-INVITE that `first` answers is not its business.
function agreeable(end, codecs, first = () => undefined) {
	const wanted = new Set(codecs.map(([type]) => type));

	end.phone.socket.handlers.push((m) => {
		if (!m.request || m.method !== 'INVITE' || !end.mine(m))
			return false;
		const asked = m.body ? readSdp(m.body).payloads.filter((type) => wanted.has(type)) : [...wanted];
		const body = first(m) ?? (asked.length ? say(end, codecs.filter(([type]) => asked.includes(type))) : '');

		if (body)
			end.reply(200, 'OK', {request: m, body});
		else
			end.reply(488, 'Not Acceptable Here', {request: m});
		return true;
	});
}

async function hear(...ends) {
	for (const end of ends)
		end.rtp.start({payloadType: 8});
	for (const end of ends) {
		const other = ends.find((one) => one !== end);

		await end.rtp.heard(end.rtp.received.length + 10, {ssrc: other.rtp.ssrc});
	}
}

// The next INVITE of this phone has no description, and its ACK this body.
async function askForOffer(end, body) {
	const plain = end.ack.bind(end);

	end.ack = () => plain({body});
	const reply = await end.reinvite('');

	end.ack = plain;
	assert.equal(reply.status, 200);
	return reply;
}

function once(make) {
	let left = 1;

	return () => left-- > 0 ? make() : undefined;
}

const normal = (rows) => rows.forEach((records) =>
	assert.deepEqual(records.map((row) => [row.disposition, row.cause]), [['answered', 'normal']]));

test('an answer with nothing of what was offered: 488, and the call goes on as it was', async () => {
	normal(await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);

		agreeable(call, [PCMA, PCMU]);
		agreeable(incoming, [PCMA, PCMU], once(() => say(incoming, [GSM])));
		assert.equal((await call.reinvite(say(call, [PCMU]))).status, 488);
		await hear(call, incoming);
		await hangUp(call, incoming);
	}));
});

for (const [what, body] of [
	['no answer', () => ''],
	['an answer with nothing of what was offered', (end) => say(end, [PCMU])],
	['an answer without audio', () => say({rtp: {port: 0}}, [GSM])],
]) {
	test(`an offer was asked for, and the ACK brings ${what}: the call goes on as it was`, async () => {
		normal(await two.both(async ({a, b}) => {
			const {call, incoming} = await talk(a, b);

			agreeable(call, [PCMA, PCMU]);
			agreeable(incoming, [PCMA, PCMU], once(() => say(incoming, [GSM])));
			await askForOffer(call, body(call));
			await hear(call, incoming);
			await hangUp(call, incoming);
		}));
	});
}

test('an offer was asked for while on hold, and the ACK brings no answer: the hold can be ended', async () => {
	normal(await two.both(async ({a, b}) => {
		const {call, incoming} = await talk(a, b);

		agreeable(call, [PCMA, PCMU]);
		agreeable(incoming, [PCMA, PCMU]);
		assert.equal((await call.reinvite(say(call, [PCMA], {direction: 'sendonly'}))).status, 200);
		await askForOffer(call, '');
		await waitFor(async () => { // it is asked itself, and then 491 is right
			const {status} = await call.reinvite(say(call, [PCMA]));

			assert.ok([200, 491].includes(status), status);
			return status === 200;
		}, 'the end of the hold');
		await hear(call, incoming);
		await hangUp(call, incoming);
	}));
});
