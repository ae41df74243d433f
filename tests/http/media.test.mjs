// Audio of a tenant over HTTP: uploaded, converted, listened to, removed; and what is refused.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {assertTone} from '../lib/audio.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {flacSilence, wav} from './sounds.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

let centrex, admin, boss, agent, tenant, base, sounds;

before(async () => {
	centrex = await startCentrex({args: ['--web-rate-credential', 0, '--web-rate-tenant', 0, '--web-rate-address', 0]});
	tenant = await centrex.tenant('media.pbx.test', ['101', '102']);
	base = `/api/v1/tenants/${tenant.domain}/media`;
	sounds = temporaryDirectory('sounds');
	await makeUser(centrex, 'operator@media.test', {admin: true});
	await makeUser(centrex, 'boss@media.test');
	await makeUser(centrex, 'agent@media.test');
	await makeMember(centrex, tenant.domain, 'boss@media.test', 'owner');
	await makeMember(centrex, tenant.domain, 'agent@media.test', 'agent');
	admin = await makeToken(await signIn(centrex, 'operator@media.test'), {});
	boss = await makeToken(await signIn(centrex, 'boss@media.test'),
		{tenant: tenant.id, role: 'owner'});
	agent = await makeToken(await signIn(centrex, 'agent@media.test'),
		{tenant: tenant.id, role: 'agent'});
});
after(() => centrex?.stop());

// --- forms and files ---------------------------------------------------------------------------

const BOUNDARY = 'a-boundary-of-the-test';

// A multipart body of [name, value, file name]; a file name as it is to stand in the header.
function multipart(parts, boundary = BOUNDARY) {
	return Buffer.concat([...parts.flatMap(([name, value, file]) => [
		Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"` +
			`${file === undefined ? '' : `; ${file}`}\r\n` +
			`${file === undefined ? '' : 'Content-Type: application/octet-stream\r\n'}\r\n`),
		Buffer.from(value), Buffer.from('\r\n')]), Buffer.from(`--${boundary}--\r\n`)]);
}

function formOf(bytes, {name = 'tone.wav', category = 'moh', disposition} = {}) {
	return multipart([['category', category],
		['file', bytes, disposition ?? `filename="${name}"`]]);
}

function sendForm(client, body, headers = {}) {
	return client.send('POST', base, body,
		{headers: {'content-type': `multipart/form-data; boundary=${BOUNDARY}`, ...headers}});
}

function upload(client, bytes, options = {}) {
	return sendForm(client, formOf(bytes, options), options.headers);
}

// A sound made by sox, as bytes.
async function sound(file, ...effect) {
	const target = path.join(sounds, file);
	const result = await run('sox', ['-n', ...effect.slice(0, effect.indexOf('|')), target,
		...effect.slice(effect.indexOf('|') + 1)]);

	assert.equal(result.status, 0, result.stderr);
	return fs.readFileSync(target);
}

const tone = (file, seconds = 1) =>
	sound(file, '-r', '44100', '-c', '2', '-b', '16', '|', 'synth', String(seconds), 'sine', '440', 'gain', '-6');

// A call record with a recording, as the engine would write it; returns its id.
async function insertCall(recording, number) {
	const schema = `tenant_${tenant.id.replaceAll('-', '')}`;
	const text = recording === null ? 'null' : `'${recording}'`;
	const {status, stdout, stderr} = await run('psql', ['-h', `${centrex.state}/run`, '-U', 'centrex_owner',
		'-qAtX', '-v', 'ON_ERROR_STOP=1', '-c', `with c as (insert into ${schema}.cdrs (caller_id_number,
		dest_number, start_time, answer_time, end_time, duration, recording_path) values ('${number}', '900',
		now(), now(), now(), 0, ${text}) returning id) insert into ${schema}.cdr_details (cdr_id, disposition)
		select id, 'answered' from c returning cdr_id`, 'centrex'], {});

	assert.equal(status, 0, stderr);
	return stdout.trim();
}

