// What is wrong is said in one line that names the field and the rule, with the right exit status;
// nothing is written.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {binary, centrexRun, startCentrex} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';
import {everything} from './installation.mjs';

const T = ['--tenant', 'cust1.pbx.test'];
const million = 'x'.repeat(1024 * 1024);
const nobody = '01a2040a-4445-7ced-ba22-41c351772482';
let centrex;

before(async () => {
	centrex = await startCentrex();
	await centrex.json('tenant', 'create', '--name', 'One', '--domain', 'cust1.pbx.test');
	await centrex.json('extension', 'create', ...T, '--extension-number', '101');
	await centrex.json('queue', 'create', ...T, '--name', 'sales');
	await centrex.json('setting', 'create', ...T, '--name', 'ring_s', '--value', '20');
});
after(() => centrex?.stop());

// [arguments, exit status, the whole line behind "centrex: ", standard input]
const extension = (number) => ['extension', 'create', ...T, '--extension-number', number];
const cases = [
	// the command line
	[['extenson'], 2, "there is no command 'extenson'; see `centrex help`"],
	[['extension'], 2, 'extension: what to do? See `centrex help extension`'],
	[['extension', 'make', ...T], 2, "extension has no 'make'; see `centrex help extension`"],
	[['extension', 'create', ...T, '--colour', 'red'], 2, 'colour: extension create has no such flag'],
	[['extension', 'update', '101', ...T, '--user', 'ann@example.com'], 2,
		'user: extension has no such flag'],
	[['extension', 'show', '101', ...T, '--context', 'x'], 2, 'context: extension show has no such flag'],
	[['extension', 'create', ...T, '--extension-number'], 2, 'extension_number: needs a value'],
	[['extension', 'create', '--extension-number', ...T], 2, 'extension_number: needs a value'],
	[['extension', 'list', '--tenant'], 2, 'tenant: needs a value'],
	[['extension', 'list'], 2, 'tenant: is required: a domain or an id'],
	[['extension', 'list', ...T, ...T], 2, 'tenant: is given twice'],
	[[...extension('102'), '--extension_number', '103'], 2, 'extension_number: is given twice'],
	[['extension', 'list', ...T, '--json=1'], 2, 'json: takes no value', undefined, 'plain'],
	[['extension', 'show', ...T], 2, 'extension_number: is required: which extension'],
	[['extension', 'show', ...T, '101', '102'], 2,
		'extension show takes 1 name and flags; word 6 is one too many'],
	[['extension', 'create', ...T], 2, 'extension_number: is required'],
	[['extension', 'update', '101', ...T], 2, 'nothing to change was given'],
	[['extension', 'list', ...T, '--limit', '0'], 2, 'limit: must be a whole number from 1 to 500'],
	[['extension', 'list', ...T, '--limit', '501'], 2, 'limit: must be a whole number from 1 to 500'],
	[['extension', 'list', ...T, '--limit', 'ten'], 2, 'limit: must be a whole number from 1 to 500'],
	[['extension', 'list', ...T, '--after', 'x,y'], 2, 'after: must be what the page before gave'],
	[['cdr', 'list', ...T, '--after', 'yesterday'], 2, 'after: must be what the page before gave'],
	[['cdr', 'list', ...T, '--from', 'yesterday'], 2, 'from: must be a time like 2026-01-31T10:00:00Z'],
	[['extension', 'list', ...T, '--from', '2026-01-31T10:00:00Z'], 2,
		'from: extension list has no such flag'],
	[['extension', 'list', ...T, '--auth-password', 'x'], 2,
		'auth_password: a list cannot be filtered by it'],
	[['--state'], 2, /^state: /],

	// UUIDs, names of rows
	[['extension', 'list', '--tenant', 'not a domain'], 2, "tenant: must be a tenant's domain or id"],
	[['extension', 'list', '--tenant', 'cust9.pbx.test'], 3, 'tenant: there is no tenant cust9.pbx.test'],
	[['extension', 'list', '--tenant', nobody], 3, `tenant: there is no tenant ${nobody}`],
	[['extension', 'list', '--tenant', `${nobody}0`], 2, "tenant: must be a tenant's domain or id"],
	[['extension', 'show', ...T, '102'], 3, 'extension_number: there is no extension 102'],
	[['extension', 'show', ...T, nobody], 3, 'id: there is no such extension'],
	[['extension', 'update', ...T, nobody, '--context', 'x'], 3, 'id: there is no such extension'],
	[['extension', 'delete', ...T, nobody], 3, 'id: there is no such extension'],
	[['extension', 'delete', ...T, '1O1'], 2, 'extension_number: must be 2 to 5 digits, or a UUID'],
	[['cdr', 'show', ...T, '1234'], 2, 'id: must be a UUID'],
	[['extension', 'update', ...T, '101', '--user-id', '123-abc'], 2,
		'user_id: must be an e-mail address, or a UUID'],
	[['extension', 'update', ...T, '101', '--user-id', 'nobody@example.com'], 2,
		'user_id: must be a member of the tenant'],
	[['extension', 'update', ...T, '101', '--user-id', nobody], 2,
		'user_id: must be a member of the tenant'],
	[['queue-member', 'create', ...T, '--queue-id', nobody, '--extension-id', '101'], 2,
		'queue_id: names something that does not exist'],
	[['queue-member', 'create', ...T, '--queue-id', 'sales', '--extension-id', 'x'], 2,
		'extension_id: must be 2 to 5 digits, or a UUID'],
	[['number', 'create', ...T, '--number', '777', '--extension-id', nobody], 2,
		'extension_id: names something that does not exist'],
	[['member', 'create', ...T, '--user-id', nobody, '--role', 'agent'], 2,
		'user_id: names something that does not exist'],
	[['member', 'create', ...T, '--user-id', 'x@example.com', '--role', 'boss'], 2,
		'role: must be owner, admin or agent'],

	// values
	[extension('1'), 2, 'extension_number: must be 2 to 5 digits'],
	[extension('123456'), 2, 'extension_number: must be 2 to 5 digits'],
	[extension('10a'), 2, 'extension_number: must be 2 to 5 digits'],
	[extension(''), 2, 'extension_number: must be 2 to 5 digits'],
	[extension(' 101'), 2, 'extension_number: must be 2 to 5 digits'],
	[extension('１０１'), 2, 'extension_number: must be 2 to 5 digits'],
	[extension('101'), 4, 'extension_number: is taken already'],
	[[...extension('102'), '--context', 'a b'], 2,
		'context: must be 1 to 80 letters, digits, dots, hyphens or underscores'],
	...['a b.example', 'Cust.example', 'cust', '-a.example', 'a..example', '.example', 'a.example.',
		'a_b.example', `${'a'.repeat(64)}.example`, `${'a.'.repeat(130)}example`, 'a.example\n', '']
		.map((domain) => [['tenant', 'create', '--name', 'X', `--domain=${domain}`], 2,
			'domain: must be a domain name in lower case, like cust1.pbx.example']),
	[['tenant', 'create', '--name', 'X', '--domain', '10.0.0.1'], 2, /^domain: must be a (full )?domain name/],
	[['tenant', 'create', '--name', 'X', '--domain', 'cust1.pbx.test'], 4, 'domain: is taken already'],
	[['tenant', 'create', '--name', '', '--domain', 'x.example'], 2,
		'name: must be 1 to 200 characters without control characters'],
	[['tenant', 'create', '--name', 'x'.repeat(201), '--domain', 'x.example'], 2,
		'name: must be 1 to 200 characters without control characters'],
	[['tenant', 'create', '--name', 'X', '--domain', 'x.example', '--timezone', 'Mars/Olympus'], 2,
		/^timezone: must be a time zone/],
	[['tenant', 'create', '--name', 'X', '--domain', 'x.example', '--locale', 'deutsch!'], 2,
		'locale: must be a language tag like en or de-CH'],
	[['tenant', 'create', '--name', 'X', '--domain', 'x.example', '--locale', 'a-b-c'], 2,
		/^locale: must be a .*language tag/],
	[['tenant', 'update', 'cust1.pbx.test', '--schema-name', 'public'], 2, 'schema_name: cannot be set'],
	[['queue', 'create', ...T, '--name', 'q', '--strategy', 'random'], 2,
		'strategy: must be ring-all or round-robin'],
	[['queue-member', 'create', ...T, '--queue-id', 'sales', '--extension-id', '101', '--tier', '-1'],
		2, 'tier: must be a whole number from 0 to 1000'],
	[['number', 'create', ...T, '--number', '12-34', '--extension-id', '101'], 2,
		'number: must be 2 to 20 digits, or + and 2 to 15 digits'],
	[['number', 'create', ...T, '--number', '101', '--extension-id', '101'], 4,
		'number: is already an extension of this tenant'],
	[['setting', 'create', ...T, '--name', 'Ring', '--value', '1'], 2, /^name: must be 1 to 63 lower-case/],
	[['setting', 'create', ...T, '--name', 'ring_s', '--value', '1'], 4, 'name: exists already'],
	[['setting', 'update', ...T, 'ring_s', '--value', '{"a":'], 2,
		'value: must be a JSON value of at most 65536 bytes'],
	[['setting', 'update', ...T, 'ring_s', '--name', 'other'], 2, 'name: cannot be changed'],

	// what nobody sets
	[[...extension('102'), '--auth-password', 'x'], 2, 'auth_password: cannot be set'],
	[[...extension('102'), '--auth-username', nobody], 2, 'auth_username: cannot be set'],
	[['extension', 'update', '101', ...T, '--auth-password', 'x'], 2, 'auth_password: cannot be set'],
	[['extension', 'update', '101', ...T, '--id', nobody], 2, 'id: cannot be set'],
	[['extension', 'rotate-credentials', '101', ...T, '--auth-password', 'x'], 2,
		'auth-password: extension rotate-credentials has no such flag'],
	[['user', 'create', '--email', 'a@example.com', '--password=secret-secret'], 2,
		'password: is never taken from the command line; it is asked for'],
	[['user', 'create', '--email', 'a@example.com', '--password', 'secret-secret'], 2,
		'user create takes 0 names and flags; word 6 is one too many'],
	[['user', 'create', '--email', 'a@example.com', '--password-hash', 'x'], 2,
		'password-hash: user create has no such flag'],

	// passwords
	[['user', 'create', '--email', 'a@example.com'], 2, 'password: must have 8 to 200 characters', ''],
	[['user', 'create', '--email', 'a@example.com'], 2, 'password: must have 8 to 200 characters',
		'short\n'],
	[['user', 'create', '--email', 'a@example.com'], 2, 'password: must have 8 to 200 characters',
		million],
	[['user', 'create', '--email', 'a@example.com'], 2, 'password: must not contain a NUL',
		'long enough\0but\n'],
	[['user', 'create', '--email', 'a@example.com'], 2, 'password: must be UTF-8',
		Buffer.from('long enough \xff\n', 'latin1')],
	[['user', 'create', '--email', 'a b@example.com'], 2, 'email: must be an e-mail address', ''],
	[['user', 'create', '--email', 'a@localhost'], 2, 'email: must be an e-mail address', ''],

	// bodies
	[['queue', 'create', ...T, '--input', '-'], 2, 'name: must not contain a NUL',
		'{"name": "a\\u0000b"}'],
	[['queue', 'create', ...T, '--input', '-'], 2, /^body: is not JSON: line 1/, '{"name": "a\0b"}'],
	[['queue', 'create', ...T, '--input', '-'], 2, /^body: is not JSON: line 1/,
		Buffer.from('{"name": "\xff"}', 'latin1')],
	[['queue', 'create', ...T, '--input', '-'], 2, 'name: must be 1 to 100 characters without control characters',
		JSON.stringify({name: 'x'.repeat(200 * 1024)})],
	[['queue', 'create', ...T, '--input', '-'], 2, 'input: must have at most 262144 bytes',
		JSON.stringify({name: million})],
	[['queue', 'create', ...T, '--input', '-'], 2, 'body: must be a JSON object', '[]'],
	[['queue', 'create', ...T, '--input', '-'], 2, 'name: is required', '{}'],
	[['queue', 'create', ...T, '--input', '-'], 2, 'naem: queue has no such field', '{"naem": "x"}'],
	[['queue', 'create', ...T, '--input', '-'], 2, 'id: cannot be set', `{"name": "x", "id": "${nobody}"}`],
	[['queue', 'create', ...T, '--input', '/nowhere/body.json'], 1,
		'input: cannot read /nowhere/body.json: No such file or directory'],
	[['extension', 'create', ...T, '--input', '-'], 2, 'extension_number: must be 2 to 5 digits',
		'{"extension_number": 102}'],
	[['extension', 'create', ...T, '--input', '-'], 2, 'auth_password: cannot be set',
		'{"extension_number": "102", "auth_password": "01234567890123456789"}'],
	[['setting', 'create', ...T, '--input', '-'], 2, 'value: must not contain a NUL',
		'{"name": "x", "value": ["a", {"b": "\\u0000"}]}'],
];

