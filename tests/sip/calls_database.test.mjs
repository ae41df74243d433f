// PostgreSQL is killed while phones talk: the call goes on, a new one is connected from what is in
// memory, and every record is there once the supervisor has the database back.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {TwoTenants} from './two_tenants.mjs';

let two;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

async function talk(a, b) {
	const call = await a.invite('102');
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress(180);
	const acked = incoming.answer();
	await call.answered();
	await acked;
	call.rtp.start();
	await incoming.rtp.heard(5, {ssrc: call.rtp.ssrc});
	return {call, incoming};
}

async function hangUp({call, incoming}) {
	const ended = incoming.expect('BYE');

	assert.equal((await call.bye()).status, 200);
	await ended;
}

test('calls go on and begin while PostgreSQL is away, each recorded once', async () => {
	const phones = await Promise.all(two.tenants.map(async (tenant) => ({
		tenant, a: await two.phone(tenant, '101'), b: await two.phone(tenant, '102')})));
	const before = await Promise.all(phones.map(({a, b}) => talk(a, b)));

	two.centrex.kill('postgres');
	const during = await Promise.all(phones.map(({a, b}) => talk(a, b)));
	const heard = before.map(({incoming}) => incoming.rtp.received.length);
	await Promise.all(before.map(({incoming}, i) => incoming.rtp.heard(heard[i] + 20)));
	await Promise.all([...before, ...during].map(hangUp));

	for (const {tenant} of phones) {
		const rows = await waitFor(async () => {
			const now = await two.calls(tenant);
			return now.length >= 2 && now;
		}, `the records of ${tenant.domain}`, 60_000);
		assert.equal(rows.length, 2);
		assert.equal(new Set(rows.map((row) => row.id)).size, 2);
		rows.forEach((row) => assert.ok(row.answer_time && row.end_time));
	}
});