// Everything below the tenant's media directory, without empty directories.
function onDisk(where = `tenant_${tenant.id.replaceAll('-', '')}`) {
	const top = path.join(centrex.state, 'media', where);

	return fs.existsSync(top) ? fs.readdirSync(top, {recursive: true}).sort() : [];
}

const rows = async () => (await boss.get(base)).json.items;

async function removeAll() {
	for (const row of await rows())
		assert.equal((await boss.delete(`${base}/${row.id}`)).status, 204);
	assert.deepEqual(onDisk(), []);
}

// --- what works --------------------------------------------------------------------------------

test('wav, flac, ogg and mp3 become mono wav at three rates, the original is kept', async () => {
	for (const format of ['wav', 'flac', 'ogg', 'mp3']) {
		const bytes = await tone(`tone.${format}`);
		const answer = await upload(boss, bytes, {name: `tone.${format}`});

		assert.equal(answer.status, 201, answer.text);
		const row = answer.json;
		assert.equal(answer.headers.location, `/api/v1/tenants/${tenant.id}/media/${row.id}`);
		assert.equal(row.category, 'moh');
		assert.equal(row.original_name, `tone.${format}`);
		assert.equal(row.file_path, `${row.id}/original.${format}`);
		assert.equal(row.format, format);
		assert.ok(Math.abs(row.duration_ms - 1000) <= 60, `${format}: ${row.duration_ms} ms`);
		assert.deepEqual([row.details.sample_rate, row.details.channels], [44100, 2]);
		assert.deepEqual((await boss.get(answer.headers.location)).json, row);
		assert.equal((await boss.get(answer.headers.location)).headers.etag, answer.headers.etag);
		for (const rate of [8000, 16000, 48000]) {
			const audio = await boss.get(`${base}/${row.id}/audio?rate=${rate}`);

			assert.equal(audio.status, 200, audio.text);
			assert.equal(audio.headers['content-type'], 'audio/wav');
			const file = path.join(sounds, `heard-${rate}.wav`);

			fs.writeFileSync(file, audio.bytes);
			const {stdout} = await run('soxi', [file]);

			assert.match(stdout, new RegExp(`Channels\\s*: 1\\nSample Rate\\s*: ${rate}\\nPrecision\\s*: 16-bit`));
			await assertTone(file, 440, 0.95);
		}
		const original = await boss.get(`${base}/${row.id}/audio`);

		assert.ok(original.bytes.equals(bytes));
		assert.equal(original.headers['content-type'],
			{wav: 'audio/wav', flac: 'audio/flac', ogg: 'audio/ogg', mp3: 'audio/mpeg'}[format]);
		assert.match(original.headers['content-disposition'], new RegExp(`^inline;.*tone\\.${format}`));
		const sizes = onDisk().filter((name) => name.startsWith(`${row.id}/`));
		const seen = (name) => fs.statSync(path.join(centrex.state, 'media',
			`tenant_${tenant.id.replaceAll('-', '')}`, name));

		assert.deepEqual(sizes, ['16000.wav', '48000.wav', '8000.wav', `original.${format}`, 'peaks.json',
			'stream', 'stream/8000.wav'].map((name) => `${row.id}/${name}`));
		assert.equal(row.bytes, sizes.slice(0, 5).reduce((sum, name) => sum + seen(name).size, 0));
		assert.equal(seen(sizes[6]).ino, seen(sizes[2]).ino); // the same file by another name
	}
	await removeAll();
});

test('duration and levels are those sox finds', async () => {
	const bytes = await sound('noise.wav', '-r', '16000', '-c', '1', '-b', '16', '|',
		'synth', '3.25', 'pinknoise', 'fade', '0.5', 'gain', '-9');
	const {stderr} = await run('sox', [path.join(sounds, 'noise.wav'), '-n', 'stats']);
	const said = (name) => Number(stderr.match(new RegExp(`${name}\\s+(-?[\\d.]+)`))[1]);
	const {json: row} = await upload(boss, bytes);

	assert.equal(row.duration_ms, 3250);
	assert.ok(Math.abs(row.details.level_peak_db - said('Pk lev dB')) < 0.02, stderr);
	assert.ok(Math.abs(row.details.level_mean_db - said('RMS lev dB')) < 0.02, stderr);
	const {json: silent} = await upload(boss, wav());

	assert.deepEqual([silent.details.level_peak_db, silent.details.level_mean_db], [null, null]);
	await removeAll();
});

