// Where callers of queues go: to an announcement, to an extension that does not answer, to somebody
// the agent asked first, to another queue; and what everybody sees meanwhile. In two tenants at once.

import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {temporaryDirectory} from '../lib/processes.mjs';
import {tag} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';

const directory = temporaryDirectory('elsewhere');
const sorry = path.join(directory, 'sorry.wav');
let world;

before(async () => {
	execFileSync('sox', ['-n', '-r', '8000', '-c', '1', '-b', '16', sorry, 'synth', '1', 'sine', '440', 'vol', '0.5']);
	fs.chmodSync(directory, 0o755);
	world = await QueueWorld.start({args: ['--drain-s', 1, '--sip-ring-s', 2]});
});
after(() => world?.stop());

async function team(tenant, members, settings = {}) {
	const queue = await world.queue(tenant, {members, ...settings});

	for (const number of Object.keys(members))
		await world.status(tenant, number, 'available');
	return queue;
}

test('overflow to an announcement: heard once, then the call ends, answered by nobody', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const media = await world.centrex.json('media', 'upload', '--tenant', tenant.domain, '--category', 'ivr', sorry);

		await waitFor(async () => (await world.centrex.json('media', 'show', media.id, '--tenant', tenant.domain)).status !== 'converting',
			'the announcement', 30_000);
		await world.centrex.json('number', 'create', '--tenant', tenant.domain, '--number', '790', '--media-id', media.id);
		const queue = await team(tenant, {}, {max_wait_time: 1, overflow_number: '790'});
		const call = await enter(phones[100], queue);

		await call.expect('BYE', 20_000);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'overflowed');
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.cause, 'max_wait');
		assert.equal(record.answered_by, null);
		assert.equal(record.disposition, 'no_answer');
	});
});

test('overflow to an extension that does not answer, or is busy: the call ends', async () => {
	for (const busy of [false, true]) {
		await world.both(['100', '105'], async ({tenant, phones}) => {
			const queue = await team(tenant, {}, {max_wait_time: 1, overflow_number: '105'});
			const call = await enter(phones[100], queue);
			const other = await phones[105].incoming();
			const over = call.expect('BYE', 20_000);

			if (busy) {
				other.reply(486, 'Busy Here');
			} else {
				other.ring();
				await other.expect('CANCEL');
			}
			await over;
			const [row] = await world.history(tenant, queue);
			const record = await world.record(tenant, row.cdr_id);
			assert.equal(record.disposition, busy ? 'busy' : 'no_answer');
		});
	}
});

test('a caller who waits is seen waiting, in his queue; then answered', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const call = await enter(phones[100], queue);
		const seen = (state) => waitFor(async () => {
			const [row] = await world.rows(tenant, 'select state, queue_id, answered_by from calls');
			return row?.state === state && row;
		}, `the call to be ${state}`);

		assert.equal((await seen('waiting')).queue_id, queue.id);
		const agent = await take(phones[101]);
		const row = await seen('answered');
		assert.equal(row.queue_id, queue.id);
		assert.equal(row.answered_by, '101');
		await hangUp(call, agent);
		await world.history(tenant, queue);
	});
});

test('the agent asks somebody first, then connects him (attended): the agent wraps up', async () => {
	await world.both(['100', '101', '105'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {wrap_up_time: 1});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hearEachOther(call, agent);
		const asking = await phones[101].invite('105');
		const other = await take(phones[105]);
		await asking.answered();
		const replaces = encodeURIComponent(`${asking.callId};to-tag=${tag(asking.remote)};from-tag=${tag(asking.local)}`);
		const ends = [agent.expect('BYE'), asking.expect('BYE')];
		const refer = await agent.send('REFER', {headers: [['Refer-To', `<${asking.uri}?Replaces=${replaces}>`]]});

		ends.forEach((end) => end.catch(() => {}));
		assert.equal(refer.status, 202);
		await hearEachOther(call, other);
		await agent.bye().catch(() => {});
		await asking.bye().catch(() => {});
		await hangUp(call, other);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'answered');
		assert.equal(row.reason, 'transferred');
		await world.agentIs(tenant, '101', {state: 'waiting'}, 15_000);
	});
});

test('the agent transfers the caller to another queue: a second stay of the same call', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const second = await team(tenant, {102: [1, 1]});
		const queue = await team(tenant, {101: [1, 1]});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hearEachOther(call, agent);
		const refer = await agent.send('REFER', {headers: [['Refer-To', `<sip:${second.number}@${tenant.domain}>`]]});
		assert.equal(refer.status, 202);
		const next = await take(phones[102]);
		await hearEachOther(call, next);
		await hangUp(call, next);
		const [first] = await world.history(tenant, queue);
		const [then] = await world.history(tenant, second);
		assert.deepEqual([first, then].map((row) => [row.outcome, row.answered_by]), [['answered', '101'], ['answered', '102']]);
		assert.equal(first.cdr_id, then.cdr_id);
	});
});
