// Calls: Centrex against Kamailio with rtpengine (a stateful proxy that stays in the dialog, with
// digest, and a relay), which does less: it joins no legs and keeps no records.
//   set-up     INVITE with digest, 180, 200, ACK, BYE by sipp, 64 calls under way: calls a second,
//              and CPU of all server processes a call. The record of each call of Centrex goes to
//              its journal, and to PostgreSQL behind, whose CPU is shown apart.
//   with media so many calls at once with G.711 both ways: CPU a call and second, memory a call

import fs from 'node:fs';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {freePort} from '../lib/processes.mjs';
import {sipp, startSipp} from '../lib/sipp.mjs';
import {CENTREX_PORTS, loadRtp, startCalls, startKamailio, startRtpengine} from './calls.mjs';
import {account, addPhones, cpuMicroseconds, domains, family, interleave, median, quick, report, startCentrex} from './lib.mjs';

const PHONES = 200;                     // that set up calls; then two for each that talks
const CALLS = quick ? 500 : 10_000;     // set up and torn down in a round
const TALKING = quick ? 50 : 400;
const SECONDS = quick ? 2 : 10;
const ROUNDS = quick ? 1 : 3;
const WINDOW = 64;
const names = domains(1);
const total = Math.max(PHONES, 2 * TALKING);
const scenario = (name) => fs.readFileSync(path.join(source, 'tests/sip/scenarios', `${name}.xml`), 'utf8');

// The tests' scenarios, with a proxy that stays in the dialog.
const answerScenario = () => scenario('answer').replaceAll(/\[last_Via:\]/g, '[last_Via:]\n[last_Record-Route:]');

// call.xml without its pause, from many phones to one.
const callScenario = (number) => scenario('call').replace(/ *<pause[^>]*>\n/, '')
	.replaceAll('sip:102@', `sip:${number}@`).replaceAll('sip:[number]@', 'sip:[field0]@')
	.replace('[authentication]', '[field1]')
	.replaceAll(/(?<=\[next_url\] SIP\/2.0\n)/g, '[routes]\n');

const memoryKiB = (pids) => pids.reduce((sum, pid) => sum +
	Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]), 0);

async function registerAll(port, listen) {
	const rows = Array.from({length: PHONES}, (_, i) => account(names[0], i, 1)).map((a) =>
		[a.number, `[authentication username=${a.username} password=${a.password}]`]);
	const text = scenario('register').replaceAll('[number]', '[field0]')
		.replace('[authentication]', '[field1]');

	await sipp({port, listen, scenario: text, calls: PHONES, rate: 200, rows, keys: {domain: names[0]},
		args: ['-auth_uri', names[0]]});
	return rows;
}

async function setUp(side) {
	const listen = await freePort();
	const rows = await registerAll(side.port, listen);
	const [number] = rows.at(-1);
	const answering = await startSipp({port: side.port, listen, scenario: answerScenario(), calls: 2 * CALLS,
		keys: {domain: names[0]}, args: ['-timeout', '600s']});
	const measured = side.pids(), beside = side.others?.() ?? [];
	const before = cpuMicroseconds(measured), besideBefore = cpuMicroseconds(beside);
	const began = performance.now();

	await sipp({port: side.port, scenario: callScenario(number), calls: CALLS, rate: 100_000, rows: rows.slice(0, -1),
		keys: {domain: names[0]}, timeoutMs: 600_000, args: ['-l', WINDOW, '-timeout', '600s', '-default_behaviors', 'all,-abortunexp', // a proxy's processes change the order
			'-auth_uri', `${number}@${names[0]}`]});
	const seconds = (performance.now() - began) / 1000;
	await answering.stop();
	return {
		rate: Number((CALLS / seconds).toFixed(1)),
		cpu_us: Number(((cpuMicroseconds(measured) - before) / CALLS).toFixed(1)),
		...(side.others ? {postgresql_us: Number(((cpuMicroseconds(beside) - besideBefore) / CALLS).toFixed(1))} : {}),
	};
}

const centrex = await startCentrex(['--drain-s', 1, '--sip-calls-most', 1000, ...CENTREX_PORTS]);
await addPhones(centrex, names, total);
const engine = centrex.pid('sip');
const rtpengine = await startRtpengine();
const kamailio = await startKamailio(total, ['CALLS', `RTPENGINE="udp:127.0.0.1:${rtpengine.port}"`]);
const sides = {
	Centrex: {port: centrex.sip.udp, pids: () => [engine], others: () => family(centrex.pid('postgres'))},
	Kamailio: {port: kamailio.port, pids: () => [...kamailio.pids(), ...rtpengine.pids()]},
};
const middle = (results, side, what) => median(results[side].map((r) => r[what]));

console.log(`Call set-up, ${CALLS} calls, ${WINDOW} under way`);
const calls = await interleave(Object.keys(sides), ROUNDS, (side) => setUp(sides[side]));

console.log(`Calls with media, ${TALKING} for ${SECONDS} s`);
for (const side of Object.values(sides)) {
	const empty = memoryKiB(side.pids());

	Object.assign(side, await startCalls(side.port, names[0], TALKING));
	side.memory = Number(((memoryKiB(side.pids()) - empty) / TALKING).toFixed(1));
}
const media = await interleave(Object.keys(sides), ROUNDS, (side) => loadRtp(sides[side], SECONDS));

report('Calls', 'Kamailio 5.6 with rtpengine 10.5', [
	['set up and torn down', middle(calls, 'Centrex', 'rate'), middle(calls, 'Kamailio', 'rate'), 'calls a second', true],
	['CPU of the server', middle(calls, 'Centrex', 'cpu_us'), middle(calls, 'Kamailio', 'cpu_us'), 'us a call', false],
	[`${TALKING} calls with media: CPU`, middle(media, 'Centrex', 'cpu_us'), middle(media, 'Kamailio', 'cpu_us'), 'us a packet', false],
	['calls with media of one core', 1e6 / middle(media, 'Centrex', 'cpu_us') / 100, 1e6 / middle(media, 'Kamailio', 'cpu_us') / 100, 'calls', true],
	['memory', sides.Centrex.memory, sides.Kamailio.memory, 'KiB a call', false],
]);
console.log(`PostgreSQL beside Centrex: ${middle(calls, 'Centrex', 'postgresql_us')} us a call.`);
console.log(`Lost: Centrex ${middle(media, 'Centrex', 'lost')}, rtpengine ${middle(media, 'Kamailio', 'lost')}.`);
for (const side of Object.values(sides))
	side.phones.forEach((phone) => phone.close());
await kamailio.stop();
await rtpengine.stop();
await centrex.stop();
