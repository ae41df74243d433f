// What a stranger can do over TCP and TLS, and empty lines as keep-alives (RFC 5626 section 3.5.1).

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import {once} from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {run} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

const STRANGERS_OF_ADDRESS = 128;
const STRANGERS = 4096;
const STRANGER_S = 30;
const RUBBISH = 310; // a little more than src/sip/guard.c takes in a minute
let centrex, tenant;

before(async () => {
	centrex = await startCentrex({tls: true});
	tenant = await centrex.tenant('cust1.pbx.test', ['101', '102']);
});
after(() => centrex?.stop());

// A connection, and what came over it.
async function connect(localAddress, transport = 'tcp') {
	const options = {host: '127.0.0.1', port: centrex.sip[transport], localAddress, rejectUnauthorized: false};
	const socket = transport === 'tls' ? tls.connect(options) : net.connect(options);
	const connection = {socket, text: '', closed: false};

	socket.on('error', () => {});
	socket.on('data', (bytes) => { connection.text += bytes; });
	socket.on('close', () => { connection.closed = true; });
	await Promise.race([once(socket, transport === 'tls' ? 'secureConnect' : 'connect'), once(socket, 'close')]);
	return connection;
}

const phone = (localAddress, transport = 'tcp', number = '101') =>
	Phone.open({account: tenant.phones[number], port: centrex.sip[transport], transport, localAddress});
const bans = (address) => centrex.log().split('\n').filter((line) =>
	/address banned/.test(line) && line.includes(`address=${address} `)).length;

