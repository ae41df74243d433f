// The engine is killed (kill -9) while callers are in queues: what was known of each offer to an agent
// is in the history, whoever had answered, declined or still rang.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {delay, waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hearEachOther, take} from './queues.mjs';

// A step of a call is durable within milliseconds, not at once.
const DURABLE_MS = 300;
let world;

before(async () => { world = await QueueWorld.start({args: ['--drain-s', 1]}); });
after(() => world?.stop());

const outcomes = (row) => row.offered.map((offer) => [offer.extension, offer.outcome]);

test('offers of a call that is cut are kept: declined, ringing, answered, and of the queue before', async () => {
	const calls = await Promise.all(world.tenants.map(async (tenant) => {
		const queue = async (settings) => {
			const made = await world.queue(tenant, settings);

			for (const number of Object.keys(settings.members))
				await world.status(tenant, number, 'available');
			return made;
		};
		const rings = await queue({members: {101: [1, 1], 102: [2, 1]}, busy_delay_time: 600});
		const talks = await queue({members: {103: [1, 1]}});
		const [caller, other, first, second, agent] = await Promise.all(['100', '104', '101', '102', '103']
			.map((number) => world.phone(tenant, number)));

		const ringing = await enter(caller, rings);
		const declined = await first.incoming();

		declined.reply(486, 'Busy Here');
		(await second.incoming()).ring();
		const talking = await enter(other, talks);
		const answered = await take(agent);

		await hearEachOther(talking, answered);
		return {tenant, rings, talks, ringing, talking, answered};
	}));

	await delay(DURABLE_MS);
	world.centrex.kill('sip');
	await waitFor(() => (world.centrex.log().match(/process is ready process=sip/g) ?? []).length >= 1,
		'the engine to be back', 30_000);
	for (const {tenant, rings, talks} of calls) {
		const [cut] = await world.history(tenant, rings);
		const [parted] = await world.history(tenant, talks);

		assert.deepEqual([cut.outcome, cut.reason, cut.offers], ['abandoned', 'engine_restart', 2]);
		assert.deepEqual(outcomes(cut), [['101', 'busy'], ['102', 'withdrawn']]);
		assert.deepEqual([parted.outcome, parted.answered_by, parted.offers], ['answered', '103', 1]);
		assert.deepEqual(outcomes(parted), [['103', 'answered']]);
		assert.equal(parted.offered[0].answered_at, parted.answered_at);
		for (const offer of [...cut.offered, ...parted.offered])
			assert.ok(offer.ended_at >= offer.offered_at);
	}
});
