// Many rows from CSV: all of them or none, and what is wrong with each.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Http} from '../lib/http.mjs';
import {startTenants} from './tenants.mjs';

let world, operator, owner, admin;

before(async () => {
	world = await startTenants();
	({operator, owner, admin} = world);
});
after(() => world?.stop());

const at = (path) => `/api/v1/tenants/${world.tenant.domain}${path}`;

function send(path, csv, {who = admin, type = 'text/csv', query = ''} = {}) {
	return who.post(`${at(path)}/import${query}`, csv, {headers: {'content-type': type}});
}

async function numbers() {
	return (await admin.get(at('/extensions?limit=500'))).json.items.map((row) => row.extension_number);
}

// The faults of a file: [row, field] of each, when nothing was created.
async function faults(path, csv, options) {
	const before = await numbers();
	const answer = await send(path, csv, options);

	assert.equal(answer.status, 422, answer.text);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
	assert.deepEqual(await numbers(), before);
	return answer.json.errors.map((error) => [error.row, error.field]);
}

test('extensions are created as their rows say', async () => {
	const done = await send('/extensions', 'extension_number,context,user_id\n' +
		`101,office,${world.agentEmail}\n102,,\n`);

	assert.equal(done.status, 200, done.text);
	assert.deepEqual(done.json, {rows: 2, created: 2, faults: 0, errors: []});
	const [first, second] = (await admin.get(at('/extensions'))).json.items;

	assert.equal(first.email, world.agentEmail);
	assert.equal(first.context, 'office');
	assert.equal(second.context, 'default');
	assert.equal(second.user_id, null);
});

test('a file is read as spreadsheets write it', async () => {
	for (const [number, csv] of [
		['111', '\ufeffextension_number;context\r\n"111";"a"\r\n'],
		['112', 'context\textension_number\n\t112'],
		['113', '"extension_number","context"\n\n,\n 113 ,"a"\n\n'],
		['114', 'extension_number,context,,\r114,a,,\r'],
	]) {
		const done = await send('/extensions', csv, {type: 'text/csv; charset=utf-8'});

		assert.equal(done.json?.created, 1, done.text);
		assert.ok((await numbers()).includes(number));
	}
});

test('the passwords come with the answer when they are asked for', async () => {
	const done = await send('/extensions', 'extension_number\n121\n122\n', {query: '?secrets=yes'});

	assert.deepEqual(done.json.items.map((row) => row.extension_number).sort(), ['121', '122']);
	for (const row of done.json.items) {
		const shown = await admin.get(at(`/extensions/${row.id}?secrets=yes`));

		assert.equal(row.auth_password, shown.json.auth_password);
	}
});

test('every fault is told with its row and field, and nothing is created', async () => {
	assert.deepEqual(await faults('/extensions', 'extension_number,context\n' +
		'201,a\n' + // right
		'1,a\n' + // too short
		',a\n' + // missing
		'202,a b\n' + // no such context
		'\n' +
		'101,a\n' + // exists
		'203,a,b\n' + // too many cells
		'204,a\n204,a\n' + // twice
		'x,!\n'), // both
	[[3, 'extension_number'], [4, 'extension_number'], [5, 'context'], [7, 'extension_number'],
		[8, ''], [10, 'extension_number'], [11, 'extension_number'], [11, 'context']]);
	assert.deepEqual(await faults('/extensions', 'extension_number,user_id\n205,nobody@example.com\n' +
		'206,owner@second.example\n'), [[2, 'user_id'], [3, 'user_id']]);
});

test('a first row that names nothing, or something else, is a fault', async () => {
	assert.deepEqual(await faults('/extensions', 'number\n101\n1\n'),
		[[1, 'number'], [1, 'extension_number']]);
	assert.deepEqual(await faults('/extensions', 'extension_number,extension_number\n301,302\n'),
		[[1, 'extension_number']]);
	assert.deepEqual(await faults('/extensions', 'extension_number,auth_password\n301,secret\n'),
		[[1, 'auth_password']]);
	assert.deepEqual(await faults('/extensions', 'context\na\n'), [[1, 'extension_number']]);
	assert.deepEqual(await faults('/extensions', 'extension_number\n"301\n'), [[2, '']]);
	assert.deepEqual(await faults('/extensions', 'extension_number\n301\n3"0"2\n'), [[3, '']]);
});