test('peaks draw the file: 800 pairs of least and most', async () => {
	const bytes = await sound('half.wav', '-r', '8000', '-c', '1', '-b', '16', '|',
		'synth', '2', 'square', '400', 'gain', '-6', 'pad', '0', '2');
	const {json: row} = await upload(boss, bytes);
	const {status, json} = await boss.get(`${base}/${row.id}/peaks`);

	assert.equal(status, 200);
	assert.equal(json.duration_ms, 4000);
	assert.equal(json.peaks.length, 800);
	for (const [least, most] of json.peaks.slice(10, 390))
		assert.ok(least < -0.4 && least > -0.7 && most > 0.4 && most < 0.7, `${least} ${most}`);
	assert.deepEqual(json.peaks.slice(410).flat().filter((peak) => peak !== 0), []);
	await removeAll();
});

test('a part of the audio is given for a Range', async () => {
	const bytes = await tone('range.wav');
	const {json: row} = await upload(boss, bytes);
	const where = `${base}/${row.id}/audio?rate=original`;
	const part = await boss.get(where, {headers: {range: 'bytes=100-199'}});

	assert.equal(part.status, 206);
	assert.equal(part.headers['content-range'], `bytes 100-199/${bytes.length}`);
	assert.ok(part.bytes.equals(bytes.subarray(100, 200)));
	const end = await boss.get(where, {headers: {range: 'bytes=-10', 'if-range': part.headers.etag}});

	assert.ok(end.bytes.equals(bytes.subarray(-10)));
	const outside = await boss.get(where, {headers: {range: `bytes=${bytes.length}-`}});

	assertProblem(outside, 416, 'invalid');
	assert.equal(outside.headers['content-range'], `bytes */${bytes.length}`);
	assertProblem(await boss.get(`${base}/${row.id}/audio?rate=44100`), 400, 'invalid');
	await removeAll();
});

test('category and name are changed, nothing else', async () => {
	const {json: row} = await upload(boss, wav(), {name: 'old.wav'});
	const changed = await boss.patch(`${base}/${row.id}`, {category: 'ivr', original_name: 'Größe 大.wav'});

	assert.equal(changed.status, 200, changed.text);
	assert.deepEqual(changed.json, {...row, category: 'ivr', original_name: 'Größe 大.wav'});
	for (const [body, field, code] of [
		[{file_path: '../../etc/passwd'}, 'file_path', 'read_only'],
		[{original_name: '../x.wav'}, 'original_name', 'invalid'],
		[{original_name: 'a\u202egpj.wav'}, 'original_name', 'invalid'],
		[{original_name: ''}, 'original_name', 'invalid'],
		[{category: 'music'}, 'category', 'invalid'],
		[{bytes: 0}, 'bytes', 'read_only'],
	]) {
		const problem = assertProblem(await boss.patch(`${base}/${row.id}`, body), 400, code);

		assert.equal(problem.errors[0].field, field);
	}
	await removeAll();
});

test('names of any script, and both ways to write them, come back as they were', async () => {
	for (const [disposition, name] of [
		['filename="Größe 大 🎵.wav"', 'Größe 大 🎵.wav'],
		['filename="quote\\".wav"', 'quote".wav'],
		['filename="quote%22.wav"', 'quote".wav'],
		['filename="plain.wav"; filename*=UTF-8\'\'%e2%82%ac%20rates.wav', '€ rates.wav'],
		['filename=token.wav', 'token.wav'],
		[`filename="${'🎵'.repeat(255)}"`, '🎵'.repeat(255)],
		['filename="no extension"', 'no extension'],
		['filename="text.txt"', 'text.txt'],
	]) {
		const answer = await upload(boss, wav(), {disposition});

		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.json.original_name, name);
		assert.equal((await boss.get(`${base}/${answer.json.id}/audio`)).status, 200);
	}
	await removeAll();
});

