// A ring-all queue in which two agents answer at nearly the same time: the leg that FreeSWITCH
// forgets is ended two seconds later, and nobody else is cut off.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {after, afterEach, before, beforeEach, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {FreeSwitch} from '../lib/freeswitch.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {psql} from '../http/cdrs_data.mjs';

const A = 'a.pbx.test';

describe('agents who answer at nearly the same time', () => {
	let centrex, fs;
	const channels = new Map(); // uuid: headers of its dump

	// As mod_callcenter.c does: an agent's leg, answered.
	function answer(member, more = {}) {
		const uuid = randomUUID();
		const headers = {'Unique-ID': uuid, 'Call-Direction': 'outbound', 'Answer-State': 'answered', variable_cc_side: 'agent',
			variable_cc_agent_type: 'Callback', variable_cc_queue: `Sales@${A}`, variable_cc_member_session_uuid: member,
			variable_tenant: A, ...more};

		channels.set(uuid, headers);
		fs.event({'Event-Name': 'CHANNEL_ANSWER', ...headers});
		return uuid;
	}

	function connect(agent, member) {
		fs.event({'Event-Name': 'CUSTOM', 'Event-Subclass': 'callcenter::info', 'CC-Action': 'bridge-agent-start',
			'CC-Agent-UUID': agent, 'CC-Member-Session-UUID': member});
		channels.set(member, {'Unique-ID': member, variable_cc_agent_uuid: agent});
		Object.assign(channels.get(agent), {variable_cc_agent_bridged: 'true', variable_bridge_uuid: member});
		fs.event({'Event-Name': 'CHANNEL_BRIDGE', 'Unique-ID': member, 'Other-Leg-Unique-ID': agent});
	}

	const kills = () => fs.commands.filter((c) => c.startsWith('uuid_kill'));

	before(async () => {
		fs = await FreeSwitch.start();
		fs.api('uuid_dump', ([uuid]) => channels.has(uuid)
			? Object.entries(channels.get(uuid)).map(([n, v]) => `${n}: ${encodeURIComponent(v)}\n`).join('')
			: '-ERR No such channel!\n');
		fs.api('uuid_getvar', ([uuid, name]) => channels.has(uuid)
			? channels.get(uuid)[`variable_${name}`] ?? '_undef_'
			: '-ERR No such channel!\n');
		fs.api('uuid_kill', ([uuid]) => channels.delete(uuid) ? '+OK\n' : '-ERR No such channel!\n');
		fs.api('show', () => JSON.stringify({row_count: channels.size, rows: [...channels.values()].map((c) => ({
			uuid: c['Unique-ID'], direction: c['Call-Direction'] ?? 'inbound',
			state: c.variable_bridge_uuid ? 'CS_EXCHANGE_MEDIA' : 'CS_CONSUME_MEDIA', callstate: 'ACTIVE'}))}));
		centrex = await startCentrex({args: fs.settings()});
		fs.centrex = centrex;
		await centrex.tenant(A, ['101', '102', '103']);
		await waitFor(() => fs.logins > 0, 'a log-in', 20_000);
		await fs.quiet();
	});
	beforeEach(() => {
		fs.commands.length = 0;
		channels.clear();
	});
	after(async () => {
		await centrex?.stop();
		await fs?.stop();
	});
	afterEach(() => {
		assert.deepEqual(fs.bad, []);
	});

	test('the one who is connected to nobody is ended, and he alone', async () => {
		const member = randomUUID();
		const winner = answer(member), loser = answer(member);

		connect(winner, member);
		await delay(1500);
		assert.deepEqual(kills(), []);
		await fs.saw(/^uuid_kill/, 0, 5000);
		await delay(3000);
		assert.deepEqual(kills(), [`uuid_kill ${loser} LOSE_RACE`]);
		assert.ok(channels.has(winner));
	});

	test('who is still being connected is waited for', async () => {
		const member = randomUUID();
		const slow = answer(member, {variable_cc_member_pre_answer_uuid: member});

		channels.set(member, {'Unique-ID': member});
		await fs.saw(/^uuid_dump/, 0, 5000);
		delete channels.get(slow).variable_cc_member_pre_answer_uuid;
		await fs.saw(/^uuid_getvar/, 0, 5000);
		connect(slow, member);
		await delay(5000);
		assert.deepEqual(kills(), []);
	});

	test('one from before the connection is found', async () => {
		const member = randomUUID();
		const winner = answer(member);

		connect(winner, member);
		fs.drop();
		await waitFor(() => fs.connections.size === 0, 'no connection');
		const loser = answer(member);

		await fs.saw(/^uuid_kill/, 0, 30_000);
		assert.deepEqual(kills(), [`uuid_kill ${loser} LOSE_RACE`]);
		await waitFor(async () => JSON.parse(await psql(centrex,
			'select counters from public.nodes where kind = \'freeswitch\' and name = \'fs1\'')).orphans_ended === 2,
		'two that were counted', 30_000);
	});
});
