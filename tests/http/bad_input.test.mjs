// What no sensible client sends, to every route that takes it. The routes, their parameters and the
// members of their bodies come from the API's own description. Every answer is a problem document with
// a status of the 400s (tests/lib/http.mjs holds all of them against the description), or the connection is
// closed; nothing is a fault of the server, nothing hangs, nothing is lost. Framing and slow clients:
// server.test.mjs.

import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, test} from 'node:test';

import {METHODS} from '../lib/contract.mjs';
import {RawHttp, described} from '../lib/http.mjs';
import {startTenants} from './tenants.mjs';

const NOT_THERE = '00000000-0000-4000-8000-000000000000';
const SQL = '\'); drop table extensions; -- " $1 \\ %s';
const AT_ONCE = 6;

let world;
let contract;
let rows;
const agent = new http.Agent({keepAlive: true, maxSockets: AT_ONCE});

before(async () => {
	world = await startTenants({args: ['--freeswitch-credentials', 'fs1:a-secret-of-this-test']});
	contract = await described();
	rows = contract.operations().filter(({operation}) => !operation.responses[200]?.content?.['text/event-stream']);
});
after(async () => {
	agent.destroy();
	await world?.stop();
});

function target(path, row = NOT_THERE) {
	return path.replace('{tenant}', world.tenant.domain).replace(/\{[^}]+\}/g, row);
}

// What a path that fits has: a literal segment of one may be a parameter of another.
function methodsOf(path) {
	const fits = (other) => other.split('/').length === path.split('/').length &&
		other.split('/').every((segment, i) => segment.startsWith('{') || segment === path.split('/')[i]);

	return new Set(Object.keys(contract.document.paths).filter(fits)
		.flatMap((other) => METHODS.filter((m) => contract.document.paths[other][m])));
}

// Sends every one of cases ({row, where, body, headers, says}), several at once, and returns what was
// not answered as it must be. good: which statuses are.
async function tryAll(cases, good) {
	const waiting = [...cases], wrong = [];

	await Promise.all(Array.from({length: AT_ONCE}, async () => {
		for (let one; (one = waiting.pop());) {
			const {row, where = target(row.path), body, headers = {'content-type': 'application/json'}, says} = one;

			try {
				const {status, text} = await world.operator.send(row.method, where, body, {headers, agent});

				// Exports have few workers: to come back is the answer.
				if (status === 503 && (one.tries = (one.tries ?? 0) + 1) < 100) {
					await new Promise((resolve) => { setTimeout(resolve, 20); });
					waiting.unshift(one);
					continue;
				}
				if (!good(status, one))
					wrong.push(`${row.method} ${where.slice(0, 200)} ${says}: ${status} ${text.slice(0, 200)}`);
			} catch (error) {
				if (!['ECONNRESET', 'EPIPE'].includes(error.code))
					wrong.push(`${row.method} ${where.slice(0, 200)} ${says}: ${error.message}`);
			}
		}
	}));
	return wrong;
}

const refused = (status) => status >= 400 && status < 500;
const noFault = (status) => status < 500;

function withBody() {
	return rows.filter(({operation}) => operation.requestBody?.content['application/json']);
}

function properties({operation}) {
	const schema = contract.resolve(operation.requestBody.content['application/json'].schema);

	return Object.entries(schema.properties);
}

// Bodies that no route takes. {says: bytes}
const BODIES = {
	'nothing': '', 'half of it': '{"a":', 'a list': '[]', 'a text': '"x"', 'null': 'null', 'a number': '1',
	'something behind it': '{} x', 'a key twice': '{"name":"a","name":"b"}', 'an unknown key': '{"no_such_key":1}',
	'NUL in a key': '{"\\u0000":1}', 'a NUL byte': '{"name":"\0"}', 'half a surrogate pair': '{"name":"\\ud800"}',
	'the other half': '{"name":"\\udc00x"}', 'bytes that are no UTF-8': Buffer.from('7b226e616d65223a22c328227d', 'hex'),
	'overlong UTF-8': Buffer.from('7b226e616d65223a22c0af227d', 'hex'), 'a mark of byte order': '\ufeff{}',
	'a huge exponent': '{"name":1e999999}', 'a number over 64 bits': '{"name":123456789012345678901234567890}',
	'100,000 brackets': `{"name":${'['.repeat(100_000)}`, '100,000 braces': '{"a":'.repeat(40_000),
	'1 MB': `{"name":"${'x'.repeat(1 << 20)}"}`, '10 MB': `{"name":"${'x'.repeat(10 << 20)}"}`,
};

test('a body that is none is refused by every route that takes one', async () => {
	const cases = withBody().flatMap((row) => Object.entries(BODIES)
		.filter(([says]) => says !== '10 MB' || row.method === 'POST') // 80 of these show what one shows
		.map(([says, body]) => ({row, body, says})));

	assert.ok(cases.length > 300, `${cases.length} cases`);
	assert.deepEqual(await tryAll(cases, refused), []);
});

