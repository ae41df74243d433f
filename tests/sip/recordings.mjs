// What tests of recordings share: raw phones that speak a tone, and what is in a recording.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {measure} from '../lib/audio.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

const FRAME = 160;

// A-law, ten seconds.
async function toneBytes(hertz) {
	const file = path.join(temporaryDirectory('tone'), 'tone.al');
	const {status, stderr} = await run('sox', ['-n', '-r', 8000, '-c', 1, '-t', 'al', file,
		'synth', 10, 'sine', hertz, 'vol', 0.4]);

	assert.equal(status, 0, stderr);
	return fs.readFileSync(file);
}

// The phone speaks a tone from now on, until rtp.stop() or close().
export async function speak(rtp, hertz) {
	const bytes = await toneBytes(hertz);
	let next = Date.now();

	rtp.stop();
	rtp.timer = setInterval(() => {
		for (; next <= Date.now(); next += 20) {
			const at = rtp.sent * FRAME % bytes.length;

			rtp.sendPacket({payloadType: 8, payload: bytes.subarray(at, at + FRAME)});
		}
	}, 20);
	rtp.timer.unref();
}

export const mediaOf = (centrex, tenant) =>
	path.join(centrex.state, 'media', `tenant_${tenant.id.replaceAll('-', '')}`);

export const set = (centrex, tenant, name, value) => centrex.json('setting', 'create',
	'--tenant', tenant.domain, '--name', name, '--value', JSON.stringify(value));

// {level, hertz, seconds} of a channel (1, 2) from a second on, for so long.
export const channel = (file, n, from = 0.5, seconds = 1) =>
	measurePart(file, ['remix', String(n), 'trim', String(from), String(seconds)]);

async function measurePart(file, effects) {
	const cut = path.join(temporaryDirectory('cut'), 'cut.wav');
	const {status, stderr} = await run('sox', [file, cut, ...effects]);

	assert.equal(status, 0, stderr);
	return measure(cut);
}

// How strong each tone is in a channel, by a narrow filter: relative to the whole.
export async function share(file, n, hertz, from = 0.5, seconds = 1) {
	const effects = ['remix', String(n), 'trim', String(from), String(seconds)];
	const whole = await measurePart(file, effects);
	const part = await measurePart(file, [...effects, 'bandpass', String(hertz), '30']);

	return part.level / whole.level;
}

export function assertTone(heard, hertz) {
	assert.ok(heard.level > 0.05, `level ${heard.level}: silence`);
	assert.ok(Math.abs(heard.hertz - hertz) < hertz * 0.05, `${heard.hertz} Hz, not ${hertz}`);
}

export const assertSilence = (heard) => assert.ok(heard.level < 0.01, `level ${heard.level}: no silence`);

// The newest n call records of the tenant, once there are so many, with `recording`.
export async function records(two, tenant, n) {
	const rows = await waitFor(async () => {
		const now = await two.calls(tenant);

		return now.length >= n && now;
	}, () => `${n} call records`, 15_000);

	return rows;
}
