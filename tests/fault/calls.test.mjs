// Processes are killed while calls are under way and while their records are carried to PostgreSQL.
// Afterwards every call has exactly one record, and the phones are still reachable.

import assert from 'node:assert/strict';
import {after, test} from 'node:test';

import {freePort} from '../lib/processes.mjs';
import {waitFor, delay} from '../lib/wait.mjs';
import {TwoTenants} from '../sip/two_tenants.mjs';

const open = [];

after(async () => {
	for (const two of open)
		await two.stop();
});

// A Centrex whose SIP port stays the same over restarts, and 101 and 102 of both tenants.
async function installation(options = {}) {
	const two = await TwoTenants.start({...options,
		args: ['--sip-port', await freePort(), ...(options.args ?? [])]});

	open.push(two);
	two.pairs = [];
	for (const tenant of two.tenants)
		two.pairs.push({tenant, a: await two.phone(tenant, '101'), b: await two.phone(tenant, '102')});
	await delay(1500); // registrations are written behind, at most a second later
	return two;
}

async function close(two) {
	open.splice(open.indexOf(two), 1);
	await two.stop();
}

// 101 calls 102, who answers.
async function talk({a, b}) {
	const call = await a.invite('102');
	const incoming = await b.incoming();

	incoming.ring();
	const acked = incoming.answer();
	await call.answered();
	await acked;
	call.rtp.start();
	incoming.rtp.start();
	return {call, incoming, id: call.callId};
}

async function hangUp({call, incoming}) {
	const ended = incoming.expect('BYE');

	assert.equal((await call.bye()).status, 200);
	await ended;
}

// Both ends hear the other's next packets.
async function hearEachOther({call, incoming}) {
	for (const rtp of [call.rtp, incoming.rtp])
		await rtp.heard(rtp.received.length + 10);
}

function drop({call, incoming}) {
	call.rtp.close();
	incoming.rtp.close();
}

// Waits until each tenant has n records, then makes sure that it stays at n; with details.
async function records(two, n, timeoutMs = 30_000) {
	const all = [];

	for (const tenant of two.tenants) {
		await waitFor(async () => (await two.calls(tenant)).length >= n,
			`${n} records of ${tenant.domain}`, timeoutMs).catch(async (error) => {
			throw new Error(`${error.message}; there are ${(await two.calls(tenant)).length}\n${two.centrex.log()}`);
		});
	}
	await delay(500);
	for (const tenant of two.tenants) {
		const rows = await two.calls(tenant);

		assert.equal(rows.length, n, `records of ${tenant.domain}`);
		assert.equal(new Set(rows.map((row) => row.id)).size, n);
		all.push(await Promise.all(rows.map(async (row) => ({...row, ...await two.details(tenant, row)}))));
	}
	return all;
}

const count = (text, words) => text.split(words).length - 1;

async function back(two, part, times = 1) {
	await waitFor(() => count(two.centrex.log(), `process is ready process=${part}`) >= times,
		`${part} to be back`, 20_000);
}

// No supervisor that looks, no PostgreSQL: as long as fn runs.
async function withoutDatabase(two, fn) {
	const {centrex} = two;

	centrex.kill('supervisor', 'SIGSTOP');
	try {
		centrex.kill('postgres');
		await fn();
	} finally {
		centrex.kill('supervisor', 'SIGCONT');
	}
}

test('PostgreSQL is killed: calls go on, new ones are made, each is recorded once', async () => {
	const two = await installation();
	const first = await Promise.all(two.pairs.map(talk));

	await withoutDatabase(two, async () => {
		assert.equal((await two.centrex.cli('tenant', 'list')).status, 5);
		await Promise.all(first.map(hearEachOther));
		await Promise.all(first.map(hangUp));
		for (let i = 0; i < 3; i++)
			await Promise.all((await Promise.all(two.pairs.map(talk))).map(hangUp));
	});
	await back(two, 'postgres');
	for (const rows of await records(two, 4))
		for (const row of rows) {
			assert.equal(row.disposition, 'answered');
			assert.equal(row.cause, 'normal');
		}
	await close(two);
});

