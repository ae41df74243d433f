// Uploads that are cut short, killed or find the disk full; the command line; what a conversion may.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, beforeEach, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {processes, run, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {flacSilence} from './sounds.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

let centrex, boss, tenant, base, sounds, long;

before(async () => {
	centrex = await startCentrex({args: ['--web-rate-credential', 0, '--web-rate-tenant', 0,
		'--web-rate-address', 0]});
	tenant = await centrex.tenant('faults.pbx.test');
	base = `/api/v1/tenants/${tenant.domain}/media`;
	sounds = temporaryDirectory('sounds');
	await makeUser(centrex, 'boss@media.test');
	await makeMember(centrex, tenant.domain, 'boss@media.test', 'owner');
	boss = await makeToken(await signIn(centrex, 'boss@media.test'), {tenant: tenant.id, role: 'owner'});
	// 62 MiB.
	const made = await run('sox', ['-R', '-n', '-r', '48000', '-c', '2', '-b', '16',
		path.join(sounds, 'long.wav'), 'trim', '0', '340']);

	assert.equal(made.status, 0, made.stderr);
	long = fs.readFileSync(path.join(sounds, 'long.wav'));
	for (const [name, seconds] of [['short.wav', '1'], ['minute.wav', '60']])
		await run('sox', ['-n', '-r', '8000', '-c', '1', '-b', '16', path.join(sounds, name), 'trim', '0', seconds]);
});
after(() => centrex?.stop());

const BOUNDARY = 'b';
const TYPE = {'content-type': `multipart/form-data; boundary=${BOUNDARY}`};

