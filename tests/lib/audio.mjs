// Tones and what was heard of them, with sox.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import {run} from './processes.mjs';

// A WAV file of a sine: 8 kHz, mono, 16 bit, if no other is asked for.
export async function makeTone(file, hertz, seconds = 30, {rate = 8000, channels = 1} = {}) {
	const {status, stderr} = await run('sox', ['-n', '-r', rate, '-c', channels, '-b', 16, file,
		'synth', seconds, 'sine', hertz, 'vol', 0.5]);

	assert.equal(status, 0, stderr);
	return file;
}

// {seconds, level (RMS, 0 to 1), hertz (rough, of a clean sine within a few per cent)}
export async function measure(file, options = []) {
	const {stderr} = await run('sox', [...options, file, '-n', 'remix', '-', 'stat']);
	const value = (name) => Number(stderr.match(new RegExp(`${name}:\\s*(-?[\\d.]+)`))?.[1] ?? NaN);

	return {
		seconds: value('Length \\(seconds\\)'),
		level: value('RMS\\s+amplitude'),
		hertz: value('Rough\\s+frequency'),
	};
}

// The file holds at least so many seconds of the tone.
export async function assertTone(file, hertz, seconds) {
	const heard = await measure(file);

	assert.ok(heard.seconds >= seconds, `${file}: ${heard.seconds} s, not ${seconds}`);
	assert.ok(heard.level > 0.1, `${file}: level ${heard.level}: silence`);
	assert.ok(Math.abs(heard.hertz - hertz) < hertz * 0.06, `${file}: ${heard.hertz} Hz, not ${hertz}`);
}

// What a raw phone has heard since its n-th packet, of PCMA (8) or PCMU (0), as of a file.
export async function measureHeard(rtp, {from = 0, payloadType = 8} = {}) {
	const packets = rtp.received.slice(from).filter((packet) => packet.payloadType === payloadType);
	const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'centrex-heard-')), payloadType ? 'heard.al' : 'heard.ul');

	try {
		fs.writeFileSync(file, Buffer.concat(packets.map((packet) => packet.payload)));
		return await measure(file, ['-t', payloadType ? 'al' : 'ul', '-r', 8000, '-c', 1]);
	} finally {
		fs.rmSync(path.dirname(file), {recursive: true});
	}
}

// Waits until the phone has heard the tone for a while from now on.
export async function hears(rtp, hertz, {packets = 25, payloadType = 8} = {}) {
	const from = rtp.received.length;

	await rtp.heard(from + packets);
	const heard = await measureHeard(rtp, {from: from + 5, payloadType});
	assert.ok(heard.level > 0.1, `level ${heard.level}: silence`);
	assert.ok(Math.abs(heard.hertz - hertz) < hertz * 0.06, `${heard.hertz} Hz, not ${hertz}`);
}

// A PCMA sample (ITU-T G.711) as a number from -1 to 1.
const PCMA = Float64Array.from({length: 256}, (_, byte) => {
	const code = byte ^ 0x55;
	const exponent = code >> 4 & 7;
	const mantissa = (code & 15) * 2 + 1;
	const size = exponent ? (mantissa + 32) << (exponent - 1) : mantissa;

	return (code & 0x80 ? size : -size) / 4096;
});

// The one of these tones (multiples of 50 Hz: they come out even in 20 ms) that a PCMA packet holds and nothing
// else; 0: silence; undefined: something else.
export function toneOf(payload, tones) {
	const samples = Float64Array.from(payload, (byte) => PCMA[byte]);
	const energy = samples.reduce((sum, x) => sum + x * x, 0);

	if (energy < 1e-3 * samples.length)
		return 0;
	return tones.find((hertz) => { // Goertzel's algorithm
		const turn = 2 * Math.cos(2 * Math.PI * hertz / 8000);
		let last = 0, before = 0;

		for (const x of samples)
			[last, before] = [x + turn * last - before, last];
		return (last * last + before * before - turn * last * before) * 2 / samples.length > 0.8 * energy;
	});
}
