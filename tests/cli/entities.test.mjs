// Every verb of every entity, as a person would type it.

import assert from 'node:assert/strict';
import os from 'node:os';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {binary, startCentrex} from '../lib/centrex.mjs';
import {run} from '../lib/processes.mjs';
import {within} from '../lib/wait.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const uuid4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const T = ['--tenant', 'cust1.pbx.test'];
let centrex;

before(async () => {
	centrex = await startCentrex();
	await centrex.json('tenant', 'create', '--name', 'One', '--domain', 'cust1.pbx.test');
});
after(() => centrex?.stop());

const json = (...args) => centrex.json(...args);

async function refused(args, status, pattern, options = {}) {
	const result = await centrex.cli(...args, options);

	assert.equal(result.status, status, result.stderr);
	assert.match(result.stderr, pattern);
	assert.equal(result.stdout, '');
}

test('tenant', async () => {
	const made = await json('tenant', 'create', '--name', 'Zwei GmbH', '--domain', 'zwei.pbx.test',
		'--timezone', 'Europe/Berlin', '--locale=de-DE');

	assert.match(made.id, uuid);
	assert.equal(made.schema_name, `tenant_${made.id.replaceAll('-', '')}`);
	assert.equal(made.timezone, 'Europe/Berlin');
	assert.equal(made.locale, 'de-DE');
	assert.deepEqual(await json('tenant', 'show', 'ZWEI.pbx.test'), made);
	assert.deepEqual(await json('tenant', 'show', made.id), made);
	assert.deepEqual((await json('tenant', 'list')).map((t) => t.domain),
		['cust1.pbx.test', 'zwei.pbx.test']);
	assert.deepEqual((await json('tenant', 'list', '--timezone', 'Europe/Berlin')).length, 1);
	assert.equal((await json('tenant', 'update', 'zwei.pbx.test', '--domain', 'two.pbx.test',
		'--name', 'Two')).domain, 'two.pbx.test');
	await refused(['tenant', 'show', 'zwei.pbx.test'], 3, /^centrex: domain: there is no tenant/);

	// Deleting asks, and takes the schema, the role and the media with it.
	const media = path.join(centrex.state, 'media', made.schema_name);

	fs.mkdirSync(path.join(media, 'moh'), {recursive: true});
	fs.writeFileSync(path.join(media, 'moh/a.wav'), 'x');
	fs.symlinkSync(centrex.state, path.join(media, 'link'));
	await refused(['tenant', 'delete', 'two.pbx.test', '--yes', 'cust1.pbx.test'], 2,
		/^centrex: yes: is not two.pbx.test; nothing was deleted\n$/);
	await refused(['tenant', 'delete', made.id], 2, /^centrex: domain: is not two.pbx.test/,
		{input: 'yes\n'});
	await refused(['tenant', 'delete', made.id], 2, /^centrex: domain: is not two.pbx.test/,
		{input: ''});
	assert.equal((await centrex.cli('tenant', 'delete', made.id, {input: 'two.pbx.test\n'})).status,
		0);
	assert.equal(fs.existsSync(media), false);
	assert.equal(fs.existsSync(centrex.state), true);
	await refused(['tenant', 'show', made.id], 3, /there is no such tenant/);
	await refused(['extension', 'list', '--tenant', 'two.pbx.test'], 3,
		/^centrex: tenant: there is no tenant two.pbx.test\n$/);
	// The same domain can be had again at once.
	await json('tenant', 'create', '--name', 'Two', '--domain', 'two.pbx.test');
	assert.equal((await centrex.cli('tenant', 'delete', 'two.pbx.test', '--yes', 'two.pbx.test'))
		.status, 0);
});

