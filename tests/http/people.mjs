// People of a test: users with a password, tenants they belong to, and signing in as them.

import assert from 'node:assert/strict';

import {Http} from '../lib/http.mjs';

export const PASSWORD = 'correct horse battery';

// A user made on the command line; returns its row.
export async function makeUser(centrex, email, {password = PASSWORD, admin = false} = {}) {
	const result = await centrex.cli('user', 'create', '--email', email,
		'--global-role', admin ? 'admin' : 'agent', '--json', {input: `${password}\n`});

	assert.equal(result.status, 0, result.stderr);
	return result.json;
}

export async function makeMember(centrex, tenant, email, role) {
	return centrex.json('member', 'create', '--tenant', tenant, '--user-id', email, '--role', role);
}

// The value of Set-Cookie without its attributes: "name=value".
export function cookieOf(answer) {
	return answer.headers['set-cookie']?.[0].split(';')[0];
}

// Signs in; returns the client that is.
export async function signIn(centrex, email, password = PASSWORD) {
	const answer = await new Http(centrex).post('/api/v1/login', {email, password});

	assert.equal(answer.status, 200, answer.text);
	const client = new Http(centrex).with({cookie: cookieOf(answer)});

	client.me = answer.json;
	client.cookie = cookieOf(answer);
	return client;
}

// An API token of somebody who is signed in; returns the client that has it.
export async function makeToken(client, body) {
	const answer = await client.post('/api/v1/me/tokens', {name: 'test', ...body});

	assert.equal(answer.status, 201, answer.text);
	const bearer = new Http(client.where).with({token: answer.json.secret});

	bearer.token = answer.json;
	return bearer;
}