const form = (bytes) => Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n` +
	'Content-Disposition: form-data; name="category"\r\n\r\nmoh\r\n' +
	`--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n`),
bytes, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);

const upload = (bytes) => boss.send('POST', base, form(bytes), {headers: TYPE});

const top = () => path.join(centrex.state, 'media', `tenant_${tenant.id.replaceAll('-', '')}`);
const onDisk = () => fs.existsSync(top()) ? fs.readdirSync(top()) : [];
const rows = async () => (await boss.get(base)).json.items;
const isServed = async () => (await new Http(centrex).get('/readyz').catch(() => ({}))).status === 200;

// waitFor that tells what lay there instead, and what was said of it.
const waitForFiles = (check, what, timeoutMs) => waitFor(check,
	() => `${what}; there is ${onDisk().join(' ') || 'nothing'}\n${centrex.log().slice(-3000)}`, timeoutMs);

// What a test that failed left behind is none of the next one's.
beforeEach(async () => {
	await waitFor(isServed, () => `web to be back\n${centrex.log().slice(-3000)}`, 30_000);
	for (const row of await rows())
		await boss.delete(`${base}/${row.id}`);
	for (const name of onDisk())
		fs.rmSync(path.join(top(), name), {recursive: true});
});
const converters = () => {
	const all = processes();
	const ours = centrex.family(all);

	return all.filter((p) => ours.has(p.pid) && p.command.startsWith('centrex convert-audio'));
};

// Begins an upload that takes seconds to convert, on a connection of its own.
async function begin() {
	const raw = await RawHttp.open(centrex.web.port);
	const body = form(flacSilence(4000));

	raw.write(`POST ${base} HTTP/1.1\r\nHost: localhost:${centrex.web.port}\r\n` +
		`Authorization: ${boss.headers.authorization}\r\nContent-Type: ${TYPE['content-type']}\r\n` +
		`Content-Length: ${body.length}\r\n\r\n`);
	raw.write(body);
	await waitFor(() => converters().length > 0 || raw.text, 'the conversion', 60_000);
	assert.equal(raw.text, '');
	return raw;
}

test('a file of 62 MiB is taken with little memory', async () => {
	const status = () => Number(/VmHWM:\s+(\d+)/.exec(
		fs.readFileSync(`/proc/${centrex.pid('web')}/status`, 'utf8'))[1]);
	const before_ = status();
	const answer = await upload(long);

	assert.equal(answer.status, 201, answer.text);
	assert.equal(answer.json.duration_ms, 340_000);
	assert.ok(status() - before_ < 8 * 1024, `${status() - before_} KiB more than before`);
	assert.equal((await boss.delete(`${base}/${answer.json.id}`)).status, 204);
	assert.deepEqual(onDisk(), []);
});

test('a file that is too large is refused before it is read', async () => {
	const raw = await RawHttp.open(centrex.web.port);

	raw.write(`POST ${base} HTTP/1.1\r\nHost: localhost:${centrex.web.port}\r\n` +
		`Authorization: ${boss.headers.authorization}\r\nContent-Type: ${TYPE['content-type']}\r\n` +
		`Content-Length: ${65 * 1024 * 1024}\r\nExpect: 100-continue\r\n\r\n`);
	assert.equal((await raw.response()).status, 413);
	raw.close();
	assert.deepEqual(onDisk(), []);
});

test('a conversion ends with its request, and has no rights', async () => {
	const raw = await begin();
	const [child] = converters();
	const limits = fs.readFileSync(`/proc/${child.pid}/limits`, 'utf8');
	const status = await waitFor(() => {
		const text = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');

		return /Seccomp:\s+2/.test(text) && text;
	}, 'the conversion to give up its rights');

	assert.match(status, /NoNewPrivs:\s+1/);
	assert.match(limits + fs.readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /Max core file size\s+0\s+0/);
	if (process.getuid() === 0) {
		const open = fs.readdirSync(`/proc/${child.pid}/fd`).map((fd) =>
			fs.readlinkSync(`/proc/${child.pid}/fd/${fd}`));

		// The three standard ones, the file, the report, the peaks and three renditions.
		assert.equal(open.length, 9, open.join(' '));
		assert.equal(open.filter((name) => name.startsWith(`${top()}/.upload-`)).length, 5, open.join(' '));
		assert.deepEqual(fs.readFileSync(`/proc/${child.pid}/environ`, 'utf8'), '');
	} else {
		assert.throws(() => fs.readdirSync(`/proc/${child.pid}/fd`), {code: 'EACCES'}); // not even its own user's
	}
	raw.close();
	await waitFor(() => converters().length === 0, 'the conversion to be ended');
	await waitForFiles(() => onDisk().length === 0, 'its files to be removed');
	assert.deepEqual(await rows(), []);
});

test('web is killed during an upload: nothing is seen of it, and its files go', async () => {
	await begin();
	assert.equal(onDisk().length, 1);
	centrex.kill('web');
	await waitFor(() => converters().length === 0, 'the conversion to end with web');
	await waitFor(isServed, 'web to be back', 30_000);
	assert.deepEqual(await rows(), []);
	await waitForFiles(() => onDisk().length === 0, 'the files to be removed');
});

test('files without a row go when web starts; those with one, recordings and strangers stay', async () => {
	const {json: row} = await upload(fs.readFileSync(path.join(sounds, 'short.wav')));
	const stranger = path.join(centrex.state, 'media', `tenant_${'0'.repeat(32)}`);
	const orphan = path.join(top(), '01a2040a-4445-7ced-ba22-41c351772482');
	const {uid} = fs.statSync(top());

	for (const directory of [orphan, path.join(top(), 'recordings'), stranger,
		path.join(stranger, '01a2040a-4445-7ced-ba22-41c351772482')]) {
		fs.mkdirSync(directory);
		fs.chownSync(directory, uid, uid);
	}
	fs.symlinkSync('/etc', path.join(top(), '.upload-link'));
	centrex.kill('web');
	await waitForFiles(() => !fs.existsSync(orphan) && !onDisk().includes('.upload-link'),
		'what has no row to be removed', 30_000);
	await waitFor(isServed, 'web to be back', 30_000);
	assert.doesNotMatch(centrex.log(), /could not be removed/); // the strangers are no fault
	assert.deepEqual(onDisk().sort(), [row.id, 'recordings'].sort());
	assert.equal(fs.readdirSync(stranger).length, 1);
	assert.ok(fs.existsSync('/etc/passwd'));
	assert.equal((await boss.get(`${base}/${row.id}/audio`)).status, 200);
	assert.equal((await boss.delete(`${base}/${row.id}`)).status, 204);
	fs.rmdirSync(path.join(top(), 'recordings'));
});

test('what cannot be removed keeps nothing else from being removed, and is told of', async () => {
	const {json: row} = await upload(fs.readFileSync(path.join(sounds, 'short.wav')));
	const {uid} = fs.statSync(top());
	const orphan = path.join(top(), '01a2040a-4445-7ced-ba22-41c351772482');
	const stuck = path.join(top(), '.upload-stuck');

	for (const directory of [stuck, path.join(stuck, 'below'), orphan]) {
		fs.mkdirSync(directory);
		fs.chownSync(directory, uid, uid);
	}
	fs.chmodSync(stuck, 0o500); // not even by its owner
	try {
		centrex.kill('web');
		await waitForFiles(() => !fs.existsSync(orphan), 'what has no row to be removed', 30_000);
		await waitFor(isServed, 'web to be back', 30_000);
		assert.deepEqual(onDisk().sort(), ['.upload-stuck', row.id]);
		assert.match(centrex.log(), /could not be removed.*cannot remove below.*tenant_/);
	} finally {
		fs.chmodSync(stuck, 0o700);
	}
});

test('a full disk is 507, and leaves nothing', {skip: process.getuid() !== 0 && 'mounts need root'}, async (t) => {
	const media = path.join(centrex.state, 'media');
	const {uid} = fs.statSync(media);
	const mounted = await run('mount', ['-t', 'tmpfs', '-o', `size=4m,uid=${uid},mode=0700`, 'none', media]);

	if (mounted.status !== 0)
		return t.skip('mounts are not allowed here');
	try {
		const problem = assertProblem(await upload(fs.readFileSync(path.join(sounds, 'minute.wav'))), 507, 'no_space');

		assert.match(problem.detail, /No space left/);
		assert.deepEqual(onDisk(), []);
		assert.deepEqual(await rows(), []);
		assert.equal((await upload(fs.readFileSync(path.join(sounds, 'short.wav')))).status, 201);
		for (const row of await rows())
			await boss.delete(`${base}/${row.id}`);
	} finally {
		assert.equal((await run('umount', [media])).status, 0);
	}
});

test('more conversions than there are places: 503 with Retry-After, the others are done', async () => {
	const settled = await Promise.allSettled(Array.from({length: 6}, () => upload(long)));

	// A client that learns of a refusal by a connection that breaks does not know when to come back.
	assert.deepEqual(settled.filter(({status}) => status === 'rejected').map(({reason}) => reason.message), []);
	const answers = settled.map(({value}) => value);
	const done = answers.filter(({status}) => status === 201);
	const refused = answers.filter(({status}) => status === 503);

	assert.equal(done.length + refused.length, 6);
	assert.ok(done.length >= 2 && refused.length >= 1, answers.map(({status}) => status).join());
	assert.ok(refused.every(({headers}) => Number(headers['retry-after']) > 0));
	assert.equal(onDisk().length, done.length);
	for (const row of await rows())
		assert.equal((await boss.delete(`${base}/${row.id}`)).status, 204);
	assert.deepEqual(onDisk(), []);
});

test('media upload and media delete on the command line', async () => {
	const T = ['--tenant', tenant.domain];
	const file = path.join(sounds, 'short.wav');
	const row = await centrex.json('media', 'upload', ...T, '--category', 'ivr', file);

	assert.deepEqual([row.original_name, row.category, row.duration_ms], ['short.wav', 'ivr', 1000]);
	assert.equal((await boss.get(`${base}/${row.id}/audio?rate=8000`)).status, 200);
	assert.deepEqual((await boss.get(`${base}/${row.id}/audio`)).bytes, fs.readFileSync(file));
	const text = path.join(sounds, 'text.wav');

	fs.writeFileSync(text, 'no audio');
	for (const [args, status, says] of [
		[[...T, '--category', 'ivr', text], 2, /file: is not wav, flac, ogg or mp3 audio/],
		[[...T, '--category', 'music', file], 2, /category/],
		[[...T, file], 2, /category: is required/],
		[[...T, '--category', 'moh'], 2, /file: is required/],
		[['--category', 'moh', file], 2, /tenant: is required/],
		[[...T, '--category', 'moh', path.join(sounds, 'none.wav')], 1, /cannot open/],
		[[...T, '--category', 'moh', sounds], 2, /no regular file/],
		[['--tenant', 'none.pbx.test', '--category', 'moh', file], 3, /no tenant/],
	]) {
		const {status: got, stderr} = await centrex.cli('media', 'upload', ...args);

		assert.equal(got, status, stderr);
		assert.match(stderr, says);
	}
	assert.deepEqual(onDisk(), [row.id]);
	const removed = await centrex.cli('media', 'delete', ...T, row.id);

	assert.equal(removed.status, 0, removed.stderr);
	assert.deepEqual(onDisk(), []);
});
