// Every row of the route table, called by everybody: nobody, each role, the owner of another tenant,
// an operator, and tokens that have ended or are narrower than their user. The rows come from the
// API's own description, so a new route is called without being named here.
//
// Rows that exist in the tenant are named in the path by what this file made; bodies are empty, so that
// nothing is changed by who gets through.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Http, described} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {makeToken} from './people.mjs';
import {make, startTenants} from './tenants.mjs';

const LADDER = ['none', 'wallboard', 'user', 'agent', 'admin', 'owner', 'operator'];
const NOT_THERE = '00000000-0000-4000-8000-000000000000';

let world;
let rows; // {path, method, operation} of the document
let callers; // name: {client, rung: in my tenant, own: the caller's rung where no tenant is named}

const rung = (access) => LADDER.indexOf(access);
const STREAM = 'text/event-stream';

before(async () => {
	world = await startTenants();
	rows = (await described()).operations();
	const soon = new Date(Date.now() + 4000).toISOString();
	const tokens = {
		revoked: await makeToken(world.owner, {tenant: world.tenant.id, role: 'owner'}),
		expired: await makeToken(world.owner, {tenant: world.tenant.id, role: 'owner', expires_at: soon}),
		narrow: await makeToken(world.owner, {tenant: world.tenant.id, role: 'agent'}),
		admin: await makeToken(world.admin, {tenant: world.tenant.id, role: 'admin'}),
		board: await makeToken(world.admin, {tenant: world.tenant.id, role: 'wallboard'}),
	};

	assert.equal((await world.owner.delete(`/api/v1/me/tokens/${tokens.revoked.token.id}`)).status, 204);
	await waitFor(async () => (await tokens.expired.get('/api/v1/me')).status === 401, 'a token to expire');
	callers = {
		nobody: {client: new Http(world.centrex), rung: null},
		'a token that ended': {client: tokens.expired, rung: null},
		'a revoked token': {client: tokens.revoked, rung: null},
		'a token that never was': {client: new Http(world.centrex).with({token: `ctx_${'A'.repeat(43)}`}), rung: null},
		'a wallboard': {client: tokens.board, rung: 'wallboard', own: 'wallboard', token: true},
		agent: {client: world.agent, rung: 'agent', own: 'user'},
		'an owner\'s token for an agent': {client: tokens.narrow, rung: 'agent', own: 'user', token: true},
		admin: {client: world.admin, rung: 'admin', own: 'user'},
		'an admin\'s token': {client: tokens.admin, rung: 'admin', own: 'user', token: true},
		owner: {client: world.owner, rung: 'owner', own: 'user'},
		'an owner of another tenant': {client: world.neighbour, rung: 'none', own: 'user'},
		operator: {client: world.operator, rung: 'operator', own: 'operator'},
	};
});
after(() => world?.stop());

// The path with the tenant's domain, and for a row something that is nobody's.
function target(path, tenant = world.tenant.domain, row = NOT_THERE) {
	return path.replace('{tenant}', tenant).replace(/\{[^}]+\}/g, row);
}

// Sends what could do nothing even where it is let through: no body where one is needed. Of a stream the
// head is enough.
async function call(client, {method, path, operation}, where = target(path)) {
	if (operation.responses[200]?.content?.[STREAM]) {
		const stream = await client.events(where);

		stream.close();
		return {status: stream.status, headers: stream.headers, text: ''};
	}
	if (path === '/api/v1/logout') // that would end the session that the next row needs
		return client.send(method, where, undefined, {headers: {origin: 'http://elsewhere.example'}});
	return client.send(method, where, method === 'GET' || method === 'DELETE' ? undefined : '{', {headers:
		method === 'GET' ? {} : {'content-type': 'application/json'}});
}

// What must come of it: exactly this status, or 'through': anything that is not about who asks.
function expected({path, operation}, caller) {
	const needed = rung(operation['x-access']);

	if (operation['x-access'] === 'none')
		return 'through';
	if (caller.rung === null)
		return 401;
	const has = path.includes('{tenant}') ? caller.rung : caller.own;

	if (has === 'none')
		return 404;
	return rung(has) < needed ? 403 : 'through';
}

