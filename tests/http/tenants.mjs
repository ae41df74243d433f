// Two tenants of one installation and people of each role, signed in.
//
//   const world = await startTenants();
//   await world.admin.get(world.mine('/extensions'));    and world.theirs('/extensions')

import assert from 'node:assert/strict';

import {startCentrex} from '../lib/centrex.mjs';
import {makeMember, makeUser, signIn} from './people.mjs';

export async function startTenants(options = {}) {
	const centrex = await startCentrex({...options, env: {CENTREX_WEB_RATE_ADDRESS: 0,
		CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0, ...options.env}});

	async function person(email, tenant, role) {
		await makeUser(centrex, email, {admin: !tenant});
		if (tenant)
			await makeMember(centrex, tenant, email, role);
		return signIn(centrex, email);
	}

	const mine = await centrex.tenant('first.example');
	const theirs = await centrex.tenant('second.example');

	return {
		centrex, tenant: mine, neighbours: theirs, person,
		mine: (path = '') => `/api/v1/tenants/${mine.domain}${path}`,
		theirs: (path = '') => `/api/v1/tenants/${theirs.domain}${path}`,
		agentEmail: 'agent@first.example',
		operator: await person('operator@example.com'),
		owner: await person('owner@first.example', mine.domain, 'owner'),
		admin: await person('admin@first.example', mine.domain, 'admin'),
		agent: await person('agent@first.example', mine.domain, 'agent'),
		neighbour: await person('owner@second.example', theirs.domain, 'owner'),
		stop: () => centrex.stop(),
	};
}

// Creates a row and demands that it was.
export async function make(who, path, body) {
	const made = await who.post(path, body);

	assert.equal(made.status, 201, `POST ${path}: ${made.text}`);
	return made;
}

// The row of that name, created where there is none.
export async function have(who, collection, name, body) {
	const found = await who.get(`${collection}/${name}`);

	return found.status === 200 ? found.json : (await make(who, collection, body)).json;
}

// Asserts a problem document with that status, about that field.
export function refused(answer, status, field, message) {
	assert.equal(answer.status, status, answer.text);
	assert.match(answer.headers['content-type'], /^application\/problem\+json/);
	if (field !== undefined)
		assert.equal(answer.json.errors[0]?.field, field, answer.text);
	if (message)
		assert.match(answer.json.errors[0].message, message);
}
