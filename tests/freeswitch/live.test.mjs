// What happens at FreeSWITCHes is seen as it happens, like what happens in the built-in engine: calls, agents and
// phones in the same tables, with the same events; and what is asked for here reaches the right switches.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import {after, afterEach, before, test} from 'node:test';

import {source, startCentrex} from '../lib/centrex.mjs';
import {FreeSwitch} from '../lib/freeswitch.mjs';
import {freePort} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {makeMember, makeUser, signIn} from '../http/people.mjs';

const CUST1 = 'cust1.pbx.test', CUST2 = 'cust2.pbx.test';
const NUMBERS = ['101', '102', '103'];
const NO_LIMITS = ['address', 'credential', 'tenant'].flatMap((name) => [`--web-rate-${name}`, 0]);
const captured = fs.readFileSync(path.join(source, 'tests/freeswitch/captures/esl-callcenter-events.txt'), 'utf8');

let centrex, switches; // switches: two FreeSWITCHes
let one, other; // {domain, path, admin, phones} of the tenants
const streams = [];

// mod_commands.c, uuid_dump: what a channel says of itself.
const channels = new Map();
// mod_sofia.c, "sofia status profile <p> reg".
const registered = new Map();

function answers(peer) {
	const name = peer.name;

	channels.set(name, new Map());
	registered.set(name, []);
	peer.api('show', () => JSON.stringify({row_count: channels.get(name).size, rows: [...channels.get(name).keys()]
		.map((uuid) => ({uuid, direction: 'inbound'}))}));
	peer.api('uuid_dump', ([uuid]) => channels.get(name).get(uuid) ?? '-ERR No such channel!\n');
	peer.api('sofia', () => `\nRegistrations:\n====\n${registered.get(name).join('')}Total items returned: 0\n`);
}

async function tenant(domain) {
	const made = await centrex.tenant(domain, NUMBERS);

	await makeUser(centrex, `admin@${domain}`);
	await makeMember(centrex, domain, `admin@${domain}`, 'admin');
	for (const queue of ['support', 'sales']) {
		await centrex.json('queue', 'create', '--tenant', domain, '--name', queue);
		for (const number of ['102', '103'])
			await centrex.json('queue-member', 'create', '--tenant', domain, '--queue-id', queue, '--extension-id', number);
	}
	return {...made, path: `/api/v1/tenants/${domain}`, admin: await signIn(centrex, `admin@${domain}`)};
}

before(async () => {
	switches = [await FreeSwitch.start({name: 'fs1'}), await FreeSwitch.start({name: 'fs2'})];
	switches.forEach(answers);
	centrex = await startCentrex({args: ['--sip-port', await freePort(), '--web-port', await freePort(), ...NO_LIMITS,
		...switches[0].settings(switches[1])]});
	switches.forEach((peer) => { peer.centrex = centrex; });
	one = await tenant(CUST1);
	other = await tenant(CUST2);
	await waitFor(() => switches.every((peer) => peer.agents.size === 4 && peer.queues.size === 4), 'agents at both', 30_000);
});
after(async () => {
	streams.forEach((stream) => stream.close());
	await centrex?.stop();
	await Promise.all((switches ?? []).map((peer) => peer.stop()));
});
afterEach(() => switches.forEach((peer) => assert.deepEqual(peer.bad, [])));

async function listen(who) {
	const stream = await who.admin.events(`${who.path}/events`);

	streams.push(stream);
	await stream.next((event) => event.event === 'ready' || event.event === 'reset');
	return stream;
}

const data = (stream, kind) => stream.events.filter((event) => event.event === kind).map((event) => event.data);
const calls = async (who) => (await who.admin.get(`${who.path}/calls`)).json.items
	.map((row) => [row.state, row.from_number, row.to_number, row.answered_by]);
const agents = async (who) => Object.fromEntries((await who.admin.get(`${who.path}/agents`)).json.items
	.map((row) => [row.extension, [row.status, row.state, row.reason]]));
