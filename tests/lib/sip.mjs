// Raw SIP for tests that must say exactly what goes over the wire: messages as text, sockets over
// UDP, TCP and TLS, digest (RFC 2617, RFC 7616 SHA-256). What a user agent does is in phone.mjs.

import assert from 'node:assert/strict';
import {createHash, randomBytes} from 'node:crypto';
import dgram from 'node:dgram';
import net from 'node:net';
import tls from 'node:tls';

import {waitFor} from './wait.mjs';

export function token(bytes = 8) {
	return randomBytes(bytes).toString('hex');
}

const COMPACT = {v: 'via', f: 'from', t: 'to', i: 'call-id', m: 'contact', l: 'content-length',
	c: 'content-type', k: 'supported', s: 'subject', e: 'content-encoding'};

// A message read: {request, method, uri, status, reason, headers, body, raw, source}.
// header(name) is the first value, all(name) every one.
export function parse(bytes, source) {
	const text = bytes.toString('utf8');
	const split = text.indexOf('\r\n\r\n');
	const head = split < 0 ? text : text.slice(0, split);
	const [first, ...lines] = head.split('\r\n');
	const headers = [];

	for (const line of lines) {
		const colon = line.indexOf(':');
		const name = line.slice(0, colon).trim().toLowerCase();
		headers.push([COMPACT[name] ?? name, line.slice(colon + 1).trim()]);
	}
	const message = {
		first,
		headers,
		body: split < 0 ? '' : text.slice(split + 4),
		raw: text,
		source,
		all: (name) => headers.filter(([n]) => n === name.toLowerCase()).map(([, value]) => value),
		header: (name) => headers.find(([n]) => n === name.toLowerCase())?.[1],
	};
	const status = first.match(/^SIP\/2\.0 (\d{3}) ?(.*)$/);

	if (status)
		return Object.assign(message, {request: false, status: Number(status[1]), reason: status[2]});
	const [method, uri] = first.split(' ');
	return Object.assign(message, {request: true, method, uri});
}

export const cseq = (message) => Number(message.header('cseq')?.split(' ')[0]);
export const cseqMethod = (message) => message.header('cseq')?.split(/\s+/)[1];
export const tag = (value) => value?.match(/;\s*tag=([^;>\s]+)/)?.[1];
export const addressUri = (value) => value?.match(/<([^>]*)>/)?.[1] ?? value?.split(';')[0].trim();
export const branch = (message) => message.header('via')?.match(/branch=([^;,\s]+)/)?.[1];

// Text of a message from its first line, [[name, value], ...] and a body. Content-Length is added
// unless given (a test of bad input gives its own, or null for none).
export function format(first, headers, body = '') {
	const list = headers.filter(([, value]) => value !== undefined && value !== null);

	if (!headers.some(([name]) => /^(content-length|l)$/i.test(name)))
		list.push(['Content-Length', Buffer.byteLength(body)]);
	return `${[first, ...list.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n${body}`;
}

// A response to a request that was read: its Vias, From, To (with our tag), Call-ID and CSeq.
export function response(request, status, reason, {headers = [], body = '', toTag} = {}) {
	const to = request.header('to');

	return format(`SIP/2.0 ${status} ${reason}`, [
		...request.all('via').map((value) => ['Via', value]),
		...request.all('record-route').map((value) => ['Record-Route', value]),
		['From', request.header('from')],
		['To', tag(to) || status === 100 ? to : `${to};tag=${toTag ?? token(4)}`],
		['Call-ID', request.header('call-id')],
		['CSeq', request.header('cseq')],
		...headers,
	], body);
}

