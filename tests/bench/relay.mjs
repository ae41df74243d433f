// RTP relay: so many calls with G.711 both ways, fifty packets a second and direction, through
// Centrex and through rtpengine in userspace. Compared: CPU time of the relaying process per packet,
// and what was lost. Both have the same calls and the same load generator; the calls of Centrex are
// set up by real SIP, those of rtpengine over its ng protocol.

import {CENTREX_PORTS, loadRtp, offerToRtpengine, startCalls, startRtpengine} from './calls.mjs';
import {addPhones, domains, interleave, median, quick, report, startCentrex} from './lib.mjs';

const CALLS = quick ? 50 : 400;
const SECONDS = quick ? 2 : 10;
const ROUNDS = quick ? 1 : 3;
const names = domains(1);

const centrex = await startCentrex(['--drain-s', 1, ...CENTREX_PORTS]);
await addPhones(centrex, names, 2 * CALLS);
const engine = centrex.pid('sip');
const rtpengine = await startRtpengine();
const sides = {
	Centrex: {...await startCalls(centrex.sip.udp, names[0], CALLS), pids: () => [engine]},
	rtpengine: {...rtpengine, legs: await offerToRtpengine(rtpengine.ng, CALLS)},
};

console.log(`RTP relay, ${CALLS} calls for ${SECONDS} s`);
const results = await interleave(Object.keys(sides), ROUNDS, (side) => loadRtp(sides[side], SECONDS));
const middle = (side, what) => median(results[side].map((r) => r[what]));

report(`RTP relay, ${CALLS} calls, G.711, 20 ms`, 'rtpengine 10.5', [
	['CPU of the relay', middle('Centrex', 'cpu_us'), middle('rtpengine', 'cpu_us'), 'us a packet', false],
	['calls of one core', 1e6 / middle('Centrex', 'cpu_us') / 100, 1e6 / middle('rtpengine', 'cpu_us') / 100, 'calls', true],
]);
console.log(`Lost: Centrex ${middle('Centrex', 'lost')}, rtpengine ${middle('rtpengine', 'lost')}.`);
sides.Centrex.phones.forEach((phone) => phone.close());
await sides.rtpengine.stop();
await centrex.stop();