const phones = async (who) => (await who.admin.get(`${who.path}/registrations`)).json.items
	.map((row) => [row.extension, row.contact, row.received_address, row.transport]).sort();
const becomes = async (question, expected, what) => {
	let last;

	await waitFor(async () => {
		last = await question();
		return JSON.stringify(last) === JSON.stringify(expected);
	}, () => `${what}: ${JSON.stringify(last)} is not ${JSON.stringify(expected)}`, 20_000);
};

// ---- what a FreeSWITCH tells ----

const channel = (uuid, name, more) => ({'Event-Name': name, 'Event-Date-Timestamp': String(Date.now() * 1000),
	'Unique-ID': uuid, 'Call-Direction': 'inbound', 'Caller-Unique-ID': uuid, ...more});
const created = (uuid, {from = '101', to = '102', domain = CUST1} = {}, name = 'CHANNEL_CREATE') => channel(uuid, name, {
	'Answer-State': 'ringing', 'Caller-Context': domain, 'Caller-Caller-ID-Number': 'not me',
	'Caller-Caller-ID-Name': 'Alice C1', 'Caller-Destination-Number': to, variable_extension_number: from,
	variable_domain_name: domain, 'Caller-Channel-Created-Time': String(Date.now() * 1000)});
const hungUp = (uuid, cause) => channel(uuid, 'CHANNEL_HANGUP', {'Hangup-Cause': cause, 'Answer-State': 'hangup'});

function answered(peer, a, b, number = '102') {
	peer.event({...channel(b, 'CHANNEL_ANSWER'), 'Call-Direction': 'outbound', 'Answer-State': 'answered',
		variable_originator: a, 'Channel-Presence-ID': `${number}@${CUST1}`, 'Caller-Destination-Number': 'x'});
	peer.event({...channel(a, 'CHANNEL_BRIDGE'), 'Answer-State': 'answered', 'Bridge-A-Unique-ID': a, 'Bridge-B-Unique-ID': b});
}

const state = (agent, name, domain = CUST1) => ({'Event-Name': 'CUSTOM', 'Event-Subclass': 'callcenter::info',
	'CC-Agent': `${agent}@${domain}`, 'CC-Action': 'agent-state-change', 'CC-Agent-State': name});
const dumped = (headers) => Object.entries({...headers, 'Event-Name': 'CHANNEL_DATA'})
	.map(([name, value]) => `${name}: ${encodeURIComponent(value)}\n`).join('');

// ---- tests ----

test('a call rings, is answered and ends, in this order, and is listed meanwhile', async () => {
	const stream = await listen(one);
	const [a, b] = [randomUUID(), randomUUID()];

	switches[0].event(created(a));
	switches[0].event({...created(b), 'Call-Direction': 'outbound'});
	await becomes(() => calls(one), [['ringing', '101', '102', null]], 'the call to ring');
	answered(switches[0], a, b);
	await becomes(() => calls(one), [['answered', '101', '102', '102']], 'the call to be answered');
	switches[0].event(hungUp(a, 'NORMAL_CLEARING'));
	await becomes(() => calls(one), [], 'the call to end');
	await stream.next((event) => event.data.state === 'ended');
	const told = data(stream, 'call');

	assert.deepEqual(told.map((row) => row.state), ['ringing', 'answered', 'ended']);
	assert.deepEqual(told.map((row) => row.id), [a, a, a]);
	assert.deepEqual([told[2].from, told[2].from_name, told[2].to, told[2].answered_by, told[2].cause, told[2].direction],
		['101', 'Alice C1', '102', '102', 'normal_clearing', 'internal']);
	assert.deepEqual(await calls(other), []);
});