// --- what is refused ---------------------------------------------------------------------------

test('what is no audio, or not all of it, is refused and leaves nothing', async () => {
	const cut = (bytes, n = Math.floor(bytes.length * 0.55)) => bytes.subarray(0, n);
	const floats = Buffer.alloc(4000);

	floats.writeFloatLE(NaN, 2000);
	for (const [bytes, rule] of [
		[Buffer.from('this is a text that calls itself audio\n'.repeat(50)), /not wav, flac, ogg or mp3/],
		[Buffer.alloc(0), /not wav, flac, ogg or mp3/],
		[Buffer.from('RIFF'), /not wav, flac, ogg or mp3/],
		[Buffer.from('\x89PNG\r\n\x1a\n'.padEnd(2000, 'x'), 'latin1'), /not wav, flac, ogg or mp3/],
		[cut(await tone('cut.wav')), /cut off/],
		[cut(await tone('cut.ogg')), /cut off/],
		[cut(await tone('cut.mp3')), /cut off/],
		[cut(await tone('cut.flac')), /damaged|cut off/],
		[(await tone('cut.wav')).subarray(0, -1), /cut off/],
		[wav({data: Buffer.alloc(0)}), /no audio in it/],
		[wav({channels: 1000}), /1000 channels; it must have 1 to 8/],
		[wav({rate: 1}), /sample rate of 1 Hz/],
		[wav({rate: 1_000_000}), /sample rate of 1000000 Hz/],
		[wav({rate: 0}), /cannot be read/],
		[wav({rate: 4_000_000_000}), /cannot be read/],
		[wav({format: 3, bits: 32, data: floats}), /not numbers/],
		[Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(3000, 0xff)]), /cannot be read|damaged/],
		[Buffer.concat([Buffer.from('OggS'), Buffer.alloc(3000, 0)]), /cut off|cannot be read/],
	]) {
		const problem = assertProblem(await upload(boss, bytes), 400, 'invalid');

		assert.equal(problem.errors[0].field, 'file');
		assert.match(problem.errors[0].message, rule);
	}
	assert.deepEqual(await rows(), []);
	assert.deepEqual(onDisk(), []);
});

test('days of silence in a few kilobytes are refused before they unfold', async () => {
	const bomb = flacSilence(4 * 24 * 3600);

	assert.ok(bomb.length < 1_000_000);
	const problem = assertProblem(await upload(boss, bomb), 413, 'too_large');

	assert.equal(problem.errors[0].message, 'lasts longer than 7200 seconds');
	assert.deepEqual(await rows(), []);
	assert.deepEqual(onDisk(), []);
});

test('a file name that is none is refused', async () => {
	for (const disposition of [
		'filename="../../etc/passwd"', 'filename="a/b.wav"', 'filename="C:\\dir.wav"', 'filename=".."',
		'filename="."', 'filename=""', 'filename="nul\0.wav"', 'filename="line%0Abreak.wav"',
		'filename="tab\t.wav"', 'filename="rtl\u202egpj.wav"', 'filename="iso\u2066late.wav"',
		`filename="${'🎵'.repeat(300)}"`, `filename="${'x'.repeat(256)}"`,
		'filename*=UTF-8\'\'..%2f..%2fx', 'filename*=UTF-8\'\'%00', 'filename*=UTF-8\'\'%ff.wav',
	]) {
		const problem = assertProblem(await upload(boss, wav(), {disposition}), 400, 'invalid');

		assert.equal(problem.errors[0].field, 'file', disposition);
		assert.match(problem.errors[0].message, /file name of 1 to 255 characters/, disposition);
	}
	assert.deepEqual(await rows(), []);
	assert.deepEqual(onDisk(), []);
});

