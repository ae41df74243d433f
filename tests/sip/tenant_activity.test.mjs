// Calls and phones over all tenants, as the operator sees them: GET /api/v1/tenants/activity.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Http} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {makeMember, makeUser, signIn} from '../http/people.mjs';
import {TwoTenants, hangUp, talk} from './two_tenants.mjs';

const PATH = '/api/v1/tenants/activity';

let two, operator, phones;

before(async () => {
	two = await TwoTenants.start();
	await makeUser(two.centrex, 'op@pbx.test', {admin: true});
	operator = await signIn(two.centrex, 'op@pbx.test');
	await two.centrex.tenant('quiet.pbx.test', ['101']);
});
after(() => two?.stop());

async function activity(query = '') {
	const answer = await operator.get(PATH + query);

	assert.equal(answer.status, 200, answer.text);
	return answer.json;
}

// [[domain, calls, registrations], ...], once it is as wanted.
async function becomes(wanted, query) {
	let rows;

	await waitFor(async () => {
		rows = (await activity(query)).items.map((row) => [row.domain, row.calls, row.registrations]);
		return JSON.stringify(rows) === JSON.stringify(wanted);
	}, () => `${JSON.stringify(wanted)}, not ${JSON.stringify(rows)}`, 60_000);
}

test('it is the operator\'s alone', async () => {
	await makeUser(two.centrex, 'owner@one.test');
	await makeMember(two.centrex, two.tenants[0].domain, 'owner@one.test', 'owner');
	const owner = await signIn(two.centrex, 'owner@one.test');

	assert.equal((await owner.get(PATH)).status, 403);
	assert.equal((await new Http(two.centrex).get(PATH)).status, 401);
});

test('tenants with phones are listed with what they have, those without are not', async () => {
	const [one, other] = two.tenants;

	phones = [await two.phone(one, '101'), await two.phone(one, '102'), await two.phone(one, '103'),
		await two.phone(other, '101'), await two.phone(other, '102')];
	await becomes([[one.domain, 0, 3], [other.domain, 0, 2]], '?sort=-registrations');
	await becomes([[other.domain, 0, 2], [one.domain, 0, 3]], '?sort=registrations');
	await becomes([[other.domain, 0, 2]], '?q=CUST2');
	const [row] = (await activity('?sort=domain&limit=1')).items;

	assert.deepEqual({...row, name: undefined}, {id: one.id, name: undefined, domain: one.domain,
		calls: 0, registrations: 3, nodes: 1});
	assert.deepEqual((await two.centrex.json('tenant', 'activity', '--sort', 'domain', '--limit', 1)), [row]);
});

test('a call is counted while it lasts', async () => {
	const [one, other] = two.tenants;
	const {call, incoming} = await talk(phones[3], phones[4]);

	await becomes([[other.domain, 1, 2], [one.domain, 0, 3]]);
	await becomes([[one.domain, 0, 3], [other.domain, 1, 2]], '?sort=calls');
	await hangUp(call, incoming);
	await becomes([[other.domain, 0, 2], [one.domain, 0, 3]], '?sort=registrations');
});

test('page by page, each tenant once; a cursor belongs to its order', async () => {
	const first = await activity('?sort=-registrations&limit=1');
	const second = await activity(`?sort=-registrations&limit=1&cursor=${first.next}`);

	assert.deepEqual([first, second].map(({items}) => items.map((row) => row.domain)),
		[[two.tenants[0].domain], [two.tenants[1].domain]]);
	assert.equal(second.next, null);
	assert.equal((await operator.get(`${PATH}?sort=calls&cursor=${first.next}`)).status, 400);
	assert.equal((await operator.get(`${PATH}?cursor=eHg6eQ`)).status, 400);
	assert.equal((await operator.get(`${PATH}?sort=name`)).status, 400);
});

test('who has no phone left is gone from it; so is a tenant that is deleted', async () => {
	const [one, other] = two.tenants;

	await phones[3].unregister();
	await phones[4].unregister();
	await becomes([[one.domain, 0, 3]]);
	await two.centrex.json('tenant', 'delete', one.domain, '--yes', one.domain);
	await becomes([]);
	await phones[3].register();
	await becomes([[other.domain, 0, 1]]);
});

test('what a process that was killed has counted goes with its successor', async () => {
	const pid = two.centrex.pid('sip');

	process.kill(pid, 'SIGKILL');
	await waitFor(() => two.centrex.pid('sip') && two.centrex.pid('sip') !== pid, 'another engine');
	await becomes([]);
});
