// The HTTP server: what it answers to what clients send, well or badly.

import assert from 'node:assert/strict';
import http_ from 'node:http';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, http;

before(async () => {
	centrex = await startCentrex({args: ['--web-rate-address', 0, '--web-connections-most', 64,
		'--web-cors-origin', 'https://app.example']});
	http = new Http(centrex);
});
after(() => centrex?.stop());

const END = '\r\nHost: a\r\n\r\n';

// The first answer to bytes on a connection of their own.
async function send(bytes, port = centrex.web.port) {
	const raw = await RawHttp.open(port);

	try {
		return await raw.write(bytes).response();
	} finally {
		raw.close();
	}
}

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
	const [a, b] = [await http.get('/healthz'), await http.get('/api/no-such')];

	for (const answer of [a, b]) {
		assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.match(answer.headers['content-security-policy'], /frame-ancestors 'none'/);
		assert.equal(answer.headers['referrer-policy'], 'no-referrer');
		assert.equal(answer.headers['cache-control'], 'no-store');
		assert.equal(answer.headers['strict-transport-security'], undefined);
	}
	assert.notEqual(a.headers['x-request-id'], b.headers['x-request-id']);
	await waitFor(() => centrex.log().includes(`request_id=${b.headers['x-request-id']} address=127.0.0.1 ` +
		'method=GET path=/api/no-such status=404'), 'the log line');
});

test('a path that is not there, a method that is not there', async () => {
	assertProblem(await http.get('/api/no-such'), 404, 'not_found');
	const wrong = await http.post('/healthz', {});

	assertProblem(wrong, 405, 'invalid');
	assert.equal(wrong.headers.allow, 'GET, HEAD');
	const options = await http.send('OPTIONS', '/healthz');

	assertProblem(options, 405, 'invalid');
	assert.equal(options.headers.allow, 'GET, HEAD');
	assertProblem(await http.send('OPTIONS', '/api/no-such'), 404, 'not_found');
	assertProblem(await send(`BREW /healthz HTTP/1.1${END}`).then(asAnswer), 501, 'invalid');
});

function asAnswer(raw) {
	return {...raw, json: JSON.parse(raw.body), text: raw.body};
}

test('whoever is not signed in gets 401', async () => {
	const answer = await http.get('/api/v1/tenants');

	assertProblem(answer, 401, 'unauthenticated');
	assert.match(answer.headers['www-authenticate'], /^Bearer/);
});

test('HEAD answers what GET does, without the body', async () => {
	const get = await http.get('/healthz');
	const head = await http.send('HEAD', '/healthz');

	assert.equal(head.status, 200);
	assert.equal(head.text, '');
	assert.equal(head.headers['content-length'], get.headers['content-length']);
	assert.equal(head.headers['content-type'], get.headers['content-type']);
});

test('two requests in one packet are answered in order', async () => {
	const raw = await RawHttp.open(centrex.web.port);

	raw.write(`GET /healthz HTTP/1.1${END}GET /readyz HTTP/1.1${END}GET /api/no-such HTTP/1.1${END}`);
	assert.equal(JSON.parse((await raw.response(1)).body).database, undefined);
	assert.equal(JSON.parse((await raw.response(2)).body).database, 'ok');
	assert.equal((await raw.response(3)).status, 404);
	raw.close();
});

test('one connection serves many requests', async () => {
	const agent = new http_.Agent({keepAlive: true, maxSockets: 1});
	const ports = new Set();

	for (let i = 0; i < 20; i++)
		await http.send('GET', i % 2 ? '/healthz' : '/readyz', undefined, {agent})
			.then((answer) => assert.equal(answer.status, 200));
	for (const sockets of Object.values(agent.freeSockets))
		sockets.forEach((socket) => ports.add(socket.localPort));
	assert.equal(ports.size, 1);
	agent.destroy();
});

test('HTTP/1.0 is answered and closed', async () => {
	const raw = await RawHttp.open(centrex.web.port);
	const text = await raw.write('GET /healthz HTTP/1.0\r\n\r\n').closed();

	assert.match(text, /^HTTP\/1\.[01] 200 /);
	assert.match(text, /\{"status":"ok"\}$/);
});

