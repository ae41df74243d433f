// Who may ask what FreeSWITCH asks, how, and what is answered while the database is away.

import assert from 'node:assert/strict';
import http from 'node:http';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {startPostgres} from '../lib/postgres.mjs';
import {freePort} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {directoryForm} from './forms.mjs';

const CREDENTIALS = 'fs1:the-secret-of-the-switches';
const LOOKUPS = ['directory', 'dialplan', 'configuration'];
const NOT_FOUND = /<result status="not found"\/>/;
const FORM = {'content-type': 'application/x-www-form-urlencoded'};
const basic = (credentials) => ({authorization: `Basic ${Buffer.from(credentials).toString('base64')}`});
const switchOf = (port, credentials = CREDENTIALS) => new Http({port}, {...FORM, ...basic(credentials)});

// One request from an address of the machine's own, on a connection of its own.
function from(address, port, headers, body = '', {method = 'POST', path = '/freeswitch/directory'} = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request({host: '127.0.0.1', localAddress: address, port, method, path,
			agent: false, headers: {...FORM, ...headers}}, (response) => {
			const chunks = [];

			response.on('data', (chunk) => chunks.push(chunk));
			response.on('end', () => resolve({status: response.statusCode, headers: response.headers,
				text: Buffer.concat(chunks).toString()}));
		});

		request.on('error', reject);
		request.end(body);
	});
}

async function metric(centrex, name) {
	const {text} = await new Http(centrex).get('/metrics');
	const line = text.split('\n').find((one) => one.startsWith(`${name} `));

	return line && Number(line.slice(name.length + 1));
}

const lookups = (centrex, section, result) =>
	metric(centrex, `centrex_lookups_total{section="${section}",result="${result}"}`);

describe('without freeswitch-credentials', () => {
	let centrex;

	before(async () => { centrex = await startCentrex(); });
	after(() => centrex?.stop());

	test('there are no such paths, whoever asks and by whatever method', async () => {
		assert.equal(centrex.web.freeswitch_port, undefined);
		for (const section of LOOKUPS) {
			const path = `/freeswitch/${section}`;

			assertProblem(await switchOf(centrex.web.port).post(path, ''), 404, 'not_found');
			assertProblem(await switchOf(centrex.web.port, ':').post(path, ''), 404, 'not_found');
			for (const method of ['GET', 'PUT', 'OPTIONS'])
				assert.equal((await from('127.0.0.1', centrex.web.port, {}, '', {method, path})).status, 404);
		}
	});
});

