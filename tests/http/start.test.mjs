// How the HTTP server starts and stops: TLS, ports, signals.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {binary, startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp} from '../lib/http.mjs';
import {run} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, http;

before(async () => {
	centrex = await startCentrex({tls: true, args: ['--web-rate-address', 0]});
	http = new Http(centrex);
});
after(() => centrex?.stop());

// `centrex web` by hand, as the user the installation belongs to.
function web(...args) {
	const as = process.getuid() === 0
		? ['setpriv', '--reuid=centrex', '--regid=centrex', '--clear-groups'] : [];
	const [command, ...all] = [...as, binary, 'web', ...args];

	return run(command, all, {env: centrex.environment});
}

test('with a certificate it speaks HTTPS, and tells browsers to stay with it', async () => {
	assert.equal(centrex.web.tls, true);
	const answer = await http.get('/healthz');

	assert.equal(answer.status, 200);
	assert.match(answer.headers['strict-transport-security'], /^max-age=\d+/);
	const raw = await RawHttp.open(centrex.web.port, {secure: true});

	assert.match(raw.socket.getProtocol(), /^TLSv1\.[23]$/);
	raw.close();
});

test('plain HTTP on the port of HTTPS is closed, and so is a handshake that never ends', async () => {
	const plain = await RawHttp.open(centrex.web.port);
	const silent = await RawHttp.open(centrex.web.port);

	plain.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
	assert.doesNotMatch(await plain.closed(), /200/);
	silent.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
	await silent.closed(40_000);
	assert.equal((await http.get('/healthz')).status, 200);
});

test('a bad certificate is one clear line', async () => {
	const file = path.join(centrex.directory, 'bad.pem');

	fs.writeFileSync(file, 'no PEM at all\n', {mode: 0o644});
	for (const bad of [file, path.join(centrex.directory, 'none.pem')]) {
		const result = await web('--web-port', 0, '--web-tls-certificate', bad);

		assert.equal(result.status, 2, result.stderr);
		assert.match(result.stderr, /^centrex: web-tls-certificate: [^\n]+\n$/);
	}
});

test('a port that is taken is named', async () => {
	const result = await web('--web-port', centrex.web.port, '--web-tls-certificate', '');

	assert.equal(result.status, 5, result.stderr);
	assert.match(result.stderr, /^centrex: web-port: \d+ of 127\.0\.0\.1 is in use[^\n]*\n$/);
	assert.equal((await http.get('/healthz')).status, 200);
});

test('SIGHUP re-reads the level of the log', async () => {
	const file = path.join(centrex.state, 'centrex.conf');

	fs.writeFileSync(file, 'log-level = error\n', {mode: 0o644});
	process.kill(centrex.web.pid, 'SIGHUP');
	await waitFor(async () => {
		const {headers} = await http.get('/healthz');
		const next = await http.get('/healthz'); // what was logged of the first is written by now

		return next.status === 200 && !centrex.log().includes(headers['x-request-id']);
	}, 'requests to be logged no more');
	fs.rmSync(file);
	process.kill(centrex.web.pid, 'SIGHUP');
	await waitFor(async () => {
		const {headers} = await http.get('/healthz');

		await http.get('/healthz');
		return centrex.log().includes(headers['x-request-id']);
	}, 'requests to be logged again');
});

test('SIGTERM ends it at once where nothing is under way, also with connections open', async () => {
	const {pid, port} = centrex.web;
	const idle = await RawHttp.open(port, {secure: true});
	const begun = await RawHttp.open(port, {secure: true});

	begun.write('POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n');
	process.kill(pid, 'SIGTERM');
	await waitFor(() => centrex.web && centrex.web.pid !== pid, 'another process to serve');
	assert.match(centrex.log(), /process ended and is started again process=web ended="exit status 0"/);
	await Promise.all([idle.closed(), begun.closed()]);
	assert.equal((await http.get('/healthz')).status, 200);
});

test('the client a proxy of ours tells of is believed, any other is not', async () => {
	const behind = await startCentrex({args: ['--web-rate-address', 0, '--web-proxy', '127.0.0.1']});

	try {
		const cases = [
			['203.0.113.7', '203.0.113.7'],
			['10.0.0.1, 203.0.113.8', '203.0.113.8'],
			['2001:db8::1', '2001:db8::1'],
			['203.0.113.9, nonsense', '127.0.0.1'],
			['x'.repeat(500), '127.0.0.1'],
			// A proxy that adds a line of its own behind the client's.
			[['198.51.100.1', '203.0.113.10'], '203.0.113.10'],
		];
		for (const [header, address] of cases) {
			const answer = await new Http(behind).get('/healthz', {headers: {'x-forwarded-for': header}});

			await waitFor(() => behind.log().includes(
				`request_id=${answer.headers['x-request-id']} address=${address} `), `${header} as ${address}`);
		}
		const other = await http.get('/healthz', {headers: {'x-forwarded-for': '203.0.113.7'}});

		await waitFor(() => centrex.log().includes(
			`request_id=${other.headers['x-request-id']} address=127.0.0.1 `), 'the address itself');
	} finally {
		await behind.stop();
	}
});
