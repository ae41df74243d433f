// HTTP to a Centrex of a test's own.
//
//   const http = new Http(centrex);                    or {port, tls}
//   const answer = await http.get('/healthz');         {status, headers, text, json, bytes}
//   const admin = http.with({token: 'ctx_...'});       what follows is sent with it; {cookie}, {headers}
//   await admin.post('/api/v1/tenants', {name: 'x'});  a body that is no string or Buffer is JSON
//   const raw = await RawHttp.open(port); raw.write('GET ...'); await raw.response();
//
// Every answer but a raw one must be one that the API's description has (tests/lib/contract.mjs).

import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

import {binary} from './centrex.mjs';
import {Contract} from './contract.mjs';
import {run} from './processes.mjs';
import {waitFor, within} from './wait.mjs';

const ANSWER_MS = 30_000;

let contract;

// The API as the program under test describes it; every answer below is held against it.
export function described() {
	contract ??= run(binary, ['openapi']).then(({status, stdout, stderr}) => {
		assert.equal(status, 0, stderr);
		return new Contract(JSON.parse(stdout));
	});
	return contract;
}

async function checked(method, path, answer) {
	(await described()).check({method, path, status: answer.status, headers: answer.headers, body: answer.text});
	return answer;
}

function encode(body, headers) {
	if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body))
		return body;
	headers['content-type'] ??= 'application/json';
	return JSON.stringify(body);
}

function parse(answer) {
	if (/json/.test(answer.headers['content-type'] ?? '') && answer.text) {
		try {
			answer.json = JSON.parse(answer.text);
		} catch {
			answer.json = undefined; // newline-delimited
		}
	}
	return answer;
}

export class Http {
	constructor(where, headers = {}) {
		this.where = where;
		this.headers = headers;
	}

	// {port, tls}, found out for each request: a restarted server may have another port.
	get server() {
		const web = this.where.web ?? this.where;

		return {port: web.port, tls: Boolean(web.tls)};
	}

	get origin() {
		const {port, tls: secure} = this.server;

		return `${secure ? 'https' : 'http'}://localhost:${port}`;
	}

	// The same with a token, a session's cookie (its Origin comes with it) or further headers.
	with({token, cookie, headers = {}}) {
		const all = {...this.headers, ...headers};

		if (token)
			all.authorization = `Bearer ${token}`;
		if (cookie) {
			all.cookie = cookie;
			all.origin = this.origin;
		}
		return new Http(this.where, all);
	}

	// Sends one request on a connection of its own, unless an agent is given.
	send(method, path, body, {headers = {}, agent = false} = {}) {
		const {port, tls: secure} = this.server;
		const all = {...this.headers, ...headers};
		const bytes = encode(body, all);
		const promise = new Promise((resolve, reject) => {
			const request = (secure ? https : http).request({
				host: '127.0.0.1', port, method, path, agent, headers: {host: `localhost:${port}`, ...all},
				rejectUnauthorized: false,
			}, (response) => {
				const chunks = [];

				response.on('data', (chunk) => chunks.push(chunk));
				response.on('error', reject);
				response.on('end', () => {
					const raw = Buffer.concat(chunks);

					resolve(checked(method, path, parse({status: response.statusCode,
						headers: response.headers, bytes: raw, text: raw.toString()})));
				});
			});

			request.on('error', reject);
			request.end(bytes);
		});

		return within(promise, `${method} ${path}`, ANSWER_MS);
	}

	get(path, options) {
		return this.send('GET', path, undefined, options);
	}

	post(path, body, options) {
		return this.send('POST', path, body, options);
	}

	put(path, body, options) {
		return this.send('PUT', path, body, options);
	}

	patch(path, body, options) {
		return this.send('PATCH', path, body, options);
	}

	delete(path, options) {
		return this.send('DELETE', path, undefined, options);
	}

	// Server-sent events: {events, next(predicate), close()}; an event is {id, event, data}.
	async events(path, {headers = {}} = {}) {
		return EventStream.open(this, path, headers);
	}
}

