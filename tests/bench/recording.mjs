// Recorded calls: CPU time of the recorder's thread for a second of a call, and of the media thread for
// a packet that it copies, beside sox, which mixes the same two sides of G.711 when all is over.

import fs from 'node:fs';
import path from 'node:path';

import {run} from '../lib/processes.mjs';
import {directory, interleave, loadJson, median, program, quick, report} from './lib.mjs';

const SECONDS = quick ? 60 : 600;
const ROUNDS = quick ? 1 : 5;
const ROWS = [
	['PCMU', 'wav', 1], ['PCMU', 'wav', 2], ['PCMU', 'opus', 1], ['G722', 'wav', 1], ['G722', 'opus', 1],
	['opus', 'wav', 1], ['opus', 'wav', 2], ['opus', 'opus', 2],
];

const ours = (codec, format, channels, seconds = SECONDS) =>
	loadJson(program('bench_recording'), [codec, format, channels, seconds]);

const place = directory('recording');
const sides = [440, 1000].map((hertz) => path.join(place, `${hertz}.ul`));

for (const [i, hertz] of [440, 1000].entries())
	await run('sox', ['-n', '-r', 8000, '-c', 1, '-t', 'ul', sides[i], 'synth', SECONDS, 'sine', hertz, 'vol', 0.4]);

async function sox() {
	const out = path.join(place, 'mixed.wav');
	const raw = ['-t', 'ul', '-r', 8000, '-c', 1];
	const {stdout, stderr} = await run('bash', ['-c', 'TIMEFORMAT="%U %S"; time sox "$@"', 'sox', '-m',
		...raw, sides[0], ...raw, sides[1], '-b', 16, out]);
	const [user, system] = `${stdout}${stderr}`.trim().split('\n').at(-1).split(' ').map(Number);

	fs.rmSync(out);
	return {cpu_us: (user + system) * 1e6 / SECONDS};
}

console.log(`recordings, calls of ${SECONDS} s`);
const results = await interleave(['Centrex', 'sox'], ROUNDS, (side) => (side === 'sox' ? sox() : ours('PCMU', 'wav', 1)));
const middle = (side) => median(results[side].map((r) => r.cpu_us));

report('A call of G.711 recorded, WAV, mixed', 'sox -m', [
	['CPU of a second of the call', middle('Centrex'), middle('sox'), 'us', false],
	['calls of one core', 1e6 / middle('Centrex'), 1e6 / middle('sox'), 'calls', true],
]);
console.log('\n| phones speak | file | CPU of a second, us | calls of one core | a packet of the media thread, us |');
console.log('| --- | --- | --- | --- | --- |');
for (const [codec, format, channels] of ROWS) {
	const {cpu_us: us, put_us: put} = await ours(codec, format, channels, SECONDS / 10);

	console.log(`| ${codec} | ${format}, ${channels === 2 ? 'stereo' : 'mixed'} | ${us.toFixed(0)} | ` +
		`${Math.round(1e6 / us)} | ${put.toFixed(2)} |`);
}