test('a client that has said all it has to say still hears the answer', async () => {
	const raw = await RawHttp.open(centrex.web.port);

	raw.write(`GET /readyz HTTP/1.1${END}`);
	raw.socket.end(); // its half of the connection
	assert.match(await raw.closed(), /^HTTP\/1\.1 200 /);
});

// What is refused by its head: status, bytes. An answer, or a closed connection where null.
const hostile = [
	[400, `GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`],
	[400, `GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n`],
	[400, `GET /healthz HTTP/1.1\r\nHost: a"b\r\n\r\n`],
	[400, `GET /healthz HTTP/1.1\r\n\r\n`],
	[400, `GET healthz HTTP/1.1${END}`],
	[400, `GET /healthz?a=%00 HTTP/1.1${END}`],
	[400, `GET /healthz?a=%f HTTP/1.1${END}`],
	[400, `GET /healthz?a=1&a=2 HTTP/1.1${END}`],
	[404, `GET /healthz/%2e%2e/healthz HTTP/1.1${END}`],
	[404, `GET /../../etc/passwd HTTP/1.1${END}`],
	[404, `GET /healthz%00 HTTP/1.1${END}`],
	[404, `GET //healthz HTTP/1.1${END}`],
	[414, `GET /${'a'.repeat(3000)} HTTP/1.1${END}`],
	[414, `GET /healthz?${'a'.repeat(9000)} HTTP/1.1${END}`],
	[431, `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(20000)}\r\n\r\n`],
	[431, `GET /healthz HTTP/1.1\r\nHost: a\r\n${'X: a\r\n'.repeat(3000)}\r\n`],
	[431, `GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(200000)}\r\n\r\n`],
	[400, `POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n`],
	[400, `POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n`],
	[400, `POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
	[400, `POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
	[null, `POST /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
	[null, 'GET\r\n\r\n'],
	[null, '\0\0\0\0\r\n\r\n'],
	[null, `${'\x16\x03\x01'}${'\0'.repeat(200)}\r\n\r\n`],
	[505, `GET /healthz HTTP/9.9${END}`],
];

test('what cannot be understood is refused, and nobody else notices', async () => {
	for (const [status, bytes] of hostile) {
		const raw = await RawHttp.open(centrex.web.port);

		raw.write(Buffer.from(bytes, 'latin1'));
		const what = JSON.stringify(bytes.slice(0, 80));

		if (status) {
			const answer = await raw.response();

			assert.equal(answer.status, status, what);
		} else {
			const text = await raw.closed();

			assert.doesNotMatch(text, /^HTTP\/1\.. [25]0/, what);
		}
		raw.close();
		assert.equal((await http.get('/healthz')).status, 200);
	}
});

test('a name that another site would have us link to is not taken for ours', async () => {
	const answer = await send('GET /healthz HTTP/1.1\r\nHost: evil.test\r\n\r\n');

	assert.equal(answer.status, 200);
	assert.doesNotMatch(JSON.stringify(answer), /evil/);
});

test('a header sent with line ends comes back in no header', async () => {
	const answer = await send('GET /healthz HTTP/1.1\r\nHost: a\r\nX-Request-Id: x\r\nOrigin: https://evil.test\r\n\r\n');

	assert.match(answer.headers['x-request-id'], /^[0-9a-f]{32}$/);
	assert.equal(answer.headers['access-control-allow-origin'], undefined);
});

test('a body over its limit is refused, sent or only announced', async () => {
	const big = Buffer.alloc(10 * 1024 * 1024, 'a');
	const sent = await http.post('/api/v1/login', big, {headers: {'content-type': 'application/json'}});

	assertProblem(sent, 413, 'too_large');
	const announced = await send('POST /api/v1/login HTTP/1.1\r\nHost: a\r\n' +
		'Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n');

	assert.equal(announced.status, 413);
	const expected = await send('POST /api/v1/login HTTP/1.1\r\nHost: a\r\n' +
		'Content-Type: application/json\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n');

	assert.equal(expected.status, 413);
});

test('a chunked body over its limit ends the connection at last', async () => {
	const raw = await RawHttp.open(centrex.web.port);
	const chunk = `100000\r\n${'a'.repeat(0x100000)}\r\n`;

	raw.write('POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n' +
		'Transfer-Encoding: chunked\r\n\r\n');
	for (let i = 0; i < 64 && !raw.ended; i++) {
		raw.write(chunk);
		await new Promise((resolve) => setImmediate(resolve));
	}
	await raw.closed();
});

test('brackets without end are no body', async () => {
	for (const n of [3000, 100_000]) {
		const answer = await http.post('/api/v1/login', '['.repeat(n),
			{headers: {'content-type': 'application/json'}});

		assert.ok([400, 413].includes(answer.status), answer.text);
	}
});

test('a body shorter than it says, a head that never ends, a byte now and then: closed in time', async () => {
	const port = centrex.web.port;
	const bytes = [
		'POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{',
		'GET /healthz HTTP/1.1\r\nHost: a\r\n',
		'GET',
		'',
	];
	const quiet = await Promise.all(bytes.map(async (some) => (await RawHttp.open(port)).write(some)));
	const slow = await RawHttp.open(port);
	const drip = setInterval(() => slow.ended || slow.write('X'), 200);

	slow.write('GET /healthz HTTP/1.1\r\nX: ');
	const dribble = await RawHttp.open(port);

	dribble.write('POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n');
	const drop = setInterval(() => dribble.ended || dribble.write(' '), 200);

	try {
		for (const raw of [...quiet, slow, dribble])
			assert.doesNotMatch(await raw.closed(40_000), /^HTTP\/1\.1 2/);
	} finally {
		clearInterval(drip);
		clearInterval(drop);
	}
});

test('connections over the limit wait, those of others are served', async () => {
	const many = await Promise.all(Array.from({length: 40}, () => RawHttp.open(centrex.web.port)));

	// One address may hold half of them: the rest were closed, and are again free for others.
	await waitFor(() => many.some((raw) => raw.ended), 'a connection over the limit of an address');
	many.forEach((raw) => raw.close());
	await waitFor(async () => {
		try {
			return (await http.get('/healthz')).status === 200;
		} catch {
			return false;
		}
	}, 'the server to have room again');
});

test('only the site of web-cors-origin may call from a browser', async () => {
	const headers = {origin: 'https://app.example', 'access-control-request-method': 'PATCH'};
	const preflight = await http.send('OPTIONS', '/api/v1/tenants', undefined, {headers});

	assert.equal(preflight.status, 204);
	assert.equal(preflight.headers['access-control-allow-origin'], 'https://app.example');
	assert.match(preflight.headers['access-control-allow-methods'], /PATCH/);
	assert.match(preflight.headers['access-control-allow-headers'], /Authorization/);
	assert.equal(preflight.headers['access-control-allow-credentials'], undefined);
	const actual = await http.get('/healthz', {headers: {origin: 'https://app.example'}});

	assert.equal(actual.headers['access-control-allow-origin'], 'https://app.example');
	assert.match(actual.headers.vary, /Origin/);
	const other = await http.send('OPTIONS', '/api/v1/tenants', undefined,
		{headers: {...headers, origin: 'https://evil.example'}});

	assert.equal(other.status, 405);
	assert.equal(other.headers['access-control-allow-origin'], undefined);
});

test('a killed process is started again and serves', async () => {
	const before = centrex.web.pid;

	centrex.kill('web');
	await waitFor(async () => {
		try {
			return centrex.web?.pid !== before && (await http.get('/readyz')).status === 200;
		} catch {
			return false;
		}
	}, 'the server to be back');
});

test('with the database away: 503 and Retry-After, and by itself again', async () => {
	centrex.kill('supervisor'); // it would start the database again at once
	await centrex.supervisor.ended();
	process.kill(centrex.pid('postgres'), 'SIGQUIT'); // its immediate stop
	const away = await waitFor(async () => {
		const answer = await http.get('/readyz');

		return answer.status === 503 && answer;
	}, 'the database to be away');

	assert.equal(assertProblem(away, 503, 'unavailable').errors[0].field, 'database');
	assert.equal((await http.get('/healthz')).status, 200);
	const login = await http.post('/api/v1/login', {email: 'a@b.test', password: 'x'.repeat(20)});

	assertProblem(login, 503, 'unavailable');
	assert.match(login.headers['retry-after'], /^\d+$/);
	await centrex.start(); // takes the server over
	await waitFor(async () => {
		const answer = await http.get('/readyz');

		return answer.status === 200 && answer.json.listener === 'ok';
	}, 'the database to be back', 30_000);
});
