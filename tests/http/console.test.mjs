// The console's files, as the program serves them: from its memory, whatever else is away.

import assert from 'node:assert/strict';
import http_ from 'node:http';
import {after, before, test} from 'node:test';
import zlib from 'node:zlib';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp, assertProblem} from '../lib/http.mjs';
import {startPostgres} from '../lib/postgres.mjs';
import {waitFor, within} from '../lib/wait.mjs';

const FIRST_LOAD_MAX = 300 * 1024;
const BROWSER = {accept: 'text/html,application/xhtml+xml,*/*;q=0.8', 'accept-encoding': 'gzip, deflate, br, zstd'};

let centrex, postgres;

before(async () => {
	postgres = await startPostgres();
	centrex = await startCentrex({env: {CENTREX_DATABASE: postgres.url}, args: ['--web-rate-address', 5,
		'--web-cors-origin', 'https://app.example']});
});
after(async () => {
	await centrex?.stop();
	await postgres?.stop();
});

// The path goes as it is; what comes is not decoded. {status, headers, bytes, text}
function ask(method, path, headers = {}) {
	const {port} = centrex.web;

	return within(new Promise((resolve, reject) => {
		const request = http_.request({host: '127.0.0.1', port, method, path, agent: false,
			headers: {host: `localhost:${port}`, ...headers}}, (response) => {
			const chunks = [];

			response.on('data', (chunk) => chunks.push(chunk));
			response.on('error', reject);
			response.on('end', () => {
				const bytes = Buffer.concat(chunks);

				resolve({status: response.statusCode, headers: response.headers, bytes, text: bytes.toString()});
			});
		});

		request.on('error', reject);
		request.end();
	}), `${method} ${path}`, 30_000);
}

const get = (path, headers) => ask('GET', path, headers);

function decode({headers, bytes}) {
	const coding = headers['content-encoding'];

	return (coding === 'br' ? zlib.brotliDecompressSync(bytes) : coding === 'gzip' ? zlib.gunzipSync(bytes) : bytes)
		.toString();
}

// The scripts and styles that a page names.
const assetsOf = (html) => [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]);
// What a script imports at once, not when somebody goes somewhere.
const importsOf = (script) => [...script.matchAll(/\bfrom"\.\/([^"]+)"|\bimport"\.\/([^"]+)"/g)]
	.map((match) => `/assets/${match[1] ?? match[2]}`);

async function script() {
	return assetsOf((await get('/')).text).find((path) => path.endsWith('.js'));
}

test('every page of the console is the same document, whatever stands behind its path', async () => {
	const [home] = [await get('/', BROWSER)];

	assert.equal(home.status, 200);
	assert.equal(home.headers['content-type'], 'text/html; charset=utf-8');
	assert.equal(home.headers['cache-control'], 'no-store');
	assert.match(home.text, /<div id="root">/);
	for (const path of ['/sign-in', '/invitation', '/t/acme/extensions', '/t/acme/extensions/', '/operator/tenants?q=1&q=2',
		'/t/acme/calls?from=%zz', '/index.html', '/t/b%C3%BCro/calls']) {
		const page = await get(path);

		assert.equal(page.status, 200, path);
		assert.equal(page.headers['content-type'], 'text/html; charset=utf-8', path);
		assert.equal(page.text.length, home.text.length, path);
	}
	// A tenant's domain has dots, as a file's name has: a browser that goes there wants a page.
	assert.equal((await get('/t/acme.pbx.test', BROWSER)).status, 200);
	assert.equal((await get('/t/acme.pbx.test')).status, 404);
});

test('each page has a nonce of its own, the same in its policy and in its text', async () => {
	const nonces = new Set();

	for (let i = 0; i < 5; i++) {
		const page = await get('/');
		const [, nonce] = page.headers['content-security-policy'].match(/'nonce-([A-Za-z0-9+/]{24})'/);

		nonces.add(nonce);
		assert.match(page.text, new RegExp(`content="${nonce.replaceAll('+', '\\+')}"`));
		assert.doesNotMatch(page.text, /__CSP_NONCE__/);
	}
	assert.equal(nonces.size, 5);
});