class EventStream {
	static async open(client, path, headers) {
		const stream = new EventStream();
		const {port, tls: secure} = client.server;

		stream.events = [];
		stream.text = '';
		stream.ended = false;
		stream.request = (secure ? https : http).request({host: '127.0.0.1', port, path, agent: false,
			headers: {host: `localhost:${port}`, accept: 'text/event-stream', ...client.headers, ...headers},
			rejectUnauthorized: false});
		stream.request.end();
		stream.response = await within(new Promise((resolve, reject) => {
			stream.request.on('response', resolve);
			stream.request.on('error', reject);
		}), `an answer to GET ${path}`, ANSWER_MS);
		stream.status = stream.response.statusCode;
		stream.headers = stream.response.headers;
		(await described()).check({method: 'GET', path, status: stream.status, headers: stream.headers});
		stream.response.setEncoding('utf8');
		stream.response.on('data', (text) => stream.take(text));
		stream.response.on('error', () => { stream.ended = true; });
		stream.response.on('close', () => { stream.ended = true; });
		stream.request.on('error', () => { stream.ended = true; });
		return stream;
	}

	take(text) {
		this.text += text;
		for (let end; (end = this.text.indexOf('\n\n')) >= 0; this.text = this.text.slice(end + 2)) {
			const event = {};

			for (const line of this.text.slice(0, end).split('\n')) {
				const [, name, value] = line.match(/^(\w*): ?(.*)$/) ?? [];

				if (name)
					event[name] = name === 'data' && 'data' in event ? `${event.data}\n${value}` : value;
			}
			if ('data' in event)
				this.events.push({...event, data: JSON.parse(event.data)});
		}
	}

	// The first event, seen already or to come, of which predicate is true.
	next(predicate = () => true, timeoutMs = 15_000) {
		return waitFor(() => this.events.find(predicate), 'an event', timeoutMs);
	}

	close() {
		this.request.destroy();
	}
}

// Bytes as they are, for what no client would send.
export class RawHttp {
	static async open(port, {secure = false} = {}) {
		const raw = new RawHttp();

		raw.socket = secure ? tls.connect({port, host: '127.0.0.1', rejectUnauthorized: false})
			: net.connect({port, host: '127.0.0.1', allowHalfOpen: true});
		raw.chunks = [];
		raw.ended = false;
		raw.socket.on('data', (bytes) => raw.chunks.push(bytes));
		raw.socket.on('end', () => { raw.ended = true; });
		raw.socket.on('close', () => { raw.ended = true; });
		raw.socket.on('error', () => { raw.ended = true; });
		await within(new Promise((resolve, reject) => {
			raw.socket.once(secure ? 'secureConnect' : 'connect', resolve);
			raw.socket.once('error', reject);
		}), `a connection to port ${port}`, 10_000);
		return raw;
	}

	get text() {
		return Buffer.concat(this.chunks).toString('latin1');
	}

	write(bytes) {
		this.socket.write(bytes);
		return this;
	}

	// All that came once the other side has closed.
	async closed(timeoutMs = 60_000) {
		await waitFor(() => this.ended, () => `the connection to be closed; so far: ${this.text}`, timeoutMs);
		return this.text;
	}

	// The n-th answer with its body (by Content-Length): {status, headers, body}.
	async response(n = 1, timeoutMs = ANSWER_MS) {
		return waitFor(() => split(this.text)[n - 1],
			() => `answer ${n}; so far: ${this.text}`, timeoutMs);
	}

	close() {
		this.socket.destroy();
	}
}

// The complete answers in a text.
function split(text) {
	const answers = [];

	for (let rest = text; rest;) {
		const end = rest.indexOf('\r\n\r\n');

		if (end < 0)
			break;
		const lines = rest.slice(0, end).split('\r\n');
		const headers = Object.fromEntries(lines.slice(1).map((line) => {
			const colon = line.indexOf(':');

			return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
		}));
		const length = Number(headers['content-length'] ?? 0);

		if (rest.length < end + 4 + length)
			break;
		answers.push({status: Number(lines[0].split(' ')[1]), headers,
			body: rest.slice(end + 4, end + 4 + length)});
		rest = rest.slice(end + 4 + length);
	}
	return answers;
}

// Asserts that an answer is the problem document of a code, and returns it.
export function assertProblem(answer, status, code) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers['content-type'], 'application/problem+json');
	const problem = answer.json ?? JSON.parse(answer.body);

	assert.equal(problem.status, status);
	assert.equal(problem.code, code, JSON.stringify(problem));
	assert.equal(problem.request_id, answer.headers['x-request-id']);
	return problem;
}