describe('connections', {concurrency: true}, () => {
	for (const transport of ['tcp', 'tls']) {
		test(`a double empty line over ${transport} is answered with one, and is no rubbish`, async () => {
			const address = transport === 'tcp' ? '127.0.0.31' : '127.0.0.32';
			const connection = await connect(address, transport);

			connection.socket.write('\r\n\r\n');
			await waitFor(() => connection.text === '\r\n', 'one empty line');
			for (let i = 0; i < RUBBISH; i++)
				connection.socket.write('\r\n\r\n');
			connection.socket.write('\r\n'); // alone: no answer is due
			await waitFor(() => connection.text.length === 2 * (RUBBISH + 1), 'all answers');
			assert.equal(connection.closed, false);
			connection.socket.destroy();
			const one = await phone(address, transport);

			await one.register();
			one.close();
			assert.equal(bans(address), 0);
		});
	}

	test('empty lines in datagrams are no rubbish', async () => {
		const one = await phone('127.0.0.33', 'udp');

		for (let i = 0; i < 2 * RUBBISH; i++) {
			one.socket.send(['\r\n\r\n', '\r\n', '\0\0\0\0'][i % 3]);
			if (i % 50 === 0)
				await new Promise((resolve) => setTimeout(resolve, 5));
		}
		await one.register();
		one.close();
		assert.equal(bans('127.0.0.33'), 0);
	});

	test('a STUN binding request is answered with where it came from', async () => {
		const socket = dgram.createSocket('udp4');
		const request = Buffer.from('000100002112a442' + '0102030405060708090a0b0c', 'hex');

		await new Promise((resolve) => socket.bind(0, '127.0.0.33', resolve));
		const answer = once(socket, 'message');

		socket.send(request, centrex.sip.udp, '127.0.0.1');
		const [bytes] = await answer;
		assert.equal(bytes.readUInt16BE(0), 0x0101);
		assert.deepEqual(bytes.subarray(4, 20), request.subarray(4, 20));
		const at = bytes.indexOf(Buffer.from('00200008', 'hex')); // XOR-MAPPED-ADDRESS

		assert.equal(bytes.readUInt16BE(at + 6) ^ 0x2112, socket.address().port);
		socket.close();
	});

	for (const [what, address, transport, bytes] of [
		['no SIP', '127.0.0.34', 'tcp', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
		['SIP without a length', '127.0.0.35', 'tcp', 'OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x;branch=z9hG4bK1\r\n\r\n'],
	]) {
		test(`connections that bring ${what} ban their address`, async () => {
			for (let i = 0; i < RUBBISH && !bans(address); i++) {
				const connection = await connect(address, transport);

				connection.socket.write(bytes);
				await waitFor(() => connection.closed, 'the connection to be closed');
			}
			await waitFor(() => bans(address) === 1, 'the ban to be logged');
			const refused = await connect(address, transport);

			await waitFor(() => refused.closed, 'a banned address to be turned away');
			assert.equal(refused.text, '');
			const other = await phone('127.0.0.36', 'tcp', '102');
			await other.register();
			other.close();
		});
	}

	test('no TLS where TLS is spoken counts too', async () => {
		for (let i = 0; i < RUBBISH && !bans('127.0.0.37'); i++) {
			const socket = net.connect({host: '127.0.0.1', port: centrex.sip.tls, localAddress: '127.0.0.37'});

			socket.on('error', () => {});
			socket.resume();
			socket.write('OPTIONS sip:x SIP/2.0\r\n\r\n');
			await new Promise((resolve) => socket.on('close', resolve));
		}
		await waitFor(() => bans('127.0.0.37') === 1, 'the ban to be logged');
	});

	test('an address has so many places for strangers; phones that have logged in take none', async () => {
		const phones = [];

		for (let i = 0; i < 5; i++) {
			phones.push(await phone('127.0.0.38'));
			await phones.at(-1).register();
		}
		const open = [];
		for (let i = 0; i < STRANGERS_OF_ADDRESS; i++)
			open.push(await connect('127.0.0.38'));
		const over = await connect('127.0.0.38');

		await waitFor(() => over.closed, 'the one too many to be closed');
		assert.equal(open.some((connection) => connection.closed), false);
		const other = await phone('127.0.0.39');
		await other.register();
		for (const one of phones)
			await one.register();
		open.pop().socket.destroy();
		await waitFor(async () => {
			const again = await connect('127.0.0.38');

			await new Promise((resolve) => setTimeout(resolve, 100));
			open.push(again);
			return !again.closed;
		}, 'the place to be free again');
		[...phones, other].forEach((one) => one.close());
		open.forEach((connection) => connection.socket.destroy());
	});

	test('a stranger is closed in time, whatever it sends; a phone is not', async () => {
		const silent = await connect('127.0.0.40'), busy = await connect('127.0.0.40');
		const one = await phone('127.0.0.40');

		await one.register();
		const began = Date.now();
		const timer = setInterval(() => busy.socket.write('\r\n\r\n'), 1000);

		try {
			await waitFor(() => silent.closed && busy.closed, 'both to be closed', (STRANGER_S + 10) * 1000);
		} finally {
			clearInterval(timer);
		}
		assert.ok(Date.now() - began > (STRANGER_S - 3) * 1000, 'too early');
		await new Promise((resolve) => setTimeout(resolve, 2000));
		await one.register();
		one.close();
	});
});

// Alone: it takes everybody's place.
describe('a burst', () => {
	const open = [];

	after(() => open.forEach((connection) => connection.socket.destroy()));

	test('a burst of connections finds a queue of thousands at each listener', async () => {
		for (const transport of ['tcp', 'tls']) {
			const {stdout} = await run('ss', ['-Hltn', `sport = :${centrex.sip[transport]}`]);
			const backlog = Number(stdout.trim().split(/\s+/)[2]);

			assert.ok(backlog >= 1024, stdout);
		}
	});

	test('when every place is held the oldest stranger gives way, and a phone gets in', async () => {
		const addresses = STRANGERS / STRANGERS_OF_ADDRESS;
		const registered = await phone('127.0.0.41');

		await registered.register();
		for (let i = 0; i < STRANGERS + 64; i += 64) {
			const address = `127.0.2.${Math.floor(i / STRANGERS_OF_ADDRESS) % (addresses + 1) + 1}`;

			open.push(...await Promise.all(Array.from({length: 64}, () => connect(address))));
		}
		await waitFor(() => open.filter((connection) => connection.closed).length >= 64,
			'the oldest to be closed');
		assert.ok(open.slice(0, 64).every((connection) => connection.closed));
		const one = await phone('127.0.0.42', 'tcp', '102');

		await one.register();
		await registered.register();
		[one, registered].forEach((each) => each.close());
	});
});
