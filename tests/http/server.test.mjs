// The HTTP server: what it answers to what clients send, well or badly.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, http;

before(async () => {
	centrex = await startCentrex();
	http = new Http(centrex);
});
after(() => centrex?.stop());

test('the process lives and is ready', async () => {
	const lives = await http.get('/healthz');

	assert.equal(lives.status, 200);
	assert.deepEqual(lives.json, {status: 'ok'});
	const ready = await waitFor(async () => {
		const answer = await http.get('/readyz');

		return answer.json.listener === 'ok' && answer;
	}, 'the listener');
	assert.equal(ready.status, 200);
	assert.deepEqual(ready.json, {status: 'ok', database: 'ok', listener: 'ok'});
});

test('every answer carries a request id of its own and the security headers', async () => {
	const [a, b] = [await http.get('/healthz'), await http.get('/no-such')];

	for (const answer of [a, b]) {
		assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.match(answer.headers['content-security-policy'], /frame-ancestors 'none'/);
		assert.equal(answer.headers['cache-control'], 'no-store');
	}
	assert.notEqual(a.headers['x-request-id'], b.headers['x-request-id']);
	await waitFor(() => centrex.log().includes(b.headers['x-request-id']), 'the log line');
});

test('no path, no method', async () => {
	assertProblem(await http.get('/no-such'), 404, 'not_found');
	const wrong = await http.post('/healthz', {});

	assertProblem(wrong, 405, 'invalid');
	assert.equal(wrong.headers.allow, 'GET, HEAD');
});

test('whoever is not signed in gets 401', async () => {
	const answer = await http.get('/api/v1/tenants');

	assertProblem(answer, 401, 'unauthenticated');
	assert.match(answer.headers['www-authenticate'], /^Bearer/);
});

test('two requests in one packet are answered in order', async () => {
	const raw = await RawHttp.open(centrex.web.port);

	raw.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\nHost: a\r\n\r\n');
	assert.equal(JSON.parse((await raw.response(1)).body).database, undefined);
	assert.equal(JSON.parse((await raw.response(2)).body).database, 'ok');
	raw.close();
});
