// Fifty callers and ten agents at once in each of two tenants with the same numbers. They do as people and phones
// do, and PostgreSQL is restarted meanwhile; afterwards nobody is stuck, nobody was lost, and all figures add up.
//
//   SOAK_SECONDS=180 SOAK_SEED=7 node --test tests/sip/queue_soak.test.mjs

import assert from 'node:assert/strict';
import {test} from 'node:test';

import {freePort} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {Soak} from './soak.mjs';
import {check, reachEach, report, settle} from './soak_checks.mjs';

const SECONDS = Number(process.env.SOAK_SECONDS ?? 25);
const SEED = Number(process.env.SOAK_SEED ?? Date.now() % 100_000);

async function soak(options, body) {
	const world = await Soak.start({seed: SEED, ...options, args: ['--sip-port', await freePort(), ...(options.args ?? [])]});

	try {
		await body(world);
		await world.stop();
	} catch (error) {
		console.log(`seed ${SEED}, ${SECONDS} s`);
		console.log(world.world.centrex.log().slice(-6000));
		await world.stop().catch(() => {});
		throw error;
	}
}

test('callers and agents as they like, PostgreSQL restarted: nobody stuck, nobody lost, all figures right', async () => {
	await soak({}, async (world) => {
		world.begin();
		await delay(SECONDS * 500);
		world.world.centrex.kill('postgres', 'SIGINT'); // its fast shutdown; it is started again
		await delay(SECONDS * 500);
		await world.finish();
		const figures = await settle(world);

		await report(world);
		await check(world);
		const rows = await Promise.all(world.offices.map(({tenant}) =>
			world.world.rows(tenant, 'select outcome, count(*)::int as n from queue_calls group by 1')));
		const total = (outcome) => rows.flat().filter((row) => !outcome || row.outcome === outcome)
			.reduce((sum, {n}) => sum + n, 0);
		assert.deepEqual([figures.queue_callers, figures.queue_answered, figures.queue_abandoned, figures.queue_overflowed],
			[total(), total('answered'), total('abandoned'), total('overflowed')]);
		await reachEach(world);
		await settle(world);
	});
});

test('the engine is killed while callers wait, ring and talk: agents are free, each caller has his row', async () => {
	await soak({callers: 20}, async (world) => {
		const {centrex} = world.world;

		world.begin();
		await delay(10_000);
		const killed = Date.now();
		const before = centrex.kill('sip');
		await world.lose();
		await waitFor(() => centrex.sip && centrex.sip.pid !== before, 'the engine to be back', 60_000);
		for (const {tenant, agents} of world.offices)
			for (const {number} of agents)
				await world.world.agentIs(tenant, number, {state: 'waiting'}, 30_000);
		await settle(world);
		await report(world);
		// What began just before is durable within milliseconds, not at once.
		await check(world, {killed: true, skip: (seen) => !((seen.joined ?? seen.at) < killed - 1000)});
		for (const {tenant, calls} of world.offices) {
			const cut = await world.world.rows(tenant, `select q.outcome, d.sip_call_id from queue_calls q
				join cdr_details d on d.cdr_id = q.cdr_id where q.reason = 'engine_restart'`);

			assert.ok(cut.every((row) => calls.find(({callId}) => callId === row.sip_call_id).over !== 'them'));
			assert.ok(cut.length > 0);
		}
		await reachEach(world);
		await settle(world);
	});
});

test('SIGTERM: who waits or talks may do so for a while, then all is ended and kept', async () => {
	await soak({callers: 20, args: ['--drain-s', 6]}, async (world) => {
		const {centrex} = world.world;

		world.begin();
		await delay(8000);
		const asked = Date.now();
		centrex.kill('supervisor', 'SIGTERM');
		world.closing = true;
		assert.equal(await centrex.supervisor.ended(60_000), 0);
		await world.lose();
		await centrex.start();
		await settle(world);
		await report(world);
		for (const {calls} of world.offices)
			assert.ok(calls.some((seen) => seen.over === 'them' && seen.ended > asked), 'somebody was told');
		await check(world, {skip: (seen) => seen.status !== 200 && (seen.asked ?? seen.at) > asked - 5000});
		await reachEach(world);
		await settle(world);
	});
});