test('one line, the exit status, nothing written', async (t) => {
	const before = await everything(centrex);

	for (const [args, status, line, input = '', form] of cases)
		await t.test(args.join(' ').slice(0, 100), async () => {
			const result = await centrex.cli(...args, {input});
			const said = /^centrex: (.*)\n$/.exec(result.stderr)?.[1] ??
				(form === 'plain' && /^\{"error"/.test(result.stderr) ? result.stderr : undefined);

			assert.ok(said, `one line: ${result.stderr}`);
			if (line instanceof RegExp)
				assert.match(said, line);
			else
				assert.equal(said, line);
			assert.equal(result.status, status);
			assert.equal(result.stdout, '');
		});
	assert.deepEqual(await everything(centrex), before);
});

test('bytes that are no UTF-8 in an argument', async () => {
	// A shell can pass what a JavaScript string cannot hold.
	const result = await run('sh', ['-c',
		'exec "$0" queue create --tenant cust1.pbx.test --name "$(printf "a\\377b")"', binary],
	{env: {CENTREX_STATE: centrex.state}});

	assert.equal(result.status, 2);
	assert.equal(result.stderr, 'centrex: name: must be UTF-8\n');
});

test('a very long argument', async () => {
	const result = await centrex.cli('queue', 'create', ...T, '--name', 'x'.repeat(120_000));

	assert.equal(result.status, 2);
	assert.equal(result.stderr, 'centrex: name: must be 1 to 100 characters without control characters\n');
});

test('an error as JSON', async () => {
	const result = await centrex.cli(...extension('1'), '--json');

	assert.equal(result.status, 2);
	assert.deepEqual(JSON.parse(result.stderr), {error: {code: 'invalid', field: 'extension_number',
		message: 'must be 2 to 5 digits'}});
	assert.equal(result.stderr.trimEnd().split('\n').length, 1);
});

test('another tenant\'s rows do not exist', async () => {
	await centrex.json('tenant', 'create', '--name', 'Two', '--domain', 'cust2.pbx.test');
	const theirs = (await centrex.json('extension', 'show', ...T, '101')).id;
	const queue = (await centrex.json('queue', 'show', ...T, 'sales')).id;
	const U = ['--tenant', 'cust2.pbx.test'];

	for (const args of [['extension', 'show', theirs], ['extension', 'delete', theirs],
		['extension', 'update', theirs, '--context', 'x'], ['extension', 'rotate-credentials', theirs],
		['queue', 'show', queue], ['queue', 'delete', queue]]) {
		const result = await centrex.cli(...args, ...U);

		assert.equal(result.status, 3, result.stderr);
		assert.match(result.stderr, /^centrex: id: there is no such (extension|queue)\n$/);
	}
	const result = await centrex.cli('queue-member', 'create', ...U, '--queue-id', queue,
		'--extension-id', theirs);

	assert.equal(result.status, 2);
	assert.match(result.stderr, /names something that does not exist/);
});

test('no database: what to do, and exit status 5', async () => {
	const state = path.join(temporaryDirectory('empty'), 'state');
	const away = await centrexRun(['tenant', 'list'], {env: {CENTREX_STATE: state}});

	assert.equal(away.status, 5);
	assert.equal(away.stderr, `centrex: the database of ${state} is not running; start \`centrex serve\`\n`);
	assert.equal(fs.existsSync(state), false);
});

test('as somebody else: exit status 6', async (t) => {
	if (process.getuid() !== 0)
		return t.skip('only root can become somebody else');
	const file = path.join(centrex.directory, 'other.conf');

	fs.writeFileSync(file, '');
	for (const settings of [[], ['--config', file]]) {
		const result = await run('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups',
			binary, 'tenant', 'list', '--state', centrex.state, ...settings]);

		assert.equal(result.status, 6, result.stderr);
		assert.equal(result.stderr, `centrex: state: ${centrex.state} belongs to another user; use sudo\n`);
	}
});

test('output that cannot be written is a failure', async () => {
	const result = await run('sh', ['-c', 'exec "$0" tenant list >/dev/full', binary],
		{env: {CENTREX_STATE: centrex.state}});

	assert.equal(result.status, 1);
	assert.match(result.stderr, /^centrex: cannot write the output: No space left on device\n$/);
});