export function parseChallenge(value) {
	const fields = {};

	assert.match(value, /^Digest\s/i);
	for (const [, name, quoted, plain] of value.slice(7).matchAll(/(\w+)=(?:"([^"]*)"|([^\s,]+))/g))
		fields[name.toLowerCase()] = quoted ?? plain;
	return fields;
}

function hash(algorithm, text) {
	return createHash(/^sha-256/i.test(algorithm) ? 'sha256' : 'md5').update(text).digest('hex');
}

// The value of an Authorization header. challenge: the value of WWW-Authenticate; overrides
// change single fields of the answer (a wrong nc, another uri, ...).
export function authorization({challenge, username, password, method, uri, nc = 1, overrides = {}}) {
	const asked = parseChallenge(challenge);
	const algorithm = asked.algorithm ?? 'MD5';
	const qop = asked.qop?.split(',').map((s) => s.trim()).includes('auth') ? 'auth' : undefined;
	const cnonce = token(8);
	const count = nc.toString(16).padStart(8, '0');
	const ha1 = hash(algorithm, `${username}:${asked.realm}:${password}`);
	const ha2 = hash(algorithm, `${method}:${uri}`);
	const answer = hash(algorithm, qop ? `${ha1}:${asked.nonce}:${count}:${cnonce}:auth:${ha2}`
		: `${ha1}:${asked.nonce}:${ha2}`);
	const fields = {
		username: `"${username}"`,
		realm: `"${asked.realm}"`,
		nonce: `"${asked.nonce}"`,
		uri: `"${uri}"`,
		response: `"${answer}"`,
		algorithm,
		...(qop ? {qop, nc: count, cnonce: `"${cnonce}"`} : {}),
		...(asked.opaque !== undefined ? {opaque: `"${asked.opaque}"`} : {}),
		...overrides,
	};

	return `Digest ${Object.entries(fields).filter(([, v]) => v !== undefined)
		.map(([name, value]) => `${name}=${value}`).join(', ')}`;
}

// Of the challenges in a 401, the one with this algorithm; else the first.
export function pickChallenge(message, algorithm) {
	const all = [...message.all('www-authenticate'), ...message.all('proxy-authenticate')];

	assert.ok(all.length > 0, `no challenge in:\n${message.raw}`);
	return all.find((c) => (parseChallenge(c).algorithm ?? 'MD5').toLowerCase() ===
		algorithm?.toLowerCase()) ?? all[0];
}

// A socket that speaks SIP to one server. send() takes text or bytes; messages() are those read;
// next(match) waits for the first not yet taken; none(match, ms) demands that nothing comes.
export class SipSocket {
	inbox = [];
	handlers = [];
	closed = false;

	static async open({transport = 'udp', host = '127.0.0.1', port, localPort = 0, localAddress = '127.0.0.1'}) {
		const socket = new SipSocket();

		Object.assign(socket, {transport, host, remotePort: port});
		await (transport === 'udp' ? socket.#openUdp(localPort, localAddress) : socket.#openStream(localPort, localAddress));
		return socket;
	}

	#openUdp(localPort, localAddress) {
		this.socket = dgram.createSocket('udp4');
		this.socket.on('message', (bytes, from) => this.#receive(bytes, from));
		return new Promise((resolve, reject) => {
			this.socket.once('error', reject);
			this.socket.bind(localPort, localAddress, () => {
				this.socket.unref();
				({port: this.port, address: this.address} = this.socket.address());
				resolve();
			});
		});
	}

	#openStream(localPort, localAddress) {
		const options = {host: this.host, port: this.remotePort, localAddress, localPort, rejectUnauthorized: false};
		let pending = Buffer.alloc(0);

		return new Promise((resolve, reject) => {
			const ready = () => {
				this.socket.unref();
				({localPort: this.port, localAddress: this.address} = this.socket);
				resolve();
			};
			this.socket = this.transport === 'tls' ? tls.connect(options, ready) : net.connect(options, ready);
			this.socket.once('error', reject);
			this.socket.on('error', () => {});
			this.socket.on('close', () => { this.closed = true; });
			this.socket.on('data', (bytes) => {
				pending = Buffer.concat([pending, bytes]);
				pending = this.#frames(pending);
			});
		});
	}

	// RFC 3261 18.3: on a stream, Content-Length says where a message ends.
	#frames(bytes) {
		for (;;) {
			while (bytes.length >= 2 && bytes[0] === 13 && bytes[1] === 10)
				bytes = bytes.subarray(2);
			const split = bytes.indexOf('\r\n\r\n');
			if (split < 0)
				return bytes;
			const length = bytes.subarray(0, split).toString().match(/^(?:content-length|l)\s*:\s*(\d+)/im);
			const end = split + 4 + Number(length?.[1] ?? 0);
			if (bytes.length < end)
				return bytes;
			this.#receive(bytes.subarray(0, end), {address: this.host, port: this.remotePort});
			bytes = bytes.subarray(end);
		}
	}

	#receive(bytes, from) {
		const message = parse(bytes, from);

		if (message.raw.trim() === '')
			return; // a keep-alive
		if (!this.handlers.some((handler) => handler(message)))
			this.inbox.push(message);
	}

	get via() {
		return `SIP/2.0/${this.transport.toUpperCase()} ${this.address}:${this.port};rport`;
	}

	get contact() {
		const transport = this.transport === 'udp' ? '' : `;transport=${this.transport}`;

		return `${this.address}:${this.port}${transport}`;
	}

	send(message, {port = this.remotePort, host = this.host} = {}) {
		const bytes = Buffer.isBuffer(message) ? message : Buffer.from(message);

		if (this.transport === 'udp')
			this.socket.send(bytes, port, host);
		else
			this.socket.write(bytes);
	}

	// The first message that matches and was not taken before; taken with this.
	async next(match, what = 'a SIP message', timeoutMs = 10_000) {
		const index = () => this.inbox.findIndex((message) => match(message));

		await waitFor(() => index() >= 0, () => `${what}; came instead: ` +
			`${this.inbox.map((m) => m.first).join(' | ') || 'nothing'}`, timeoutMs);
		return this.inbox.splice(index(), 1)[0];
	}

	// The response to a request by its branch: final ones only, unless provisional is wanted.
	response(branchOrRequest, {provisional = false, timeoutMs} = {}) {
		const wanted = branchOrRequest.branch ?? branchOrRequest;

		return this.next((m) => !m.request && branch(m) === wanted && (provisional || m.status >= 200),
			`a response to ${wanted}`, timeoutMs);
	}

	request(method, timeoutMs) {
		return this.next((m) => m.request && m.method === method, `a ${method}`, timeoutMs);
	}

	async none(match, ms = 300) {
		await new Promise((resolve) => setTimeout(resolve, ms));
		const found = this.inbox.find((message) => match(message));
		assert.equal(found, undefined, `came unexpectedly:\n${found?.raw}`);
	}

	close() {
		if (this.closed)
			return;
		this.closed = true;
		if (this.transport === 'udp')
			this.socket.close();
		else
			this.socket.destroy();
	}
}