test('a body of another type is refused', async () => {
	const cases = withBody().flatMap((row) => ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx',
		'multipart/form-data; boundary=x', '', 'application/json\x80'].map((type) => ({row, body: '{}',
		headers: type ? {'content-type': type} : {}, says: `as ${type}`})));

	assert.deepEqual(await tryAll(cases, (status) => status === 415 || status === 429), []);
});

// Values of the wrong type for a member, by what the schema says it is.
function wrongValues(schema) {
	const types = [schema.type].flat();

	if (!schema.type)
		return [];
	return [{}, [], [1], true, 1.5, 1e300, -1e300, '\u0000', 'x\u0000y', '\ud800',
		...types.includes('integer') ? ['1', (schema.maximum ?? 0) + 1, (schema.minimum ?? 0) - 1, 2 ** 53, 0.1] : [1, 0],
		...types.includes('null') ? [] : [null],
		...schema.enum ? ['no-such-word', schema.enum[0].toUpperCase(), `${schema.enum[0]} ${schema.enum[0]}`] : [],
		...schema.format === 'date-time' ? ['yesterday', '2026-13-45T99:99:99Z', '2026-02-30T00:00:00Z'] : [],
		...schema.format === 'uuid' ? ['x', `${NOT_THERE}0`] : [],
		...schema.maxLength ? ['x'.repeat(schema.maxLength + 1)] : [],
		...schema.pattern ? ['\n', 'x\ny', '\u202e\u0007'] : []];
}

test('a member of the wrong type, out of range or with a NUL is refused', async () => {
	const cases = withBody().flatMap((row) => properties(row).flatMap(([name, schema]) =>
		wrongValues(schema).map((value) => {
			// JSON.stringify would escape the lone surrogate as it must be sent here.
			const body = JSON.stringify({[name]: value});

			return {row, body, says: body.slice(0, 80)};
		})));

	assert.ok(cases.length > 500, `${cases.length} cases`);
	assert.deepEqual(await tryAll(cases, refused), []);
});

test('SQL in every text is a text', async () => {
	const before = (await world.admin.get(world.mine('/audit'))).status;
	const cases = withBody().flatMap((row) => properties(row).flatMap(([name, schema]) => [SQL, '${jndi:x}', '../../x',
		'<script>', '\r\nX-Injected: 1'].map((value) => ({row, says: `${name} ${value}`,
		body: JSON.stringify({[name]: schema.type ? value : {deep: [value]}})}))));

	assert.deepEqual(await tryAll(cases, noFault), []);
	const made = await world.admin.patch(world.mine(), {name: SQL});

	assert.equal(made.status, 200, made.text);
	assert.equal((await world.admin.get(world.mine())).json.name, SQL);
	assert.ok((await world.admin.get(`/api/v1/tenants?name=${encodeURIComponent(SQL)}`)).json.items
		.some((row) => row.id === made.json.id));
	assert.equal((await world.admin.get(world.mine('/extensions'))).status, 200);
	assert.equal((await world.admin.get(world.mine('/audit'))).status, before);
});

// Values for a parameter of the query, percent-encoded already.
const VALUES = ['', '%00', 'a%00b', '%ff', '%c0%af', '%', '%zz', '%2e%2e%2f', '-1', '0', '1e9', '99999999999999999999',
	'9223372036854775808', '%27%20or%201=1--', encodeURIComponent(SQL), 'x'.repeat(5000), '%E2%80%AE', '%0d%0aX-Injected:1',
	'null', '%5B%5D', 'AAAA', 'eyJ9', '2026-13-45T99:99:99Z'];

test('no value of a query parameter is a fault, and a bad escape or an unknown name is refused', async () => {
	const takes = rows.filter(({method}) => method === 'GET');
	const cases = takes.flatMap((row) => (row.operation.parameters ?? []).map((p) => contract.resolve(p))
		.filter((p) => p.in === 'query').flatMap((p) => VALUES.map((value) => ({row, says: '',
			where: `${target(row.path)}?${p.name}=${value}`, headers: {}}))));
	const always = rows.flatMap((row) => ['no_such_parameter=1', 'limit=1&limit=2', 'a=%ff', 'a=%00', 'a=%',
		`${'a=1&'.repeat(200)}`].map((query) => ({row, says: '', where: `${target(row.path)}?${query}`,
		headers: row.method === 'GET' || row.method === 'DELETE' ? {} : {'content-type': 'application/json'},
		body: row.method === 'GET' || row.method === 'DELETE' ? undefined : '{}'})));

	assert.ok(cases.length > 1000, `${cases.length} cases`);
	assert.deepEqual(await tryAll(cases, noFault), []);
	assert.deepEqual(await tryAll(always, refused), []);
});