test('a page may do only what the console does', async () => {
	const {headers} = await get('/');
	const policy = Object.fromEntries(headers['content-security-policy'].replace(/'nonce-[^']*'/, 'NONCE').split('; ')
		.map((part) => [part.split(' ')[0], part.split(' ').slice(1).join(' ')]));

	assert.deepEqual(policy, {
		'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self' NONCE", 'img-src': "'self' data: blob:",
		'media-src': "'self' blob:", 'connect-src': "'self'", 'font-src': "'self'", 'manifest-src': "'self'",
		'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'none'",
	});
	assert.equal(headers['x-content-type-options'], 'nosniff');
	assert.equal(headers['referrer-policy'], 'no-referrer');
	assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
	assert.match(headers['permissions-policy'], /camera=\(\)/);
	assert.match(headers['permissions-policy'], /microphone=\(\)/);
	// The other site that may call the API has nothing to read here.
	assert.equal((await get('/', {origin: 'https://app.example'})).headers['access-control-allow-origin'], undefined);
});

test('files with a hash in their name are kept for good, and sent in the form the client wants', async () => {
	const path = await script();
	const plain = await get(path);

	assert.equal(plain.status, 200);
	assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
	assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
	assert.equal(plain.headers['content-encoding'], undefined);
	assert.equal(plain.headers['x-content-type-options'], 'nosniff');
	assert.equal(plain.headers.vary, 'Accept-Encoding');
	assert.equal(plain.headers['content-length'], String(plain.bytes.length));
	const etags = new Set();

	for (const [wish, coding] of [['br', 'br'], ['gzip, deflate, br', 'br'], ['gzip', 'gzip'], ['x-gzip', 'gzip'], ['br;q=0, gzip', 'gzip'],
		['br;q=0.5, gzip;q=0.9', 'gzip'], ['*', 'br'], ['zstd', undefined], ['', undefined], ['br;q=0, *;q=0.1', 'gzip'],
		['identity;q=0, gzip', 'gzip'], ['br;q=0', undefined], ['GZIP;Q=1.0', 'gzip'], ['gzip; q=0', undefined]]) {
		const answer = await get(path, {'accept-encoding': wish});

		assert.equal(answer.status, 200, wish);
		assert.equal(answer.headers['content-encoding'], coding, wish);
		assert.equal(answer.headers.vary, 'Accept-Encoding');
		assert.equal(decode(answer), plain.text, wish);
		assert.ok(!coding || answer.bytes.length < plain.bytes.length * 0.9);
		etags.add(answer.headers.etag);
	}
	assert.equal(etags.size, 3, 'a tag for each form');
	const refused = await get(path, {'accept-encoding': 'identity;q=0'});

	assert.equal(refused.headers['content-type'], 'application/problem+json');
	assert.equal(refused.status, 406);
});

test('what the client has is not sent again', async () => {
	const path = await script();
	const {headers: {etag}} = await get(path, {'accept-encoding': 'br'});
	const again = await get(path, {'accept-encoding': 'br', 'if-none-match': etag});

	assert.equal(again.status, 304);
	assert.equal(again.bytes.length, 0);
	assert.equal(again.headers.etag, etag);
	assert.equal(again.headers.vary, 'Accept-Encoding');
	assert.equal((await get(path, {'accept-encoding': 'gzip', 'if-none-match': etag})).status, 200);
	// The page itself has no tag: its nonce is new each time.
	assert.equal((await get('/')).headers.etag, undefined);
	const icon = await get('/icon.svg');

	assert.equal(icon.headers['content-type'], 'image/svg+xml');
	assert.equal(icon.headers['cache-control'], 'no-cache');
	assert.equal((await get('/icon.svg', {'if-none-match': icon.headers.etag})).status, 304);
});

