// Queues when something is away: the database before the first caller comes and while agents log
// out, a phone while it rings and while its agent talks. In two tenants at once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {psql} from '../http/cdrs_data.mjs';
import {processes} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, hearEachOther, take} from './queues.mjs';

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1]});
});
after(() => world?.stop());

const outcomes = (row) => row.offered.map((offer) => [offer.extension, offer.outcome]);

// No supervisor that looks, no PostgreSQL: as long as fn runs. Then both are back.
async function withoutDatabase(fn) {
	const {centrex} = world;

	centrex.kill('supervisor', 'SIGSTOP');
	try {
		centrex.kill('postgres');
		return await fn();
	} finally {
		centrex.kill('supervisor', 'SIGCONT');
		await centrex.ready();
	}
}

async function team(tenant, members, settings = {}) {
	const queue = await world.queue(tenant, {members, ...settings});

	for (const number of Object.keys(members))
		await world.status(tenant, number, 'available');
	return queue;
}

test('the database is away when a tenant\'s first caller comes: he hears music until it is back', async () => {
	// He may be rung at once or when the database is back: that can take longer than agents ring in tests.
	const queues = await Promise.all(world.tenants.map((tenant) => team(tenant, {101: [1, 1]}, {agent_ring_time: 120})));
	const open = await Promise.all(world.tenants.map(async (tenant) => ({
		caller: await world.phone(tenant, '100'), agent: await world.phone(tenant, '101')})));
	const calls = await withoutDatabase(async () => {
		const entered = await Promise.all(open.map(({caller}, i) => enter(caller, queues[i])));

		await Promise.all(entered.map((call) => call.rtp.heard(50)));
		return entered;
	});

	await Promise.all(open.map(async ({agent}, i) => {
		const answered = await agent.incoming({timeoutMs: 30_000});

		answered.ring();
		await answered.answer();
		await hearEachOther(calls[i], answered);
		await hangUp(calls[i], answered);
		const [row] = await world.history(world.tenants[i], queues[i]);
		assert.deepEqual(outcomes(row), [['101', 'answered']]);
	}));
	for (const {caller, agent} of open) {
		await Promise.all([caller.unregister(), agent.unregister()]);
		caller.close();
		agent.close();
	}
});

test('an agent logs out while the database is away: it holds at once, and is written later', async () => {
	await world.flow(world.tenants[0], ['100', '101', '102'], async (phones) => {
		const [tenant] = world.tenants;
		const queue = await team(tenant, {101: [1, 1], 102: [2, 1]}, {tier_rules_apply: true, tier_rule_wait_second: 600});
		const ended = await withoutDatabase(async () => {
			const code = await phones[101].invite('*46');

			await code.answered();
			await code.expect('BYE');
			const call = await enter(phones[100], queue);
			const agent = await take(phones[102]); // nobody is in the first tier
			await hangUp(call, agent);
			return true;
		});

		assert.ok(ended);
		await world.agentIs(tenant, '101', {status: 'logged_out'}, 30_000);
		const [row] = await world.history(tenant, queue);
		assert.deepEqual(outcomes(row), [['102', 'answered']]);
		await world.status(tenant, '101', 'available');
	});
});

test('a phone vanishes while it rings: the caller waits on, and gets the agent when he is back', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const lost = await world.phone(tenant, '101');
		const call = await enter(phones[100], queue);

		await lost.incoming();
		lost.close(); // without a word
		await waitFor(async () => (await world.decisions(tenant, queue)).some(({decision}) => decision === 'no_answer'),
			'the missed offer', 20_000);
		await call.rtp.heard(call.rtp.received.length + 5);
		const back = await world.phone(tenant, '101', {localPort: lost.socket.port});
		const agent = await take(back);
		await hangUp(call, agent);
		const [row] = await world.history(tenant, queue);
		assert.equal(row.outcome, 'answered');
		assert.equal(outcomes(row)[0][1], 'no_answer');
		await back.unregister();
		back.close();
	});
});

test('a phone vanishes while its agent talks: the caller hangs up, nobody is stuck', async () => {
	await world.both(['100'], async ({tenant, phones}) => {
		const queue = await team(tenant, {101: [1, 1]});
		const lost = await world.phone(tenant, '101');
		const call = await enter(phones[100], queue);
		const agent = await take(lost);

		await hearEachOther(call, agent);
		agent.rtp.close();
		lost.close();
		assert.equal((await call.bye()).status, 200);
		await world.agentIs(tenant, '101', {state: 'waiting'});
		const [row] = await world.history(tenant, queue);
		assert.equal(row.answered_by, '101');
		await delay(300); // the phone is left alone for a moment
		const back = await world.phone(tenant, '101', {localPort: lost.socket.port});
		const next = await enter(phones[100], queue);
		const again = await take(back);
		await hangUp(next, again);
		await back.unregister();
		back.close();
	});
});

