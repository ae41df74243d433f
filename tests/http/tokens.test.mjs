// API tokens: what one may do, who sees it, and when it ends.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {psql} from './cdrs_data.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

let centrex;
let op;
let owner;
let admin;

const ONE = '/api/v1/tenants/one.pbx.test';

before(async () => {
	centrex = await startCentrex();
	await centrex.tenant('one.pbx.test');
	await centrex.tenant('two.pbx.test');
	await makeUser(centrex, 'op@pbx.test', {admin: true});
	for (const [email, role] of [['owner@one.test', 'owner'], ['admin@one.test', 'admin'],
		['agent@one.test', 'agent']]) {
		await makeUser(centrex, email);
		await makeMember(centrex, 'one.pbx.test', email, role);
	}
	op = await signIn(centrex, 'op@pbx.test');
	owner = await signIn(centrex, 'owner@one.test');
	admin = await signIn(centrex, 'admin@one.test');
});
after(() => centrex?.stop());

test('a token is shown once and opens its tenant without cookie and Origin', async () => {
	const token = await makeToken(admin, {name: 'sync', tenant: 'one.pbx.test', role: 'admin'});

	assert.match(token.token.secret, /^ctx_[\w-]{43}$/);
	assert.equal(token.token.tenant, 'one.pbx.test');
	assert.equal((await token.get(`${ONE}/extensions`)).status, 200);
	assert.equal((await token.post(`${ONE}/extensions`, {extension_number: '301'})).status, 201);
	const me = (await token.get('/api/v1/me')).json;

	assert.equal(me.credential, 'token');
	assert.equal(me.credential_id, token.token.id);
	assert.deepEqual(me.memberships.map((m) => [m.domain, m.role]), [['one.pbx.test', 'admin']]);
	const {items} = (await admin.get('/api/v1/me/tokens')).json;

	assert.ok(items.some((t) => t.id === token.token.id && t.last_used_at));
	assert.ok(!JSON.stringify(items).includes(token.token.secret));
});

test('the token of a wallboard reads the figures of all queues, hears that they move, and does nothing else', async () => {
	const board = await makeToken(admin, {tenant: 'one.pbx.test', role: 'wallboard'});
	const queue = (await admin.post(`${ONE}/queues`, {name: 'Board'})).json;

	assert.equal(board.token.role, 'wallboard');
	assert.deepEqual((await board.get('/api/v1/me')).json.memberships.map((m) => [m.domain, m.role]), [['one.pbx.test', 'wallboard']]);
	assert.ok((await board.get(`${ONE}/queues/figures`)).json.items.some((row) => row.queue === 'Board'));
	assert.equal((await board.get(`${ONE}/queues/statistics?by=day`)).status, 200);
	for (const path of [`/queues`, `/queues/${queue.id}/live`, `/queues/${queue.id}/explain`, '/agents', '/agents/statistics', '/calls',
		'/cdrs', '/queue-calls', '/extensions', '/directory', '/registrations'])
		assertProblem(await board.get(ONE + path), 403, 'forbidden');
	assertProblem(await board.get('/api/v1/me/tokens'), 403, 'forbidden');
	assertProblem(await board.post('/api/v1/me/tokens', {name: 'x', tenant: 'one.pbx.test', role: 'wallboard'}), 403, 'forbidden');
	assertProblem(await board.post(`${ONE}/queues`, {name: 'Mine'}), 403, 'forbidden');
	assertProblem(await board.delete(`${ONE}/queues/${queue.id}`), 403, 'forbidden');

	const stream = await board.events(`${ONE}/events`);

	await stream.next((event) => event.event === 'ready');
	assert.equal((await admin.post(`${ONE}/extensions`, {extension_number: '390'})).status, 201);
	assert.equal((await admin.patch(`${ONE}/queues/${queue.id}`, {strategy: 'round-robin'})).status, 200);
	await stream.next((event) => event.event === 'figures');
	assert.deepEqual(stream.events.filter(({event}) => event !== 'ready').map(({event, data}) => [event, data]), [['figures', {}]]);
	// What an agent does moves figures; which colleague it was, members alone hear.
	const member = await admin.events(`${ONE}/events`);

	await member.next((event) => event.event === 'ready');
	await admin.post(`${ONE}/queue-members`, {queue_id: queue.id, extension_id: '390'});
	assert.equal((await admin.patch(`${ONE}/agents/390`, {status: 'available'})).status, 200);
	await member.next((event) => event.event === 'presence' && event.data.extension === '390');
	assert.equal((await admin.patch(`${ONE}/queues/${queue.id}`, {strategy: 'ring-all'})).status, 200);
	const last = (await member.next((event) => event.event === 'change' && event.data.resource === 'queue')).id;

	await stream.next((event) => event.id === last);
	assert.deepEqual([...new Set(stream.events.map(({event}) => event))].sort(), ['figures', 'ready']);
	[stream, member].forEach((one) => one.close());
});

