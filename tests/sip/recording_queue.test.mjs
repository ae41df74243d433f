// Which calls are recorded: the tenant's setting, and that of a queue, which goes before.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, take} from './queues.mjs';
import {assertTone, channel, mediaOf, set, speak} from './recordings.mjs';
import {sleep} from './two_tenants.mjs';
import {talk} from './transfers.mjs';

let world;

// The first records what comes through queues, the second nothing.
before(async () => {
	world = await QueueWorld.start();
	await set(world.centrex, world.tenants[0], 'recording', 'queue');
	for (const tenant of world.tenants) {
		await set(world.centrex, tenant, 'recording_announced', false);
		await set(world.centrex, tenant, 'recording_channels', 'stereo');
	}
});
after(() => world?.stop());

const newest = (tenant, before_) => waitFor(async () => {
	const rows = await world.rows(tenant, `select c.id, c.recording_path, d.recording from cdrs c
		join cdr_details d on d.cdr_id = c.id order by c.start_time`);

	return rows.length > before_ && rows.at(-1);
}, 'the record', 15_000);

const count = async (tenant) => (await world.rows(tenant, 'select id from cdrs')).length;

for (const [setting, expected] of [
	['tenant', ['recorded', null]], ['yes', ['recorded', 'recorded']], ['no', [null, null]],
]) {
	test(`a queue that says ${setting}`, async () => {
		await world.both(['100', '101'], async ({tenant, phones, i}) => {
			const queue = await world.queue(tenant, {name: `Says ${setting}`, members: {101: [1, 1]}, recording: setting});
			const before_ = await count(tenant);

			await world.status(tenant, '101', 'available');
			const call = await enter(phones[100], queue);
			const agent = await take(phones[101]);

			await speak(call.rtp, 440);
			await speak(agent.rtp, 1000);
			await sleep(1500);
			await hangUp(call, agent);
			const row = await newest(tenant, before_);

			assert.equal(row.recording, expected[i]);
			if (!expected[i])
				return assert.equal(row.recording_path, null);
			const file = path.join(mediaOf(world.centrex, tenant), row.recording_path);

			assertTone(await channel(file, 1, 0.5, 0.8), 440);
			assertTone(await channel(file, 2, 0.5, 0.8), 1000);
		});
	});
}

test('a call that comes through no queue is not recorded', async () => {
	await world.both(['100', '102'], async ({tenant, phones}) => {
		const before_ = await count(tenant);
		const [call, incoming] = await talk(phones[100], '102', phones[102]);

		await hangUp(call, incoming);
		const row = await newest(tenant, before_);

		assert.deepEqual([row.recording, row.recording_path], [null, null]);
	});
});

test('nothing unfinished is left', () => {
	for (const tenant of world.tenants) {
		const place = path.join(mediaOf(world.centrex, tenant), 'recordings');

		assert.deepEqual(fs.readdirSync(place).filter((name) => name.endsWith('.part')), []);
	}
});