test('a form that is none is refused with the part at fault', async () => {
	const file = ['file', wav(), 'filename="a.wav"'];
	const category = ['category', 'moh'];

	for (const [parts, field, code, status = 400] of [
		[[file], 'category', 'missing'],
		[[category], 'file', 'missing'],
		[[], 'category', 'missing'],
		[[['category', 'music'], file], 'category', 'invalid'],
		[[['category', ''], file], 'category', 'invalid'],
		[[['category', 'moh'.repeat(1000)], file], 'category', 'invalid'],
		[[category, category, file], 'category', 'invalid'],
		[[category, file, file], 'file', 'invalid'],
		[[category, ['file', 'x']], 'file', 'invalid'],
		[[category, file, ['id', 'x']], 'id', 'unknown_field'],
		[Array(20).fill(category), 'category', 'invalid'],
	]) {
		const body = parts.length ? multipart(parts) : Buffer.from(`--${BOUNDARY}--\r\n`);
		const problem = assertProblem(await sendForm(boss, body), status, code);

		assert.equal(problem.errors[0].field, field);
	}
	for (const body of ['', 'x', `--${BOUNDARY}`, `--${BOUNDARY}\r\n`, `--${BOUNDARY}\r\n\r\n`,
		formOf(wav()).subarray(0, 2000), `--${BOUNDARY}\r\nX: y\r\n\r\n\r\n--${BOUNDARY}--`,
		formOf(wav()).toString('latin1').replaceAll('\r\n', '\n')])
		assert.equal(assertProblem(await sendForm(boss, body), 400, 'invalid').errors[0].field, 'body');
	for (const type of ['application/json', 'multipart/form-data', 'multipart/form-data; boundary=',
		`multipart/mixed; boundary=${BOUNDARY}`, `multipart/form-data; boundary=${'x'.repeat(71)}`])
		assertProblem(await sendForm(boss, formOf(wav()), {'content-type': type}), 415, 'invalid');
	assert.deepEqual(await rows(), []);
	assert.deepEqual(onDisk(), []);
});

test('who may not, may not; what is another tenant\'s is not there', async () => {
	const other = await centrex.tenant('media-other.pbx.test');
	const {json: row} = await upload(boss, wav());

	assertProblem(await upload(agent, wav()), 403, 'forbidden');
	assertProblem(await agent.get(`${base}/${row.id}/audio`), 403, 'forbidden');
	assertProblem(await upload(new Http(centrex), wav()), 401, 'unauthenticated');
	for (const what of ['', '/audio', '/peaks'])
		assertProblem(await boss.get(`/api/v1/tenants/${other.id}/media/${row.id}${what}`), 404, 'not_found');
	for (const what of ['', '/audio', '/peaks'])
		assertProblem(await admin.get(`/api/v1/tenants/${other.id}/media/${row.id}${what}`), 404, 'not_found');
	await removeAll();
});

// --- queues ------------------------------------------------------------------------------------

test('a queue plays what there is, and what it plays is neither removed nor renamed', async () => {
	const queues = `/api/v1/tenants/${tenant.domain}/queues`;
	const {json: row} = await upload(boss, wav(), {name: 'calm.wav'});
	const {json: ivr} = await upload(boss, wav(), {name: 'menu.wav', category: 'ivr'});
	const {json: queue} = await boss.post(queues, {name: 'Support'});
	const set = (moh_sound) => boss.patch(`${queues}/${queue.id}`, {moh_sound});

	for (const wrong of ['nothing', ivr.id, 'menu.wav', '00000000-0000-4000-8000-000000000000']) {
		const problem = assertProblem(await set(wrong), 400, 'invalid');

		assert.equal(problem.errors[0].field, 'moh_sound');
	}
	for (const fine of ['default', 'silence', null])
		assert.equal((await set(fine)).status, 200);
	for (const name of [row.id, row.id.toUpperCase(), 'calm.wav']) {
		assert.equal((await set(name)).status, 200);
		const problem = assertProblem(await boss.delete(`${base}/${row.id}`), 409, 'conflict');

		assert.match(problem.errors[0].message, /queue Support/);
		assertProblem(await boss.patch(`${base}/${row.id}`, {category: 'ivr'}), 409, 'conflict');
		assert.equal((await boss.get(`${base}/${row.id}/audio`)).status, 200);
	}
	assertProblem(await boss.patch(`${base}/${row.id}`, {original_name: 'x.wav'}), 409, 'conflict');
	assert.equal((await boss.delete(`${queues}/${queue.id}`)).status, 204);
	await removeAll();
});

