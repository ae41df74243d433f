// ETag, If-Match, Idempotency-Key, and who sees secrets.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {have, make, refused, startTenants} from './tenants.mjs';

let world, operator, owner, admin;

before(async () => {
	world = await startTenants();
	({operator, owner, admin} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);
const extension = (number) => have(admin, mine('/extensions'), number, {extension_number: number});
const queue = (name) => have(admin, mine('/queues'), name, {name});
const user = (email) => have(operator, '/api/v1/users', email, {email, password: 'correct horse'});

describe('ETag', () => {
	test('a row or list that is known is not sent again', async () => {
		const {id} = await extension('110');

		for (const path of [`/extensions/${id}`, '/queues']) {
			const first = await admin.get(mine(path));
			const tag = first.headers.etag;

			assert.match(tag, /^"[^"]+"$/);
			for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
				const again = await admin.get(mine(path), {headers: {'If-None-Match': known}});

				assert.equal(again.status, 304);
				assert.equal(again.text, '');
				assert.equal(again.headers.etag, tag);
			}
			assert.equal((await admin.get(mine(path), {headers: {'If-None-Match': '"other"'}})).status, 200);
		}
	});

	test('of two writers with the same tag one wins', async () => {
		const at = mine(`/extensions/${(await extension('111')).id}`);

		for (let round = 0; round < 5; round++) {
			const tag = (await admin.get(at)).headers.etag;
			const both = await Promise.all(['a', 'b'].map((name) =>
				admin.patch(at, {context: `${name}${round}`}, {headers: {'If-Match': tag}})));

			assert.deepEqual(both.map((answer) => answer.status).sort(), [200, 412]);
			const won = both.find((answer) => answer.status === 200);

			assert.notEqual(won.headers.etag, tag);
			assert.equal((await admin.get(at)).headers.etag, won.headers.etag);
		}
	});

	test('guards deletes and actions as well', async () => {
		const at = mine(`/extensions/${(await extension('112')).id}`);
		const tag = (await admin.get(at)).headers.etag;

		assert.equal((await admin.delete(at, {headers: {'If-Match': '"other"'}})).status, 412);
		assert.equal((await admin.post(`${at}/rotate-credentials`, undefined,
			{headers: {'If-Match': '"other"'}})).status, 412);
		for (const bad of ['other', 'W/"x"', '"a", "b"', '"a'])
			refused(await admin.delete(at, {headers: {'If-Match': bad}}), 400, 'If-Match');
		assert.equal((await admin.post(`${at}/rotate-credentials`, undefined,
			{headers: {'If-Match': tag}})).status, 200);
		assert.equal((await admin.delete(at, {headers: {'If-Match': tag}})).status, 412);
		assert.equal((await admin.delete(at, {headers: {'If-Match': '*'}})).status, 204);
	});
});

describe('Idempotency-Key', () => {
	test('the same POST again is the same answer', async () => {
		const key = {headers: {'Idempotency-Key': 'one-2.3:4/5'}};
		const first = await admin.post(mine('/extensions'), {extension_number: '120'}, key);
		const again = await admin.post(mine('/extensions'), {extension_number: '120'}, key);

		assert.equal(first.status, 201, first.text);
		assert.equal(again.status, 201, again.text);
		assert.equal(again.json.id, first.json.id);
		assert.equal(again.headers.location, first.headers.location);
		assert.equal(again.headers['idempotency-replayed'], 'true');
		assert.equal(first.headers['idempotency-replayed'], undefined);
	});

	test('many at one time make one row', async () => {
		const answers = await Promise.all(Array.from({length: 8}, () =>
			admin.post(mine('/queues'), {name: 'Once'}, {headers: {'Idempotency-Key': 'together'}})));

		for (const answer of answers)
			assert.ok([201, 409].includes(answer.status), answer.text);
		assert.ok(answers.some((answer) => answer.status === 201));
		assert.equal((await admin.get(mine('/queues?name=Once'))).json.items.length, 1);
	});

	test('another body or path with it is refused, another person has keys of his own', async () => {
		const key = {headers: {'Idempotency-Key': 'mine'}};

		await make(admin, mine('/queues'), {name: 'Keyed'});
		assert.equal((await admin.post(mine('/queues'), {name: 'Keyed 1'}, key)).status, 201);
		assert.equal((await admin.post(mine('/queues'), {name: 'Keyed 2'}, key)).status, 422);
		assert.equal((await admin.post(mine('/settings'), {name: 'x-a', value: 1}, key)).status, 422);
		assert.equal((await owner.post(mine('/queues'), {name: 'Keyed 2'}, key)).status, 201);
		for (const bad of ['', 'a b', 'x'.repeat(256)])
			refused(await admin.post(mine('/queues'), {name: 'Bad'}, {headers: {'Idempotency-Key': bad}}),
				400, 'Idempotency-Key');
	});

	test('what failed is not remembered', async () => {
		const key = {headers: {'Idempotency-Key': 'failed'}};

		refused(await admin.post(mine('/queues'), {name: ''}, key), 400, 'name');
		assert.equal((await admin.post(mine('/queues'), {name: 'Better'}, key)).status, 201);
	});
});

describe('secrets', () => {
	test('are masked, and shown on one row to whoever may see them', async () => {
		const made = await make(admin, mine('/extensions'), {extension_number: '130'});
		const at = mine(`/extensions/${made.json.id}`);

		assert.match(made.json.auth_password, /^\S{20,}$/);
		assert.equal((await admin.get(at)).json.auth_password, '********');
		assert.equal((await admin.get(`${at}?secrets=no`)).json.auth_password, '********');
		assert.equal((await admin.patch(at, {context: 'x'})).json.auth_password, '********');
		for (const who of [admin, owner, operator])
			assert.equal((await who.get(`${at}?secrets=yes`)).json.auth_password,
				made.json.auth_password);
		refused(await admin.get(mine('/extensions?secrets=yes')), 400, 'secrets');
		refused(await admin.get(`${at}?secrets=please`), 400, 'secrets');
		refused(await admin.get(mine(`/queues/${(await queue('Support')).id}?secrets=yes`)),
			400, 'secrets');
		const turned = await admin.post(`${at}/rotate-credentials`);

		assert.equal(turned.status, 200, turned.text);
		assert.notEqual(turned.json.auth_password, made.json.auth_password);
		assert.notEqual(turned.json.auth_username, made.json.auth_username);
		refused(await admin.post(`${at}/rotate-credentials`, {auth_password: 'x'}), 400, 'auth_password');
	});

	test('cannot be set by anybody', async () => {
		for (const field of ['auth_password', 'auth_username', 'id'])
			refused(await owner.post(mine('/extensions'), {extension_number: '131', [field]: 'x'}),
				400, field);
		refused(await operator.patch(`/api/v1/users/${(await user('kim@example.com')).id}`,
			{password_hash: 'x'}), 400, 'password_hash');
		assert.ok(!('password_hash' in (await user('kim@example.com'))));
	});
});