test('user', async () => {
	const made = await centrex.cli('user', 'create', '--email', 'Ann@example.com', '--json',
		{input: 'correct horse\n'});

	assert.equal(made.status, 0, made.stderr);
	assert.deepEqual(Object.keys(made.json), ['id', 'email', 'global_role', 'created_at']);
	assert.equal(made.json.global_role, 'agent');
	assert.deepEqual(await json('user', 'show', 'ann@EXAMPLE.com'), made.json);
	await refused(['user', 'create', '--email', 'ANN@example.com'], 4,
		/^centrex: email: is taken already\n$/, {input: 'correct horse\n'});
	assert.equal((await json('user', 'update', 'ann@example.com', '--global-role', 'admin'))
		.global_role, 'admin');
	const changed = await centrex.cli('user', 'update', 'ann@example.com', '--password',
		{input: 'another horse\n'});

	assert.equal(changed.status, 0, changed.stderr);
	assert.doesNotMatch(changed.stdout, /argon2|horse/);
	assert.equal((await json('user', 'list', '--email', 'ann@example.COM')).length, 1);
	assert.equal((await json('user', 'list', '--global-role', 'agent')).length, 0);
	assert.equal((await centrex.cli('user', 'delete', 'ann@example.com')).status, 0);
	assert.deepEqual(await json('user', 'list'), []);
});

test('a password at the terminal is asked for twice, without echo', async (t) => {
	if ((await run('script', ['--version'])).status !== 0)
		return t.skip('no script(1) for a terminal');
	// Each answer is typed when its question stands there: what came before is dropped.
	const typed = async (...answers) => {
		const child = spawn('script', ['-qefc',
			`exec ${binary} user create --email tty@example.com --json`, '/dev/null'],
		{env: {...process.env, CENTREX_STATE: centrex.state}});
		const ended = once(child, 'close');
		let output = '';

		child.stdout.on('data', (bytes) => {
			output += bytes;
			if (/(Password|Once more): $/.test(output))
				child.stdin.write(`${answers.shift()}\r`);
		});
		try {
			return {status: (await within(ended, 'the end of the command'))[0], output};
		} finally {
			child.kill();
		}
	};
	const different = await typed('correct horse', 'correct house');

	assert.equal(different.status, 2);
	assert.match(different.output, /^Password: \r\nOnce more: \r\n\{"error":.*"was not the same twice"\}\}\r\n$/);
	const same = await typed('correct horse', 'correct horse');

	assert.equal(same.status, 0, same.output);
	assert.doesNotMatch(same.output, /horse/);
	assert.match(same.output, /"email":"tty@example.com"/);
	await centrex.cli('user', 'delete', 'tty@example.com');
});

test('member, and what he is assigned to', async () => {
	const people = {};

	for (const name of ['ben', 'cyd'])
		people[name] = (await centrex.cli('user', 'create', '--email', `${name}@example.com`,
			'--json', {input: 'correct horse\n'})).json;
	await json('extension', 'create', ...T, '--extension-number', '401');
	await refused(['extension', 'update', '401', ...T, '--user-id', 'ben@example.com'], 2,
		/^centrex: user_id: must be a member of the tenant\n$/);
	const made = await json('member', 'create', ...T, '--user-id', 'ben@example.com', '--role', 'agent');

	assert.equal(made.user_id, people.ben.id);
	await refused(['member', 'create', ...T, '--user-id', people.ben.id, '--role', 'agent'], 4,
		/^centrex: .*already/);
	await json('member', 'create', ...T, '--user-id', 'cyd@example.com', '--role', 'owner');
	assert.deepEqual((await json('member', 'list', ...T)).map((m) => [m.email, m.role]).sort(),
		[['ben@example.com', 'agent'], ['cyd@example.com', 'owner']]);
	assert.equal((await json('member', 'update', ...T, 'ben@example.com', '--role', 'admin')).role,
		'admin');
	assert.equal((await json('member', 'show', ...T, people.ben.id)).email, 'ben@example.com');

	await json('extension', 'update', '401', ...T, '--user-id', 'ben@example.com');
	await refused(['extension', 'create', ...T, '--extension-number', '402', '--user_id',
		people.ben.id], 4, /^centrex: user_id: is assigned to another extension/);
	assert.equal((await json('extension', 'show', '401', ...T)).email, 'ben@example.com');
	// Leaving the tenant and going altogether both clear the assignment.
	assert.equal((await centrex.cli('member', 'delete', ...T, 'ben@example.com')).status, 0);
	assert.equal((await json('extension', 'show', '401', ...T)).user_id, null);
	await json('extension', 'update', '401', ...T, '--user-id', 'cyd@example.com');
	assert.equal((await centrex.cli('user', 'delete', 'cyd@example.com')).status, 0);
	assert.equal((await json('extension', 'show', '401', ...T)).user_id, null);
	assert.deepEqual(await json('member', 'list', ...T), []);
	await refused(['member', 'delete', ...T, 'ben@example.com'], 3, /there is no such member/);
	await centrex.cli('user', 'delete', 'ben@example.com');
	await centrex.cli('extension', 'delete', '401', ...T);
});

