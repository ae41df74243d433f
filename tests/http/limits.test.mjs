// How often somebody may ask, and what a flood of log-ins does to others.

import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {PASSWORD, makeMember, makeToken, makeUser, signIn} from './people.mjs';

// One request from an address of the machine's own: 127.0.0.2, 127.1.2.3, ...
function from(address, port, method, path, body) {
	return new Promise((resolve, reject) => {
		const began = performance.now();
		const request = http.request({host: '127.0.0.1', localAddress: address, port, method, path, agent: false,
			headers: body ? {'content-type': 'application/json'} : {}}, (response) => {
			response.resume();
			response.on('end', () => resolve({status: response.statusCode, headers: response.headers,
				ms: performance.now() - began}));
		});

		request.on('error', reject);
		request.end(body && JSON.stringify(body));
	});
}

function assertLimited(answer) {
	assert.equal(answer.status, 429);
	assert.ok(Number(answer.headers['retry-after']) >= 1, answer.headers['retry-after']);
}

describe('limits', () => {
	let centrex;
	let anybody;

	before(async () => {
		centrex = await startCentrex({args: ['--web-rate-address', 20, '--web-rate-credential', 10,
			'--web-rate-tenant', 5]});
		anybody = new Http(centrex);
		await centrex.tenant('one.pbx.test');
		for (const name of ['ann', 'ben', 'cem']) {
			await makeUser(centrex, `${name}@one.test`);
			await makeMember(centrex, 'one.pbx.test', `${name}@one.test`, 'admin');
		}
	});
	after(() => centrex?.stop());

	const login = (address, email, password) => from(address, centrex.web.port, 'POST', '/api/v1/login', {email, password});

	test('an address that asks too often waits, others do not', async () => {
		const answers = await Promise.all(Array.from({length: 80}, () =>
			from('127.0.0.9', centrex.web.port, 'GET', '/api/v1/openapi.json')));
		const refused = answers.filter((a) => a.status !== 200);

		assert.ok(refused.length >= 20, `${refused.length} refused`);
		refused.forEach(assertLimited);
		assert.equal((await from('127.0.0.10', centrex.web.port, 'GET', '/api/v1/openapi.json')).status, 200);
		await waitFor(async () => (await from('127.0.0.9', centrex.web.port, 'GET', '/api/v1/openapi.json')).status === 200,
			'the address to be let in again');
	});

	test('a tenant that is asked for too often waits, and so does a token', async () => {
		const session = await signIn(centrex, 'ann@one.test');
		const token = await makeToken(session, {tenant: 'one.pbx.test', role: 'admin'});
		const path = '/api/v1/tenants/one.pbx.test/extensions';
		const answers = await Promise.all(Array.from({length: 15}, () => token.get(path)));

		assert.ok(answers.some((a) => a.status === 200));
		const refused = answers.filter((a) => a.status === 429);

		assert.ok(refused.length >= 1);
		refused.forEach((a) => { assertProblem(a, 429, 'rate_limited'); assertLimited(a); });
	});

	test('failed log-ins of an address wait longer and longer, and the right password waits, too', async () => {
		let refused;

		for (let i = 0; i < 14 && refused?.status !== 429; i++)
			refused = await login('127.0.0.20', `nobody${i}@one.test`, 'not right');
		assertLimited(refused);
		assertLimited(await login('127.0.0.20', 'ben@one.test', PASSWORD));
		assert.equal((await login('127.0.0.21', 'ben@one.test', PASSWORD)).status, 200);
	});

	test('strangers who guess at an account slow down strangers, not its owner where he always is', async () => {
		assert.equal((await login('127.0.0.30', 'cem@one.test', PASSWORD)).status, 200);
		let refused;

		for (let i = 0; i < 12 && refused?.status !== 429; i++)
			refused = await login(`127.0.1.${i + 1}`, 'cem@one.test', 'a guess');
		assertLimited(refused);
		// The right password from an address nobody knows waits as well: a guess must not tell.
		assertLimited(await login('127.0.1.100', 'CEM@one.test', PASSWORD));
		assert.equal((await login('127.0.0.30', 'cem@one.test', PASSWORD)).status, 200);
		// Nor is it another account in letters that the database folds to the same.
		assert.equal((await login('127.0.1.101', '\u212Aem@one.test', 'a guess')).status, 400);
		// And an unknown account is slowed down like a known one.
		let unknown;

		for (let i = 0; i < 12 && unknown?.status !== 429; i++)
			unknown = await login(`127.0.2.${i + 1}`, 'nobody@one.test', 'a guess');
		assertLimited(unknown);
	});

	test('the old password is not to be guessed in an open browser', async () => {
		const session = await signIn(centrex, 'ben@one.test');
		let answer;

		for (let i = 0; i < 20 && answer?.status !== 429; i++)
			answer = await session.patch('/api/v1/me/password', {old: `guess ${i}`, new: 'something new'});
		assertLimited(answer);
	});

	test('links for a forgotten password are not to be asked for in masses', async () => {
		let answer;

		for (let i = 0; i < 20 && answer?.status !== 429; i++)
			answer = await from('127.0.0.40', centrex.web.port, 'POST', '/api/v1/password-reset', {email: 'ann@one.test'});
		assertLimited(answer);
		assert.equal((await anybody.get('/healthz')).status, 200);
	});
});

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

test('a flood of log-ins from everywhere leaves other requests their latency', async () => {
	const centrex = await startCentrex();

	try {
		await centrex.tenant('one.pbx.test');
		await makeUser(centrex, 'admin@one.test');
		await makeMember(centrex, 'one.pbx.test', 'admin@one.test', 'admin');
		const session = await signIn(centrex, 'admin@one.test');
		const {port} = centrex.web;
		const logins = [];
		let flooding = true;
		const flood = Array.from({length: 150}, async (_, i) => {
			for (let n = 0; flooding; n++) {
				const answer = await from(`127.2.${n % 250}.${i + 1}`, port, 'POST', '/api/v1/login',
					{email: `f${i}-${n}@one.test`, password: 'whatever it is'});

				logins.push(answer);
			}
		});

		await waitFor(() => logins.some((a) => a.status === 503), 'the pool to be full', 60_000);
		const gets = [];

		while (gets.length < 40) {
			const began = performance.now();
			const answer = await session.get('/api/v1/tenants/one.pbx.test/extensions');

			assert.equal(answer.status, 200, answer.text);
			gets.push(performance.now() - began);
		}
		flooding = false;
		await Promise.all(flood);
		const hashed = logins.filter((a) => a.status === 401).map((a) => a.ms);
		const full = logins.filter((a) => a.status === 503);

		assert.ok(hashed.length > 10 && full.length > 10, `${hashed.length} hashed, ${full.length} sent away`);
		full.forEach((a) => assert.ok(Number(a.headers['retry-after']) >= 1));
		// A request that had to stand in the line of the log-ins would take as long as they do.
		const ratio = median(gets) / median(hashed);

		assert.ok(ratio < 0.25, `a look-up takes ${ratio.toFixed(2)} of a log-in in the flood`);
	} finally {
		await centrex.stop();
	}
});