test('a cursor that is none of this list is refused', async () => {
	for (const row of rows.filter(({operation}) => operation.parameters?.some((p) => p.name === 'cursor')))
		for (const cursor of ['x', 'AAAA', '%00', 'x'.repeat(3000), Buffer.from('{"a":1}').toString('base64url'),
			Buffer.from('0,').toString('base64url')]) {
			const {status, text} = await world.operator.get(`${target(row.path)}?cursor=${cursor}`, {agent});

			assert.ok(status === 400 || status === 414, `${row.path} ${cursor.slice(0, 40)}: ${status} ${text}`);
		}
});

test('no name in a path is a fault, or leads out of it', async () => {
	const names = ['%2e%2e', '..', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '%00', 'x%00', '%c0%ae%c0%ae', '%ff', '%', '%2',
		encodeURIComponent(SQL), 'x'.repeat(300), 'x'.repeat(3000), '%0d%0aSet-Cookie:x=1', '%E2%80%AE', '-', '.', '%2F',
		'00000000-0000-0000-0000-000000000000', '99999999999999999999'];
	const cases = rows.filter(({path}) => path.includes('{')).flatMap((row) => names.flatMap((name) => {
		const body = row.method === 'GET' || row.method === 'DELETE' ? undefined : '{}';
		const headers = body ? {'content-type': 'application/json'} : {};
		const one = {row, where: target(row.path, name), says: '', body, headers};

		return [...row.path.replace('{tenant}', '').includes('{') ? [one] : [],
			...row.path.includes('{tenant}') ? [{...one, where: row.path.replace('{tenant}', name)
				.replace(/\{[^}]+\}/g, NOT_THERE)}] : []];
	}));

	// Who is nobody has no sessions: an empty list, for administrators of the installation only.
	assert.deepEqual(await tryAll(cases, (status, {row}) => refused(status) ||
		(status === 200 && row.path === '/api/v1/users/{id}/sessions')), []);
});

test('a method that a path does not have is refused with what it has', async () => {
	for (const path of Object.keys(contract.document.paths))
		for (const method of METHODS.filter((m) => !methodsOf(path).has(m))) {
			const answer = await world.operator.send(method.toUpperCase(), target(path), undefined, {agent});

			assert.ok(answer.status === 405, `${method} ${path}: ${answer.status}`);
		}
});

test('no header is a fault', async () => {
	const values = ['', ',', '"', '"x', 'W/"x"', '*', 'x'.repeat(4000), '\t', 'é'.repeat(100), 'bytes=0-,', 'bytes=-0',
		'bytes=99999999999999999999-', '-1', '1e9', 'Bearer', 'Bearer ', 'Basic eDp4', `Bearer ctx_${'x'.repeat(43)}`];
	const names = ['if-match', 'if-none-match', 'idempotency-key', 'last-event-id', 'range', 'if-range', 'accept',
		'content-type', 'origin', 'cookie', 'authorization', 'x-request-id', 'accept-encoding', 'referer'];
	const some = rows.filter(({operation}) => /^(list|create|show|update)Queue$|^(listQueues|getDirectory|getMe)$/
		.test(operation.operationId));
	const cases = some.flatMap((row) => names.flatMap((name) => values.map((value) => ({row, says: `${name}: ${value}`,
		body: row.method === 'GET' ? undefined : '{"tier":1}', headers: {...row.method === 'GET' ? {} :
			{'content-type': 'application/json'}, [name]: Buffer.from(value).toString('latin1')}}))));

	assert.ok(some.length >= 5);
	assert.deepEqual(await tryAll(cases, noFault), []);
});

test('two readers of one request never see two: conflicting lengths end the connection', async () => {
	const smuggled = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
	const heads = [
		`Content-Length: ${smuggled.length}\r\nTransfer-Encoding: chunked`,
		'Content-Length: 0\r\nContent-Length: 5',
		'Content-Length: 5, 5', 'Content-Length: +5', 'Content-Length: -1', 'Content-Length: 0x5', 'Content-Length: 5 5',
		'Content-Length: 99999999999999999999', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked',
		'Transfer-Encoding : chunked', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
	];

	for (const head of heads) {
		const raw = await RawHttp.open(world.centrex.web.port);

		raw.write(`POST /api/v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n0\r\n\r\n${smuggled}`);
		const text = await raw.closed();

		raw.close();
		assert.doesNotMatch(text, /HTTP\/1\.1 (200|5(?!01))/, `${head}: ${text}`);
	}
});

test('after all of that the server is the one that was started, and nothing is missing', async () => {
	const {pid} = world.centrex.web;

	assert.equal(world.centrex.pid('web'), pid);
	assert.equal((await world.operator.get('/readyz')).status, 200);
	assert.equal((await world.admin.get(world.mine('/extensions'))).status, 200);
	assert.doesNotMatch(world.centrex.log(), /request failed/);
});
