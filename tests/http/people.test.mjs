// Tenants, users, members and settings, and what agents see.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {makeToken} from './people.mjs';
import {have, make, refused, startTenants} from './tenants.mjs';

let world, operator, owner, admin, agent;

before(async () => {
	world = await startTenants();
	({operator, owner, admin, agent} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);
const theirs = (path) => world.theirs(path);
const extension = (number) => have(admin, mine('/extensions'), number, {extension_number: number});
const user = (email) => have(operator, '/api/v1/users', email, {email, password: 'correct horse'});

describe('an agent', () => {
	test('sees what is his own, with its secrets, and changes nothing', async () => {
		const own = await make(admin, mine('/extensions'), {extension_number: '140', user_id: world.agentEmail});
		const other = await extension('141');

		assert.deepEqual((await agent.get(mine('/extensions'))).json.items.map((row) => row.id),
			[own.json.id]);
		assert.equal((await agent.get(mine(`/extensions/${own.json.id}?secrets=yes`))).json.auth_password,
			own.json.auth_password);
		refused(await agent.get(mine(`/extensions/${other.id}`)), 404);
		refused(await agent.get(mine(`/extensions/${other.id}?secrets=yes`)), 404);
		for (const [verb, path, body] of [['post', '/extensions', {extension_number: '142'}],
			['patch', `/extensions/${own.json.id}`, {context: 'x'}],
			['delete', `/extensions/${own.json.id}`], ['get', '/members'], ['get', '/settings'],
			['get', '/numbers'], ['get', '/audit'],
			['post', '/extensions/import', 'extension_number\n150\n']])
			refused(await agent[verb](mine(path), body), 403);
	});

	test('has the directory of numbers and names', async () => {
		const list = await agent.get(mine('/directory?q=14'));
		const entry = list.json.items.find((row) => row.number === '140');

		assert.equal(entry.name, world.agentEmail);
		assert.equal(entry.registered, false);
		assert.equal(entry.presence, 'offline');
		assert.ok(list.json.items.some((row) => row.number === '141'));
		assert.doesNotMatch(list.text, /auth_|password/);
		await make(admin, mine('/queues'), {name: 'Müller GmbH'});
		await make(admin, mine('/numbers'), {number: '+4930140', extension_id: '140'});
		const queues = await agent.get(mine('/directory?q=m%C3%9CLLER'));

		assert.deepEqual(queues.json.items.map((row) => [row.kind, row.name, row.number]),
			[['queue', 'Müller GmbH', null]]);
		const all = (await agent.get(mine('/directory'))).json.items;
		const seen = [];
		let cursor = '';

		do {
			const page = await agent.get(mine(`/directory?limit=1${cursor && `&cursor=${cursor}`}`));

			seen.push(...page.json.items);
			cursor = page.json.next;
		} while (cursor);
		assert.deepEqual(seen, all);
		assert.deepEqual(all.map((row) => [row.kind, row.extension]), [['number', '140'],
			['extension', '140'], ['extension', '141'], ['queue', null]]);
		for (const bad of ['limit=0', 'cursor=x', 'cursor=Ong', 'nothing=1'])
			refused(await agent.get(mine(`/directory?${bad}`)), 400, bad.split('=')[0]);
		refused(await agent.get(theirs('/directory')), 404);
	});

	test('has of some extensions what they do, but not where their phones are', async () => {
		const ids = (await Promise.all(['140', '141'].map(extension))).map(({id}) => id);
		const path = mine(`/directory?extension_id=${ids.join(',')}`);
		const some = (await agent.get(path)).json.items;

		assert.deepEqual(some.map((row) => [row.kind, row.id, row.presence, row.phones]),
			ids.map((id) => ['extension', id, 'offline', null]));
		assert.deepEqual((await admin.get(`${path}&phones=yes`)).json.items.map((row) => row.phones), [[], []]);
		refused(await agent.get(`${path}&phones=yes`), 403);
		assert.deepEqual((await agent.get(mine(`/directory?extension_id=${ids[1]}&q=140`))).json.items, []);
		for (const bad of ['', '140', `${ids[0]},`, `${ids[0]} ${ids[1]}`, `${ids[0]},{}`, Array(101).fill(ids[0]).join(',')])
			refused(await agent.get(mine(`/directory?extension_id=${encodeURIComponent(bad)}`)), 400, 'extension_id');
		assert.equal((await agent.get(mine(`/directory?extension_id=${Array(100).fill(ids[0]).join(',')}`))).json.items.length, 1);
	});
});

describe('tenants', () => {
	test('are made by operators, changed by their administrators, deleted by their owners', async () => {
		const body = {name: 'Third', domain: 'third.example', timezone: 'Europe/Zurich', locale: 'de-CH'};

		refused(await owner.post('/api/v1/tenants', body), 403);
		const made = await make(operator, '/api/v1/tenants', body);

		assert.equal(made.headers.location, `/api/v1/tenants/${made.json.id}`);
		refused(await operator.post('/api/v1/tenants', body), 409, 'domain');
		refused(await operator.post('/api/v1/tenants', {...body, domain: 'x.example', timezone: 'Mars'}),
			400, 'timezone');
		refused(await owner.get('/api/v1/tenants/third.example'), 404);
		const changed = await operator.patch('/api/v1/tenants/Third.Example', {name: 'The third'});

		assert.equal(changed.json.name, 'The third');
		refused(await operator.delete('/api/v1/tenants/third.example'), 400, 'confirm');
		refused(await operator.delete('/api/v1/tenants/third.example?confirm=first.example'),
			400, 'confirm');
		assert.equal((await operator.delete(`/api/v1/tenants/${made.json.id}?confirm=third.example`))
			.status, 204);
		refused(await operator.get('/api/v1/tenants/third.example'), 404);
		refused(await admin.delete(`${mine()}?confirm=${world.tenant.domain}`), 403);
	});

	test('of oneself are listed, and no others', async () => {
		const domains = async (who) => (await who.get('/api/v1/tenants')).json.items.map((row) => row.domain);

		assert.deepEqual(await domains(owner), [world.tenant.domain]);
		assert.deepEqual(await domains(agent), [world.tenant.domain]);
		assert.ok((await domains(operator)).includes(world.neighbours.domain));
		assert.equal((await agent.get(mine())).json.domain, world.tenant.domain);
		refused(await agent.patch(mine(), {name: 'Mine'}), 403);
	});

	test('a token is for are listed, whatever else its user belongs to', async () => {
		const both = await world.person('both@example.com', world.tenant.domain, 'admin');
		const domains = async (who, query = '') =>
			(await who.get(`/api/v1/tenants${query}`)).json.items.map((row) => row.domain);

		await make(world.neighbour, theirs('/members'), {email: 'both@example.com', role: 'agent'});
		assert.deepEqual(await domains(both), [world.tenant.domain, world.neighbours.domain]);
		const token = await makeToken(both, {tenant: world.neighbours.id, role: 'agent'});

		assert.deepEqual(await domains(token), [world.neighbours.domain]);
		assert.deepEqual(await domains(token, `?id=${world.tenant.id}`), []);
		assert.deepEqual(await domains(token, `?domain=${world.tenant.domain}`), []);
		refused(await token.get(mine('')), 404);
		assert.equal((await token.get(theirs(''))).status, 200);
	});

	test('come with a first owner where one is named', async () => {
		const body = {name: 'Fourth', domain: 'fourth.example', owner_email: 'boss@fourth.example'};

		refused(await operator.post('/api/v1/tenants', {...body, owner_email: 'nobody'}), 400, 'owner_email');
		refused(await operator.get('/api/v1/tenants/fourth.example'), 404);
		const made = await make(operator, '/api/v1/tenants', body);
		const members = await operator.get(`/api/v1/tenants/${made.json.id}/members`);

		assert.deepEqual(members.json.items.map((row) => [row.email, row.role]),
			[['boss@fourth.example', 'owner']]);
	});
});

describe('users and members', () => {
	test('users are the operators\' alone', async () => {
		for (const answer of [await owner.get('/api/v1/users'),
			await owner.post('/api/v1/users', {email: 'x@example.com', password: 'correct horse'})])
			refused(answer, 403);
		await user('kim@example.com');
		refused(await operator.post('/api/v1/users', {email: 'KIM@example.com', password: 'correct horse'}),
			409, 'email');
		refused(await operator.post('/api/v1/users', {email: 'short@example.com', password: 'short'}),
			400, 'password');
	});

	test('an administrator does not touch owners', async () => {
		const kim = (await user('kim@example.com')).id;
		const boss = (await owner.get(mine('/members?limit=500'))).json.items
			.find((row) => row.role === 'owner');

		refused(await admin.post(mine('/members'), {email: 'kim@example.com', role: 'owner'}), 403);
		refused(await admin.patch(mine(`/members/${boss.user_id}`), {role: 'agent'}), 403);
		refused(await admin.delete(mine(`/members/${boss.user_id}`)), 403);
		await make(admin, mine('/members'), {email: 'kim@example.com', role: 'agent'});
		refused(await admin.patch(mine(`/members/${kim}`), {role: 'owner'}), 403);
		assert.equal((await owner.patch(mine(`/members/${kim}`), {role: 'owner'})).status, 200);
		assert.equal((await owner.delete(mine(`/members/${kim}`))).status, 204);
	});
});

describe('settings', () => {
	test('that are misspelt or mean nothing are refused', async () => {
		refused(await admin.post(mine('/settings'), {name: 'ring', value: 20}), 400, 'name', /ring_s/);
		for (const value of [0, 601, '20', null, [20], 20.5, true])
			refused(await admin.post(mine('/settings'), {name: 'ring_s', value}), 400, 'value');
		refused(await owner.post(mine('/settings'), {name: 'media_quota_mib', value: 2048}), 403);
		await make(operator, mine('/settings'), {name: 'media_quota_mib', value: 2048});
		refused(await operator.patch(mine('/settings/media_quota_mib'), {value: -1}), 400, 'value');
		refused(await owner.put(mine('/settings/media_quota_mib'), {value: 4096}), 403);
		const kept = {any: ['thing', 0.1, null, {'ü': '\u{1f600}'}]};

		assert.deepEqual((await make(admin, mine('/settings'), {name: 'x-mine', value: kept})).json.value, kept);
	});

	test('are put whether they are there or not', async () => {
		assert.equal((await admin.put(mine('/settings/x-put'), {value: 1})).json.value, 1);
		assert.equal((await admin.put(mine('/settings/x-put'), {value: 2})).status, 200);
		assert.equal((await admin.get(mine('/settings/x-put'))).json.value, 2);
		refused(await admin.put(mine('/settings/ring_s'), {value: 'x'}), 400, 'value');
		refused(await admin.put(mine('/settings/x-put'), {name: 'x-other', value: 2}), 400, 'name');
		refused(await agent.put(mine('/settings/x-put'), {value: 3}), 403);
	});
});

describe('where a number leads', () => {
	test('is explained as the command line explains it', async () => {
		await extension('160');
		await extension('161');
		// The snapshot hears of a change as the engines do: a moment later.
		const told = await waitFor(async () => {
			const answer = await admin.get(mine('/route?from=160&to=161'));

			return answer.status === 200 && answer.json.cause === 'unregistered' && answer;
		}, 'the snapshot to have the extensions');
		const cli = await world.centrex.json('route', 'explain', '--tenant', world.tenant.domain,
			'--from', '160', '--to', '161');

		assert.deepEqual(told.json, cli);
		assert.equal((await admin.get(mine('/route?to=99999'))).json.cause, 'unknown_number');
		refused(await admin.get(mine('/route?from=160')), 400, 'to');
		refused(await admin.get(mine('/route?from=99&to=161')), 400, 'from');
		refused(await admin.get(mine('/route?to=161&via=1')), 400, 'via');
		assert.equal((await admin.get(mine(`/route?to=${encodeURIComponent('"><\u{1f600}')}`))).json.cause,
			'bad_number');
		refused(await agent.get(mine('/route?to=161')), 403);
		refused(await admin.get(theirs('/route?to=161')), 404);
	});
});
