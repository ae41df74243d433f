// Tones and what was heard of them, with sox.

import assert from 'node:assert/strict';

import {run} from './processes.mjs';

// A WAV file of a sine: 8 kHz, mono, 16 bit.
export async function makeTone(file, hertz, seconds = 30) {
	const {status, stderr} = await run('sox', ['-n', '-r', 8000, '-c', 1, '-b', 16, file,
		'synth', seconds, 'sine', hertz, 'vol', 0.5]);

	assert.equal(status, 0, stderr);
	return file;
}

// {seconds, level (RMS, 0 to 1), hertz (rough, of a clean sine within a few per cent)}
export async function measure(file) {
	const {stderr} = await run('sox', [file, '-n', 'stat']);
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