test('the captured queue calls: who waits rings, the agent answers, who gives up ends; agents ring and talk', async () => {
	const [here, there] = [await listen(one), await listen(other)];
	const value = (text, name) => decodeURIComponent(new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '');
	const begun = new Set();
	const blocks = captured.split('\n\n').map((block) => block.trim()).filter((block) => !block.startsWith('#'));

	for (const block of blocks) {
		const id = value(block, 'CC-Member-Session-UUID');
		const domain = (value(block, 'CC-Agent') || value(block, 'CC-Queue')).split('@')[1];

		if (id && !begun.has(id))
			switches[0].event(created(id, {to: value(block, 'CC-Queue').startsWith('sales') ? '7002' : '7001', domain}));
		begun.add(id);
		switches[0].event(block);
		if (value(block, 'CC-Action') === 'member-queue-end')
			switches[0].event(hungUp(id, value(block, 'CC-Cause') === 'Cancel' ? 'ORIGINATOR_CANCEL' : 'NORMAL_CLEARING'));
		if (/agent-s/.test(value(block, 'CC-Action')))
			await delay(150); // a moment is not seen that is over before it can be written
	}
	for (const [agent, name] of [['102', 'Waiting'], ['103', 'In a queue call'], ['103', 'Waiting']]) {
		await delay(150);
		switches[0].event(state(agent, name));
	}
	const ended = (stream, n) => waitFor(() => data(stream, 'call').filter((row) => row.state === 'ended').length === n,
		() => `${n} calls to end: ${JSON.stringify(data(stream, 'call'))}`, 20_000);

	await ended(here, 7);
	await ended(there, 1);
	const story = (stream, id) => data(stream, 'call').filter((row) => row.id.startsWith(id))
		.map((row) => [row.state, row.from, row.to, row.answered_by, row.cause]);

	// Ring-all, 103 wins; sales, 103; given up while 102 is busy and 103 rejects.
	assert.deepEqual(story(here, 'c979b0f8'), [['ringing', '101', '7001', null, null],
		['answered', '101', '7001', '103', null], ['ended', '101', '7001', '103', 'normal_clearing']]);
	assert.deepEqual(story(here, 'a9a22ad8').map((row) => [row[0], row[3]]), [['ringing', null], ['answered', '103'], ['ended', '103']]);
	assert.deepEqual(story(here, '43c7cc36'), [['ringing', '101', '7001', null, null],
		['ended', '101', '7001', null, 'originator_cancel']]);
	assert.deepEqual(story(there, '1001df4f').map((row) => row[0]), ['ringing', 'ended']);
	assert.deepEqual([...new Set(data(here, 'call').map((row) => row.id))].length, 7);
	const changes = () => data(here, 'agent').filter((row) => row.extension === '103').map((row) => row.state)
		.filter((name, i, all) => name !== all[i - 1]);

	await becomes(changes, ['ringing', 'talking', 'waiting'], '103');
	assert.equal((await agents(one))[102][0], 'available');
});

test('an admin hangs up: the switch that has the call is told, and no other', async () => {
	const [a, c] = [randomUUID(), randomUUID()];

	switches[0].event(created(a));
	switches[1].event(created(c, {from: '103'}));
	await waitFor(async () => (await calls(one)).length === 2, 'both calls');
	const since = switches.map((peer) => peer.commands.length);
	const answer = await one.admin.post(`${one.path}/calls/${c}/hang-up`, {});

	assert.equal(answer.status, 202, answer.text);
	await switches[1].saw(new RegExp(`^uuid_kill ${c}`), since[1]);
	switches[1].event(hungUp(c, 'MANAGER_REQUEST'));
	await becomes(() => calls(one), [['ringing', '101', '102', null]], 'one call to be left');
	assert.ok(!switches[0].commands.slice(since[0]).some((command) => command.startsWith('uuid_kill')));
	assert.equal((await other.admin.post(`${other.path}/calls/${a}/hang-up`, {})).status, 404);
	switches[0].event(hungUp(a, 'NORMAL_CLEARING'));
	await becomes(() => calls(one), [], 'no call to be left');
});