test('what cannot be read at all is refused', async () => {
	for (const csv of ['', '\ufeff', '\n\n', Buffer.from('extension_number\n\xff\n', 'latin1'),
		'extension_number\n1\u000001\n'])
		assert.equal((await send('/extensions', csv)).status, 400);
	assert.equal((await send('/extensions', 'extension_number\n401\n', {type: 'application/json'})).status,
		415);
	assert.equal((await send('/extensions', `extension_number\n${'4'.repeat(5 * 2 ** 20)}\n`)).status, 413);
	assert.equal((await send('/extensions', `extension_number\n${'401\n'.repeat(10_001)}`)).status, 413);
	assert.equal((await send('/extensions', `extension_number${','.repeat(100)}\n`)).status, 413);
	assert.equal((await send('/extensions', 'extension_number\n401\n', {query: '?dry=1'})).status, 400);
});

test('a dry run says the same and creates nothing', async () => {
	const before = await numbers();
	const right = await send('/extensions', 'extension_number\n501\n502\n', {query: '?dry_run=1'});
	const wrong = await send('/extensions', 'extension_number\n501\n101\n5\n', {query: '?dry_run=1'});

	assert.deepEqual(right.json, {rows: 2, created: 0, faults: 0, errors: []});
	assert.equal(wrong.status, 200);
	assert.equal(wrong.json.created, 0);
	assert.deepEqual(wrong.json.errors.map((error) => [error.row, error.field]),
		[[3, 'extension_number'], [4, 'extension_number']]);
	assert.deepEqual(await numbers(), before);
});

test('10,000 rows are one import', async () => {
	const all = Array.from({length: 10_000}, (_, i) => 80_000 + i);
	const done = await send('/extensions', `extension_number\n${all.join('\n')}`);

	assert.equal(done.json?.created, 10_000, done.text.slice(0, 500));
	assert.equal((await admin.get(at('/extensions?extension_number=89999'))).json.items.length, 1);
	const again = await send('/extensions', `extension_number\n${all.join('\n')}`);

	assert.equal(again.status, 422);
	assert.match(again.json.detail, /10000 faults in 10000 rows/);
	assert.equal(again.json.errors.length, 1000);
	const audit = await owner.get(at('/audit?action=import&limit=1'));

	assert.equal(audit.json.items.length, 1);
});

test('new users of an import are invited where that is asked for', async () => {
	const done = await send('/members', 'email,role\nhugo@new.example,agent\nowner@second.example,agent\n',
		{query: '?invite=yes', who: operator});

	assert.equal(done.json?.created, 2, done.text);
	assert.deepEqual(done.json.items.map((row) => [row.email, row.invitation]),
		[['hugo@new.example', 'link']]);
	const secret = done.json.items[0].invitation_url.split('#')[1];
	const accepted = await new Http(world.centrex).post('/api/v1/invitations/accept',
		{secret, password: 'correct horse battery'});

	assert.equal(accepted.status, 200, accepted.text);
	const many = Array.from({length: 501}, (_, i) => `new${i}@new.example,agent`);

	assert.equal((await send('/members', `email,role\n${many.join('\n')}\n`, {query: '?invite=yes'})).status,
		413);
});

test('members are imported, users who do not exist are made', async () => {
	const done = await send('/members',
		'email,role\nAnna@new.example,agent\nben@new.example,admin\noperator@example.com,agent\n');

	assert.deepEqual(done.json, {rows: 3, created: 3, faults: 0, errors: []}, done.text);
	const members = (await admin.get(at('/members?limit=500'))).json.items;
	const role = (email) => members.find((row) => row.email.toLowerCase() === email)?.role;

	assert.equal(role('anna@new.example'), 'agent');
	assert.equal(role('ben@new.example'), 'admin');
	assert.equal(role('operator@example.com'), 'agent');
	const users = async () => (await operator.get('/api/v1/users?limit=500')).json.items.length;
	const before = await users();

	assert.deepEqual(await faults('/members', 'email,role\nnobody,agent\ncarl@new.example,king\n' +
		'dora@new.example,owner\nben@new.example,agent\neva@new.example,agent\nEVA@new.example,agent\n' +
		'fred@new.example,\n'),
	[[2, 'email'], [3, 'role'], [4, 'role'], [5, 'user_id'], [7, 'email'], [8, 'role']]);
	assert.equal(await users(), before);
	const owners = await send('/members', 'email,role\ndora@new.example,owner\n', {who: owner});

	assert.equal(owners.json?.created, 1, owners.text);
	const dry = await send('/members', 'email,role\ngina@new.example,agent\n', {query: '?dry_run=yes'});

	assert.equal(dry.json.created, 0);
	assert.equal(await users(), before + 1);
});
