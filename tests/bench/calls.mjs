// Calls with media for the benches: set up by real SIP between raw phones, their RTP sent and
// received by load_rtp; and rtpengine and Kamailio, their peers.

import assert from 'node:assert/strict';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {freePort, start} from '../lib/processes.mjs';
import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {SipSocket, format, token} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';
import {account, cpuMicroseconds, directory, family, loadJson, program} from './lib.mjs';

const LATE_MS = 100;
const LOAD_PORTS = 10_000; // even ones from here; all ranges below the ephemeral ports
const CODECS = [[8, 'PCMA/8000']];
export const caller = (call) => LOAD_PORTS + 4 * call;
export const callee = (call) => LOAD_PORTS + 4 * call + 2;

// Where the sound of so many calls goes in rtpengine and Centrex.
export const RTPENGINE_PORTS = ['--port-min=28000', '--port-max=32700'];
export const CENTREX_PORTS = ['--rtp-port-least', 16384, '--rtp-port-most', 27999];

// A list of [local, remote] for load_rtp, from what each side was told to send to.
export function legs(ports) {
	return ports.flatMap(([toCaller, toCallee], call) =>
		[[caller(call), toCaller], [callee(call), toCallee]]);
}

export async function startRtpengine() {
	const port = await freePort();
	const run = directory('rtpengine');
	const server = start('rtpengine', ['--foreground', '--table=-1', '--interface=127.0.0.1',
		`--listen-ng=127.0.0.1:${port}`, ...RTPENGINE_PORTS, '--num-threads=2',
		'--log-level=3', '--log-stderr', `--pidfile=${path.join(run, 'pid')}`, '--timeout=3600', '--silent-timeout=3600'],
	{name: 'rtpengine'});
	const {NgClient} = await import('./rtpengine.mjs');
	const ng = await NgClient.open(port);

	await waitFor(() => {
		if (!server.running)
			throw new Error(server.output());
		return ng.ask({command: 'ping'});
	}, 'rtpengine to answer', 20_000);
	return {port, ng, pids: () => family(server.pid), stop: () => { ng.close(); return server.stop(60_000); }};
}

// define: further -A of kamailio.cfg.
export async function startKamailio(phones, define = []) {
	const port = await freePort();
	const run = directory('kamailio');
	const server = start('kamailio', ['-f', path.join(source, 'tests/bench/kamailio.cfg'), '-DD', '-E',
		...[`PORT=${port}`, `PHONES=${phones}`, ...define].flatMap((one) => ['-A', one]),
		'-m', 512, '-M', 16, '-Y', run, '-P', path.join(run, 'pid')],
	{name: 'kamailio'});
	const socket = await SipSocket.open({port});

	await waitFor(async () => {
		if (!server.running)
			throw new Error(server.output());
		socket.send(format('OPTIONS sip:x SIP/2.0', [['Via', `${socket.via};branch=z9hG4bK${token()}`],
			['Max-Forwards', 70], ['From', '<sip:x@x>;tag=1'], ['To', '<sip:x@x>'], ['Call-ID', token()], ['CSeq', '1 OPTIONS']]));
		await new Promise((resolve) => setTimeout(resolve, 200));
		return socket.inbox.length > 0;
	}, `kamailio:\n${server.output()}`, 60_000);
	socket.close();
	return {port, pids: () => family(server.pid), stop: () => server.stop(60_000)};
}

// So many calls through the SIP server at port, between phones 2i and 2i + 1 of the domain.
export async function startCalls(port, domain, calls) {
	const ports = [], phones = [];
	const one = async (call) => {
		const open = (index) => Phone.open({account: account(domain, index, 1), port, expires: 3600});
		const [a, b] = await Promise.all([open(2 * call), open(2 * call + 1)]);

		phones.push(a, b);
		await Promise.all([a.register(), b.register()]);
		const coming = b.incoming();
		const call_ = await a.invite(b.account.number, {sdp: audioSdp(caller(call), {codecs: CODECS})});
		const incoming = await coming;
		await Promise.all([
			incoming.answer({sdp: audioSdp(callee(call), {codecs: CODECS})}),
			call_.answered().then((reply) => {
				ports[call] = [readSdp(reply.body).port, readSdp(incoming.request.body).port];
			}),
		]);
	};

	for (let call = 0; call < calls; call += 20)
		await Promise.all(Array.from({length: Math.min(20, calls - call)}, (_, i) => one(call + i)));
	return {legs: legs(ports), phones};
}

// Sound both ways for so long: what came through, what was lost, and the CPU of those processes.
export async function loadRtp(side, seconds) {
	const measured = side.pids();
	const before = cpuMicroseconds(measured);
	const result = await loadJson(program('load_rtp'), [seconds],
		{input: side.legs.map((leg) => leg.join(' ')).join('\n')});

	assert.equal(result.legs, side.legs.length);
	if (result.late_most_ms > LATE_MS)
		console.log(`  the generator itself was ${result.late_most_ms} ms late: something else runs here`);
	result.cpu_us = Number(((cpuMicroseconds(measured) - before) / result.received).toFixed(3));
	result.lost = Number((1 - result.received / result.sent).toFixed(5));
	return result;
}

export async function offerToRtpengine(ng, calls) {
	const ports = [];

	for (let call = 0; call < calls; call++) {
		const id = {'call-id': `bench-${call}`, 'from-tag': 'a', replace: ['origin']};
		const offer = await ng.ask({command: 'offer', ...id, sdp: audioSdp(caller(call), {codecs: CODECS})});
		const answer = await ng.ask({command: 'answer', ...id, 'to-tag': 'b', sdp: audioSdp(callee(call), {codecs: CODECS})});
		ports.push([readSdp(answer.sdp).port, readSdp(offer.sdp).port]);
	}
	return legs(ports);
}
