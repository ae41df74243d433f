// Queues as switches take them: their names, the numbers that lead to them, and who answers them.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from './cdrs_data.mjs';
import {makeMember, makeUser, signIn} from './people.mjs';
import {make, refused, startTenants} from './tenants.mjs';

const ANNOUNCEMENT = '00000000-0000-4000-8000-0000000000a1';
const MUSIC = '00000000-0000-4000-8000-0000000000a2';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
let world, admin;

before(async () => {
	world = await startTenants();
	admin = world.admin;
	await make(admin, mine('/extensions'), {extension_number: '101', user_id: world.agentEmail});
	await make(admin, mine('/extensions'), {extension_number: '102'});
	await psql(world.centrex, `set search_path = ${schemaOf(world.tenant)};
		insert into media_files (id, category, original_name, file_path) values
			('${ANNOUNCEMENT}', 'ivr', 'closed.wav', 'a1'), ('${MUSIC}', 'moh', 'waltz.wav', 'a2')`);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);

// Where it leads, from the snapshot: a moment after the change.
async function route(to, expected) {
	let told;

	await waitFor(async () => {
		told = (await admin.get(mine(`/route?from=101&to=${to}`))).json;
		return Object.entries(expected).every(([name, value]) => told[name] === value);
	}, `${to} to lead to ${JSON.stringify(expected)}`);
	return told;
}

test('a name with what a switch would take for code is refused', async () => {
	const {json: row} = await make(admin, mine('/queues'), {name: 'Plain (1st) & Söhne: 24h/7 #1 100 !?*+=~_-'});

	for (const bad of '${}[],;|^\'"\\`@<>%') {
		for (const answer of [await admin.post(mine('/queues'), {name: `a${bad}b`}),
			await admin.patch(mine(`/queues/${row.id}`), {name: `a${bad}b`})])
			refused(answer, 400, 'name', /^must not have any of \$ \{ \} \[ \] , ; \| \^ ' " \\ ` @ < > %$/);
	}
	refused(await admin.post(mine('/queues'), {name: 'a\nb'}), 400, 'name');
	refused(await admin.post(mine('/queues'), {name: '😀'.repeat(64)}), 400, 'name', /255 bytes/);
	await make(admin, mine('/queues'), {name: '😀'.repeat(63)});
	assert.equal((await admin.get(mine(`/queues/${row.id}`))).json.name, row.name);
});

test('no two queues of a tenant have one name, however many try at once', async () => {
	const tries = await Promise.all(Array.from({length: 20}, () => admin.post(mine('/queues'), {name: 'Once'})));

	assert.deepEqual(tries.map(({status}) => status).sort(), [201, ...Array(19).fill(409)]);
	refused(tries.find(({status}) => status === 409), 409, 'name', /^is another queue of this tenant$/);
	const others = await Promise.all(Array.from({length: 8}, (_, i) => make(admin, mine('/queues'), {name: `Other ${i}`})));
	const renamed = await Promise.all(others.map(({json}) => admin.patch(mine(`/queues/${json.id}`), {name: 'Renamed'})));

	assert.equal(renamed.filter(({status}) => status === 200).length, 1);
	// Its own name is no other's; names are compared as they stand; another tenant has its own.
	const {json: once} = tries.find(({status}) => status === 201);

	assert.equal((await admin.patch(mine(`/queues/${once.id}`), {name: 'Once', strategy: 'round-robin'})).status, 200);
	await make(admin, mine('/queues'), {name: 'ONCE'});
	await make(world.neighbour, world.theirs('/queues'), {name: 'Once'});
});

test('a number leads to exactly one of an extension, a queue and an announcement', async () => {
	const {json: queue} = await make(admin, mine('/queues'), {name: 'Led to'});
	const {json: number} = await make(admin, mine('/numbers'), {number: '800', queue_id: 'Led to'});
	const at = mine(`/numbers/${number.id}`);

	assert.deepEqual([number.extension, number.queue, number.queue_id, number.media], [null, 'Led to', queue.id, null]);
	assert.deepEqual(await route('800', {action: 'queue'}), {action: 'queue', cause: 'none', targets: [], queue: 'Led to', sound: null,
		feature: null, ring_s: 0,
		trace: ['dialled "800" by extension 101', '800 is no extension of first.example',
			'800 is a number that leads to queue Led to', 'queue Led to has 0 members', 'wait in queue Led to']});
	// Led elsewhere, it leads there alone.
	const {json: moved} = await admin.patch(at, {media_id: ANNOUNCEMENT});

	assert.deepEqual([moved.queue_id, moved.media_id, moved.media], [null, ANNOUNCEMENT, 'closed.wav']);
	assert.deepEqual(Object.entries(await route('800', {action: 'play'})).slice(0, 5), Object.entries({
		action: 'play', cause: 'none', targets: [], queue: null, sound: 'closed.wav'}));
	assert.equal((await admin.patch(at, {extension_id: '102', media_id: null})).json.extension, '102');
	await route('800', {action: 'reject', cause: 'unregistered', sound: null});

	refused(await admin.post(mine('/numbers'), {number: '801'}), 400, 'extension_id', /queue_id, or media_id/);
	refused(await admin.post(mine('/numbers'), {number: '801', queue_id: null}), 400, 'extension_id');
	refused(await admin.post(mine('/numbers'), {number: '801', extension_id: '102', queue_id: queue.id}), 400, 'queue_id',
		/^cannot be given together with extension_id/);
	refused(await admin.patch(at, {media_id: ANNOUNCEMENT, queue_id: queue.id}), 400, 'media_id', /together with queue_id/);
	refused(await admin.patch(at, {extension_id: null}), 400, 'extension_id', /exactly one/);
	assert.equal((await admin.patch(at, {queue_id: null})).status, 200, 'what is not there is taken away');
	refused(await admin.post(mine('/numbers'), {number: '801', media_id: MUSIC}), 400, 'media_id', /category ivr/);
	refused(await admin.post(mine('/numbers'), {number: '801', media_id: NOWHERE}), 400, 'media_id');
	refused(await admin.post(mine('/numbers'), {number: '801', queue_id: NOWHERE}), 400, 'queue_id');
	refused(await admin.post(mine('/numbers'), {number: '801', queue_id: 'None'}), 400, 'queue_id', /no queue None/);
});

test('what a number leads to is not deleted, nor made something else', async () => {
	const {json: queue} = await make(admin, mine('/queues'), {name: 'In use'});

	await make(admin, mine('/numbers'), {number: '810', queue_id: queue.id});
	await make(admin, mine('/numbers'), {number: '811', media_id: ANNOUNCEMENT});
	refused(await admin.delete(mine(`/queues/${queue.id}`)), 409, 'id', /^is where a number leads/);
	refused(await admin.delete(mine(`/media/${ANNOUNCEMENT}`)), 409, 'id', /^is the announcement of a number$/);
	refused(await admin.patch(mine(`/media/${ANNOUNCEMENT}`), {category: 'moh'}), 409, 'category', /^is the announcement/);
	assert.equal((await admin.patch(mine(`/media/${ANNOUNCEMENT}`), {original_name: 'shut.wav'})).status, 200);
	await route('811', {sound: 'shut.wav'});
	assert.equal((await admin.delete(mine('/numbers/810'))).status, 204);
	assert.equal((await admin.delete(mine(`/queues/${queue.id}`))).status, 204);
});

test('whoever is a member of a queue is an agent, and says himself whether he answers', async () => {
	const {json: queue} = await make(admin, mine('/queues'), {name: 'Answered'});

	assert.deepEqual((await admin.get(mine('/agents'))).json.items, []);
	for (const extension_id of ['101', '102'])
		await make(admin, mine('/queue-members'), {queue_id: queue.id, extension_id});
	const list = (await admin.get(mine('/agents'))).json.items;

	assert.deepEqual(list.map((row) => [row.extension, row.status, row.reason, row.state, row.node, row.requested_at]).sort(),
		[['101', 'logged_out', '', 'waiting', '', null], ['102', 'logged_out', '', 'waiting', '', null]]);
	const stream = await world.agent.events(mine('/events'));
	const {agent} = world;

	assert.equal(stream.status, 200);
	await stream.next((event) => ['ready', 'reset'].includes(event.event));
	assert.deepEqual((await agent.get(mine('/agents'))).json.items.map((row) => row.extension), ['101']);
	const other = list.find((row) => row.extension === '102');

	for (const key of ['102', other.extension_id]) {
		refused(await agent.get(mine(`/agents/${key}`)), 404);
		refused(await agent.patch(mine(`/agents/${key}`), {status: 'available'}), 404);
	}
	const {json: here} = await agent.patch(mine('/agents/101'), {status: 'available'});

	assert.equal(here.status, 'available');
	assert.ok(here.requested_at, 'no switch has confirmed it');
	assert.ok(here.status_since >= list[0].status_since);
	const told = await stream.next((event) => event.event === 'agent');

	assert.deepEqual([told.data.extension, told.data.status, told.data.state, told.data.requested],
		['101', 'available', 'waiting', true]);
	// The reason goes with its status; saying the same again is no new beginning.
	const {json: pause} = await admin.patch(mine('/agents/101'), {status: 'on_break', reason: 'lunch'});

	assert.equal(pause.reason, 'lunch');
	const {json: again} = await agent.patch(mine('/agents/101'), {status: 'on_break', reason: 'tea'});

	assert.deepEqual([again.reason, again.status_since], ['tea', pause.status_since]);
	assert.equal((await agent.patch(mine('/agents/101'), {reason: ''})).json.reason, '');
	const {json: back} = await agent.patch(mine('/agents/101'), {status: 'available'});

	assert.equal(back.reason, '');
	assert.notEqual(back.status_since, pause.status_since);
	assert.equal((await admin.patch(mine('/agents/102'), {status: 'available'})).status, 200);
	stream.close();

	for (const [body, field] of [[{status: 'Available'}, 'status'], [{status: null}, 'status'], [{state: 'talking'}, 'state'],
		[{node: 'x'}, 'node'], [{requested_at: null}, 'requested_at'], [{reason: 'x'.repeat(65)}, 'reason'],
		[{reason: 'a\tb'}, 'reason'], [{}, undefined]])
		refused(await agent.patch(mine('/agents/101'), body), 400, field);
	refused(await admin.patch(mine(`/agents/${NOWHERE}`), {status: 'available'}), 404);
	assert.equal((await admin.send('POST', mine('/agents'), '{}')).status, 405);
	assert.equal((await admin.delete(mine('/agents/101'))).status, 405);
	refused(await world.neighbour.get(mine('/agents')), 404);
});

test('an agent without an extension of his own is nobody', async () => {
	await makeUser(world.centrex, 'late@first.example');
	await makeMember(world.centrex, world.tenant.domain, 'late@first.example', 'agent');
	const late = await signIn(world.centrex, 'late@first.example');

	assert.deepEqual((await late.get(mine('/agents'))).json.items, []);
	refused(await late.patch(mine('/agents/101'), {status: 'available'}), 404);
});

test('the command line lists, shows and changes agents', async () => {
	const T = ['--tenant', world.tenant.domain];
	const {centrex} = world;

	assert.deepEqual((await centrex.json('agent', 'list', ...T)).map((row) => row.extension).sort(), ['101', '102']);
	const changed = await centrex.json('agent', 'update', '101', ...T, '--status', 'on_break', '--reason', 'lunch');

	assert.deepEqual([changed.status, changed.reason], ['on_break', 'lunch']);
	assert.equal((await centrex.json('agent', 'show', '101', ...T)).status, 'on_break');
	const wrong = await centrex.cli('agent', 'update', '101', ...T, '--status', 'away');

	assert.equal(wrong.status, 2);
	assert.match(wrong.stderr, /^centrex: status: /);
});
