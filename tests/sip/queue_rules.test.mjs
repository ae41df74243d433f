// Who is offered a call, and what the settings of a queue do: order, tiers, wrap-up, missed offers,
// waiting too long, overflow. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {delay, waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1]});
});
after(() => world?.stop());

const outcomes = (row) => row.offered.map((offer) => [offer.extension, offer.outcome]);

// members: {101: [tier, level]}, who are there.
async function team(tenant, members, settings = {}) {
	const queue = await world.queue(tenant, {members, ...settings});

	for (const number of Object.keys(members))
		await world.status(tenant, number, 'available');
	return queue;
}

test('round-robin: calls go round', async () => {
	await world.both(['100', '101', '102', '103'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1], 102: [1, 2], 103: [1, 3]}, {strategy: 'round-robin'});
		const order = [];

		for (let i = 0; i < 6; i++) {
			const call = await enter(phones[100], queue);
			const agent = await Promise.any(['101', '102', '103'].map((number) => phones[number].incoming()));

			order.push(agent.phone.account.number);
			await agent.answer();
			await hangUp(call, agent);
			await world.history(tenant, queue, i + 1);
			await delay(250); // an agent is left alone for a moment after each call
		}
		assert.deepEqual(order, ['101', '102', '103', '101', '102', '103']);
	});
});

test('tiers: the second joins when its time has come', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1], 102: [2, 1]}, {tier_rules_apply: true,
			tier_rule_wait_second: 2, agent_ring_time: 30});
		const call = await enter(phones[100], queue);
		const first = await phones[101].incoming();

		first.ring();
		assert.ok(!phones[102].socket.inbox.some((m) => m.method === 'INVITE'));
		const second = await phones[102].incoming();
		const cancelled = first.expect('CANCEL');
		await second.answer();
		await cancelled;
		await hangUp(call, second);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'elsewhere'], ['102', 'answered']]);
		assert.ok((await world.decisions(tenant, queue)).some(({decision, data}) =>
			decision === 'tier_opened' && data.tier === 2));
	});
});

test('wrap-up: the agent is left alone, and his state says until when', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {wrap_up_time: 2});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hangUp(call, agent);
		await world.agentIs(tenant, '101', {state: 'wrap_up'});
		const next = await enter(phones[100], queue);
		const again = await take(phones[101]);
		await hangUp(next, again);
		const rows = await world.history(tenant, queue, 2);
		assert.ok(rows[1].wait_ms > 1000, `waited ${rows[1].wait_ms} ms`);
		await world.agentIs(tenant, '101', {state: 'waiting'}, 15_000);
	});
});

test('an agent who misses too many offers goes on break, the caller waits on', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {max_no_answer: 1});
		const call = await enter(phones[100], queue);
		const missed = await phones[101].incoming();

		missed.ring();
		await missed.expect('CANCEL', 15_000);
		await world.agentIs(tenant, '101', {status: 'on_break', reason: 'no_answer'});
		await call.rtp.heard(5);
		await world.status(tenant, '101', 'available');
		const agent = await take(phones[101]);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'no_answer'], ['101', 'answered']]);
	});
});

test('an agent who has no phone is not offered calls; one that registers is, at once', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const call = await enter(phones[100], queue);

		await waitFor(async () => (await world.decisions(tenant, queue)).some(({data}) =>
			data.considered?.[0].verdict === 'unregistered'), 'the verdict');
		await world.flow(tenant, ['101'], async (late) => {
			const agent = await take(late[101]);

			await hearEachOther(call, agent);
			await hangUp(agent, call);
		});
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'answered']]);
	});
});

test('an agent in a call of his own is not offered calls until it is over', async () => {
	await world.both(['100', '101', '104'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const own = await phones[101].invite('104');
		const other = await take(phones[104]);

		await own.answered();
		const call = await enter(phones[100], queue);
		await waitFor(async () => (await world.decisions(tenant, queue)).some(({data}) =>
			data.considered?.[0].verdict === 'in_call'), 'the verdict');
		await hangUp(own, other);
		const agent = await take(phones[101]);
		await hangUp(call, agent);
		await world.history(tenant, queue);
	});
});

test('max_wait_time: the call is led to the overflow number, an extension', async () => {
	await world.both(['100', '105'], async ({tenant, phones}) => {
		const queue = await team(tenant, {}, {max_wait_time: 1, overflow_number: '105'});
		const call = await enter(phones[100], queue);
		const other = await take(phones[105]);

		await hearEachOther(call, other);
		await hangUp(call, other);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'overflowed');
		assert.equal(row.reason, 'max_wait');
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.answered_by, '105');
		assert.equal(record.disposition, 'answered');
	});
});

test('overflow to another queue: two stays of one call', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const second = await team(tenant, {101: [1, 1]});
		const queue = await team(tenant, {}, {max_wait_time: 1, overflow_number: second.number});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hangUp(call, agent);
		const [first] = await world.history(tenant, queue);
		const [then] = await world.history(tenant, second);
		assert.equal(first.outcome, 'overflowed');
		assert.equal(then.outcome, 'answered');
		assert.equal(first.cdr_id, then.cdr_id);
		assert.equal((await world.record(tenant, then.cdr_id)).queue_id, second.id);
	});
});

test('queues that overflow into each other: the call ends after five', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const one = await team(tenant, {}, {max_wait_time: 1});
		const two = await team(tenant, {}, {max_wait_time: 1, overflow_number: one.number});

		await world.configure(tenant, one.name, {overflow_number: two.number});
		const call = await enter(phones[100], one);
		await call.expect('BYE', 15_000);
		await world.history(tenant, one, 3);
		await world.history(tenant, two, 2);
	});
});

test('without an overflow number the call ends', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, {}, {max_wait_time: 1});
		const call = await enter(phones[100], queue);

		await call.expect('BYE');
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'overflowed');
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.disposition, 'no_answer');
		assert.equal(record.cause, 'max_wait');
		assert.equal(record.hangup_by, 'engine');
	});
});

test('nobody is there: max_wait_time_with_no_agent', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, {}, {max_wait_time_with_no_agent: 1, max_wait_time_with_no_agent_time_reached: 0});
		const call = await enter(phones[100], queue);

		await call.expect('BYE');
		const [row] = await world.history(tenant, queue);
		assert.equal(row.reason, 'no_agents');
	});
});