test('extension', async () => {
	const made = await json('extension', 'create', ...T, '--extension-number', '101');

	assert.match(made.id, uuid);
	assert.match(made.auth_username, uuid4);
	assert.match(made.auth_password, /^[2-9A-HJ-NP-Za-km-np-z]{24,}$/);
	assert.equal(made.context, 'default');
	const shown = await json('extension', 'show', ...T, '101');

	assert.equal(shown.auth_password, '********');
	assert.equal((await json('extension', 'show', ...T, made.id, '--show-secrets')).auth_password,
		made.auth_password);
	assert.equal((await json('extension', 'list', ...T))[0].auth_password, '********');
	assert.equal((await json('extension', 'list', ...T, '--show-secrets'))[0].auth_password,
		made.auth_password);
	const fresh = await json('extension', 'rotate-credentials', ...T, '101');

	assert.match(fresh.auth_username, uuid4);
	assert.notEqual(fresh.auth_username, made.auth_username);
	assert.notEqual(fresh.auth_password, made.auth_password);
	const moved = await json('extension', 'update', ...T, '101', '--extension_number', '1001',
		'--context', 'sales.in-bound_1');

	assert.equal(moved.id, made.id);
	assert.equal(moved.extension_number, '1001');
	assert.equal(moved.auth_password, '********');
	assert.equal(moved.auth_username, fresh.auth_username);
	await refused(['extension', 'create', ...T, '--extension-number', '1001'], 4,
		/^centrex: extension_number: is taken already\n$/);

	const table = await centrex.cli('extension', 'list', ...T);

	assert.match(table.stdout, /^EXTENSION_NUMBER  AUTH_USERNAME +AUTH_PASSWORD  CONTEXT +EMAIL\n1001 /);
	assert.equal((await centrex.cli('extension', 'delete', ...T, '1001')).stdout, 'deleted\n');
	assert.deepEqual(await json('extension', 'list', ...T), []);
	await refused(['extension', 'delete', ...T, '1001'], 3, /there is no extension 1001/);
});

test('pages', async () => {
	const numbers = ['201', '202', '203', '204', '205'];
	const seen = [];
	let after = [];

	for (const number of numbers)
		await json('extension', 'create', ...T, '--extension-number', number);
	for (let page = 0; page < 3; page++) {
		const result = await centrex.cli('extension', 'list', ...T, '--limit', 2, '--json', ...after);

		seen.push(...result.json.map((row) => row.extension_number));
		after = /more: --after '(.*)'/.exec(result.stderr)?.slice(1).flatMap((v) => ['--after', v]);
		assert.equal(after === undefined, page === 2);
	}
	assert.deepEqual(seen, numbers);
	for (const number of numbers)
		await centrex.cli('extension', 'delete', ...T, number);
});

