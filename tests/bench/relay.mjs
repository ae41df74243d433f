// RTP relay: so many calls with G.711 both ways, fifty packets a second and direction, through
// Centrex and through rtpengine in userspace. Compared: CPU time of the relaying process per packet,
// and what was lost. Both have the same calls and the same load generator; the calls of Centrex are
// set up by real SIP, those of rtpengine over its ng protocol.

import assert from 'node:assert/strict';
import path from 'node:path';

import {Phone} from '../lib/phone.mjs';
import {freePort, start} from '../lib/processes.mjs';
import {audioSdp, readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {account, addPhones, cpuMicroseconds, directory, domains, family, interleave, loadJson, median, program, quick, report, startCentrex} from './lib.mjs';

const CALLS = quick ? 50 : 400;
const SECONDS = quick ? 2 : 10;
const ROUNDS = quick ? 1 : 3;
const LATE_MS = 100;
const LOAD_PORTS = 10_000; // even ones from here; all ranges below the ephemeral ports
const names = domains(1);
const caller = (call) => LOAD_PORTS + 4 * call;
const callee = (call) => LOAD_PORTS + 4 * call + 2;

// A list of [local, remote] for load_rtp, from what each side was told to send to.
function legs(ports) {
	return ports.flatMap(([toCaller, toCallee], call) =>
		[[caller(call), toCaller], [callee(call), toCallee]]);
}

async function startRtpengine() {
	const port = await freePort();
	const run = directory('rtpengine');
	const server = start('rtpengine', ['--foreground', '--table=-1', '--interface=127.0.0.1',
		`--listen-ng=127.0.0.1:${port}`, '--port-min=28000', '--port-max=32700', '--num-threads=2',
		'--log-level=3', '--log-stderr', `--pidfile=${path.join(run, 'pid')}`, '--timeout=3600', '--silent-timeout=3600'],
	{name: 'rtpengine'});
	const {NgClient} = await import('./rtpengine.mjs');
	const ng = await NgClient.open(port);

	await waitFor(() => {
		if (!server.running)
			throw new Error(server.output());
		return ng.ask({command: 'ping'});
	}, 'rtpengine to answer', 20_000);
	const ports = [];
	for (let call = 0; call < CALLS; call++) {
		const id = {'call-id': `bench-${call}`, 'from-tag': 'a', replace: ['origin']};
		const offer = await ng.ask({command: 'offer', ...id, sdp: audioSdp(caller(call), {codecs: [[8, 'PCMA/8000']]})});
		const answer = await ng.ask({command: 'answer', ...id, 'to-tag': 'b', sdp: audioSdp(callee(call), {codecs: [[8, 'PCMA/8000']]})});
		ports.push([readSdp(answer.sdp).port, readSdp(offer.sdp).port]);
	}
	ng.close();
	return {pids: () => family(server.pid), legs: legs(ports), stop: () => server.stop(60_000)};
}

async function startCalls(centrex) {
	const ports = [], phones = [];
	const one = async (call) => {
		const open = (index) => Phone.open({account: account(names[0], index, 1), port: centrex.sip.udp, expires: 3600});
		const [a, b] = await Promise.all([open(2 * call), open(2 * call + 1)]);

		phones.push(a, b);
		await Promise.all([a.register(), b.register()]);
		const coming = b.incoming();
		const call_ = await a.invite(b.account.number, {sdp: audioSdp(caller(call), {codecs: [[8, 'PCMA/8000']]})});
		const incoming = await coming;
		await Promise.all([
			incoming.answer({sdp: audioSdp(callee(call), {codecs: [[8, 'PCMA/8000']]})}),
			call_.answered().then((reply) => {
				ports[call] = [readSdp(reply.body).port, readSdp(incoming.request.body).port];
			}),
		]);
	};

	for (let call = 0; call < CALLS; call += 20)
		await Promise.all(Array.from({length: Math.min(20, CALLS - call)}, (_, i) => one(call + i)));
	return {legs: legs(ports), phones};
}

const centrex = await startCentrex(['--drain-s', 1, '--rtp-port-least', 16384, '--rtp-port-most', 27999]);
await addPhones(centrex, names, 2 * CALLS);
const engine = centrex.pid('sip');
const sides = {
	Centrex: {...await startCalls(centrex), pids: () => [engine]},
	rtpengine: await startRtpengine(),
};

console.log(`RTP relay, ${CALLS} calls for ${SECONDS} s`);
const results = await interleave(Object.keys(sides), ROUNDS, async (side) => {
	const measured = sides[side].pids();
	const before = cpuMicroseconds(measured);
	const result = await loadJson(program('load_rtp'), [SECONDS],
		{input: sides[side].legs.map((leg) => leg.join(' ')).join('\n')});

	assert.equal(result.legs, 2 * CALLS);
	if (result.late_most_ms > LATE_MS)
		console.log(`  the generator itself was ${result.late_most_ms} ms late: something else runs here`);
	result.cpu_us = Number(((cpuMicroseconds(measured) - before) / result.received).toFixed(3));
	result.lost = Number((1 - result.received / result.sent).toFixed(5));
	return result;
});
const middle = (side, what) => median(results[side].map((r) => r[what]));

report(`RTP relay, ${CALLS} calls, G.711, 20 ms`, 'rtpengine 10.5', [
	['CPU of the relay', middle('Centrex', 'cpu_us'), middle('rtpengine', 'cpu_us'), 'us a packet', false],
	['calls of one core', 1e6 / middle('Centrex', 'cpu_us') / 100, 1e6 / middle('rtpengine', 'cpu_us') / 100, 'calls', true],
]);
console.log(`Lost: Centrex ${middle('Centrex', 'lost')}, rtpengine ${middle('rtpengine', 'lost')}.`);
sides.Centrex.phones.forEach((phone) => phone.close());
await sides.rtpengine.stop();
await centrex.stop();
