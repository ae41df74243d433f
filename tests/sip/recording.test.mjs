// Recordings of real calls: a tone on each side is found again in its channel, or in the mix.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {Http} from '../lib/http.mjs';
import {measureHeard} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {audioSdp} from '../lib/rtp.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {makeMember, makeToken, makeUser, signIn} from '../http/people.mjs';
import {NUMBERS, TwoTenants, hangUp, modify, sleep, talk} from './two_tenants.mjs';
import {refer, take, uriOf} from './transfers.mjs';
import {assertSilence, assertTone, channel, mediaOf, records, set, share, speak} from './recordings.mjs';

let two, stereo, mixed, quiet, announced, bosses;

// Recorded: stereo in WAV, mixed in Opus; not recorded; recorded with a beep.
before(async () => {
	two = await TwoTenants.start({tls: true});
	[stereo, mixed] = two.tenants;
	quiet = await two.centrex.tenant('quiet.pbx.test', NUMBERS);
	announced = await two.centrex.tenant('announced.pbx.test', NUMBERS);
	for (const tenant of [stereo, mixed, announced])
		await set(two.centrex, tenant, 'recording', 'all');
	for (const tenant of [stereo, mixed])
		await set(two.centrex, tenant, 'recording_announced', false);
	await set(two.centrex, stereo, 'recording_channels', 'stereo');
	await set(two.centrex, mixed, 'recording_format', 'opus');
	await makeUser(two.centrex, 'boss@recordings.test');
	await makeUser(two.centrex, 'root@recordings.test', {admin: true});
	bosses = new Map();
	for (const tenant of [stereo, mixed, announced]) {
		await makeMember(two.centrex, tenant.domain, 'boss@recordings.test', 'admin');
		bosses.set(tenant, await makeToken(await signIn(two.centrex, 'boss@recordings.test'),
			{tenant: tenant.id, role: 'admin'}));
	}
});
after(() => two?.stop());

const fileOf = (tenant, row) => path.join(mediaOf(two.centrex, tenant), row.recording_path);
const listed = async (tenant) => (await two.calls(tenant)).length;

// What Opus holds, as WAV: by the converter of uploads, and the API.
async function asWav(tenant, file) {
	const T = ['--tenant', tenant.domain];
	const copy = path.join(temporaryDirectory('opus'), 'recording.ogg');
	const wav = path.join(path.dirname(copy), 'recording.wav');

	fs.copyFileSync(file, copy);
	const row = await two.centrex.json('media', 'upload', ...T, '--category', 'ivr', copy);
	const answer = await bosses.get(tenant).get(`/api/v1/tenants/${tenant.domain}/media/${row.id}/audio?rate=16000`);

	fs.writeFileSync(wav, answer.bytes);
	await two.centrex.cli('media', 'delete', ...T, row.id);
	return wav;
}

// Two raw phones of a tenant talk, each with its tone; flow does the rest. Returns the record.
async function call(tenant, flow, {hertz = [440, 1000]} = {}) {
	const before = await listed(tenant);
	const a = await two.phone(tenant, '101'), b = await two.phone(tenant, '102');

	try {
		const both = await talk(a, b);

		await speak(both.call.rtp, hertz[0]);
		await speak(both.incoming.rtp, hertz[1]);
		await flow({...both, a, b});
	} finally {
		await Promise.all([a, b].map((phone) => phone.unregister().catch(() => {})));
		[a, b].forEach((phone) => phone.close());
	}
	return (await records(two, tenant, before + 1))[before];
}

test('each side is in its channel, for as long as the call lasted', async () => {
	const row = await call(stereo, async (ends) => {
		await sleep(3000);
		await hangUp(ends.call, ends.incoming);
	});
	const file = fileOf(stereo, row);
	const {seconds} = await channel(file, 1, 0, 100);
	const talked = (Date.parse(row.end_time) - Date.parse(row.answer_time)) / 1000;

	assert.equal(row.recording, 'recorded');
	assert.match(row.recording_path, /^recordings\/\d{4}\/\d\d\/\d\d\/[0-9a-f-]{36}\.wav$/);
	assert.ok(Math.abs(seconds - talked) < 0.3, `${seconds} s of ${talked}`);
	assertTone(await channel(file, 1, 1), 440);
	assertTone(await channel(file, 2, 1), 1000);
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	assert.deepEqual(fs.readdirSync(path.join(mediaOf(two.centrex, stereo), 'recordings')).filter((n) => n.endsWith('.part')), []);
});

