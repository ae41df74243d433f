// Who is let in, as whom, and for how long.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {PASSWORD, cookieOf, makeMember, makeUser, signIn} from './people.mjs';

let centrex;
let http;

before(async () => {
	centrex = await startCentrex();
	http = new Http(centrex);
	await centrex.tenant('one.pbx.test');
	await centrex.tenant('two.pbx.test');
	await makeUser(centrex, 'op@pbx.test', {admin: true});
	for (const [email, role] of [['owner@one.test', 'owner'], ['admin@one.test', 'admin'],
		['agent@one.test', 'agent']]) {
		await makeUser(centrex, email);
		await makeMember(centrex, 'one.pbx.test', email, role);
	}
});
after(() => centrex?.stop());

test('a log-in answers who one is and sets a cookie that scripts and other sites do not get', async () => {
	const answer = await http.post('/api/v1/login', {email: 'Owner@ONE.test', password: PASSWORD});

	assert.equal(answer.status, 200, answer.text);
	assert.match(answer.headers['set-cookie'][0],
		/^centrex_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/);
	assert.equal(answer.json.email, 'owner@one.test');
	assert.equal(answer.json.credential, 'session');
	assert.equal(answer.json.global_role, 'agent');
	assert.deepEqual(answer.json.memberships.map((m) => [m.domain, m.role]), [['one.pbx.test', 'owner']]);
	const me = await http.with({cookie: cookieOf(answer)}).get('/api/v1/me');

	assert.deepEqual(me.json, answer.json);
});

test('a wrong password and an unknown address are answered with the same words', async () => {
	const wrong = await http.post('/api/v1/login', {email: 'owner@one.test', password: 'not this one'});
	const unknown = await http.post('/api/v1/login', {email: 'nobody@one.test', password: PASSWORD});

	for (const answer of [wrong, unknown]) {
		assertProblem(answer, 401, 'unauthenticated');
		assert.equal(answer.headers['set-cookie'], undefined);
	}
	assert.equal({...wrong.json, request_id: ''}.detail, {...unknown.json, request_id: ''}.detail);
});

test('without a session nothing is shown', async () => {
	for (const path of ['/api/v1/me', '/api/v1/tenants/one.pbx.test/extensions'])
		assertProblem(await http.get(path), 401, 'unauthenticated');
	const answer = await http.with({headers: {authorization: 'Basic b3BAcGJ4LnRlc3Q6eA=='}}).get('/api/v1/me');

	assertProblem(answer, 401, 'unauthenticated');
	assert.match(answer.headers['www-authenticate'], /^Bearer/);
});

test('a tenant of others is as if it did not exist', async () => {
	const owner = await signIn(centrex, 'owner@one.test');
	const there = await centrex.json('tenant', 'show', 'two.pbx.test');
	const own = await owner.get('/api/v1/tenants/one.pbx.test/extensions');

	assert.equal(own.status, 200, own.text);
	const problems = [];

	for (const name of ['two.pbx.test', there.id, 'none.pbx.test', 'd4f3b5a2-7f0c-4d2b-9a53-0c0c0c0c0c0c',
		'%00', 'not a name'])
		problems.push({...(await owner.get(`/api/v1/tenants/${encodeURIComponent(name)}/extensions`)).json,
			request_id: ''});
	problems.slice(1, 4).forEach((problem) => assert.deepEqual(problem, problems[0]));
	problems.forEach((problem) => assert.equal(problem.status, 404));
});

test('a change with a cookie needs an Origin of our own', async () => {
	const owner = await signIn(centrex, 'owner@one.test');
	const path = '/api/v1/tenants/one.pbx.test/extensions';
	const body = {extension_number: '201'};

	for (const origin of ['https://evil.example', 'null', `http://localhost:${centrex.web.port}.evil.example`,
		`http://evil.example/localhost:${centrex.web.port}`])
		assertProblem(await owner.post(path, body, {headers: {origin}}), 403, 'forbidden');
	const none = new Http(centrex, {cookie: owner.cookie});

	assertProblem(await none.post(path, body), 403, 'forbidden');
	assert.equal((await none.get(path)).status, 200);
	assert.equal((await owner.post(path, body)).status, 201);
});

test('another site cannot sign a browser in', async () => {
	const answer = await http.post('/api/v1/login', {email: 'owner@one.test', password: PASSWORD},
		{headers: {origin: 'https://evil.example'}});

	assertProblem(answer, 403, 'forbidden');
	assert.equal(answer.headers['set-cookie'], undefined);
});

test('who signed out is out at once', async () => {
	const owner = await signIn(centrex, 'owner@one.test');
	const answer = await owner.post('/api/v1/logout');

	assert.equal(answer.status, 204, answer.text);
	assert.match(answer.headers['set-cookie'][0], /^centrex_session=; .*Max-Age=0$/);
	assertProblem(await owner.get('/api/v1/me'), 401, 'unauthenticated');
});
