// Who may change whom in a tenant.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {assertProblem} from '../lib/http.mjs';
import {makeMember, makeUser, signIn} from './people.mjs';

let centrex;
let op;
let owner;
let admin;

const MEMBERS = '/api/v1/tenants/one.pbx.test/members';

before(async () => {
	centrex = await startCentrex();
	await centrex.tenant('one.pbx.test');
	await makeUser(centrex, 'op@pbx.test', {admin: true});
	for (const role of ['owner', 'admin', 'agent']) {
		await makeUser(centrex, `${role}@one.test`);
		await makeMember(centrex, 'one.pbx.test', `${role}@one.test`, role);
	}
	op = await signIn(centrex, 'op@pbx.test');
	owner = await signIn(centrex, 'owner@one.test');
	admin = await signIn(centrex, 'admin@one.test');
});
after(() => centrex?.stop());

test('an admin adds and changes agents and admins, and touches no owner', async () => {
	await makeUser(centrex, 'more@one.test');
	const added = await admin.post(MEMBERS, {email: 'more@one.test', role: 'agent'});

	assert.equal(added.status, 201, added.text);
	assert.equal((await admin.patch(`${MEMBERS}/more@one.test`, {role: 'admin'})).status, 200);
	assertProblem(await admin.patch(`${MEMBERS}/more@one.test`, {role: 'owner'}), 403, 'forbidden');
	assertProblem(await admin.patch(`${MEMBERS}/admin@one.test`, {role: 'owner'}), 403, 'forbidden');
	assertProblem(await admin.patch(`${MEMBERS}/owner@one.test`, {role: 'agent'}), 403, 'forbidden');
	assertProblem(await admin.delete(`${MEMBERS}/owner@one.test`), 403, 'forbidden');
	assert.equal((await admin.delete(`${MEMBERS}/more@one.test`)).status, 204);
	assert.equal((await owner.get(`${MEMBERS}/owner@one.test`)).json.role, 'owner');
});

test('the last owner neither goes nor steps down', async () => {
	for (const answer of [await owner.delete(`${MEMBERS}/owner@one.test`),
		await owner.patch(`${MEMBERS}/owner@one.test`, {role: 'admin'})]) {
		const problem = assertProblem(answer, 409, 'conflict');

		assert.match(problem.detail, /last owner/);
	}
	assert.equal((await owner.patch(`${MEMBERS}/owner@one.test`, {role: 'owner'})).status, 200);
	assert.equal((await owner.patch(`${MEMBERS}/agent@one.test`, {role: 'admin'})).status, 200);
	assert.equal((await owner.patch(`${MEMBERS}/agent@one.test`, {role: 'agent'})).status, 200);
});

test('of two owners who take each other out one remains', async () => {
	for (let round = 0; round < 5; round++) {
		await owner.patch(`${MEMBERS}/agent@one.test`, {role: 'owner'});
		const other = await signIn(centrex, 'agent@one.test');
		const answers = await Promise.all([
			owner.patch(`${MEMBERS}/agent@one.test`, {role: 'admin'}),
			other.patch(`${MEMBERS}/owner@one.test`, {role: 'admin'}),
		]);
		const {items} = (await op.get(`${MEMBERS}?role=owner`)).json;

		assert.equal(items.length, 1, JSON.stringify(answers.map((a) => [a.status, a.text])));
		assert.equal(answers.filter((a) => a.status === 200).length, 1);
		await op.patch(`${MEMBERS}/owner@one.test`, {role: 'owner'});
		await op.patch(`${MEMBERS}/agent@one.test`, {role: 'agent'});
	}
});

test('the role of somebody who belongs to several tenants is changed in one of them', async () => {
	await centrex.tenant('two.pbx.test');
	await makeUser(centrex, 'both@pbx.test');
	await makeMember(centrex, 'one.pbx.test', 'both@pbx.test', 'admin');
	await makeMember(centrex, 'two.pbx.test', 'both@pbx.test', 'admin');
	const roles = async () => (await (await signIn(centrex, 'both@pbx.test')).get('/api/v1/me')).json.memberships.map(({role}) => role);

	for (const who of [owner, op]) {
		const answer = await who.patch(`${MEMBERS}/both@pbx.test`, {role: 'agent'});

		assert.equal(answer.status, 200, answer.text);
		assert.deepEqual((await roles()).sort(), ['admin', 'agent']);
		assert.equal((await who.patch(`${MEMBERS}/both@pbx.test`, {role: 'admin'})).status, 200);
	}
	await centrex.json('member', 'update', 'both@pbx.test', '--tenant', 'one.pbx.test', '--role', 'agent');
	assert.deepEqual((await roles()).sort(), ['admin', 'agent']);
	assert.equal((await owner.delete(`${MEMBERS}/both@pbx.test`)).status, 204);
	assert.deepEqual(await roles(), ['admin']);
});

test('an operator takes the last owner out', async () => {
	assert.equal((await op.delete(`${MEMBERS}/owner@one.test`)).status, 204);
	assertProblem(await owner.get(MEMBERS), 404, 'not_found');
	assert.equal((await op.post(MEMBERS, {user_id: 'owner@one.test', role: 'owner'})).status, 201);
	assert.equal((await owner.get(MEMBERS)).status, 200);
});

test('an agent sees no members and no tokens', async () => {
	const agent = await signIn(centrex, 'agent@one.test');

	for (const path of [MEMBERS, '/api/v1/tenants/one.pbx.test/tokens', '/api/v1/tenants/one.pbx.test/audit'])
		assertProblem(await agent.get(path), 403, 'forbidden');
});
