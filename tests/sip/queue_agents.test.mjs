// Agents by phone (*45, *46, *47), queues dialled by name, and what no change or accident may do to
// those who ring or talk. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1]});
});
after(() => world?.stop());

const outcomes = (row) => row.offered.map((offer) => [offer.extension, offer.outcome]);

async function team(tenant, members, settings = {}) {
	const queue = await world.queue(tenant, {members, ...settings});

	for (const number of Object.keys(members))
		await world.status(tenant, number, 'available');
	return queue;
}

// Dials a code, hears its tone to the end.
async function dial(phone, code) {
	const call = await phone.invite(code);

	await call.answered();
	const over = call.expect('BYE');
	await call.rtp.heard(5);
	await over;
}

test('*45 logs in, *46 out, *47 is a break, *471 one with the first reason', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await world.queue(tenant, {members: {101: [1, 1]}});

		await dial(phones[101], '*46');
		await world.agentIs(tenant, '101', {status: 'logged_out'});
		const call = await enter(phones[100], queue);
		await waitFor(async () => (await world.decisions(tenant, queue)).some(({data}) =>
			data.considered?.[0].verdict === 'logged_out'), 'the verdict');
		await dial(phones[101], '*45');
		const agent = await take(phones[101]);
		await hangUp(call, agent);
		await world.agentIs(tenant, '101', {status: 'available', state: 'waiting'});
		await dial(phones[101], '*47');
		await world.agentIs(tenant, '101', {status: 'on_break'});
		await world.change(tenant, `insert into settings (name, value) values ('break_reasons', '"Lunch, Training"')
			on conflict (name) do update set value = excluded.value`);
		await waitFor(async () => {
			await dial(phones[101], '*471');
			return (await world.agents(tenant)).find(({number}) => number === '101').reason === 'Lunch';
		}, 'the reason');
		await dial(phones[101], '*45');
		await world.agentIs(tenant, '101', {status: 'available', reason: ''});
		const states = await world.rows(tenant, `select status, reason from agent_states where extension = '101' order by id`);
		assert.ok(states.some(({status, reason}) => status === 'on_break' && reason === 'Lunch'));
	});
});

test('an agent knows which call rings; who asks for available while he wraps up is ready', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {wrap_up_time: 600});
		const callOf = async () => (await world.rows(tenant, `select a.call_id from agents a
			join extensions x on x.id = a.extension_id where x.extension_number = '101'`))[0].call_id;
		const call = await enter(phones[100], queue);

		await world.agentIs(tenant, '101', {state: 'ringing'});
		const ringing = await callOf();
		const agent = await take(phones[101]);
		await world.agentIs(tenant, '101', {state: 'talking'});
		await hangUp(call, agent);
		await world.agentIs(tenant, '101', {state: 'wrap_up'});
		assert.equal(await callOf(), ringing);
		await world.status(tenant, '101', 'available');
		await world.agentIs(tenant, '101', {state: 'waiting'});
		assert.equal(await callOf(), null);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.cdr_id, ringing);

		const second = await enter(phones[100], queue);
		await hangUp(second, await take(phones[101]));
		await world.agentIs(tenant, '101', {state: 'wrap_up'});
		await world.status(tenant, '101', 'available');
		await world.agentIs(tenant, '101', {state: 'waiting'});
	});
});

test('who answers no queue cannot log in: a tone says so, and nothing is written', async () => {
	await world.both(['105'], async ({tenant, phones}) => {
		await dial(phones[105], '*45');
		assert.ok(!(await world.agents(tenant)).some(({number}) => number === '105'));
	});
});

test('a queue is dialled by its name', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {name: 'Büro & Verkauf'});
		const call = await phones[100].invite(`sip:${encodeURIComponent(queue.name)}@${tenant.domain}`);

		await call.answered();
		const agent = await take(phones[101]);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.queue_name, 'Büro & Verkauf');
		assert.equal((await world.record(tenant, row.cdr_id)).dest_number, 'Büro & Verkauf');
	});
});

test('an agent goes on break while his phone rings: the offer is taken back', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1], 102: [1, 2]}, {strategy: 'round-robin', agent_ring_time: 60});
		const call = await enter(phones[100], queue);
		const ringing = await phones[101].incoming();
		const cancelled = ringing.expect('CANCEL');

		ringing.ring();
		await world.status(tenant, '101', 'on_break');
		await cancelled;
		const agent = await take(phones[102]);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['101', 'withdrawn'], ['102', 'answered']]);
	});
});

