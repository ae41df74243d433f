// Drives rtpengine over its ng protocol: "cookie bencode" over UDP.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';

import {token} from '../lib/sip.mjs';
import {within} from '../lib/wait.mjs';

function encode(value) {
	if (typeof value === 'number')
		return `i${value}e`;
	if (typeof value === 'string')
		return `${Buffer.byteLength(value)}:${value}`;
	if (Array.isArray(value))
		return `l${value.map(encode).join('')}e`;
	return `d${Object.keys(value).sort().map((key) => encode(key) + encode(value[key])).join('')}e`;
}

// [value, position after it]
function decode(text, at = 0) {
	if (text[at] === 'i') {
		const end = text.indexOf('e', at);
		return [Number(text.slice(at + 1, end)), end + 1];
	}
	if (text[at] === 'd' || text[at] === 'l') {
		const list = [];
		let next = at + 1;

		while (text[next] !== 'e') {
			const [value, after] = decode(text, next);
			list.push(value);
			next = after;
		}
		if (text[at] === 'l')
			return [list, next + 1];
		return [Object.fromEntries(list.flatMap((v, i) => (i % 2 ? [] : [[v, list[i + 1]]]))), next + 1];
	}
	const colon = text.indexOf(':', at);
	const end = colon + 1 + Number(text.slice(at, colon));
	return [text.slice(colon + 1, end), end];
}

export class NgClient {
	static async open(port) {
		const client = new NgClient();

		client.waiting = new Map();
		client.socket = dgram.createSocket('udp4');
		client.socket.on('error', () => {}); // not there yet
		client.socket.on('message', (bytes) => {
			const text = bytes.toString('latin1');
			const space = text.indexOf(' ');
			client.waiting.get(text.slice(0, space))?.(decode(text.slice(space + 1))[0]);
		});
		await new Promise((resolve) => { client.socket.connect(port, '127.0.0.1', resolve); });
		return client;
	}

	async ask(command) {
		const cookie = token();
		const answer = new Promise((resolve) => this.waiting.set(cookie, resolve));

		this.socket.send(`${cookie} ${encode(command)}`);
		const reply = await within(answer, `rtpengine to answer ${command.command}`, 2_000);
		this.waiting.delete(cookie);
		assert.notEqual(reply.result, 'error', reply['error-reason']);
		return reply;
	}

	close() {
		this.socket.close();
	}
}
