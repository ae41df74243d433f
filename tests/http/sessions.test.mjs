// Sessions: seen, ended, ended by a new password.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {PASSWORD, makeMember, makeToken, makeUser, signIn} from './people.mjs';

let centrex;
let http;

before(async () => {
	centrex = await startCentrex();
	http = new Http(centrex);
	await centrex.tenant('one.pbx.test');
	await makeUser(centrex, 'op@pbx.test', {admin: true});
	for (const name of ['ann', 'ben', 'cem', 'dan']) {
		await makeUser(centrex, `${name}@one.test`);
		await makeMember(centrex, 'one.pbx.test', `${name}@one.test`, 'admin');
	}
});
after(() => centrex?.stop());

test('a person sees his sessions and ends one of them', async () => {
	const here = await signIn(centrex, 'ann@one.test');
	const there = await signIn(centrex, 'ann@one.test');
	const {items, next} = (await here.get('/api/v1/me/sessions')).json;

	assert.equal(next, null);
	assert.equal(items.length, 2);
	assert.deepEqual(items.map((s) => s.current).sort(), [false, true]);
	assert.equal(items.find((s) => s.current).id, here.me.credential_id);
	assert.ok(items.every((s) => s.address === '127.0.0.1' && Date.parse(s.expires_at) > Date.now()));
	const answer = await here.delete(`/api/v1/me/sessions/${there.me.credential_id}`);

	assert.equal(answer.status, 204, answer.text);
	assertProblem(await there.get('/api/v1/me'), 401, 'unauthenticated');
	assert.equal((await here.get('/api/v1/me')).status, 200);
	assertProblem(await here.delete(`/api/v1/me/sessions/${there.me.credential_id}`), 404, 'not_found');
	assertProblem(await here.delete('/api/v1/me/sessions/x'), 404, 'not_found');
});

test('nobody ends the session of another', async () => {
	const ann = await signIn(centrex, 'ann@one.test');
	const ben = await signIn(centrex, 'ben@one.test');

	assertProblem(await ann.delete(`/api/v1/me/sessions/${ben.me.credential_id}`), 404, 'not_found');
	assertProblem(await ann.get('/api/v1/users/ben@one.test/sessions'), 403, 'forbidden');
	assertProblem(await ann.delete(`/api/v1/users/ben@one.test/sessions/${ben.me.credential_id}`),
		403, 'forbidden');
	assert.equal((await ben.get('/api/v1/me')).status, 200);
});

test('an operator lists and ends the sessions of a user', async () => {
	const op = await signIn(centrex, 'op@pbx.test');
	const ben = await signIn(centrex, 'ben@one.test');
	const {items} = (await op.get('/api/v1/users/ben@one.test/sessions')).json;

	assert.ok(items.some((s) => s.id === ben.me.credential_id && s.current === false));
	const answer = await op.delete(`/api/v1/users/ben@one.test/sessions/${ben.me.credential_id}`);

	assert.equal(answer.status, 204, answer.text);
	assertProblem(await ben.get('/api/v1/me'), 401, 'unauthenticated');
	for (const nobody of ['nobody@one.test', '01a20432-1deb-76ea-bd36-f0960c7431ee'])
		assertProblem(await op.get(`/api/v1/users/${nobody}/sessions`), 404, 'not_found');
});

test('a new password ends all other sessions, and the old one opens nothing', async () => {
	const here = await signIn(centrex, 'cem@one.test');
	const there = await signIn(centrex, 'cem@one.test');
	const fresh = 'a much better one';

	assertProblem(await here.patch('/api/v1/me/password', {old: 'not it', new: fresh}), 403, 'forbidden');
	assert.equal((await there.get('/api/v1/me')).status, 200);
	const answer = await here.patch('/api/v1/me/password', {old: PASSWORD, new: fresh});

	assert.equal(answer.status, 204, answer.text);
	assert.equal((await here.get('/api/v1/me')).status, 200);
	assertProblem(await there.get('/api/v1/me'), 401, 'unauthenticated');
	assertProblem(await http.post('/api/v1/login', {email: 'cem@one.test', password: PASSWORD}),
		401, 'unauthenticated');
	await signIn(centrex, 'cem@one.test', fresh);
});