test('edits of queue and members while it rings and while they talk touch nobody', async () => {
	await world.both(['100', '101', '102'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {agent_ring_time: 60});
		const call = await enter(phones[100], queue);
		const ringing = await phones[101].incoming();

		ringing.ring();
		await world.centrex.json('queue', 'update', queue.id, '--tenant', tenant.domain, '--name', `${queue.name} new`);
		await world.centrex.json('queue-member', 'create', '--tenant', tenant.domain, '--queue-id', queue.id,
			'--extension-id', '102', '--tier', 1, '--level', 2);
		await world.status(tenant, '102', 'available');
		const added = await phones[102].incoming(); // who comes while it rings is asked, too
		const cancelled = added.expect('CANCEL');
		added.ring();
		await ringing.answer();
		await cancelled;
		await hearEachOther(call, ringing);
		await world.centrex.json('queue-member', 'delete', '--tenant', tenant.domain, queue.id, '101');
		await world.centrex.json('queue', 'update', queue.id, '--tenant', tenant.domain, '--strategy', 'round-robin');
		await hearEachOther(call, ringing);
		await world.agentIs(tenant, '101', {status: 'available', state: 'talking'});
		await hangUp(call, ringing);
		await world.agentIs(tenant, '101', {status: 'available', state: 'waiting'});
		const [row] = await world.history(tenant, queue);
		assert.equal(row.answered_by, '101');
	});
});

test('a queue that goes: who waits is sent on', async () => {
	await world.both(['100', '105'], async ({tenant, phones}) => {
		const queue = await team(tenant, {}, {overflow_number: '105'});
		const call = await enter(phones[100], queue);

		await world.sql(tenant, `delete from numbers where queue_id = '${queue.id}'`);
		await world.centrex.json('queue', 'delete', queue.id, '--tenant', tenant.domain);
		const other = await take(phones[105]);
		await hangUp(call, other);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.reason, 'queue_gone');
	});
});

test('the agent transfers: he wraps up, the caller talks with somebody else', async () => {
	await world.both(['100', '101', '105'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]}, {wrap_up_time: 1});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hearEachOther(call, agent);
		const refer = await agent.send('REFER', {headers: [['Refer-To', `<sip:105@${tenant.domain}>`]]});
		assert.equal(refer.status, 202);
		await world.agentIs(tenant, '101', {state: 'wrap_up'});
		const other = await take(phones[105]);
		await hearEachOther(call, other);
		await world.agentIs(tenant, '101', {state: 'waiting'});
		await hangUp(call, other);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'answered');
		assert.equal(row.reason, 'transferred');
		assert.equal(row.answered_by, '101');
		assert.deepEqual(outcomes(row), [['101', 'answered']]);
	});
});

test('the agent holds: the caller hears music, and is heard again', async () => {
	await world.both(['100', '101'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);
		const {audioSdp} = await import('../lib/rtp.mjs');

		await hearEachOther(call, agent);
		await agent.reinvite(audioSdp(agent.rtp.port, {version: 2, direction: 'sendonly'}));
		const before = call.rtp.received.length;
		await call.rtp.heard(before + 10);
		await agent.reinvite(audioSdp(agent.rtp.port, {version: 3}));
		await hearEachOther(call, agent);
		await hangUp(call, agent);
		await world.history(tenant, queue);
	});
});

test('the engine is killed: nobody stays in a state, and every caller has a row', async () => {
	const queues = new Map();

	await world.both(['100', '101', '104'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const call = await enter(phones[100], queue);
		const agent = await take(phones[101]);

		await hearEachOther(call, agent);
		const waiting = await enter(phones[104], queue);
		await waiting.rtp.heard(5);
		await world.agentIs(tenant, '101', {state: 'talking'});
		queues.set(tenant, queue);
	});
	const before = world.centrex.sip.pid;
	world.centrex.kill('sip');
	await waitFor(() => world.centrex.sip && world.centrex.sip.pid !== before, 'the engine to be back', 60_000);
	for (const tenant of world.tenants) {
		await world.agentIs(tenant, '101', {state: 'waiting'}, 20_000);
		const rows = await world.history(tenant, queues.get(tenant), 2);
		assert.deepEqual(rows.map((row) => [row.outcome, row.reason, row.answered_by]),
			[['answered', '', '101'], ['abandoned', 'engine_restart', null]]);
	}
});
