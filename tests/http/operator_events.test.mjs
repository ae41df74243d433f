// GET /api/v1/events: what operators hear of the installation.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {psql} from './cdrs_data.mjs';
import {refused, startTenants} from './tenants.mjs';

const PATH = '/api/v1/events';
const LONG_MS = 60_000;

let world, operator, stream;

before(async () => {
	world = await startTenants();
	({operator} = world);
});
after(async () => {
	stream?.close();
	await world?.stop();
});

const is = (kind, resource) => ({event, data}) => event === kind && data.resource === resource;
const count = (wanted) => stream.events.filter(wanted).length;

// Does something, and waits for one more event like that.
async function hears(wanted, what) {
	const before = count(wanted);

	await what();
	await waitFor(() => count(wanted) > before, 'another event', LONG_MS);
	return stream.events.findLast(wanted);
}

test('it is the operator\'s alone', async () => {
	for (const who of [world.owner, world.admin, world.agent])
		refused(await who.get(PATH), 403);
});

test('it begins with ready, and tells of a node that is, goes late, and is forgotten', async () => {
	stream = await operator.events(PATH);
	await stream.next(({event}) => event === 'ready', LONG_MS);
	assert.equal(stream.events[0].event, 'ready');
	const node = ({event, data}) => event === 'node' && data.name === 'elsewhere';
	const {data} = await hears(node, () => psql(world.centrex,
		`insert into public.nodes (kind, name, started_at, counters) values ('sip', 'elsewhere', now(), '{"calls": 3}')`));

	assert.equal(data.health, 'ok');
	assert.equal(data.calls, 3);
	const {items} = (await operator.get('/api/v1/nodes')).json;

	assert.deepEqual(Object.keys(data), Object.keys(items.find((row) => row.name === 'elsewhere')));
	const late = await hears(node, () => psql(world.centrex,
		`update public.nodes set seen_at = now() - interval '40 seconds' where name = 'elsewhere'`));

	assert.equal(late.data.health, 'late');
	await hears(is('change', 'node'), () => psql(world.centrex,
		`delete from public.nodes where name = 'elsewhere'`));
});

test('tenants and users that come, change or go are told of', async () => {
	await hears(is('change', 'tenant'), async () => { await world.centrex.tenant('third.example'); });
	await hears(is('change', 'tenant'), () => operator.patch(world.mine(), {name: 'Another name'}));
	await hears(is('change', 'user'), () => operator.post('/api/v1/users',
		{email: 'new@example.com', password: 'correct horse battery'}));
	await hears(is('change', 'tenant'), () => operator.delete('/api/v1/tenants/third.example?confirm=third.example'));
});

test('who is no operator any more loses the stream', async () => {
	const other = await world.person('second-operator@example.com');
	const theirs = await other.events(PATH);

	await theirs.next(({event}) => event === 'ready', LONG_MS);
	assert.equal((await operator.patch('/api/v1/users/second-operator@example.com', {global_role: 'agent'})).status, 200);
	await waitFor(() => theirs.ended, 'the stream to end', LONG_MS);
});

test('nobody has more than eight streams', async () => {
	const streams = [];

	while (streams.length < 7)
		streams.push(await operator.events(PATH));
	refused(await operator.get(PATH), 429);
	streams.forEach((one) => one.close());
});