// Where a route says no to a token for what it is: a person has to be signed in.
const ONLY_PEOPLE = new Set(['PATCH /api/v1/me/password', 'POST /api/v1/me/password',
	'DELETE /api/v1/me/tokens/{token}', 'GET /api/v1/me/sessions', 'DELETE /api/v1/me/sessions/{session}', 'POST /api/v1/me/tokens',
	'POST /api/v1/logout']);

test('every route lets through whom its row says, and nobody else', async () => {
	const wrong = [];
	let calls = 0;

	assert.ok(rows.length > 60, `only ${rows.length} routes`);
	for (const row of rows)
		for (const [name, caller] of Object.entries(callers)) {
			const {status, text} = await call(caller.client, row);
			const want = expected(row, caller);
			const route = `${row.method} ${row.path}`;
			const about = [401, 403].includes(status);
			const allowed = (route === 'POST /api/v1/logout' && status === 403) ||
				(caller.token && ONLY_PEOPLE.has(route) && status === 403) ||
				// Open to a scraper on this machine; a token that comes with it must be an operator's.
				(caller.token && route === 'GET /metrics' && status === 403) ||
				(row.operation['x-access'] === 'none' && status === 401); // a wrong password, not who asks

			calls++;
			if (want === 'through' ? about && !allowed : status !== want)
				wrong.push(`${route} as ${name}: ${status}, wanted ${want}: ${text.slice(0, 200)}`);
		}
	assert.deepEqual(wrong, []);
	assert.equal(calls, rows.length * Object.keys(callers).length);
});

test('what exists in another tenant is answered as what does not exist', async () => {
	const strip = (text) => text.replace(/"request_id":"\w+"/, '');
	const theirs = {
		extensions: (await make(world.neighbour, world.theirs('/extensions'), {extension_number: '333'})).json.id,
		queues: (await make(world.neighbour, world.theirs('/queues'), {name: 'theirs'})).json.id,
	};

	await make(world.neighbour, world.theirs('/settings'), {name: 'ring_s', value: 20});
	for (const row of rows.filter(({path}) => path.includes('{tenant}')))
		for (const name of ['agent', 'admin', 'owner']) {
			const {client} = callers[name];
			const exists = await call(client, row, target(row.path, world.neighbours.id, theirs.extensions));
			const domain = await call(client, row, target(row.path, world.neighbours.domain, theirs.extensions));
			const absent = await call(client, row, target(row.path, NOT_THERE, theirs.extensions));

			assert.equal(exists.status, 404, `${row.method} ${row.path}`);
			assert.equal(strip(exists.text), strip(absent.text), `${row.method} ${row.path}`);
			assert.equal(strip(domain.text), strip(absent.text), `${row.method} ${row.path}`);
		}
	for (const [collection, id] of Object.entries(theirs))
		for (const method of ['GET', 'DELETE']) {
			const exists = await world.owner.send(method, world.mine(`/${collection}/${id}`));
			const absent = await world.owner.send(method, world.mine(`/${collection}/${NOT_THERE}`));

			assert.equal(exists.status, 404);
			assert.equal(strip(exists.text), strip(absent.text));
		}
});

test('an agent sees his own extension and no other, also by a token', async () => {
	const own = (await make(world.admin, world.mine('/extensions'),
		{extension_number: '201', user_id: world.agentEmail})).json;
	const other = (await make(world.admin, world.mine('/extensions'), {extension_number: '202'})).json;

	for (const name of ['agent', 'an owner\'s token for an agent']) {
		const {client} = callers[name];
		const list = (await client.get(world.mine('/extensions'))).json.items.map((row) => row.id);

		// The token is its user's, the owner's: who has no extension of his own.
		assert.deepEqual(list, name === 'agent' ? [own.id] : []);
		assert.equal((await client.get(world.mine(`/extensions/${other.id}`))).status, 404);
	}
});