const sets = (peer, since) => peer.commands.slice(since).filter((command) => command.startsWith('callcenter_config agent set status'));

test('a status asked for here is set at every switch, and one changed at a switch at the others', async () => {
	const stream = await listen(one);
	const agent = `102@${CUST1}`;
	const at = (status) => waitFor(() => switches.every((peer) => peer.agents.get(agent).status === status),
		() => `${status} at both: ${switches.map((peer) => peer.agents.get(agent).status)}`, 20_000);
	const path = `${one.path}/agents/102`;
	const answer = await one.admin.patch(path, {status: 'on_break', reason: 'lunch'});

	assert.equal(answer.status, 200, answer.text);
	await at('On Break');
	await becomes(async () => (await one.admin.get(path)).json.requested_at, null, 'a switch to confirm it');
	assert.deepEqual((await agents(one))[102], ['on_break', 'waiting', 'lunch']);
	const since = switches.map((peer) => peer.commands.length);

	// At his phone.
	switches[1].cc_agent_set('status', agent, 'Available');
	await at('Available');
	await becomes(async () => (await agents(one))[102], ['available', 'waiting', ''], 'the table');
	// Too many calls not answered.
	switches[0].event({'Event-Name': 'CUSTOM', 'Event-Subclass': 'callcenter::info', 'CC-Action': 'agent-max-no-answer',
		'CC-Agent': agent, 'CC-Agent-No-Answer-Status': 'On Break'});
	switches[0].cc_agent_set('status', agent, 'On Break');
	await at('On Break');
	await becomes(async () => (await agents(one))[102], ['on_break', 'waiting', 'no_answer'], 'the reason');
	await delay(1000);
	// Each was told what the other had, once, and nothing came back.
	assert.deepEqual(switches.map((peer, i) => sets(peer, since[i]).length), [1, 1]);
	const told = data(stream, 'agent').filter((row) => row.extension === '102').map((row) => `${row.status} ${row.reason}`);

	assert.deepEqual(told.filter((row, i) => row !== told[i - 1]), ['on_break lunch', 'available ', 'on_break no_answer']);
	assert.deepEqual((await agents(other))[102][0], 'logged_out');
});

test('a connection is lost: what ended meanwhile ends, what began is there, what is the same is not told again', async () => {
	const stream = await listen(one);
	const [goes, stays, comes, b] = Array.from({length: 4}, () => randomUUID());

	switches[0].event(created(goes));
	switches[0].event(created(stays, {from: '103'}));
	await waitFor(async () => (await calls(one)).length === 2, 'both calls');
	channels.get('fs1').set(stays, dumped({...created(stays, {from: '103'}), 'Answer-State': 'answered',
		variable_bridge_to: b, variable_dialed_user: one.phones[102].username}));
	channels.get('fs1').set(comes, dumped(created(comes, {from: '101', to: '103'})));
	switches[0].agents.get(`103@${CUST1}`).state = 'In a queue call';
	const since = switches[0].commands.length;

	switches[0].drop();
	await switches[0].saw(/^show channels as json/, since);
	await waitFor(async () => JSON.stringify((await calls(one)).sort()) === JSON.stringify(
		[['answered', '103', '102', '102'], ['ringing', '101', '103', null]]), 'the calls as they are');
	// What is stored is told after it is.
	await becomes(() => data(stream, 'call').filter((row) => row.id === goes).map((row) => [row.state, row.cause]),
		[['ringing', null], ['ended', null]], 'what is told of the call that goes');
	await becomes(() => data(stream, 'call').filter((row) => row.id === stays).map((row) => row.state), ['ringing', 'answered'],
		'what is told of the call that stays');
	await becomes(async () => (await agents(one))[103][1], 'talking', 'the agent');
	switches[0].agents.get(`103@${CUST1}`).state = 'Waiting';
	switches[0].event(state('103', 'Waiting'));
	await becomes(async () => (await agents(one))[103][1], 'waiting', 'the agent');
});

