// Queue calls that are transferred, and calls that are transferred to queues, in two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {QueueWorld, enter, take} from './queues.mjs';
import {hangUp, hearEachOther, replacesOf, talk, transferred, uriOf} from './transfers.mjs';

let world;

before(async () => { world = await QueueWorld.start(); });
after(() => world?.stop());

// A queue of one agent, who is there; `later`: not yet.
async function oneAgent(tenant, {agent = '101', later = false} = {}) {
	const queue = await world.queue(tenant, {members: {[agent]: [1, 1]}});

	if (!later)
		await world.status(tenant, agent, 'available');
	return queue;
}

// 100 has called the queue and talks with 101, its agent. Both ends.
async function served(queue, phones) {
	const call = await enter(phones[100], queue);
	const agent = await take(phones[101]);

	await hearEachOther(call, agent);
	return [call, agent];
}

test('the agent gives his caller to another, blind: he is free for the next, and the queue\'s part is over', async () => {
	await world.both(['100', '101', '102', '103'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant);
		const [call, agent] = await served(queue, phones);
		const done = transferred(agent, uriOf(tenant, '102'), 200);
		const third = await take(phones[102]);

		await done;
		await agent.expect('BYE');
		await hearEachOther(call, third);
		await world.agentIs(tenant, '101', {state: 'waiting'});
		const next = await enter(phones[103], queue); // while the first still talks
		const again = await take(phones[101]);
		await hearEachOther(next, again);
		await hangUp(next, again);
		await hangUp(call, third);
		const [row] = await world.history(tenant, queue, 2);
		assert.deepEqual([row.outcome, row.answered_by], ['answered', '101']);
		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.queue_id, queue.id);
		assert.equal(record.answered_by, '102');
		assert.ok(row.ended_at < record.end_time, 'the queue has nothing to do with the rest');
	});
});

test('the agent asks another first, then gives his caller to him', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant);
		const [call, agent] = await served(queue, phones);
		const [asking, third] = await talk(phones[101], '102', phones[102]);

		await transferred(agent, uriOf(tenant, '102'), 200, {replaces: asking});
		await Promise.all([agent.expect('BYE'), asking.expect('BYE')]);
		await hearEachOther(call, third);
		await world.agentIs(tenant, '101', {state: 'waiting'});
		await hangUp(call, third);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual([row.outcome, row.answered_by], ['answered', '101']);
	});
});

test('a transfer nobody answers gives the caller back to the agent', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant);
		const [call, agent] = await served(queue, phones);
		const done = transferred(agent, uriOf(tenant, '102'), 486);

		(await phones[102].incoming()).reply(486, 'Busy Here');
		await done;
		await hearEachOther(call, agent);
		await hangUp(call, agent);
		assert.equal((await world.history(tenant, queue))[0].outcome, 'answered');
	});
});

test('a call is transferred to a queue: it waits there with music, and is offered to an agent', async () => {
	await world.both(['100', '103', '102'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant, {agent: '103', later: true});
		const [call, third] = await talk(phones[100], '102', phones[102]);

		await transferred(third, uriOf(tenant, queue.number), 200);
		await third.expect('BYE');
		call.rtp.received.length = 0;
		await call.rtp.heard(10);
		await world.status(tenant, '103', 'available');
		const agent = await take(phones[103]);
		await hearEachOther(call, agent);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual([row.outcome, row.answered_by], ['answered', '103']);
	});
});

test('who waits in a queue for another gives him his place', async () => {
	await world.both(['100', '104', '102'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant, {agent: '104', later: true});
		const [call, third] = await talk(phones[100], '102', phones[102]);
		const waiting = await enter(phones[102], queue);
		await transferred(third, uriOf(tenant, queue.number), 200, {replaces: waiting});
		await Promise.all([third.expect('BYE'), waiting.expect('BYE')]);
		call.rtp.received.length = 0;
		await call.rtp.heard(10); // the queue's music
		await world.status(tenant, '104', 'available');
		const agent = await take(phones[104]);
		await hearEachOther(call, agent);
		await hangUp(agent, call);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual([row.outcome, row.answered_by], ['answered', '104']);
	});
});

test('a queue\'s offer is not picked up; a phone that names its dialog may take the talk', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant);
		const call = await enter(phones[100], queue);
		const agent = await phones[101].incoming();

		agent.ring();
		assert.equal((await (await phones[102].invite('**101')).final()).status, 480);
		await agent.answer();
		await hearEachOther(call, agent);
		const ended = agent.expect('BYE');
		const taker = await phones[102].invite('101', {headers: [['Replaces', replacesOf(agent)]]});
		await taker.answered();
		await ended;
		await hearEachOther(call, taker);
		await world.agentIs(tenant, '101', {state: 'waiting'});
		await hangUp(call, taker);
	});
});

test('a call that an agent is only offered is not his to give away: the caller waits on', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await world.queue(tenant, {members: {101: [1, 1]}, agent_ring_time: 30,
			skip_agents_with_external_calls: false});
		const [asking, third] = await talk(phones[101], '102', phones[102]);

		await world.status(tenant, '101', 'available');
		const call = await enter(phones[100], queue);
		const offer = await phones[101].incoming();
		offer.ring();
		await transferred(asking, uriOf(tenant, '102'), 481, {replaces: offer});
		await hearEachOther(asking, third);
		await offer.answer();
		await hearEachOther(call, offer);
		await hangUp(asking, third);
		await hangUp(call, offer);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual([row.outcome, row.answered_by], ['answered', '101']);
	});
});