test('queue and queue-member', async () => {
	const phone = await json('extension', 'create', ...T, '--extension-number', '301');
	const queue = await json('queue', 'create', ...T, '--name', 'Support', '--strategy', 'round-robin');

	assert.equal(queue.strategy, 'round-robin');
	assert.equal(queue.moh_sound, null);
	assert.equal((await json('queue', 'update', ...T, 'Support', '--moh-sound', 'silence')).moh_sound,
		'silence');
	assert.equal((await json('queue', 'update', ...T, queue.id, '--moh-sound', '')).moh_sound, null);
	const made = await json('queue-member', 'create', ...T, '--queue-id', 'Support',
		'--extension-id', '301', '--tier', '2');

	assert.deepEqual(made, {queue_id: queue.id, queue: 'Support', extension_id: phone.id,
		extension: '301', name: null, tier: 2, level: 1});
	const listed = await json('queue-member', 'list', ...T, '--queue-id', 'Support');

	assert.deepEqual(listed, [made]);
	assert.deepEqual(await json('queue-member', 'show', ...T, 'Support', '301'), listed[0]);
	assert.equal((await json('queue_member', 'update', ...T, 'Support', '301', '--level', '5')).level, 5);
	await refused(['queue-member', 'create', ...T, '--queue-id', 'Support', '--extension-id', '301'],
		4, /already/);
	assert.equal((await centrex.cli('queue-member', 'delete', ...T, 'Support', '301')).status, 0);
	await refused(['queue-member', 'show', ...T, 'Support', '301'], 3, /no such queue-member/);
	assert.equal((await centrex.cli('queue', 'delete', ...T, 'Support')).status, 0);
	assert.deepEqual(await json('queue', 'list', ...T), []);
	await centrex.cli('extension', 'delete', ...T, '301');
});

test('number', async () => {
	for (const number of ['501', '502'])
		await json('extension', 'create', ...T, '--extension-number', number);
	const made = await json('number', 'create', ...T, '--number', '+4930123456', '--extension-id', '501');

	assert.equal((await json('number', 'show', ...T, '+4930123456')).extension, '501');
	await refused(['number', 'create', ...T, '--number', '502', '--extension-id', '501'], 4,
		/^centrex: number: is already an extension of this tenant\n$/);
	await json('number', 'create', ...T, '--number', '503', '--extension-id', '501');
	await refused(['extension', 'create', ...T, '--extension-number', '503'], 4,
		/^centrex: extension_number: is already a number of this tenant\n$/);
	await refused(['extension', 'update', ...T, '502', '--extension-number', '503'], 4,
		/^centrex: extension_number: is already a number of this tenant\n$/);
	await refused(['extension', 'delete', ...T, '501'], 4, /in use/);
	const moved = await json('number', 'update', ...T, made.id, '--extension-id', '502');

	assert.notEqual(moved.extension_id, made.extension_id);
	assert.equal((await json('number', 'list', ...T, '--extension-id', '502')).length, 1);
	for (const number of ['+4930123456', '503'])
		assert.equal((await centrex.cli('number', 'delete', ...T, number)).status, 0);
	for (const number of ['501', '502'])
		assert.equal((await centrex.cli('extension', 'delete', ...T, number)).status, 0);
});

test('setting', async () => {
	const known = await json('setting', 'create', ...T, '--name', 'ring_s', '--value', '20');

	assert.equal(known.value, 20);
	await refused(['setting', 'update', ...T, 'ring_s', '--value', '601'], 2,
		/^centrex: value: of ring_s must be a whole number from 1 to 600/);
	await refused(['setting', 'create', ...T, '--name', 'rings', '--value', '20'], 2,
		/^centrex: name: is no setting: there are ring_s, /);
	assert.equal((await centrex.cli('setting', 'delete', ...T, 'ring_s')).status, 0);
	const made = await json('setting', 'create', ...T, '--name', 'x-ours', '--value', '20');

	const changed = await json('setting', 'update', ...T, 'x-ours', '--value', '{"day": [1, "two"]}');

	assert.deepEqual(changed.value, {day: [1, 'two']});
	assert.ok(Date.parse(changed.updated_at) >= Date.parse(made.updated_at));
	assert.equal((await json('setting', 'update', ...T, 'x-ours', '--value', 'ring-all')).value,
		'ring-all');
	assert.equal((await json('setting', 'show', ...T, 'x-ours')).value, 'ring-all');
	for (const number of ['0.1', '-2.5e-7', '123456789012345678', 'true', '"30"']) {
		const update = await centrex.cli('setting', 'update', ...T, 'x-ours', '--value', number);

		assert.deepEqual(JSON.parse(/^value +(.*)$/m.exec(update.stdout)[1]), JSON.parse(number));
		assert.match((await centrex.cli('setting', 'list', ...T)).stdout,
			number === '-2.5e-7' ? /2\.5e-0?7/ : new RegExp(number));
	}
	assert.equal((await json('setting', 'list', ...T)).length, 1);
	assert.equal((await centrex.cli('setting', 'delete', ...T, 'x-ours')).status, 0);
});

