// Every resource over HTTP, each verb, with a real tenant and its neighbour.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {have, make, refused, startTenants} from './tenants.mjs';

let world, operator, owner, admin, neighbour;

before(async () => {
	world = await startTenants();
	({operator, owner, admin, neighbour} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);
const theirs = (path) => world.theirs(path);
const extension = (number) => have(admin, mine('/extensions'), number, {extension_number: number});
const queue = (name) => have(admin, mine('/queues'), name, {name});
const user = (email) => have(operator, '/api/v1/users', email, {email, password: 'correct horse'});
const nowhere = '01a2040a-4445-4ced-ba22-41c351772482';

// What each resource of a tenant is made of. key: its path below the collection.
const kinds = [
	{
		path: '/extensions', key: (row) => row.id, natural: (row) => row.extension_number,
		body: async () => ({extension_number: '101', context: 'office'}),
		change: {context: 'Sales.1'}, wrong: {extension_number: '1'}, field: 'extension_number',
	},
	{
		path: '/queues', several: true, key: (row) => row.id, natural: (row) => encodeURIComponent(row.name),
		body: async () => ({name: 'Ärger & Co: 24h', strategy: 'round-robin'}),
		change: {moh_sound: null, name: 'Ärger'}, wrong: {strategy: 'random'}, field: 'strategy',
	},
	{
		path: '/numbers', key: (row) => row.id, natural: (row) => encodeURIComponent(row.number),
		body: async () => ({number: '+4930123456', extension_id: (await extension('102')).id}),
		change: {extension_id: '103'}, wrong: {number: '+0'}, field: 'number',
	},
	{
		path: '/queue-members', key: (row) => `${row.queue_id}/${row.extension_id}`,
		natural: (row) => `${row.queue}/${row.extension}`,
		body: async () => ({queue_id: (await queue('Support')).id, extension_id: '102'}),
		change: {tier: 3, level: 4}, wrong: {tier: 1001}, field: 'tier',
	},
	{
		path: '/settings', key: (row) => row.name, natural: (row) => row.name,
		body: async () => ({name: 'ring_s', value: 20}),
		change: {value: 25}, wrong: {value: 601}, field: 'value',
	},
	{
		path: '/members', key: (row) => row.user_id, natural: (row) => row.email,
		body: async () => ({email: (await user('kim@example.com')).email, role: 'agent'}),
		change: {role: 'admin'}, wrong: {role: 'king'}, field: 'role',
	},
];

describe('each resource', () => {
	for (const kind of kinds)
		test(`${kind.path} is created, listed, shown, changed and deleted`, async () => {
			await extension('103');
			const made = await make(admin, mine(kind.path), await kind.body());
			const at = mine(`${kind.path}/${kind.key(made.json)}`);

			assert.equal(made.headers.location,
				at.replace(world.tenant.domain, world.tenant.id));
			if (!kind.several)
				refused(await admin.post(mine(kind.path), await kind.body()), 409);
			const list = await admin.get(mine(kind.path));

			assert.ok(list.json.items.some((row) => kind.key(row) === kind.key(made.json)));
			for (const name of [kind.key, kind.natural])
				assert.equal((await admin.get(mine(`${kind.path}/${name(made.json)}`))).status, 200);
			refused(await admin.patch(at, kind.wrong), 400, kind.field);
			refused(await admin.patch(at, {nothing: 1}), 400, 'nothing');
			refused(await admin.patch(at, {}), 400);
			const changed = await admin.patch(at, kind.change);

			assert.equal(changed.status, 200, changed.text);
			const shown = (await admin.get(at)).json;

			for (const [name, value] of Object.entries(kind.change))
				assert.equal(name === 'extension_id' ? shown.extension : shown[name], value);
			const gone = await admin.delete(at);

			assert.equal(gone.status, 204, gone.text);
			assert.equal(gone.text, '');
			for (const answer of [await admin.get(at), await admin.delete(at),
				await admin.patch(at, kind.change)])
				refused(answer, 404);
		});

	test('what Centrex writes itself can be read and nothing else', async () => {
		for (const path of ['/cdrs', '/registrations', '/media']) {
			const list = await admin.get(mine(path));

			assert.equal(list.status, 200, list.text);
			assert.ok(Array.isArray(list.json.items));
			refused(await admin.get(mine(`${path}/${nowhere}`)), 404);
			if (path !== '/media')
				assert.equal((await admin.patch(mine(`${path}/${nowhere}`), {})).status, 405);
		}
		assert.equal((await admin.get(mine('/audit'))).status, 403);
		const audit = await owner.get(mine('/audit?limit=1'));

		assert.equal(audit.json.items.length, 1);
	});

	test('an identifier that is none is refused or not there, never a fault', async () => {
		for (const kind of kinds)
			for (const key of ['%27', '..%2f..', 'x'.repeat(300), '%F0%9F%98%80', "'%3B--", '%25',
				`${nowhere}%20`, '0', '-1', 'null']) {
				const answer = await admin.get(mine(`${kind.path}/${key}`));

				assert.ok([400, 404].includes(answer.status), `${kind.path}/${key}: ${answer.text}`);
			}
	});
});

describe('the neighbour', () => {
	test('has no identifier of ours, for every verb', async () => {
		const rows = [];
		const bodies = {
			'/members': {email: (await user('lee@example.com')).email, role: 'agent'},
			'/extensions': {extension_number: '201'},
			'/numbers': {number: '0301234', extension_id: '201'},
			'/queues': {name: 'Theirs'},
			'/queue-members': {queue_id: 'Theirs', extension_id: '201'},
			'/settings': {name: 'x-theirs', value: 'kept'},
		};

		for (const kind of kinds) {
			const made = await make(neighbour, theirs(kind.path), bodies[kind.path]);

			rows.push([kind, made.json]);
		}
		const before = await Promise.all(kinds.map((kind) => neighbour.get(theirs(kind.path))));

		for (const [kind, row] of rows) {
			const key = `${kind.path}/${kind.key(row)}`;

			for (const [verb, body] of [['get'], ['patch', kind.change], ['delete']]) {
				refused(await admin[verb](mine(key), body), 404); // in our own tenant
				const closed = await admin[verb](theirs(key), body); // and in theirs
				const absent = await admin[verb](`/api/v1/tenants/${nowhere}${key}`, body);

				refused(closed, 404);
				delete closed.json.request_id;
				delete absent.json.request_id;
				assert.deepEqual(closed.json, absent.json);
			}
			refused(await admin.post(theirs(kind.path), {}), 404);
			refused(await admin.get(theirs(kind.path)), 404);
		}
		refused(await admin.post(theirs('/extensions/201/rotate-credentials')), 404);
		// By reference: a row of ours cannot point at theirs.
		const [, foreign] = rows[0];

		refused(await admin.post(mine('/numbers'), {number: '0309', extension_id: foreign.id}),
			400, 'extension_id');
		refused(await admin.post(mine('/numbers'), {number: '0309', extension_id: '201'}),
			400, 'extension_id');
		const after = await Promise.all(kinds.map((kind) => neighbour.get(theirs(kind.path))));

		assert.deepEqual(after.map((list) => list.json), before.map((list) => list.json));
	});
});

describe('what people write', () => {
	const texts = ["'; drop table extensions; --", "' or '1'='1", '$1', '%s%n', '\\', '"', '${x}',
		'<script>', '\u202e', 'Привет', '\u{1f600}'.repeat(20), 'e\u0301', ' padded '];

	test('is kept to the letter, or refused', async () => {
		for (const name of texts) {
			const made = await admin.patch(mine(''), {name: `t ${name}`});

			assert.equal(made.status, 200, made.text);
			assert.equal((await admin.get(mine(''))).json.name, `t ${name}`);
		}
		for (const name of ['', ' ', 'x'.repeat(101), 'x'.repeat(300), 'a\nb', '\u0000', '\u007f',
			'\u{1f600}'.repeat(101)])
			refused(await admin.post(mine('/queues'), {name}), 400, 'name');
	});

	test('of hostile text nothing is run, in any field', async () => {
		const before = (await operator.get('/api/v1/tenants')).json;

		for (const kind of kinds)
			for (const name of Object.keys({...await kind.body(), ...kind.change}))
				for (const text of texts) {
					const answer = await admin.post(mine(kind.path), {...await kind.body(), [name]: text});

					assert.ok([201, 400, 404, 409].includes(answer.status), `${name}: ${answer.text}`);
					if (answer.status === 201)
						await admin.delete(mine(`${kind.path}/${kind.key(answer.json)}`));
				}
		assert.deepEqual((await operator.get('/api/v1/tenants')).json, before);
	});

	test('of another type is refused with the field', async () => {
		for (const value of [null, true, 1, 1.5, [], {}, [['101']]])
			refused(await admin.post(mine('/extensions'), {extension_number: value}), 400,
				'extension_number');
		for (const value of ['1', 1.5, null, 2 ** 53, -1, true, [1]])
			refused(await admin.post(mine('/queue-members'),
				{queue_id: 'Support', extension_id: '102', tier: value}), 400, 'tier');
		for (const body of ['[]', '"x"', '1', 'null', '', '{', '{"name":"a","name":"b"}',
			'{"name":"\\ud800"}', '{"name":"a\\u0000b"}', '{"name":"a"} x', "{'name':'a'}",
			'{"name":' + '['.repeat(5000), '\ufeff{"name":"a"}', '{"name":"\xff"}'])
			refused(await admin.send('POST', mine('/queues'), Buffer.from(body, 'latin1'),
				{headers: {'content-type': 'application/json'}}), 400);
	});
});