test('mixed in Opus, both are in the one channel, and it can be played from the API', async () => {
	const row = await call(mixed, async (ends) => {
		await sleep(3000);
		await hangUp(ends.call, ends.incoming);
	});
	const where = `/api/v1/tenants/${mixed.domain}/cdrs/${row.id}/recording`;
	const boss = bosses.get(mixed);
	const wav = await asWav(mixed, fileOf(mixed, row));

	assert.equal(row.recording, 'recorded');
	assert.match(row.recording_path, /\.opus$/);
	for (const hertz of [440, 1000])
		assert.ok(await share(wav, 1, hertz, 1) > 0.5, `${hertz} Hz is missing`);
	const whole = await boss.get(where);
	const part = await boss.get(where, {headers: {Range: 'bytes=0-3'}});

	assert.equal(whole.headers['content-type'], 'audio/ogg');
	assert.deepEqual(whole.bytes, fs.readFileSync(fileOf(mixed, row)));
	assert.deepEqual([part.status, part.text], [206, 'OggS']);
	/* Nothing of it to the other tenant. */
	assert.equal((await bosses.get(stereo).get(where)).status, 404);
});

test('who wants no recordings has none', async () => {
	const row = await call(quiet, async (ends) => {
		await sleep(300);
		await hangUp(ends.call, ends.incoming);
	});

	assert.deepEqual([row.recording, row.recording_path], [null, null]);
	assert.ok(!fs.existsSync(mediaOf(two.centrex, quiet)));
});

test('a hold is silence in the recording, and what comes after it is there', async () => {
	const row = await call(stereo, async (ends) => {
		await sleep(1500);
		assert.equal((await ends.call.reinvite(audioSdp(ends.call.rtp.port, {version: 2, direction: 'sendonly'}))).status, 200);
		await sleep(1500);
		assert.equal((await ends.call.reinvite(audioSdp(ends.call.rtp.port, {version: 3}))).status, 200);
		await sleep(1500);
		await hangUp(ends.call, ends.incoming);
	});
	const file = fileOf(stereo, row);

	assert.equal(row.recording, 'recorded');
	for (const [n, hertz] of [[1, 440], [2, 1000]]) {
		assertTone(await channel(file, n, 0.5, 0.8), hertz);
		assertSilence(await channel(file, n, 1.9, 0.8));
		assertTone(await channel(file, n, 3.5, 0.8), hertz);
	}
});

test('after a transfer the recording goes on with the third', async () => {
	const c = await two.phone(stereo, '103');

	try {
		const row = await call(stereo, async (ends) => {
			await sleep(1500);
			assert.equal((await refer(ends.incoming, uriOf(stereo, '103'))).status, 202);
			const third = await take(c);

			await ends.incoming.expect('BYE');
			await speak(third.rtp, 700);
			await sleep(2000);
			await hangUp(ends.call, third);
		});
		const file = fileOf(stereo, row);
		const {seconds} = await channel(file, 1, 0, 100);

		assert.equal(row.recording, 'recorded');
		assertTone(await channel(file, 2, 0.5, 0.8), 1000);
		assertTone(await channel(file, 1, seconds - 1.2, 0.8), 440);
		assertTone(await channel(file, 2, seconds - 1.2, 0.8), 700);
	} finally {
		await c.unregister().catch(() => {});
		c.close();
	}
});

test('another codec in the middle of a call is recorded too', async () => {
	const codecs = [[0, 'PCMU/8000'], [101, 'telephone-event/8000']];
	const row = await call(stereo, async (ends) => {
		await sleep(1000);
		await modify(ends.call, ends.incoming, audioSdp(ends.call.rtp.port, {version: 2, codecs: [[8, 'PCMA/8000']]}),
			audioSdp(ends.incoming.rtp.port, {version: 2, codecs: [[8, 'PCMA/8000']]}));
		await sleep(1000);
		await modify(ends.call, ends.incoming, audioSdp(ends.call.rtp.port, {version: 3, codecs}),
			audioSdp(ends.incoming.rtp.port, {version: 3, codecs}));
		await sleep(500);
		await hangUp(ends.call, ends.incoming);
	});

	assert.equal(row.recording, 'recorded');
	assertTone(await channel(fileOf(stereo, row), 1, 0.3, 0.6), 440);
	assertTone(await channel(fileOf(stereo, row), 1, 1.3, 0.6), 440);
});

// The beep has 20 packets. On a busy machine some are late, and left out: any four of its pitch will do.
async function beeps(rtp) {
	for (let from = 0; from < 28; from += 4) {
		const {hertz} = await measureHeard({received: rtp.received.slice(from, from + 4)});

		if (hertz > 1200 && hertz < 1500)
			return true;
	}
	return false;
}