test('a phone that is gone for good, of an agent who talks or of a caller who waits, ends its call', async () => {
	const quiet = await QueueWorld.start({args: ['--drain-s', 1, '--media-silence-s', 2]});
	// Begun anew, it has forgotten the call.
	const forgets = async (end) => {
		const request = await end.socket.next((m) => m.request && m.method === 'OPTIONS' && end.mine(m), 'an OPTIONS');

		end.reply(481, 'Call/Transaction Does Not Exist', {request});
	};

	try {
		await quiet.both(['100', '101'], async ({tenant, phones}) => {
			const queue = await quiet.queue(tenant, {members: {101: [1, 1]}});

			phones[100].answerOptions = phones[101].answerOptions = false;
			await quiet.status(tenant, '101', 'available');
			const call = await enter(phones[100], queue);
			call.rtp.start();
			const agent = await take(phones[101]);
			const ended = call.expect('BYE');

			await forgets(agent);
			await ended;
			await quiet.agentIs(tenant, '101', {state: 'waiting'});
			await quiet.status(tenant, '101', 'logged_out');
			await forgets(await enter(phones[100], queue));
			const rows = await quiet.history(tenant, queue, 2);
			assert.deepEqual(rows.map(({outcome, reason}) => [outcome, reason]),
				[['answered', 'media_silence'], ['abandoned', 'media_silence']]);
		});
	} finally {
		await quiet.stop();
	}
});

// No process hears of changes, though the database is there.
async function unheard(fn) {
	const {centrex} = world;
	const listeners = () => processes().filter(({command}) => command.startsWith('postgres: ') &&
		command.includes(' centrex_public '));
	const ours = centrex.family();

	await psql(centrex, 'alter role centrex_public nologin');
	try {
		listeners().filter(({pid}) => ours.has(pid)).forEach(({pid}) => process.kill(pid));
		await waitFor(() => !listeners().some(({pid}) => ours.has(pid)), 'the listeners to be gone');
		return await fn();
	} finally {
		await psql(centrex, 'alter role centrex_public login');
	}
}

test('a number made while the engine does not hear of changes is reached, and one that is not there is refused', async () => {
	const [tenant] = world.tenants;

	await team(tenant, {101: [1, 1]});
	await world.flow(tenant, ['100', '101'], async (phones) => {
		await unheard(async () => {
			await world.sql(tenant, `insert into numbers (number, extension_id)
				select '7171', id from extensions where extension_number = '101'`);
			const call = await phones[100].invite('7171');
			const agent = await take(phones[101]);
			await call.answered();
			await hearEachOther(call, agent);
			await hangUp(call, agent);
			const wrong = await phones[100].invite('7272');
			assert.equal((await wrong.final()).status, 404);
		});
		// Without any database it is refused soon, and not kept waiting.
		await withoutDatabase(async () => {
			const call = await phones[100].invite('7373');
			assert.equal((await call.final()).status, 404);
		});
	});
});

test('the engine is stopped while callers wait and talk: they hear BYE, and have their rows', async () => {
	const queues = new Map();
	const ends = [];

	for (const tenant of world.tenants) {
		const queue = await team(tenant, {101: [1, 1]});
		const [caller, waiter, agent] = await Promise.all(['100', '104', '101'].map((number) => world.phone(tenant, number)));
		const call = await enter(caller, queue);
		const answered = await take(agent);
		await hearEachOther(call, answered);
		const waiting = await enter(waiter, queue);

		queues.set(tenant, queue);
		ends.push(...[call, answered, waiting].map((one) => one.expect('BYE', 30_000)));
	}
	const before = world.centrex.sip.pid;
	world.centrex.kill('sip', 'SIGTERM');
	await Promise.all(ends);
	await waitFor(() => world.centrex.sip && world.centrex.sip.pid !== before, 'the engine to be back', 60_000);
	for (const tenant of world.tenants) {
		const rows = await world.history(tenant, queues.get(tenant), 2);
		assert.deepEqual(rows.map((row) => [row.outcome, row.reason]),
			[['answered', 'engine_stop'], ['abandoned', 'engine_stop']]);
		await world.agentIs(tenant, '101', {state: 'waiting'}, 20_000);
	}
});