test('cdr and media: what people can only read', async () => {
	assert.deepEqual(await json('cdr', 'list', ...T, '--from', '2026-01-01T00:00:00Z', '--to',
		'2027-01-01T00:00:00+01:00', '--caller-id-number', '101'), []);
	assert.equal((await centrex.cli('cdr', 'list', ...T)).stdout.trimEnd(),
		'ID  CALLER_ID_NAME  CALLER_ID_NUMBER  DEST_NUMBER  CONTEXT  START_TIME  ANSWER_TIME  ' +
		'END_TIME  DURATION  RECORDING_PATH  QUEUE  RECORDING');
	assert.deepEqual(await json('media', 'list', ...T, '--category', 'moh'), []);
	for (const [entity, verb] of [['cdr', 'create'], ['cdr', 'update'], ['cdr', 'delete'],
		['media', 'create']])
		await refused([entity, verb, ...T], 2, new RegExp(`^centrex: ${entity} has no '${verb}'`));
	for (const entity of ['cdr', 'media'])
		await refused([entity, 'show', ...T, '01a2040a-4445-7ced-ba22-41c351772482'], 3,
			/there is no such/);
});

test('a body from a file or standard input', async () => {
	const file = path.join(centrex.directory, 'body.json');

	fs.writeFileSync(file, JSON.stringify({name: 'From file', strategy: 'ring-all'}));
	assert.equal((await json('queue', 'create', ...T, '--input', file)).name, 'From file');
	const made = await centrex.cli('queue', 'create', ...T, '--input', '-', '--name', 'Flag wins',
		'--json', {input: '{"name": "From input", "moh_sound": null}'});

	assert.equal(made.json?.name, 'Flag wins', made.stderr);
	const user = await centrex.cli('user', 'create', '--input', '-', '--json',
		{input: '{"email": "dee@example.com", "password": "correct horse"}'});

	assert.equal(user.json?.email, 'dee@example.com', user.stderr);
	for (const name of ['From file', 'Flag wins'])
		await centrex.cli('queue', 'delete', ...T, name);
	await centrex.cli('user', 'delete', 'dee@example.com');
});

test('nothing in a value steers the terminal', async () => {
	const evil = 'a\u009b31mb\u202e';
	const made = await centrex.cli('setting', 'create', ...T, '--name', 'x-evil', '--value', evil);

	assert.equal(made.status, 0, made.stderr);
	assert.doesNotMatch(made.stdout, /\u009b/);
	await refused(['queue', 'create', ...T, '--name', 'a\u001b[31m'], 2, /without control characters/);
	const error = await centrex.cli('queue', 'show', ...T, 'x\u009b\u001b]0;title\u0007');

	assert.doesNotMatch(error.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
	await centrex.cli('setting', 'delete', ...T, 'x-evil');
});

test('audit, registration and call', async () => {
	const queue = await json('queue', 'create', ...T, '--name', 'Watched');
	const user = os.userInfo().username;

	await json('queue', 'update', ...T, 'Watched', '--strategy', 'round-robin');
	assert.equal((await centrex.cli('queue', 'delete', ...T, 'Watched')).status, 0);
	const entries = await json('audit', 'list', ...T, '--resource-id', queue.id);

	assert.deepEqual(entries.map((entry) => [entry.action, entry.resource, entry.actor_kind,
		entry.actor_name, entry.before?.strategy, entry.after?.strategy]), [
		['delete', 'queue', 'command', user, 'round-robin', undefined],
		['update', 'queue', 'command', user, 'ring-all', 'round-robin'],
		['create', 'queue', 'command', user, undefined, 'ring-all'],
	]);
	assert.deepEqual(await json('audit', 'show', ...T, entries[0].id), entries[0]);
	assert.match((await centrex.cli('audit', 'list', ...T)).stdout, /^AT +ACTOR_KIND +ACTOR_NAME /);
	await refused(['audit', 'delete', ...T, entries[0].id], 2, /audit has no 'delete'/);
	assert.deepEqual(await json('registration', 'list', ...T), []);
	assert.deepEqual(await json('call', 'list', ...T), []);
});
