// Music on hold: so many listeners of one track, fifty packets a second each, beside one call that
// is relayed by the same thread. Compared: CPU time a packet of Centrex' media thread, of a loop that
// does nothing but send(2) the same packets from as many sockets, and of rtpengine's players.

import {once} from 'node:events';
import {spawn} from 'node:child_process';
import path from 'node:path';
import readline from 'node:readline';

import {makeTone} from '../lib/audio.mjs';
import {audioSdp} from '../lib/rtp.mjs';
import {startRtpengine} from './calls.mjs';
import {cpuMicroseconds, directory, interleave, loadJson, median, program, quick, report} from './lib.mjs';

const LISTENERS = quick ? 100 : 1000;
const SECONDS = quick ? 2 : 10;
const ROUNDS = quick ? 1 : 3;
const CODECS = ['PCMA', 'G722', 'opus'];

// Where rtpengine sends to, and how much has come there.
class Sink {
	static async open() {
		const sink = new Sink();

		sink.process = spawn(program('bench_moh'), ['sink'], {stdio: ['pipe', 'pipe', 'inherit']});
		sink.lines = readline.createInterface({input: sink.process.stdout})[Symbol.asyncIterator]();
		({port: sink.port} = await sink.#next());
		return sink;
	}

	async #next() {
		return JSON.parse((await this.lines.next()).value);
	}

	async came() {
		this.process.stdin.write('\n');
		return (await this.#next()).came;
	}

	async close() {
		const ended = once(this.process, 'exit');

		this.process.stdin.end();
		await ended;
	}
}

// Calls of two phones that both hear the file, again and again.
async function playByRtpengine(rtpengine, sink, listeners) {
	const file = await makeTone(path.join(directory('moh'), 'tone.wav'), 440, 60);
	const sdp = audioSdp(sink.port, {codecs: [[8, 'PCMA/8000']]});

	for (let call = 0; call < listeners / 2; call++) {
		const id = {'call-id': `moh-${call}`};

		await rtpengine.ng.ask({command: 'offer', ...id, 'from-tag': 'a', sdp});
		await rtpengine.ng.ask({command: 'answer', ...id, 'from-tag': 'a', 'to-tag': 'b', sdp});
		for (const tag of ['a', 'b'])
			await rtpengine.ng.ask({command: 'play media', ...id, 'from-tag': tag, file, 'repeat-times': 1000});
	}
}

async function listenToRtpengine(rtpengine, sink, seconds) {
	const pids = rtpengine.pids();
	const [used, came] = [cpuMicroseconds(pids), await sink.came()];

	await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
	const packets = await sink.came() - came;
	return {
		cpu_us: Number(((cpuMicroseconds(pids) - used) / packets).toFixed(3)),
		rate: Math.round(packets / seconds),
		expected: LISTENERS * 50,
	};
}

const ours = (side, codec = 'PCMA', listeners = LISTENERS) =>
	loadJson(program('bench_moh'), [side, codec, listeners, SECONDS]);

console.log(`music on hold, ${LISTENERS} listeners for ${SECONDS} s`);
const sink = await Sink.open();
// Its players go on playing: it is started for its own rounds, which come last.
const results = await interleave(['Centrex', 'send(2)', 'alone'], ROUNDS, (side) => ({
	'Centrex': () => ours('centrex'),
	'send(2)': () => ours('plain'),
	'alone': () => ours('centrex', 'PCMA', 1),
})[side]());
const rtpengine = await startRtpengine();
await playByRtpengine(rtpengine, sink, LISTENERS);
Object.assign(results, await interleave(['rtpengine'], ROUNDS, () => listenToRtpengine(rtpengine, sink, SECONDS)));
await rtpengine.stop();
await sink.close();

const middle = (side, what = 'cpu_us') => median(results[side].map((r) => r[what]));
const perCore = (side) => 1e6 / middle(side) / 50;

for (const peer of ['send(2)', 'rtpengine'])
	report(`Music on hold, ${LISTENERS} listeners, PCMA`, peer, [
		['CPU', middle('Centrex'), middle(peer), 'us a packet', false],
		['listeners of one core', perCore('Centrex'), perCore(peer), 'listeners', true],
	]);
console.log(`A packet of the call beside: ${middle('Centrex', 'delay_p50_us')} us, ` +
	`p99 ${middle('Centrex', 'delay_p99_us')} us; with one listener ` +
	`${middle('alone', 'delay_p50_us')} us, p99 ${middle('alone', 'delay_p99_us')} us.`);
for (const codec of CODECS) {
	const {cpu_us: us} = await ours('centrex', codec);

	console.log(`${codec}: ${us} us a packet, ${Math.round(1e6 / us / 50)} listeners of one core`);
}
const {cpu_us: us} = await ours('srtp');
console.log(`PCMA with SRTP: ${us} us a packet, ${Math.round(1e6 / us / 50)} listeners of one core`);