test('our process is killed: calls that go on are not told again', async () => {
	const stream = await listen(one);
	const before = JSON.stringify((await calls(one)).sort());
	const since = switches[0].commands.length;
	const pid = centrex.kill('freeswitch');

	channels.get('fs1').clear(); // one ends while nobody looks; another goes on at the other switch
	const other2 = randomUUID();

	channels.get('fs2').set(other2, dumped(created(other2, {from: '102', to: '101'})));
	await waitFor(() => centrex.pid('freeswitch') && centrex.pid('freeswitch') !== pid, 'the process to be back', 20_000);
	await switches[0].saw(/^show channels as json/, since, 30_000);
	await becomes(() => calls(one), [['ringing', '102', '101', null]], 'the calls as they are');
	assert.notEqual(before, '[]');
	await becomes(() => data(stream, 'call').filter((row) => row.state === 'ended').map((row) => row.cause), [null, null], 'their ends');
	await becomes(() => data(stream, 'call').some((row) => row.id === other2), true, 'the call that began');
	const again = centrex.kill('freeswitch');
	const n = data(stream, 'call').length;

	await waitFor(() => centrex.pid('freeswitch') && centrex.pid('freeswitch') !== again, 'the process to be back', 20_000);
	await switches[1].saw(/^uuid_dump/, switches[1].commands.length - 1, 30_000);
	await delay(1500);
	assert.equal(data(stream, 'call').length, n);
	switches[1].event(hungUp(other2, 'NORMAL_CLEARING'));
	channels.get('fs2').clear();
	await becomes(() => calls(one), [], 'no call to be left');
});

const register = (name, who, number, contact, more = {}) => ({'Event-Name': 'CUSTOM', 'Event-Subclass': `sofia::${name}`,
	'profile-name': 'internal', 'from-user': who.phones[number].username, 'from-host': who.domain,
	contact: `"" <${contact}>`, 'call-id': `${contact}@x`, status: 'Registered(UDP)', expires: '300',
	'network-ip': '192.0.2.9', 'network-port': '5070', 'user-agent': 'Test 1', ...more});
const listed = (who, number, contact) => `Call-ID:    \t<odd&id>\nUser:       \t${who.phones[number].username}@${who.domain}\n` +
	`Contact:    \t"" <${contact}>\nAgent:      \tTest 2\nStatus:     \tRegistered(TCP)(unknown) EXP(2030-01-01 00:00:00) ` +
	'EXPSECS(250)\nHost:       \tvm\nIP:         \t2001:db8::9\nPort:       \t5080\n\n';

test('phones that register, refresh and go are heard of; others\' are not', async () => {
	const stream = await listen(one);

	switches[0].event(register('register', one, '101', 'sip:101@192.0.2.9:5070'));
	await becomes(() => phones(one), [['101', 'sip:101@192.0.2.9:5070', '192.0.2.9', 'udp']], 'the phone');
	switches[0].event(register('register', one, '101', 'sip:101@192.0.2.9:5070', {expires: '600'}));
	switches[0].event(register('register', {...one, domain: CUST2}, '102', 'sip:stray'));
	switches[0].event({...register('register', one, '102', 'sip:nobody'), 'from-user': randomUUID()});
	switches[1].event(register('register', other, '101', 'sip:there;transport=tls', {status: 'Registered(TLS)'}));
	await becomes(() => phones(other), [['101', 'sip:there;transport=tls', '192.0.2.9', 'tls']], 'the other\'s phone');
	switches[0].event(register('unregister', one, '101', 'sip:101@192.0.2.9:5070'));
	await becomes(() => phones(one), [], 'the phone to go');
	await waitFor(() => data(stream, 'registration').length >= 2, 'the events');
	assert.deepEqual(data(stream, 'registration').map((row) => [row.extension, row.registered, row.phones, row.address]),
		[['101', true, 1, '192.0.2.9'], ['101', false, 0, '192.0.2.9']]);
});

