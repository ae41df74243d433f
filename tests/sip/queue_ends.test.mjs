// Each way a caller's stay in a queue can end but the usual one, and each way an agent may not take
// a call. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1]});
});
after(() => world?.stop());

// A queue of these agents in one tier, who are there.
async function team(tenant, numbers, settings = {}) {
	const queue = await world.queue(tenant, {
		members: Object.fromEntries(numbers.map((number, i) => [number, [1, i + 1]])), ...settings});

	for (const number of numbers)
		await world.status(tenant, number, 'available');
	return queue;
}

const outcomes = (row) => row.offered.map((offer) => [offer.extension, offer.outcome]);

test('the agent hangs up: the caller hears BYE', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101']);
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hearEachOther(call, agent);
		await hangUp(agent, call);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'answered');
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.hangup_by, 'callee');
		assert.equal(record.disposition, 'answered');
		await world.agentIs(tenant, '101', {state: 'waiting'});
	});
});

test('the caller gives up while nobody is there: abandoned', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, []);
		const call = await enter(phones[100], queue);

		await call.rtp.heard(5);
		assert.equal((await call.bye()).status, 200);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'abandoned');
		assert.equal(row.reason, 'cancelled');
		assert.equal(row.answered_by, null);
		assert.deepEqual(outcomes(row), []);
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.answer_time, null);
		assert.equal(record.disposition, 'cancelled');
		assert.equal(record.hangup_by, 'caller');
		assert.equal(record.queue_id, queue.id);
	});
});

test('the caller gives up while an agent rings: the phone stops', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101']);
		const call = await enter(phones[100], queue);
		const ringing = await phones[101].incoming();

		ringing.ring();
		await world.agentIs(tenant, '101', {state: 'ringing'});
		const cancelled = ringing.expect('CANCEL');
		await call.bye();
		assert.equal((await cancelled).header('reason'), undefined, 'nobody else has answered');
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'abandoned');
		assert.deepEqual(outcomes(row), [['101', 'withdrawn']]);
		await world.agentIs(tenant, '101', {state: 'waiting', missed: 0});
	});
});

test('ring-all: the first to answer has the caller, the others hear that it was elsewhere', async () => {
	await world.both(['100', '101', '102', '103'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101', '102', '103']);
		const call = await enter(phones[100], queue);
		const ringing = await Promise.all(['101', '102', '103'].map((number) => phones[number].incoming()));

		ringing.forEach((incoming) => incoming.ring());
		const others = [ringing[0], ringing[2]].map((incoming) => incoming.expect('CANCEL'));
		await ringing[1].answer();
		for (const cancelled of await Promise.all(others))
			assert.match(cancelled.header('reason'), /cause=200;text="Call completed elsewhere"/);
		await hearEachOther(call, ringing[1]);
		await hangUp(call, ringing[1]);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.answered_by, '102');
		assert.deepEqual(outcomes(row).sort(), [['101', 'elsewhere'], ['102', 'answered'], ['103', 'elsewhere']]);
	});
});

test('busy, declined, unreachable: the caller waits on, and it is kept why', async () => {
	for (const [status, outcome] of [[486, 'busy'], [600, 'busy'], [603, 'declined'], [403, 'declined'],
		[480, 'unreachable'], [503, 'unreachable']]) {
		await world.both(['100', '101'], async ({tenant, phones}) => {
			const queue = await team(tenant, ['101']);
			const call = await enter(phones[100], queue);

			(await phones[101].incoming()).reply(status, 'No');
			const agent = await take(phones[101]);
			await hangUp(call, agent);
			const [row] = await world.history(tenant, queue);
			assert.deepEqual(outcomes(row), [['101', outcome], ['101', 'answered']]);
		});
	}
});

test('nobody answers: after agent_ring_time the next agent rings', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101', '102'], {strategy: 'round-robin'});
		const call = await enter(phones[100], queue);
		const first = await phones[101].incoming();

		first.ring();
		await first.expect('CANCEL', 15_000);
		const agent = await take(phones[102]);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'no_answer'], ['102', 'answered']]);
		await world.agentIs(tenant, '101', {missed: 1});
	});
});

test('an agent whose answer crosses the end of his ring time has the caller, who still waits', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101']);
		const call = await enter(phones[100], queue);
		const agent = await phones[101].incoming();

		agent.ring();
		const request = await agent.socket.next((m) => m.request && m.method === 'CANCEL' && agent.mine(m), 'a CANCEL', 15_000);

		// He had lifted the receiver before it came.
		await agent.answer();
		agent.reply(481, 'Call/Transaction Does Not Exist', {request});
		await hearEachOther(call, agent);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'answered']]);
		await world.agentIs(tenant, '101', {state: 'waiting', missed: 0});
	});
});

test('several phones of one agent: each rings, and only all of them failing is a failure', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101']);
		const second = await world.phone(tenant, '101', {user: '101'});
		const call = await enter(phones[100], queue);
		const [one, two] = await Promise.all([phones[101].incoming(), second.incoming()]);

		one.reply(486, 'Busy Here');
		two.ring();
		await two.answer();
		await hearEachOther(call, two);
		await hangUp(call, two);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'answered']]);
		await second.unregister();
	});
});

test('two agents answer at once: one has the caller, the other is hung up, always', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101', '102']);

		for (let round = 1; round <= 20; round++) {
			const call = await enter(phones[100], queue);
			const both = await Promise.all(['101', '102'].map((number) => phones[number].incoming()));
			// Whoever loses hears CANCEL (its 200 was on its way) or, once acknowledged, BYE.
			const ends = both.map((incoming) => Promise.race([incoming.expect('BYE').then(() => incoming),
				incoming.expect('CANCEL').then(() => incoming)]));

			ends.forEach((end) => end.catch(() => {}));
			await Promise.all(both.map((incoming) => incoming.answer().catch(() => {})));
			const loser = await Promise.race(ends);
			const winner = both.find((incoming) => incoming !== loser);

			await hearEachOther(call, winner);
			await call.bye();
			await ends[both.indexOf(winner)];
			await world.agentIs(tenant, '101', {state: 'waiting'});
			await world.agentIs(tenant, '102', {state: 'waiting'});
			const rows = await world.history(tenant, queue, round);
			assert.deepEqual(outcomes(rows.at(-1)).map(([, outcome]) => outcome).sort(), ['answered', 'elsewhere']);
			assert.equal(rows.at(-1).answered_by, winner.phone.account.number);
		}
	});
});

test('no agent is asked twice at once: the second caller waits for him', async () => {
	await world.both(['100', '104', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, ['101']);
		const first = await enter(phones[100], queue);
		const ringing = await phones[101].incoming();
		const second = await enter(phones[104], queue);

		await second.rtp.heard(5);
		ringing.ring();
		await ringing.answer();
		await hearEachOther(first, ringing);
		assert.equal(phones[101].socket.inbox.filter((m) => m.method === 'INVITE').length, 0);
		await hangUp(first, ringing);
		const agent = await take(phones[101]);
		await hearEachOther(second, agent);
		await hangUp(second, agent);
		const rows = await world.history(tenant, queue, 2);
		assert.deepEqual(rows.map((row) => row.caller_number), ['100', '104']);
	});
});
