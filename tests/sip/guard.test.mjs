// Addresses that fail to log in or send rubbish: slowed, banned, logged once, let in again.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {waitFor} from '../lib/wait.mjs';

const BAN_S = 3, FAILURES = 6;
let centrex, tenant;

before(async () => {
	centrex = await startCentrex({args: ['--sip-ban-failures', FAILURES, '--sip-ban-s', BAN_S]});
	tenant = await centrex.tenant('cust1.pbx.test', ['101', '102']);
});

after(() => centrex?.stop());

const open = (localAddress, number = 101) =>
	Phone.open({account: tenant.phones[number], port: centrex.sip.udp, localAddress});
const wrong = {credentials: {username: '11111111-2222-4333-8444-555555555555', password: 'wrong'}};
const bans = (address) => centrex.log().split('\n').filter((line) =>
	/address banned/.test(line) && line.includes(`address=${address} `)).length;

test('failures ban an address for a while, and it is logged once', async () => {
	const phone = await open('127.0.0.21');

	for (let i = 0; i < FAILURES; i++)
		assert.equal((await phone.tryRegister(wrong)).status, 403);
	await assert.rejects(phone.tryRegister({timeoutMs: 800}), 'a banned address was answered');
	assert.equal(bans('127.0.0.21'), 1);
	const other = await open('127.0.0.22');
	await other.register();
	await waitFor(() => phone.tryRegister({timeoutMs: 400}).then((reply) => reply.status === 200, () => false),
		'the ban to end', (BAN_S + 3) * 1000);
	assert.equal(bans('127.0.0.21'), 1);
	phone.socket.close();
	other.socket.close();
});

test('an address that holds a live registration is slowed, and its phone goes on', async () => {
	const phone = await open('127.0.0.23');
	const attacker = await open('127.0.0.23');
	let answered = 0;

	await phone.register();
	for (let i = 0; i < FAILURES * 3; i++)
		answered += await attacker.tryRegister({...wrong, timeoutMs: 450}).then(() => 1, () => 0);
	assert.ok(answered < FAILURES * 3, 'nobody was slowed');
	assert.equal(bans('127.0.0.23'), 0);
	await phone.register();
	phone.socket.close();
	attacker.socket.close();
});

test('a flood of rubbish bans its address and nobody else', async () => {
	const flood = await open('127.0.0.24');
	const phone = await open('127.0.0.25', 102);

	for (let i = 0; i < 2000; i++) {
		flood.socket.send(`rubbish ${i}\r\n\r\n`);
		if (i % 100 === 0)
			await new Promise((resolve) => setTimeout(resolve, 5));
	}
	await waitFor(() => bans('127.0.0.24') === 1, 'the ban to be logged');
	await assert.rejects(flood.tryRegister({timeoutMs: 500}));
	await phone.register();
	flood.socket.close();
	phone.socket.close();
});
