// `centrex route explain`: the same decisions as for calls, said without one.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startInstallation} from './installation.mjs';

const T = ['--tenant', 'cust1.pbx.test'];
let centrex;

before(async () => {
	centrex = await startInstallation();
	await centrex.json('tenant', 'create', '--name', 'One', '--domain', 'cust1.pbx.test');
	await centrex.json('extension', 'create', ...T, '--extension-number', '101');
	await centrex.json('extension', 'create', ...T, '--extension-number', '102');
	await centrex.json('number', 'create', ...T, '--number', '+431234567', '--extension-id', '102');
});
after(() => centrex?.stop());

const explain = (...args) => centrex.json('route', 'explain', ...T, ...args);

async function refused(args, status, pattern) {
	const result = await centrex.cli('route', ...args);

	assert.equal(result.status, status, result.stderr);
	assert.match(result.stderr, pattern);
	assert.equal(result.stderr.split('\n').length, 2);
	assert.equal(result.stdout, '');
}

test('each decision has a line', async () => {
	assert.deepEqual(await explain('--from', '101', '--to', '+431234567'), {
		action: 'reject', cause: 'unregistered', targets: [], queue: null, sound: null,
		feature: null, ring_s: 0,
		trace: [
			'dialled "+431234567" by extension 101',
			'+431234567 is no extension of cust1.pbx.test',
			'+431234567 is a number that leads to extension 102',
			'extension 102 has 0 registered phones',
			'reject: unregistered (no phone of the extension is registered)',
		],
	});
	assert.equal((await explain('--from', '101', '--to', '101')).cause, 'own_number');
	assert.equal((await explain('--from', '102', '--to', '+431234567')).cause, 'own_number');
	assert.equal((await explain('--to', '103')).cause, 'unknown_number');
	assert.equal((await explain('--to', '')).cause, 'bad_number');
	assert.equal((await explain('--to', '1'.repeat(100_000))).cause, 'bad_number');
	assert.deepEqual((await explain('--to', 'a"\u001b[31m\u00e4'))
		.trace[0], 'dialled "a\\"\\u001b[31m%C3%A4" from outside');

	assert.equal((await explain('--from', '101', '--to', '*45')).feature, 'login');
	const text = await centrex.cli('route', 'explain', ...T, '--from', '101', '--to', '102');

	assert.equal(text.status, 0);
	assert.match(text.stdout, /^dialled "102" by extension 101\n102 is an extension of cust1/);
});

test('what is not understood', async () => {
	await refused([], 2, /^centrex: route can explain/);
	await refused(['explain'], 2, /^centrex: tenant: is required/);
	await refused(['explain', ...T], 2, /^centrex: to: is required/);
	await refused(['explain', '--to'], 2, /^centrex: to: needs a value/);
	await refused(['explain', '--loud'], 2, /^centrex: route explain has no argument '--loud'/);
	await refused(['explain', ...T, '--to', '102', '--from', '999'], 3, /^centrex: from: is no ext/);
	await refused(['explain', '--tenant', 'none.pbx.test', '--to', '1'], 3, /^centrex: tenant: /);
	await refused(['explain', '--tenant', 'a b', '--to', '1'], 2, /^centrex: /);
});