test('the operator\'s view over all tenants has what is at the switches', async () => {
	const uuid = randomUUID();
	const seen = async () => (await centrex.json('tenant', 'activity', '--sort', 'domain'))
		.filter(({domain}) => domain === CUST1).map((row) => [row.calls, row.registrations, row.nodes]);
	const shows = (expected) => waitFor(async () => JSON.stringify(await seen()) === JSON.stringify(expected),
		JSON.stringify(expected), 60_000);

	switches[0].event(register('register', one, '101', 'sip:counted'));
	switches[1].event(created(uuid));
	await shows([[1, 1, 2]]);
	switches[0].event(register('register', one, '101', 'sip:counted', {expires: '600'}));
	switches[1].event(hungUp(uuid, 'NORMAL_CLEARING'));
	await shows([[0, 1, 1]]);
	switches[0].event(register('unregister', one, '101', 'sip:counted'));
	await shows([]);
});

test('phones are those of the switch\'s list after a connection was lost, and after our process was killed', async () => {
	switches[0].event(register('register', one, '101', 'sip:old'));
	await becomes(() => phones(one), [['101', 'sip:old', '192.0.2.9', 'udp']], 'the phone');
	registered.set('fs1', [listed(one, '103', 'sip:new')]);
	await delay(3500); // its list lags behind its events
	switches[0].drop();
	await becomes(() => phones(one), [['103', 'sip:new', '2001:db8::9', 'tcp']], 'the list');
	registered.set('fs1', [listed(one, '102', 'sip:newer')]);
	centrex.kill('freeswitch');
	await becomes(() => phones(one), [['102', 'sip:newer', '2001:db8::9', 'tcp']], 'the list');
	registered.set('fs1', []);
	registered.set('fs2', []);
});

test('PostgreSQL away: afterwards calls, agents and phones are as they are then', async () => {
	const stream = await listen(one);
	const [over, rings, talks] = Array.from({length: 3}, () => randomUUID());

	await waitFor(async () => (await centrex.cli('tenant', 'list')).status === 0, 'the database');
	switches[0].event(created(over));
	await becomes(() => calls(one), [['ringing', '101', '102', null]], 'the call');
	centrex.kill('supervisor', 'SIGSTOP');
	try {
		centrex.kill('postgres');
		await delay(500);
		switches[0].event(hungUp(over, 'USER_BUSY'));
		switches[0].event(created(talks, {from: '103'}));
		answered(switches[0], talks, randomUUID());
		switches[1].event(created(rings, {from: '102', to: '103'}));
		switches[1].event(state('103', 'Receiving'));
		registered.set('fs2', [listed(one, '103', 'sip:meanwhile')]);
		switches[1].event(register('register', one, '103', 'sip:meanwhile'));
		await delay(1500);
	} finally {
		centrex.kill('supervisor', 'SIGCONT');
	}
	await waitFor(async () => (await centrex.cli('tenant', 'list')).status === 0, 'the database to be back', 30_000);
	await waitFor(async () => JSON.stringify((await calls(one)).sort()) === JSON.stringify(
		[['answered', '103', '102', '102'], ['ringing', '102', '103', null]]), 'the calls as they are', 30_000);
	await becomes(async () => (await agents(one))[103][1], 'ringing', 'the agent');
	await waitFor(async () => (await phones(one)).some((row) => row[1] === 'sip:meanwhile'), 'the phone', 30_000);
	await stream.next((event) => event.event === 'call' && event.data.id === over && event.data.state === 'ended', 30_000);
	switches[0].event(hungUp(talks, 'NORMAL_CLEARING'));
	switches[1].event(hungUp(rings, 'NORMAL_CLEARING'));
	await becomes(() => calls(one), [], 'no call to be left');
});