test('HEAD tells what GET would, without the bytes', async () => {
	for (const path of ['/', '/t/acme/queues', await script(), '/icon.svg']) {
		const [got, head] = [await get(path, BROWSER), await ask('HEAD', path, BROWSER)];

		assert.equal(head.status, 200);
		assert.equal(head.bytes.length, 0);
		for (const name of ['content-length', 'content-type', 'content-encoding', 'etag', 'cache-control', 'vary'])
			assert.equal(head.headers[name], got.headers[name], `${name} of ${path}`);
	}
});

test('there is nothing but its files, wherever a path points', async () => {
	for (const path of ['/assets/none.js', '/assets/', '/assets', '/favicon.ico', '/.env', '/assets/../index.html', '/../etc/passwd',
		'/%2e%2e/%2e%2e/etc/passwd', '/t/..%2f..%2fetc', '/t/%5c..%5cx', '//t/acme', '/t//acme', '/t/%00', '/t/%zz', '/t/./acme',
		'/assets/%2e%2e/index.html', '/api', '/api/v1/nothing', '/api/v2/tenants', '/freeswitch', '/metrics/x', '/healthz/x'])
		assertProblem(await get(path).then((answer) => ({...answer, body: answer.text})), 404, 'not_found');
	for (const path of ['/assets/none.js', '/api/v1/nothing', '/freeswitch/x'])
		assert.equal((await get(path, BROWSER)).status, 404, `${path} for a browser`);
});

test('other methods than GET and HEAD are refused with those there are', async () => {
	for (const [method, path] of [['POST', '/'], ['PUT', '/t/acme'], ['DELETE', '/icon.svg'], ['PATCH', await script()]]) {
		const answer = await ask(method, path);

		assert.equal(answer.status, 405, `${method} ${path}`);
		assert.equal(answer.headers.allow, 'GET, HEAD');
	}
	assert.equal((await ask('POST', '/assets/none.js')).status, 404);
	assert.equal((await ask('TRACE', '/')).status, 501);
});

test('the first load of the console is under 300 KB', async () => {
	const page = await get('/', BROWSER);
	const found = new Set(assetsOf(page.text));
	let bytes = page.bytes.length;

	for (const path of found) {
		const answer = await get(path, BROWSER);

		assert.equal(answer.status, 200, path);
		bytes += answer.bytes.length;
		if (path.endsWith('.js'))
			importsOf(decode(answer)).forEach((next) => found.add(next));
	}
	assert.ok(found.size >= 2, [...found].join(' '));
	assert.ok(bytes < FIRST_LOAD_MAX, `${bytes} bytes: ${[...found].join(' ')}`);
});

test('loading pages counts for no limit of requests', async () => {
	const http = new Http(centrex);
	const limited = await waitFor(async () => {
		const answers = await Promise.all(Array.from({length: 20}, () => http.get('/api/v1/me')));

		return answers.find((answer) => answer.status === 429);
	}, 'the limit of this address');

	assertProblem(limited, 429, 'rate_limited');
	for (let i = 0; i < 20; i++)
		assert.equal((await get('/icon.svg')).status, 200);
	assert.equal((await get('/')).status, 200);
});

test('bytes of a file that nobody reads hold up nobody', async () => {
	const path = await script();
	const idle = await Promise.all(Array.from({length: 8}, async () => {
		const raw = await RawHttp.open(centrex.web.port);

		raw.socket.pause();
		raw.write(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(4));
		return raw;
	}));

	try {
		assert.equal((await get('/')).status, 200);
	} finally {
		idle.forEach((raw) => raw.close());
	}
});

test('the console loads while the database is away', async () => {
	const path = await script();

	await postgres.stop();
	assert.equal((await get('/t/acme/calls')).status, 200);
	assert.equal((await get(path, BROWSER)).status, 200);
});
