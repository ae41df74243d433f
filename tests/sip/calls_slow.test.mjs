// What only time brings: no ACK, session timers, silence. All at once, since each mostly waits.

import assert from 'node:assert/strict';
import {after, before, describe, it, test} from 'node:test';

import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {tag} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';
import {DOMAINS, TwoTenants} from './two_tenants.mjs';

let two;
let used = 0;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

// A tenant of its own for each test here: they share nothing.
async function pair() {
	const tenant = await two.centrex.tenant(`slow${++used}.${DOMAINS[0]}`, ['101', '102']);

	return {tenant, a: await two.phone(tenant, '101'), b: await two.phone(tenant, '102')};
}

async function talk(a, b, options) {
	const call = await a.invite('102', options);
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress(180);
	const acked = incoming.answer();
	const reply = await call.answered();
	await acked;
	return {call, incoming, reply};
}

async function cause(tenant) {
	const row = await waitFor(async () => (await two.calls(tenant))[0], 'the record', 20_000);

	return (await two.details(tenant, row)).cause;
}

const timer = (value) => ({headers: [['Session-Expires', value], ['Supported', 'timer']]});

describe('clocks', {concurrency: true}, () => {
	it('a 200 that is never acknowledged ends the call', async () => {
		const {tenant, a, b} = await pair();
		const call = await a.invite('102');
		const incoming = await b.incoming();

		await incoming.answer();
		const bye = incoming.expect('BYE', 45_000);
		await call.expect('BYE', 45_000);
		await bye;
		assert.equal(await cause(tenant), 'no_ack');
	});

	it('we refresh when it is our turn, and the call goes on', async () => {
		const {tenant, a, b} = await pair();
		const {call, incoming, reply} = await talk(a, b, timer('90;refresher=uas'));

		assert.equal(reply.header('session-expires'), '90;refresher=uas');
		const request = await call.socket.next((m) => m.request && m.method === 'INVITE' && call.mine(m),
			'a refresh', 60_000);
		const offered = readSdp(request.body);
		assert.deepEqual(offered.lines, readSdp(reply.body).lines, 'the same description, the same version');
		call.reply(200, 'OK', {request, body: audioSdp(call.rtp.port)});
		await call.socket.next((m) => m.request && m.method === 'ACK' && call.mine(m), 'an ACK');
		call.rtp.start();
		await incoming.rtp.heard(5, {ssrc: call.rtp.ssrc});
		const ended = incoming.expect('BYE');
		await call.bye();
		await ended;
		assert.equal(await cause(tenant), 'normal');
	});

	it('we refresh with UPDATE where the phone takes it; 481 means that it is gone', async () => {
		const {tenant, a, b} = await pair();
		const options = timer('90;refresher=uas');

		options.headers.push(['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE']);
		const {call, incoming} = await talk(a, b, options);
		const request = await call.socket.next((m) => m.request && m.method === 'UPDATE' && call.mine(m),
			'a refresh', 60_000);
		assert.equal(request.body, '');
		const ended = incoming.expect('BYE');
		call.reply(481, 'Call/Transaction Does Not Exist', {request});
		await ended;
		assert.equal(await cause(tenant), 'session_expired');
	});

	it('a phone that promised to refresh and does not is taken for dead', async () => {
		const {tenant, a, b} = await pair();
		const {call, incoming, reply} = await talk(a, b, timer('90;refresher=uac'));

		assert.equal(reply.header('session-expires'), '90;refresher=uac');
		assert.match(reply.header('require'), /timer/);
		const ended = incoming.expect('BYE', 80_000);
		await call.expect('BYE', 80_000);
		await ended;
		assert.equal(await cause(tenant), 'session_expired');
	});

	it('a phone that refreshes in time goes on', async () => {
		const {tenant, a, b} = await pair();
		const {call, incoming} = await talk(a, b, timer('90;refresher=uac'));
		const body = audioSdp(call.rtp.port);

		await new Promise((resolve) => setTimeout(resolve, 40_000));
		call.number++;
		await call.sendInvite({sdp: body, ...timer('90;refresher=uac')});
		const reply = await call.final();
		assert.equal(reply.status, 200);
		await incoming.socket.none((m) => m.method === 'INVITE'); // the same words: the other is not asked
		await new Promise((resolve) => setTimeout(resolve, 25_000));
		const ended = incoming.expect('BYE');
		assert.equal((await call.bye()).status, 200);
		await ended;
		assert.equal(await cause(tenant), 'normal');
	});
});

