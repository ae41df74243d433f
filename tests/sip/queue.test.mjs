// A caller in a queue: music at once, an agent's phone rings, both talk; each way it can end, and
// what is kept of it. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';
import {waitFor} from '../lib/wait.mjs';

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1]});
});
after(() => world?.stop());

// A queue of one agent, 101, who is there; the caller is 100.
async function oneAgent(tenant, settings = {}) {
	const queue = await world.queue(tenant, {members: {101: [1, 1]}, ...settings});

	await world.status(tenant, '101', 'available');
	return queue;
}

test('a caller hears music, the agent answers, both talk, the caller hangs up', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await oneAgent(tenant, {name: 'Support'});
		const call = await phones[100].invite(queue.number, {name: '"Anna"'});
		const reply = await call.answered();

		assert.ok(!/a=inactive/.test(reply.body));
		await call.rtp.heard(10);
		await world.agentIs(tenant, '101', {status: 'available', state: 'ringing'});
		const agent = await phones[101].incoming();
		assert.match(agent.request.header('from'), /^"Support: 100 Anna" <sip:100@/);
		agent.ring();
		await agent.answer();
		await hearEachOther(call, agent);
		await world.agentIs(tenant, '101', {state: 'talking'});
		await hangUp(call, agent);
		await world.agentIs(tenant, '101', {state: 'waiting'});

		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'answered');
		assert.equal(row.answered_by, '101');
		assert.equal(row.agent_id, tenant.phones[101].id);
		assert.equal(row.queue_name, 'Support');
		assert.equal(row.in_service_level, true);
		assert.ok(row.talk_ms > 0);
		assert.deepEqual(row.offered.map((offer) => [offer.extension, offer.outcome]), [['101', 'answered']]);
		assert.ok(row.offered[0].talk_ms > 0);

		const record = await world.record(tenant, row.cdr_id);
		assert.equal(record.disposition, 'answered');
		assert.equal(record.answered_by, '101');
		assert.equal(record.hangup_by, 'caller');
		assert.equal(record.queue_id, queue.id);
		assert.equal(record.dest_number, queue.number);
		assert.ok(record.answer_time > record.start_time, 'answered is when the agent did');
		const said = (await waitFor(async () => {
			const all = await world.decisions(tenant, queue);
			return all.some(({decision}) => decision === 'ended') && all;
		}, 'the decisions')).map(({decision}) => decision);
		assert.deepEqual(said.filter((decision) => decision !== 'considered'), ['joined', 'answered', 'ended']);
	});
});
