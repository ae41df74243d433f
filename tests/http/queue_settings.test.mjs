// How queues behave, and the tenant's settings of music, parking, breaks and recordings: what they may be,
// who may see and change them.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from './cdrs_data.mjs';
import {make, refused, startTenants} from './tenants.mjs';

const MUSIC = '00000000-0000-4000-8000-0000000000a2';
const NOWHERE = '00000000-0000-4000-8000-000000000000';
const DEFAULTS = {max_wait_time: 0, max_wait_time_with_no_agent: 0, max_wait_time_with_no_agent_time_reached: 5,
	tier_rules_apply: false, tier_rule_wait_second: 0, tier_rule_wait_multiply_level: false,
	tier_rule_no_agent_no_wait: true, tier_join: 'join', skip_agents_with_external_calls: true, wrap_up_time: 10,
	no_answer_delay_time: 5, busy_delay_time: 60, reject_delay_time: 5, max_no_answer: 3, agent_ring_time: 15,
	overflow_number: null, service_level_s: 20, recording: 'tenant'};
let world, admin, agent, support, sales;

before(async () => {
	world = await startTenants();
	({admin, agent} = world);
	await make(admin, mine('/extensions'), {extension_number: '101', user_id: world.agentEmail});
	await make(admin, mine('/extensions'), {extension_number: '102'});
	support = (await make(admin, mine('/queues'), {name: 'Support'})).json;
	sales = (await make(admin, mine('/queues'), {name: 'Sales'})).json;
	await make(admin, mine('/queue-members'), {queue_id: support.id, extension_id: '101'});
	await make(admin, mine('/numbers'), {number: '800', queue_id: support.id});
	await make(admin, mine('/numbers'), {number: '+4930555', queue_id: sales.id});
	await make(world.neighbour, world.theirs('/extensions'), {extension_number: '201'});
	await psql(world.centrex, `insert into ${schemaOf(world.tenant)}.media_files (id, category, original_name, file_path)
		values ('${MUSIC}', 'moh', 'waltz.wav', 'a2'), (gen_random_uuid(), 'ivr', 'closed.wav', 'a1')`);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);
const settings = (queue) => mine(`/queue-settings/${queue}`);

test('a new queue behaves as mod_callcenter does, and is found by its name', async () => {
	const {json, headers} = await admin.get(settings('Support'));

	assert.deepEqual(json, {queue_id: support.id, queue: 'Support', ...DEFAULTS});
	assert.deepEqual((await admin.get(settings(support.id))).json, json);
	assert.deepEqual((await admin.get(mine('/queue-settings'))).json.items.map((row) => row.queue).sort(), ['Sales', 'Support']);
	assert.equal((await admin.get(mine('/queue-settings?tier_rules_apply=true'))).json.items.length, 0);
	assert.equal((await admin.get(mine('/queue-settings?queue_id=Sales'))).json.items.length, 1);
	refused(await admin.get(mine('/queue-settings?tier_rules_apply=1')), 400, 'tier_rules_apply');
	assert.equal((await admin.get(settings('Support'), {headers: {'If-None-Match': headers.etag}})).status, 304);
});

test('each field takes what it may be and nothing else', async () => {
	const at = settings('Sales');
	const limits = {max_wait_time: [0, 86400], max_wait_time_with_no_agent: [0, 86400],
		max_wait_time_with_no_agent_time_reached: [0, 86400], tier_rule_wait_second: [0, 86400], wrap_up_time: [0, 3600],
		no_answer_delay_time: [0, 3600], busy_delay_time: [0, 3600], reject_delay_time: [0, 3600], max_no_answer: [0, 1000],
		agent_ring_time: [5, 600], service_level_s: [1, 3600]};

	for (const [field, [least, most]] of Object.entries(limits)) {
		for (const good of [least, most])
			assert.equal((await admin.patch(at, {[field]: good})).json[field], good, field);
		for (const bad of [least - 1, most + 1, 1.5, String(least), null, true, [], {}])
			refused(await admin.patch(at, {[field]: bad}), 400, field, /^must be a whole number from/);
	}
	for (const field of ['tier_rules_apply', 'tier_rule_wait_multiply_level', 'tier_rule_no_agent_no_wait',
		'skip_agents_with_external_calls']) {
		for (const good of [true, false])
			assert.equal((await admin.patch(at, {[field]: good})).json[field], good, field);
		for (const bad of [0, 1, 'true', '', null, []])
			refused(await admin.patch(at, {[field]: bad}), 400, field, /^must be true or false$/);
	}
	for (const [field, good, bad] of [['tier_join', ['replace', 'join'], ['add', '', null, 1]],
		['recording', ['yes', 'no', 'tenant'], ['always', true, null]]]) {
		for (const value of good)
			assert.equal((await admin.patch(at, {[field]: value})).json[field], value);
		for (const value of bad)
			refused(await admin.patch(at, {[field]: value}), 400, field);
	}
	refused(await admin.patch(at, {queue_id: support.id}), 400, 'queue_id', /cannot be set/);
	refused(await admin.patch(at, {queue: 'x'}), 400, 'queue', /cannot be set/);
	refused(await admin.patch(at, {colour: 'red'}), 400, 'colour');
	refused(await admin.patch(at, {}), 400);
	assert.equal((await admin.send('POST', mine('/queue-settings'), '{}')).status, 405);
	assert.equal((await admin.delete(at)).status, 405);
});

test('callers overflow to an extension or number of the tenant, not back into the queue', async () => {
	const at = settings('Support');

	for (const good of ['102', '+4930555', null])
		assert.equal((await admin.patch(at, {overflow_number: good})).json.overflow_number, good);
	for (const bad of ['1', 'Support', '*45', '+0123', '10 2', '', 102, '1'.repeat(21), "102'"])
		refused(await admin.patch(at, {overflow_number: bad}), 400, 'overflow_number', /^must be 2 to 20 digits/);
	for (const nobody of ['199', '201', '701', '+4930556'])
		refused(await admin.patch(at, {overflow_number: nobody}), 400, 'overflow_number',
			/^must be an extension or a number of this tenant$/);
	refused(await admin.patch(at, {overflow_number: '800'}), 400, 'overflow_number', /^leads to this queue itself$/);
	assert.equal((await admin.patch(settings('Sales'), {overflow_number: '800'})).status, 200);
});

test('where callers overflow to stays, and keeps its number', async () => {
	const elsewhere = /^is where a queue's callers are led/;

	for (const [path, field, overflow, other] of [['extensions', 'extension_number', '150', '151'], ['numbers', 'number', '850', '851']]) {
		const made = await make(admin, mine(`/${path}`), {[field]: overflow, ...(path === 'numbers' ? {extension_id: '102'} : {})});
		const at = mine(`/${path}/${made.json.id}`);

		assert.equal((await admin.patch(settings('Sales'), {overflow_number: overflow})).status, 200);
		refused(await admin.delete(at), 409, 'id', elsewhere);
		refused(await admin.patch(at, {[field]: other}), 409, field, elsewhere);
		assert.equal((await admin.patch(at, {[field]: overflow})).status, 200, 'the same is no change');
		assert.equal((await admin.patch(settings('Sales'), {overflow_number: null})).status, 200);
		assert.equal((await admin.patch(at, {[field]: other})).status, 200);
		assert.equal((await admin.delete(at)).status, 204);
	}
});

test('who changed what is kept, and an old version changes nothing', async () => {
	const at = settings('Support');
	const {headers, json} = await admin.get(at);
	const changed = await admin.patch(at, {wrap_up_time: 25}, {headers: {'If-Match': headers.etag}});

	assert.deepEqual(changed.json, {...json, wrap_up_time: 25});
	refused(await admin.patch(at, {wrap_up_time: 26}, {headers: {'If-Match': headers.etag}}), 412);
	assert.equal((await admin.get(at)).json.wrap_up_time, 25);
	const [entry] = (await world.owner.get(mine('/audit?resource=queue-settings&limit=1'))).json.items;

	assert.deepEqual([entry.action, entry.resource_id, entry.before.wrap_up_time, entry.after.wrap_up_time, entry.actor_name],
		['update', support.id, 10, 25, 'admin@first.example']);
});

test('an agent reads the settings of his queues alone, and changes none', async () => {
	assert.deepEqual((await agent.get(mine('/queue-settings'))).json.items.map((row) => row.queue), ['Support']);
	assert.equal((await agent.get(settings('Support'))).json.queue_id, support.id);
	refused(await agent.get(settings('Sales')), 404);
	refused(await agent.get(settings(sales.id)), 404);
	refused(await agent.patch(settings('Support'), {wrap_up_time: 0}), 403);
});

test('of another tenant nothing is there', async () => {
	for (const key of ['Support', support.id, NOWHERE]) {
		refused(await world.neighbour.get(world.theirs(`/queue-settings/${key}`)), 404);
		refused(await world.neighbour.patch(world.theirs(`/queue-settings/${key}`), {wrap_up_time: 1}), 404);
		refused(await world.neighbour.get(mine(`/queue-settings/${key}`)), 404);
	}
	assert.deepEqual((await world.neighbour.get(world.theirs('/queue-settings'))).json.items, []);
});

test('the tenant\'s settings of music, recording, parking and breaks are checked', async () => {
	const {owner} = world;
	const good = {hold_music: ['default', 'silence', 'waltz.wav', MUSIC], recording: ['none', 'queue', 'all'],
		recording_format: ['wav', 'opus'], recording_channels: ['mixed', 'stereo'], recording_announced: [true, false],
		recording_days: [0, 36500], park_prefix: ['7', '70', '700', 70], park_s: [5, 3600],
		break_reasons: ['', 'lunch', 'lunch,tea time', 'a,b,c,d,e,f,g,h,i']};
	const bad = {hold_music: ['', 'closed.wav', 'nothing.wav', NOWHERE, 1, null], recording: ['some', true, null],
		recording_format: ['mp3', 1], recording_channels: ['left', 2], recording_announced: ['yes', 1, null],
		recording_days: [-1, 36501, '30'], park_prefix: ['', '1', '00', '11', '91', '99', '7000', '*7', 'a', -7, 1.5, null],
		park_s: [4, 3601, '60'], break_reasons: [',', 'a,,b', 'a,', 'a\tb', 'a,b,c,d,e,f,g,h,i,j', 'x'.repeat(251), 1.5, null]};

	for (const [name, values] of Object.entries(good))
		for (const value of values)
			assert.deepEqual((await owner.put(mine(`/settings/${name}`), {value})).json?.value, value, `${name} ${value}`);
	for (const [name, values] of Object.entries(bad))
		for (const value of values)
			refused(await owner.put(mine(`/settings/${name}`), {value}), 400, 'value', new RegExp(`^of ${name} must `));
	assert.equal((await world.centrex.json('setting', 'update', 'park_prefix', '--tenant', world.tenant.domain,
		'--value', '72')).value, 72);
	await waitFor(async () => (await admin.get(mine('/route?from=101&to=721'))).json.feature === 'slot', '721 to be a slot');
});

test('the music that held phones hear stays', async () => {
	const at = mine(`/media/${MUSIC}`);

	for (const value of ['waltz.wav', MUSIC]) {
		await world.owner.put(mine('/settings/hold_music'), {value});
		refused(await admin.delete(at), 409, 'id', /^is the music on hold of the setting hold_music$/);
		refused(await admin.patch(at, {category: 'ivr'}), 409, 'category', /setting hold_music$/);
	}
	assert.equal((await admin.patch(at, {original_name: 'tango.wav'})).status, 200, 'known by its id');
	await world.owner.put(mine('/settings/hold_music'), {value: 'tango.wav'});
	refused(await admin.patch(at, {original_name: 'waltz.wav'}), 409, 'original_name', /setting hold_music by this name$/);
	await world.owner.put(mine('/settings/hold_music'), {value: 'default'});
	assert.equal((await admin.delete(at)).status, 204);
});