test('a password has 8 to 200 characters and is not the e-mail address', async () => {
	const dan = await signIn(centrex, 'dan@one.test');

	for (const bad of ['short', 'x'.repeat(201), 'DAN@one.test', '']) {
		const problem = assertProblem(await dan.patch('/api/v1/me/password', {old: PASSWORD, new: bad}),
			400, 'invalid');

		assert.equal(problem.errors[0].field, 'new');
	}
	for (const body of [{old: PASSWORD}, {new: 'something new'}, {}])
		assertProblem(await dan.patch('/api/v1/me/password', body), 400, 'missing');
	await signIn(centrex, 'dan@one.test');
});

test('a token does not do what only the person does', async () => {
	const ann = await signIn(centrex, 'ann@one.test');
	const token = await makeToken(ann, {tenant: 'one.pbx.test', role: 'admin'});

	assertProblem(await token.patch('/api/v1/me/password', {old: PASSWORD, new: 'another one'}), 403, 'forbidden');
	assertProblem(await token.post('/api/v1/me/tokens', {name: 'x', tenant: 'one.pbx.test', role: 'agent'}),
		403, 'forbidden');
	assertProblem(await token.delete(`/api/v1/me/sessions/${ann.me.credential_id}`), 403, 'forbidden');
	assertProblem(await token.post('/api/v1/logout'), 403, 'forbidden');
});

test('a user has a bounded number of sessions: the one used longest ago gives way', async () => {
	const first = await signIn(centrex, 'ben@one.test');

	for (let i = 0; i < 50; i++)
		await signIn(centrex, 'ben@one.test');
	await waitFor(async () => (await first.get('/api/v1/me')).status === 401,
		'the first to be asked about anew', 30_000);
	const last = await signIn(centrex, 'ben@one.test');

	assert.equal((await last.get('/api/v1/me/sessions')).json.items.length, 50);
});

test('a password set by an operator ends the user\'s sessions', async () => {
	await makeUser(centrex, 'lost@one.test');
	const lost = await signIn(centrex, 'lost@one.test');
	const op = await signIn(centrex, 'op@pbx.test');
	const answer = await op.patch('/api/v1/users/lost@one.test', {password: 'given by the operator'});

	assert.equal(answer.status, 200, answer.text);
	assertProblem(await lost.get('/api/v1/me'), 401, 'unauthenticated');
	await signIn(centrex, 'lost@one.test', 'given by the operator');
});

test('a user who is deleted is out at once', async () => {
	await makeUser(centrex, 'gone@one.test');
	const gone = await signIn(centrex, 'gone@one.test');
	const op = await signIn(centrex, 'op@pbx.test');

	assert.equal((await op.delete('/api/v1/users/gone@one.test')).status, 204);
	assertProblem(await gone.get('/api/v1/me'), 401, 'unauthenticated');
});

test('log-ins, failures and ends stand in the audit log, without what was typed', async () => {
	const op = await signIn(centrex, 'op@pbx.test');

	await http.post('/api/v1/login', {email: 'my-secret-password', password: 'x'});
	await http.post('/api/v1/login', {email: 'ann@one.test', password: 'wrong-password-1'});
	const {items} = (await op.get('/api/v1/audit?limit=500')).json;
	const of = (action) => items.filter((e) => e.action === action);

	assert.ok(of('login').some((e) => e.actor_name === 'cem@one.test' && e.address === '127.0.0.1'));
	assert.ok(of('login-failed').some((e) => e.actor_name === 'ann@one.test'));
	assert.ok(of('login-failed').some((e) => e.actor_name === ''));
	assert.ok(of('password').length >= 1);
	assert.ok(!JSON.stringify(items).includes('my-secret-password'));
	assert.ok(!JSON.stringify(items).includes('wrong-password-1'));
});