test('only who sees all queues hands them to a wallboard, and it goes dark with him', async () => {
	const agent = await signIn(centrex, 'agent@one.test');

	await makeUser(centrex, 'second@one.test');
	await makeMember(centrex, 'one.pbx.test', 'second@one.test', 'admin');
	assertProblem(await agent.post('/api/v1/me/tokens', {name: 'x', tenant: 'one.pbx.test', role: 'wallboard'}), 403, 'forbidden');
	const board = await makeToken(await signIn(centrex, 'second@one.test'), {tenant: 'one.pbx.test', role: 'wallboard'});

	assert.equal((await board.get(`${ONE}/queues/figures`)).status, 200);
	assert.equal((await owner.patch(`${ONE}/members/second@one.test`, {role: 'agent'})).status, 200);
	await waitFor(async () => (await board.get(`${ONE}/queues/figures`)).status === 401, 'the wallboard to go dark');
});

test('a token never gives more than its user has', async () => {
	assertProblem(await admin.post('/api/v1/me/tokens', {name: 'x', tenant: 'one.pbx.test', role: 'owner'}),
		403, 'forbidden');
	assertProblem(await admin.post('/api/v1/me/tokens', {name: 'x', tenant: 'two.pbx.test', role: 'agent'}),
		400, 'invalid');
	assertProblem(await admin.post('/api/v1/me/tokens', {name: 'x'}), 400, 'missing');
	assertProblem(await admin.post('/api/v1/me/tokens', {name: 'x', tenant: 'one.pbx.test'}), 400, 'missing');
	const low = await makeToken(owner, {tenant: 'one.pbx.test', role: 'agent'});

	assert.deepEqual((await low.get('/api/v1/me')).json.memberships.map((m) => m.role), ['agent']);
	assertProblem(await low.post(`${ONE}/extensions`, {extension_number: '302'}), 403, 'forbidden');
});

test('a token for one tenant lists the tokens for that tenant only', async () => {
	const wide = await makeToken(op, {name: 'wide'});
	const narrow = await makeToken(op, {name: 'narrow', tenant: 'two.pbx.test', role: 'admin'});
	const other = await makeToken(op, {name: 'other', tenant: 'one.pbx.test', role: 'admin'});
	const seen = async (who) => (await who.get('/api/v1/me/tokens')).json.items.map((t) => t.id);

	assert.deepEqual(await seen(narrow), [narrow.token.id]);
	for (const one of [wide, narrow, other])
		assert.ok((await seen(wide)).includes(one.token.id));
});

test('what is wrong with a token is said by its field', async () => {
	for (const [body, field] of [
		[{tenant: 'one.pbx.test', role: 'agent'}, 'name'],
		[{name: ' ', tenant: 'one.pbx.test', role: 'agent'}, 'name'],
		[{name: 'x', tenant: 'one.pbx.test', role: 'king'}, 'role'],
		[{name: 'x', tenant: 'one.pbx.test', role: 'agent', expires_at: 'soon'}, 'expires_at'],
		[{name: 'x', tenant: 'one.pbx.test', role: 'agent', expires_at: '2001-01-01T00:00:00Z'}, 'expires_at'],
		[{name: 'x', tenant: 'one.pbx.test', role: 'agent', secret: 'ctx_x'}, 'secret'],
	]) {
		const answer = await owner.post('/api/v1/me/tokens', body);

		assert.equal(answer.status, 400, JSON.stringify(body) + answer.text);
		assert.equal(answer.json.errors[0]?.field, field, answer.text);
	}
});

test('a token ends with its time', async () => {
	const soon = new Date(Date.now() + 3000).toISOString();
	const token = await makeToken(owner, {tenant: 'one.pbx.test', role: 'agent', expires_at: soon});

	assert.equal((await token.get('/api/v1/me')).status, 200);
	await waitFor(async () => (await token.get('/api/v1/me')).status === 401, 'the token to end');
});

test('a token that is deleted opens nothing any more', async () => {
	const token = await makeToken(owner, {tenant: 'one.pbx.test', role: 'owner'});

	assert.equal((await token.get('/api/v1/me')).status, 200);
	assert.equal((await owner.delete(`/api/v1/me/tokens/${token.token.id}`)).status, 204);
	assertProblem(await token.get('/api/v1/me'), 401, 'unauthenticated');
	assertProblem(await owner.delete(`/api/v1/me/tokens/${token.token.id}`), 404, 'not_found');
});