test('silence ends a call, but not one on hold', async () => {
	const quiet = await TwoTenants.start({args: ['--media-silence-s', 2]});

	try {
		const [row] = (await quiet.both(async ({a, b}) => {
			const {call, incoming} = await talk(a, b);

			assert.equal((await call.reinvite(audioSdp(call.rtp.port, {version: 2, direction: 'inactive'}))).status, 200);
			await call.socket.none((m) => m.method === 'BYE', 5000);
			assert.equal((await call.reinvite(audioSdp(call.rtp.port, {version: 3}))).status, 200);
			await Promise.all([call.expect('BYE'), incoming.expect('BYE')]);
		}))[0];
		assert.equal(row.cause, 'media_silence');
		assert.equal(row.disposition, 'answered');
	} finally {
		await quiet.stop();
	}
});

test('a phone of which nothing is heard is asked: muted it stays, gone it ends the call', async () => {
	const quiet = await TwoTenants.start({args: ['--media-silence-s', 2]});

	try {
		const rows = await quiet.both(async ({a, b}) => {
			const asked = (end) => end.socket.next((m) => m.request && m.method === 'OPTIONS' && end.mine(m), 'an OPTIONS');
			// Muted: it answers, and is asked again after a while.
			const muted = await talk(a, b);
			b.answerOptions = false;
			muted.call.rtp.start();
			for (let i = 0; i < 2; i++) {
				const request = await asked(muted.incoming);
				assert.equal(tag(request.header('to')), muted.incoming.localTag, 'inside the dialog');
				muted.incoming.reply(200, 'OK', {request});
			}
			// Begun anew, it has forgotten the call.
			const ended = muted.call.expect('BYE');
			muted.incoming.reply(481, 'Call/Transaction Does Not Exist', {request: await asked(muted.incoming)});
			await ended;
			// Switched off: nothing comes back (timer F).
			const off = await talk(a, b);
			off.incoming.rtp.start();
			a.answerOptions = false;
			await asked(off.call);
			await off.incoming.expect('BYE', 45_000);
		}, {expectCalls: 2});
		rows.forEach((list) => list.forEach((row) =>
			assert.deepEqual([row.disposition, row.cause, row.hangup_by], ['answered', 'media_silence', 'engine'])));
	} finally {
		await quiet.stop();
	}
});

test('draining: calls go on, new ones are refused, the end is told', async () => {
	const draining = await TwoTenants.start({args: ['--drain-s', 4]});
	const [tenant] = draining.tenants;
	const a = await draining.phone(tenant, '101');
	const b = await draining.phone(tenant, '102');
	const {call, incoming} = await talk(a, b);

	call.rtp.start();
	const stopped = draining.stop();
	await waitFor(() => /draining/.test(draining.centrex.log()), 'draining');
	const refused = a.build('INVITE', {uri: `sip:102@${tenant.domain}`, to: '<sip:102@x>', from: `<${a.aor}>;tag=1`,
		callId: 'refused@test', number: 1, headers: [['Contact', `<${a.contact}>`]]});
	a.socket.send(refused.text);
	assert.equal((await a.socket.response(refused)).status, 503);
	const before = incoming.rtp.received.length;
	await incoming.rtp.heard(before + 20);
	await Promise.all([call.expect('BYE'), incoming.expect('BYE')]);
	await stopped;
});