test('of a delete and a queue that begins to play the file, one gives way', async () => {
	const queues = `/api/v1/tenants/${tenant.domain}/queues`;
	const {json: queue} = await boss.post(queues, {name: 'Race'});

	for (let i = 0; i < 10; i++) {
		const {json: row} = await upload(boss, wav(), {name: `race${i}.wav`});
		const [removed, set] = await Promise.all([boss.delete(`${base}/${row.id}`),
			boss.patch(`${queues}/${queue.id}`, {moh_sound: row.id})]);

		assert.deepEqual([removed.status, set.status].join() === '204,400' ||
			[removed.status, set.status].join() === '409,200', true, `${removed.status} ${set.status}`);
		assert.equal((await boss.get(`${base}/${row.id}`)).status, removed.status === 204 ? 404 : 200);
		await boss.patch(`${queues}/${queue.id}`, {moh_sound: null});
	}
	await boss.delete(`${queues}/${queue.id}`);
	await removeAll();
});

// --- quota -------------------------------------------------------------------------------------

test('the quota holds, also for uploads at one time, and only an operator sets it', async () => {
	const setting = `/api/v1/tenants/${tenant.domain}/settings`;
	const one = await upload(boss, wav());
	const bytes = one.json.bytes;

	assertProblem(await boss.post(setting, {name: 'media_quota_mib', value: 100000}), 403, 'forbidden');
	assert.equal((await admin.post(setting, {name: 'media_quota_mib', value: 1})).status, 201);
	assertProblem(await boss.patch(`${setting}/media_quota_mib`, {value: 100000}), 403, 'forbidden');
	assertProblem(await boss.delete(`${setting}/media_quota_mib`), 403, 'forbidden');
	const fits = Math.floor(1024 * 1024 / bytes);
	const answers = [];

	for (let left = fits + 1; left > 0; left -= 3)
		answers.push(...await Promise.all([1, 2, 3].map(() => upload(boss, wav()))));
	assert.deepEqual([...new Set(answers.map((answer) => answer.status))].sort(), [201, 413]);
	assert.equal((await rows()).length, fits);
	const refused = assertProblem(await upload(boss, wav()), 413, 'too_large');

	assert.match(refused.errors[0].message, /does not fit: .* of the tenant's 1 MiB of audio are used/);
	assert.equal(new Set(onDisk().map((name) => name.split('/')[0])).size, fits);
	await removeAll();
	// What is made of a file counts, and ends the conversion: 50 s are 7 MB, a day is many GB.
	const long = flacSilence(50);

	for (const bytes_ of [long, flacSilence(24 * 3600, {told: false})])
		assertProblem(await upload(boss, bytes_), 413, 'too_large');
	assert.deepEqual(onDisk(), []);
	assert.equal((await admin.delete(`${setting}/media_quota_mib`)).status, 204);
	assert.equal((await upload(boss, long)).status, 201);
	await removeAll();
});

// --- what is told ------------------------------------------------------------------------------

test('an upload and a delete stand in the audit log and among the events', async () => {
	const stream = await boss.events(`/api/v1/tenants/${tenant.domain}/events`);
	const {json: row} = await upload(boss, wav(), {name: 'told.wav'});

	assert.equal((await boss.delete(`${base}/${row.id}`)).status, 204);
	const {json: log} = await boss.get(`/api/v1/tenants/${tenant.domain}/audit?resource=media&resource_id=${row.id}`);

	assert.deepEqual(log.items.map(({action}) => action).sort(), ['create', 'delete']);
	assert.ok(log.items.every(({actor_name}) => actor_name === 'boss@media.test'));
	const created = log.items.find(({action}) => action === 'create');

	assert.deepEqual([created.before, created.after.original_name], [null, 'told.wav']);
	for (const action of ['create', 'delete'])
		await stream.next(({event, data}) => event === 'change' && data.resource === 'media' &&
			data.id === row.id && data.action === action);
	stream.close();
});

test('the same upload with the same key is made once', async () => {
	const headers = {'idempotency-key': 'upload-1'};
	const first = await upload(boss, wav(), {headers});
	const again = await sendForm(boss, multipart([['file', wav(), 'filename="tone.wav"'],
		['category', 'moh']], 'another'), {...headers,
		'content-type': 'multipart/form-data; boundary="another"'});

	assert.equal(first.status, 201, first.text);
	assert.equal(again.status, 201, again.text);
	assert.equal(again.headers['idempotency-replayed'], 'true');
	assert.deepEqual(again.json, first.json);
	assertProblem(await upload(boss, wav({rate: 16000}), {headers}), 422, 'key_reused');
	const both = await Promise.all([1, 2].map(() =>
		upload(boss, wav(), {headers: {'idempotency-key': 'upload-2'}})));

	assert.deepEqual(both.map(({status}) => status), [201, 201]);
	assert.equal(both[0].json.id, both[1].json.id);
	assert.equal((await rows()).length, 2);
	assert.equal(new Set(onDisk().map((name) => name.split('/')[0])).size, 2);
	await removeAll();
});

// --- recordings --------------------------------------------------------------------------------

test('the recording of a call, within the tenant\'s directory alone', async () => {
	const top = path.join(centrex.state, 'media', `tenant_${tenant.id.replaceAll('-', '')}`);
	const bytes = await tone('call.wav');

	fs.mkdirSync(path.join(top, 'recordings'), {recursive: true});
	fs.writeFileSync(path.join(top, 'recordings/call.wav'), bytes);
	fs.writeFileSync(path.join(centrex.state, 'media/secret.wav'), bytes);
	fs.symlinkSync('../../secret.wav', path.join(top, 'recordings/link.wav'));
	fs.symlinkSync('recordings', path.join(top, 'linked'));
	await run('mkfifo', [path.join(top, 'recordings/pipe.wav')]);
	const uid = fs.statSync(path.join(centrex.state, 'media')).uid;

	for (const name of ['recordings', 'recordings/call.wav', 'recordings/link.wav', 'recordings/pipe.wav'])
		fs.lchownSync(path.join(top, name), uid, uid);
	const call = async (recording, number = '101') => {
		const row = await insertCall(recording, number);

		return `/api/v1/tenants/${tenant.domain}/cdrs/${row}/recording`;
	};
	const where = await call('recordings/call.wav');
	const whole = await boss.get(where);

	assert.equal(whole.status, 200, whole.text);
	assert.equal(whole.headers['content-type'], 'audio/wav');
	assert.ok(whole.bytes.equals(bytes));
	const part = await boss.get(where, {headers: {range: 'bytes=0-3'}});

	assert.deepEqual([part.status, part.text], [206, 'RIFF']);
	for (const bad of [null, 'recordings/none.wav', 'recordings/link.wav', 'linked/call.wav', 'recordings',
		'recordings/pipe.wav', '/etc/passwd', `${top}/recordings/call.wav`])
		assertProblem(await boss.get(await call(bad)), 404, 'not_found');
	// An agent hears his own calls.
	assertProblem(await agent.get(where), 404, 'not_found');
	await centrex.json('extension', 'update', '--tenant', tenant.domain, '101', '--user-id', 'agent@media.test');
	assert.equal((await agent.get(where)).status, 200);
	assertProblem(await agent.get(await call('recordings/call.wav', '102')), 404, 'not_found');
	fs.rmSync(path.join(top, 'recordings'), {recursive: true});
	fs.rmSync(path.join(top, 'linked'));
});

test('how much audio there is and may be is said to administrators', async () => {
	const before = (await boss.get(`${base}/quota`)).json;

	assert.ok(before.bytes >= 0 && before.upload_bytes_most > 0, JSON.stringify(before));
	assert.equal((await admin.put(`/api/v1/tenants/${tenant.domain}/settings/media_quota_mib`, {value: 7})).status, 200);
	assert.deepEqual((await boss.get(`${base}/quota`)).json, {...before, bytes_most: 7 * 1024 * 1024});
	assert.equal((await agent.get(`${base}/quota`)).status, 403);
});