describe('access', () => {
	let centrex, port, phone;

	before(async () => {
		centrex = await startCentrex({args: ['--freeswitch-credentials', CREDENTIALS,
			'--freeswitch-from', '127.0.0.1 127.0.5.0/24', '--web-rate-address', 1, '--log-level', 'debug']});
		port = centrex.web.freeswitch_port;
		phone = (await centrex.tenant('cust1.pbx.test', ['101'])).phones[101];
	});
	after(() => centrex?.stop());

	test('the credentials let in, from the addresses of the list', async () => {
		assert.equal(port, centrex.web.port);
		await waitFor(async () => !NOT_FOUND.test((await switchOf(port).post('/freeswitch/directory',
			directoryForm(phone))).text), 'the tenant to be known');
		for (const address of ['127.0.0.1', '127.0.5.9']) {
			const answer = await from(address, port, basic(CREDENTIALS), directoryForm(phone));

			assert.equal(answer.status, 200, answer.text);
			assert.equal(answer.headers['content-type'], 'text/xml');
			assert.match(answer.text, new RegExp(phone.username));
		}
	});

	test('other addresses are refused whatever they know, and nobody speaks for another', async () => {
		for (const headers of [basic(CREDENTIALS), {}, {...basic(CREDENTIALS), 'x-forwarded-for': '127.0.0.1'}]) {
			const answer = await from('127.0.0.2', port, headers, directoryForm(phone));

			assert.equal(answer.status, 403, answer.text);
			assert.doesNotMatch(answer.text, new RegExp(phone.username));
		}
		// Through a proxy that web-proxy does not name everybody would have the proxy's address.
		assert.equal((await from('127.0.0.1', port, {...basic(CREDENTIALS), 'x-forwarded-for': '127.0.0.1'})).status, 403);
	});

	test('wrong credentials of any form are refused, and say which are wanted', async () => {
		const wrong = [basic('fs1:the-secret-of-the-switcheS'), basic('fs1:the-secret-of-the-switche'),
			basic(`${CREDENTIALS} `), basic('fs1'), basic(''), basic(':'), basic(`\0${CREDENTIALS}`), basic(`${CREDENTIALS}\0`),
			basic('x'.repeat(4000)), {}, {authorization: 'Basic'}, {authorization: 'Basic %%%'},
			{authorization: `Bearer ${CREDENTIALS}`}, {authorization: `Basic ${CREDENTIALS}`}];

		for (const [i, headers] of wrong.entries()) {
			const answer = await from(`127.0.5.${20 + i}`, port, headers, directoryForm(phone));

			assert.equal(answer.status, 401, `${JSON.stringify(headers)}: ${answer.text}`);
			assert.match(answer.headers['www-authenticate'], /^Basic realm="/);
		}
	});

	test('whoever guesses has to wait, and whoever knew them before does not', async () => {
		assert.equal((await from('127.0.5.100', port, basic(CREDENTIALS))).status, 200);
		let answer;

		for (let i = 0; i < 40 && answer?.status !== 429; i++)
			answer = await from('127.0.5.101', port, basic(`fs1:guess ${i}`));
		assert.equal(answer.status, 429);
		assert.ok(Number(answer.headers['retry-after']) >= 1);
		assert.equal((await from('127.0.5.101', port, basic(CREDENTIALS))).status, 429, 'the right ones are told apart');
		for (let i = 0; i < 40; i++)
			assert.ok([401, 429].includes((await from('127.0.5.100', port, basic(`fs1:guess ${i}`))).status));
		assert.equal((await from('127.0.5.100', port, basic(CREDENTIALS))).status, 200);
	});

	test('what is refused is logged and counted, without what was sent', async () => {
		const before = await metric(centrex, 'centrex_switch_requests_refused_total');

		await new Promise((resolve) => { setTimeout(resolve, 1100); }); // a line a second
		await from('127.0.5.111', port, basic('fs1:not to be written down'));
		assert.equal(await metric(centrex, 'centrex_switch_requests_refused_total'), before + 1);
		await waitFor(() => /a switch was refused .*address=127\.0\.5\.111/.test(centrex.log()), 'a line in the log');
		assert.doesNotMatch(centrex.log(), /not to be written down|bm90IHRvIGJl|the-secret-of-the-switches/);
	});

	test('neither the rates of people nor an Origin are in their way', async () => {
		const client = switchOf(port).with({headers: {origin: 'http://elsewhere.example'}});

		for (let i = 0; i < 30; i++)
			assert.equal((await client.post('/freeswitch/directory', directoryForm(phone))).status, 200);
		assert.ok(await lookups(centrex, 'directory', 'found') >= 30);
	});

	test('a look-up is a POST', async () => {
		for (const section of LOOKUPS)
			for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'HEAD'])
				assert.equal((await switchOf(port).send(method, `/freeswitch/${section}`)).status, 405, `${method} ${section}`);
	});

	test('parameters in the URL are nobody\'s business, however broken', async () => {
		for (const query of ['?x=1', '?x=1&x=2', '?%', '?%ff=%00', `?${'a&'.repeat(100)}`])
			assert.equal((await switchOf(port).post(`/freeswitch/directory${query}`, directoryForm(phone))).status, 200, query);
	});

	test('a form that is far too large asks for nothing', async () => {
		const large = `${directoryForm(phone)}&x=${'x'.repeat(5 << 20)}`;

		for (const headers of [{}, {'transfer-encoding': 'chunked'}]) {
			const answer = await switchOf(port).send('POST', '/freeswitch/directory', large, {headers});

			assert.equal(answer.status, 200, answer.text);
			assert.match(answer.text, NOT_FOUND);
		}
		// One that is not even read.
		const raw = await RawHttp.open(port);

		raw.write(`POST /freeswitch/directory HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n` +
			`Authorization: ${basic(CREDENTIALS).authorization}\r\n\r\nx`);
		const answer = await raw.response();

		assert.equal(answer.status, 200);
		assert.match(answer.body, NOT_FOUND);
		raw.close();
	});

	test('who is refused is told so before a large body is sent', async () => {
		const raw = await RawHttp.open(port);

		raw.write('POST /freeswitch/directory HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n');
		assert.equal((await raw.response()).status, 401);
		raw.close();
	});

	test('large bodies that are begun and never ended hold so much memory and no more', async () => {
		const head = (bytes) => `POST /freeswitch/cdr HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n` +
			`Authorization: ${basic(CREDENTIALS).authorization}\r\n\r\n`;
		const body = Buffer.alloc(60 << 20, 'x');
		const all = [];
		let ended = 0;

		for (let i = 0; i < 12; i++) { // 720 MiB of 512
			const raw = await RawHttp.open(port);

			raw.socket.once('close', () => { ended++; });
			raw.write(head(body.length + 1)).write(body);
			all.push(raw);
		}
		await waitFor(() => ended >= 3, () => `3 of them to be turned away, there were ${ended}`);
		assert.equal((await switchOf(port).post('/freeswitch/directory', directoryForm(phone))).status, 200);
		assert.ok(ended <= 4, `${ended} were turned away`);
		all.forEach((raw) => raw.close());
		await waitFor(() => ended === 12, 'all to be closed');
		const raw = await RawHttp.open(port);

		raw.write(head(body.length)).write(body);
		assert.equal((await raw.response()).status, 200, 'there is room again');
		raw.close();
	});

	test('libcurl\'s "Expect: 100-continue" is answered', async () => {
		const raw = await RawHttp.open(port), form = directoryForm(phone);

		raw.write(`POST /freeswitch/directory HTTP/1.1\r\nHost: a\r\nContent-Length: ${form.length}\r\n` +
			`Authorization: ${basic(CREDENTIALS).authorization}\r\nExpect: 100-continue\r\n\r\n`);
		await waitFor(() => /^HTTP\/1\.1 100 Continue\r\n/.test(raw.text), 'to be told to go on');
		raw.write(form);
		const answer = await raw.response(2);

		assert.equal(answer.status, 200);
		assert.match(answer.body, new RegExp(phone.username));
		raw.close();
	});

	test('many look-ups go over one connection', async () => {
		const raw = await RawHttp.open(port), form = directoryForm(phone);

		for (let i = 1; i <= 50; i++) {
			raw.write(`POST /freeswitch/directory HTTP/1.1\r\nHost: a\r\nContent-Length: ${form.length}\r\n` +
				`Authorization: ${basic(CREDENTIALS).authorization}\r\n\r\n${form}`);
			const answer = await raw.response(i);

			assert.equal(answer.status, 200);
			assert.match(answer.body, new RegExp(phone.username));
		}
		raw.close();
	});

	test('a body cut off, or sent byte by byte, harms nobody', async () => {
		const form = directoryForm(phone);
		const head = `POST /freeswitch/directory HTTP/1.1\r\nHost: a\r\nContent-Length: ${form.length}\r\n` +
			`Authorization: ${basic(CREDENTIALS).authorization}\r\n\r\n`;
		const cut = await RawHttp.open(port), slow = await RawHttp.open(port);

		cut.write(head + form.slice(0, 100)).close();
		for (const byte of head + form) {
			slow.write(byte);
			await new Promise((resolve) => { setImmediate(resolve); });
		}
		assert.equal((await slow.response()).status, 200);
		slow.close();
	});

	test('each look-up is a line of the log at level debug only', async () => {
		assert.match(centrex.log(), / debug web request .*path=\/freeswitch\/directory status=200/);
		assert.doesNotMatch(centrex.log(), / info web request .*path=\/freeswitch\/\w+ status=(200|40[13]|429)/);
	});
});