test('a token ends with the membership, and sinks with its role', async () => {
	await makeUser(centrex, 'temp@one.test');
	await makeMember(centrex, 'one.pbx.test', 'temp@one.test', 'admin');
	const temp = await signIn(centrex, 'temp@one.test');
	const token = await makeToken(temp, {tenant: 'one.pbx.test', role: 'admin'});

	assert.equal((await token.get(`${ONE}/numbers`)).status, 200);
	assert.equal((await owner.patch(`${ONE}/members/temp@one.test`, {role: 'agent'})).status, 200);
	assertProblem(await token.get(`${ONE}/numbers`), 403, 'forbidden');
	assert.equal((await owner.delete(`${ONE}/members/temp@one.test`)).status, 204);
	assertProblem(await token.get(`${ONE}/numbers`), 401, 'unauthenticated');
	assertProblem(await temp.get(`${ONE}/numbers`), 404, 'not_found');
	// Who comes back has to make a new one.
	await makeMember(centrex, 'one.pbx.test', 'temp@one.test', 'admin');
	assertProblem(await token.get(`${ONE}/numbers`), 401, 'unauthenticated');
	assert.equal((await temp.get(`${ONE}/numbers`)).status, 200);
});

test('an operator\'s token without a tenant is an operator, with one it is not', async () => {
	const all = await makeToken(op, {});
	const one = await makeToken(op, {tenant: 'one.pbx.test', role: 'owner'});

	for (const tenant of ['one.pbx.test', 'two.pbx.test'])
		assert.equal((await all.get(`/api/v1/tenants/${tenant}/extensions`)).status, 200);
	assert.equal((await all.get('/api/v1/users')).status, 200);
	assert.equal((await one.get(`${ONE}/extensions`)).status, 200);
	assertProblem(await one.get('/api/v1/tenants/two.pbx.test/extensions'), 404, 'not_found');
	assertProblem(await one.get('/api/v1/users'), 403, 'forbidden');
});

test('a tenant\'s owner sees and ends the tokens of it, and nobody else does', async () => {
	const token = await makeToken(admin, {name: 'of the admin', tenant: 'one.pbx.test', role: 'admin'});
	const {items} = (await owner.get(`${ONE}/tokens`)).json;
	const row = items.find((t) => t.id === token.token.id);

	assert.equal(row.email, 'admin@one.test');
	assert.ok(!JSON.stringify(items).includes('secret'));
	assertProblem(await admin.get(`${ONE}/tokens`), 403, 'forbidden');
	assert.equal((await token.get(`${ONE}/extensions`)).status, 200);
	assert.equal((await owner.delete(`${ONE}/tokens/${token.token.id}`)).status, 204);
	assertProblem(await token.get(`${ONE}/extensions`), 401, 'unauthenticated');
	assertProblem(await owner.get('/api/v1/tenants/two.pbx.test/tokens'), 404, 'not_found');
});

test('tokens stand in the audit log of their tenant, without the secret', async () => {
	const token = await makeToken(owner, {name: 'audited', tenant: 'one.pbx.test', role: 'agent'});

	await owner.delete(`/api/v1/me/tokens/${token.token.id}`);
	const {items} = (await owner.get(`${ONE}/audit?limit=100`)).json;
	const mine = items.filter((e) => e.resource === 'token' && e.resource_id === token.token.id);

	assert.deepEqual(mine.map((e) => e.action).sort(), ['create', 'delete']);
	assert.ok(mine.every((e) => e.actor_name === 'owner@one.test'));
});

test('a user may have a hundred tokens', async () => {
	const agent = await signIn(centrex, 'agent@one.test');

	for (let i = 0; i < 100; i++)
		await makeToken(agent, {tenant: 'one.pbx.test', role: 'agent'});
	const problem = assertProblem(await agent.post('/api/v1/me/tokens',
		{name: 'x', tenant: 'one.pbx.test', role: 'agent'}), 409, 'conflict');

	assert.match(problem.detail, /100 tokens/);
});

test('a session is no token and a token no session', async () => {
	const token = await makeToken(owner, {tenant: 'one.pbx.test', role: 'agent'});
	const secret = owner.cookie.split('=')[1];

	assertProblem(await new Http(centrex).with({token: secret}).get('/api/v1/me'), 401, 'unauthenticated');
	assertProblem(await new Http(centrex).with({cookie: `centrex_session=${token.token.secret}`}).get('/api/v1/me'),
		401, 'unauthenticated');
});

test('to a program that knows no wallboards the token of one is nobody\'s', async () => {
	const board = await makeToken(admin, {tenant: 'one.pbx.test', role: 'wallboard'});

	assert.equal((await board.get(`${ONE}/queues/figures`)).status, 200);
	// What such a program sees: the same row, and nothing of this column.
	await psql(centrex, `update public.tokens set wallboard = false where id = '${board.token.id}'`);
	await waitFor(async () => (await board.get(`${ONE}/queues/figures`)).status === 401, 'the token to be refused');
	assert.equal((await board.get(`${ONE}/extensions`)).status, 401);
});