test('sip is killed during calls: they are closed in the record, and phones are reachable at once', async () => {
	const two = await installation();
	const lost = await Promise.all(two.pairs.map(talk));

	two.centrex.kill('sip');
	await back(two, 'sip');
	lost.forEach(drop);
	// Nobody registered again.
	const calls = await Promise.all(two.pairs.map(talk));
	await Promise.all(calls.map(hearEachOther));
	await Promise.all(calls.map(hangUp));
	for (const [cut, whole] of await records(two, 2)) {
		assert.equal(cut.cause, 'engine_restart');
		assert.ok(cut.answer_time);
		assert.ok(cut.end_time >= cut.answer_time);
		assert.equal(whole.cause, 'normal');
	}
	await close(two);
});

test('the supervisor is killed: calls do not notice, and the next one takes over', async () => {
	const two = await installation();
	const calls = await Promise.all(two.pairs.map(talk));
	const sip = two.centrex.pid('sip');

	two.centrex.kill('supervisor');
	await two.centrex.supervisor.ended().catch(() => {});
	await Promise.all(calls.map(hearEachOther));
	await two.centrex.start();
	assert.equal(two.centrex.pid('sip'), sip);
	await Promise.all(calls.map(hearEachOther));
	await Promise.all(calls.map(hangUp));
	for (const [row] of await records(two, 1))
		assert.equal(row.cause, 'normal');
	await close(two);
});

test('everything is killed at once, as when the machine loses power', async () => {
	const two = await installation();
	const ended = await Promise.all(two.pairs.map(talk));

	await Promise.all(ended.map(hangUp));
	const cut = await Promise.all(two.pairs.map(talk));
	// The record of a call that has begun is durable within milliseconds, not at once.
	await delay(200);
	for (const pid of two.centrex.family())
		process.kill(pid, 'SIGKILL');
	await two.centrex.supervisor.ended().catch(() => {});
	cut.forEach(drop);
	await two.centrex.start();
	await Promise.all((await Promise.all(two.pairs.map(talk))).map(hangUp));
	for (const [first, second, third] of await records(two, 3)) {
		assert.equal(first.cause, 'normal');
		assert.equal(second.cause, 'engine_restart');
		assert.equal(third.cause, 'normal');
	}
	await close(two);
});

test('sip and PostgreSQL are killed again and again while records are carried over', async () => {
	const CALLS = 60;
	const two = await installation();

	await withoutDatabase(two, async () => {
		for (let i = 0; i < CALLS; i++) {
			// A number that nobody has makes a record as well, and fast.
			const answers = await Promise.all(two.pairs.map(async ({a}) => (await a.invite('999')).final()));
			answers.forEach((reply) => assert.equal(reply.status, 404));
		}
	});
	for (let round = 0; round < 4; round++) {
		await delay(60 + round * 90);
		const sip = two.centrex.pid('sip');
		if (sip)
			process.kill(sip, 'SIGKILL');
		const server = two.centrex.pid('postgres');
		if (server && round % 2)
			process.kill(server, 'SIGKILL');
	}
	await records(two, CALLS);
	await close(two);
});

test('Ctrl-C lets a call end, Ctrl-C again ends it', async () => {
	const two = await installation({args: ['--drain-s', 30]});
	const calls = await Promise.all(two.pairs.map(talk));

	two.centrex.kill('supervisor', 'SIGINT');
	await waitFor(() => two.centrex.log().includes('sip draining'), 'draining');
	await Promise.all(calls.map(hearEachOther));
	await hangUp(calls[0]);
	const told = calls[1].incoming.expect('BYE');
	two.centrex.kill('supervisor', 'SIGINT');
	await told;
	assert.equal(await two.centrex.supervisor.ended(15_000), 0);
	await two.centrex.start();
	const [[first], [second]] = await records(two, 1);
	assert.equal(first.hangup_by, 'caller');
	assert.equal(second.hangup_by, 'engine');
	await close(two);
});