describe('freeswitch-port', () => {
	let centrex;

	before(async () => {
		centrex = await startCentrex({args: ['--freeswitch-credentials', CREDENTIALS, '--freeswitch-port', await freePort()]});
	});
	after(() => centrex?.stop());

	test('answers FreeSWITCH and nothing else, and web-port everything else', async () => {
		const {port, freeswitch_port: own} = centrex.web;

		assert.notEqual(own, port);
		for (const section of LOOKUPS) {
			assert.equal((await switchOf(own).post(`/freeswitch/${section}`, '')).status, 200);
			assertProblem(await switchOf(port).post(`/freeswitch/${section}`, ''), 404, 'not_found');
			assert.equal((await from('127.0.0.1', port, {}, '', {method: 'GET', path: `/freeswitch/${section}`})).status, 404);
		}
		for (const path of ['/healthz', '/metrics', '/api/v1/openapi.json', '/api/v1/me', '/api/v1/tenants']) {
			assert.equal((await from('127.0.0.1', own, basic(CREDENTIALS), '', {method: 'GET', path})).status, 404);
			assert.notEqual((await new Http({port}).get(path)).status, 404);
		}
		assert.equal((await from('127.0.0.1', own, basic(CREDENTIALS), '', {method: 'DELETE', path: '/api/v1/tenants'})).status, 404);
	});
});

describe('while the database is away', () => {
	let centrex, postgres, phone;

	before(async () => {
		postgres = await startPostgres();
		centrex = await startCentrex({env: {CENTREX_DATABASE: postgres.url}, args: ['--freeswitch-credentials', CREDENTIALS]});
		phone = (await centrex.tenant('cust1.pbx.test', ['101'])).phones[101];
		await centrex.tenant('cust2.pbx.test', ['101']);
	});
	after(async () => {
		await centrex?.stop();
		await postgres?.stop();
	});

	const ask = (form) => switchOf(centrex.web.freeswitch_port).post('/freeswitch/directory', form);

	test('what is in memory is answered from there, and what is not is 503', async () => {
		await waitFor(async () => (await ask(directoryForm(phone))).text.includes(phone.username), 'the tenant to be known');
		await postgres.stop();
		for (let i = 0; i < 20; i++) {
			const answer = await ask(directoryForm(phone));

			assert.equal(answer.status, 200, answer.text);
			assert.match(answer.text, new RegExp(phone.username));
		}
		const unknown = await ask(directoryForm({...phone, domain: 'never.pbx.test', username: '00000000-0000-4000-8000-000000000000'}));

		assertProblem(unknown, 503, 'unavailable');
		assert.ok(Number(unknown.headers['retry-after']) >= 1);
		assert.ok(await lookups(centrex, 'directory', 'unavailable') >= 1);
	});
});