test('both hear a beep first, and then each other', async () => {
	let heard;
	const row = await call(announced, async (ends) => {
		await sleep(2000);
		heard = await Promise.all([ends.call, ends.incoming].map((end) => measureHeard(end.rtp, {from: 0})));

		for (const end of [ends.call, ends.incoming]) {
			assert.ok(await beeps(end.rtp), 'no beep');
			assertTone(await measureHeard(end.rtp, {from: end.rtp.received.length - 40}),
				end === ends.call ? 1000 : 440);
		}
		await hangUp(ends.call, ends.incoming);
	});

	assert.ok(heard.every(({level}) => level > 0.1));
	assert.equal(row.recording, 'recorded');
	for (const hertz of [440, 1000])
		assert.ok(await share(fileOf(announced, row), 1, hertz, 1, 0.5) > 0.5, `${hertz} Hz is missing`);
});

let starting = Promise.resolve();

function softphone(tenant, number, hertz, options) {
	starting = starting.then(() => startBaresip({
		phone: tenant.phones[number], port: two.centrex.sip[options.transport ?? 'udp'], hertz, ...options}));
	return starting;
}

for (const [name, options, rate] of [
	['PCMU', {codecs: 'PCMU'}, 8000],
	['PCMA over SRTP', {codecs: 'PCMA', transport: 'tls', srtp: 'srtp-mand'}, 8000],
	['G.722', {codecs: 'G722/16000/1', modules: ['g722.so'], tone: {rate: 16000}}, 16000],
	['Opus', {codecs: 'opus/48000/2', modules: ['opus.so'], tone: {rate: 48000, channels: 2}}, 16000],
]) {
	test(`softphones are recorded: ${name}`, async () => {
		const before = await listed(stereo);
		const a = await softphone(stereo, 101, 440, options), b = await softphone(stereo, 102, 880, options);

		try {
			await Promise.all([a.registered(), b.registered()]);
			await a.dial('102');
			await b.event('CALL_INCOMING');
			await b.accept();
			await Promise.all([a.event('CALL_ESTABLISHED'), b.event('CALL_ESTABLISHED')]);
			await sleep(3000);
			await a.hangup();
		} finally {
			await Promise.all([a.stop(), b.stop()]);
		}
		const row = (await records(two, stereo, before + 1))[before];
		const file = fileOf(stereo, row);

		assert.equal(row.recording, 'recorded');
		assert.equal(Number((await run('soxi', ['-r', file])).stdout), rate);
		assertTone(await channel(file, 1, 1), 440);
		assertTone(await channel(file, 2, 1), 880);
	});
}

test('an engine that is killed leaves a recording that plays, and its call\'s record names it', async () => {
	const before = await listed(stereo);
	const a = await two.phone(stereo, '101'), b = await two.phone(stereo, '102');
	const both = await talk(a, b);

	await speak(both.call.rtp, 440);
	await speak(both.incoming.rtp, 1000);
	await sleep(5000);
	two.centrex.kill('sip');
	const row = (await waitFor(async () => {
		const rows = await two.calls(stereo);

		return rows.length > before && rows;
	}, 'the record', 30_000))[before];

	assert.deepEqual([row.recording, typeof row.recording_path], ['partial', 'string']);
	await waitFor(() => fs.existsSync(fileOf(stereo, row)), 'the recording');
	assertTone(await channel(fileOf(stereo, row), 1, 0.5), 440);
	assertTone(await channel(fileOf(stereo, row), 2, 0.5), 1000);
	[both.call, both.incoming].forEach((end) => end.rtp.close());
	[a, b].forEach((phone) => phone.close());
	await waitFor(async () => (await new Http(two.centrex).get('/readyz').catch(() => ({}))).status === 200 &&
		two.centrex.sip, 'the engine to be back', 30_000);
});

test('a full disk costs the recording, not the call, and is told', {skip: process.getuid() !== 0 && 'mounts need root'},
	async (t) => {
		const media = path.join(two.centrex.state, 'media');
		const {uid} = fs.statSync(media);
		const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=64k,uid=${uid},mode=0700`, 'none', media]);

		if (mounted.status !== 0)
			return t.skip('mounts are not allowed here');
		try {
			const row = await call(stereo, async (ends) => {
				await sleep(6000);
				const from = ends.call.rtp.received.length;

				await ends.call.rtp.heard(from + 25); /* they go on talking */
				await hangUp(ends.call, ends.incoming);
			});

			assert.equal(row.recording, 'partial');
			assertTone(await channel(fileOf(stereo, row), 1, 0.2, 0.5), 440);
			assert.match(two.centrex.log(), /recordings cannot be written, calls go on.*No space left/);
			const operator = await signIn(two.centrex, 'root@recordings.test');

			await waitFor(async () => /^centrex_recording_failing\{.*\} 1$/m.test((await operator.get('/metrics')).text),
				'the alarm among the figures', 30_000);
		} finally {
			assert.equal((await run('umount', [media])).status, 0);
		}
		const row = await call(stereo, async (ends) => {
			await sleep(500);
			await hangUp(ends.call, ends.incoming);
		});

		assert.equal(row.recording, 'recorded');
		assert.match(two.centrex.log(), /recordings are written again/);
	});
