// FreeSWITCH driven over its event socket: the queues, agents, tiers and streams it has are those of
// the database, whatever happens on either side, and it is told no more than it must be.

import assert from 'node:assert/strict';
import net from 'node:net';
import path from 'node:path';
import {after, afterEach, before, describe, test} from 'node:test';

import {makeTone} from '../lib/audio.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {EVENT_PASSWORD, FreeSwitch, separate} from '../lib/freeswitch.mjs';
import {freePort} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from '../http/cdrs_data.mjs';

const A = 'a.pbx.test', B = 'b.pbx.test';
const TIMINGS = {max_no_answer: '0', wrap_up_time: '2', reject_delay_time: '3', busy_delay_time: '3',
	no_answer_delay_time: '3'};

// What was told since: what only asks is left out.
const told = (fs, since = 0) => fs.commands.slice(since).filter((command) =>
	!/^(show|module_exists|uptime|sofia|callcenter_config (queue|agent|tier) list|local_stream show|uuid_dump|load)\b/
		.test(command) && !/^callcenter_config agent set status/.test(command));

// Waits for one more reading after the last command: what is there then stays.
async function settled(fs) {
	const since = fs.commands.length;

	await waitFor(() => fs.commands.slice(since).some((c) => c === 'local_stream show'), 'a reading', 30_000);
	await fs.quiet(700);
}

// Does something and returns what was told of it.
async function change(fs, what, expected) {
	const since = fs.commands.length;

	await what();
	await waitFor(() => told(fs, since).length >= expected, () => `${expected} commands, there were ${
		JSON.stringify(told(fs, since))}`);
	await fs.quiet(700);
	return told(fs, since);
}

async function member(centrex, tenant, queue, number, ...more) {
	await centrex.json('queue-member', 'create', '--tenant', tenant, '--queue-id', queue, '--extension-id', number, ...more);
}

async function queue(centrex, tenant, name, ...more) {
	return centrex.json('queue', 'create', '--tenant', tenant, '--name', name, ...more);
}

test('words of a command are parted as FreeSWITCH does', () => {
	assert.deepEqual(separate('queue load \'Front desk@a\''), ['queue', 'load', 'Front desk@a']);
	assert.deepEqual(separate('a  b \'\' c'), ['a', 'b', '', 'c']);
});

describe('one FreeSWITCH', () => {
	let centrex, fs, tenant;

	before(async () => {
		fs = await FreeSwitch.start({modules: []});
		await fs.stop();
		// An operator's own: under no domain, under nobody's, and no number of ours.
		fs.agents.set('bob', {...fs.newAgent('bob', 'Callback'), contact: 'user/1|user/2', ...TIMINGS});
		fs.agents.set('1000@elsewhere.test', {...fs.newAgent('1000@elsewhere.test', 'Callback'), ...TIMINGS});
		fs.agents.set(`boss@${A}`, {...fs.newAgent(`boss@${A}`, 'Callback'), ...TIMINGS});
		fs.queues.set('operators', {strategy: 'random', moh: 'a|b', loads: 1});
		fs.queues.set('sales@elsewhere.test', {strategy: 'ring-all', moh: '', loads: 1});
		for (const [q, agent] of [['operators', 'bob'], ['operators', `101@${A}`], ['sales@elsewhere.test', '1000@elsewhere.test']])
			fs.tiers.set(`${q}\n${agent}`, {queue: q, agent, level: 1, position: 1});
		// Ours of an earlier time, which are gone by now, or other.
		fs.agents.set(`109@${A}`, {...fs.newAgent(`109@${A}`, 'Callback'), ...TIMINGS});
		fs.tiers.set(`Gone@${A}\n109@${A}`, {queue: `Gone@${A}`, agent: `109@${A}`, level: 1, position: 1});
		fs.tiers.set(`Gone@${A}\n101@${A}`, {queue: `Gone@${A}`, agent: `101@${A}`, level: 1, position: 1});
		centrex = await startCentrex({args: fs.settings()});
		fs.centrex = centrex;
		tenant = await centrex.tenant(A, ['101', '102', '103']);
		await centrex.tenant(B, ['101']);
		await queue(centrex, A, 'Front desk');
		await queue(centrex, A, 'Sales', '--strategy', 'round-robin', '--moh-sound', 'silence');
		await queue(centrex, B, 'Sales');
		await member(centrex, A, 'Front desk', '101');
		await member(centrex, A, 'Front desk', '102', '--tier', 2, '--level', 3);
		await member(centrex, A, 'Sales', '102');
		await member(centrex, B, 'Sales', '101');
	});
	after(async () => {
		await centrex?.stop();
		await fs?.stop();
	});
	afterEach(() => {
		assert.deepEqual(fs.bad, []);
	});

	const ours = () => Object.fromEntries(Object.entries(fs.state()).filter(([name]) => /@[ab]\.pbx\.test$/.test(name)));
	const expected = () => ({
		[`Front desk@${A}`]: {strategy: 'ring-all', moh: 'local_stream://default',
			agents: {[`101@${A}`]: [1, 1], [`102@${A}`]: [2, 3]}},
		[`Sales@${A}`]: {strategy: 'round-robin', moh: 'silence_stream://-1', agents: {[`102@${A}`]: [1, 1]}},
		[`Sales@${B}`]: {strategy: 'ring-all', moh: 'local_stream://default', agents: {[`101@${B}`]: [1, 1]}},
	});

	test('when it is there at last, its modules and each queue are loaded once, and what is gone goes', async () => {
		await fs.listen();
		await waitFor(() => fs.commands.includes('local_stream show'), 'a first reading', 30_000);
		await fs.quiet();
		assert.ok(fs.modules.has('mod_callcenter') && fs.modules.has('mod_local_stream'));
		assert.deepEqual(told(fs).sort(), [
			`callcenter_config agent del 109@${A}`,
			`callcenter_config queue load 'Front desk@${A}'`,
			`callcenter_config queue load Sales@${A}`,
			`callcenter_config queue load Sales@${B}`,
			`callcenter_config tier del Gone@${A} 101@${A}`,
		]);
		assert.deepEqual(ours(), expected());
		assert.deepEqual(fs.agents.get(`102@${A}`), {...fs.newAgent(`102@${A}`, 'Callback'), ...TIMINGS,
			contact: `[leg_timeout=60]user/102@${A}`});
	});

	test('what is somebody else\'s is left alone', () => {
		assert.equal(fs.agents.get('bob').contact, 'user/1|user/2');
		assert.ok(fs.agents.has('1000@elsewhere.test') && fs.agents.has(`boss@${A}`));
		assert.ok(fs.queues.has('operators') && fs.queues.has('sales@elsewhere.test'));
		assert.ok(fs.tiers.has(`operators\n101@${A}`) && fs.tiers.has('sales@elsewhere.test\n1000@elsewhere.test'));
	});

	test('it is read once more, and nothing is told again', async () => {
		const since = fs.commands.length;

		await settled(fs);
		assert.deepEqual(told(fs, since), []);
	});

	test('another strategy or music is one load, and a queue\'s agents keep their status', async () => {
		await fs.execute(`callcenter_config agent set status 102@${A} Available`);
		assert.deepEqual(await change(fs, () =>
			centrex.json('queue', 'update', '--tenant', A, 'Sales', '--strategy', 'ring-all', '--moh-sound', ''), 1),
		[`callcenter_config queue load Sales@${A}`]);
		assert.deepEqual(ours()[`Sales@${A}`], {strategy: 'ring-all', moh: 'local_stream://default',
			agents: {[`102@${A}`]: [1, 1]}});
		assert.equal(fs.agents.get(`102@${A}`).status, 'Available');
		await settled(fs);
	});

	test('how long callers wait is one load; what mod_callcenter does not know is none', async () => {
		assert.deepEqual(await change(fs, () => centrex.json('queue-settings', 'update', '--tenant', A, 'Sales',
			'--max-wait-time', '600', '--tier-rules-apply', 'yes', '--tier-rule-wait-second', '30'), 1),
		[`callcenter_config queue load Sales@${A}`]);
		assert.deepEqual(fs.queues.get(`Sales@${A}`).limits, {tier_rules_apply: 'true', tier_rule_wait_second: '30',
			tier_rule_wait_multiply_level: 'false', tier_rule_no_agent_no_wait: 'true', max_wait_time: '600',
			max_wait_time_with_no_agent: '0', max_wait_time_with_no_agent_time_reached: '5'});
		const since = fs.commands.length;

		await centrex.json('queue-settings', 'update', '--tenant', A, 'Sales', '--wrap-up-time', '30');
		await settled(fs);
		assert.deepEqual(told(fs, since), []);
	});

	test('a member more is an agent and a tier', async () => {
		assert.deepEqual(await change(fs, () => member(centrex, A, 'Sales', '103', '--level', 7), 8), [
			`callcenter_config agent add 103@${A} Callback`,
			`callcenter_config agent set contact 103@${A} [leg_timeout=60]user/103@${A}`,
			...Object.entries(TIMINGS).map(([key, value]) => `callcenter_config agent set ${key} 103@${A} ${value}`),
			`callcenter_config tier add Sales@${A} 103@${A} 1 7`,
		]);
	});

	test('another tier or level is one command', async () => {
		assert.deepEqual(await change(fs, () =>
			centrex.json('queue-member', 'update', '--tenant', A, 'Sales', '103', '--tier', 4), 1),
		[`callcenter_config tier set level Sales@${A} 103@${A} 4`]);
		assert.deepEqual(ours()[`Sales@${A}`].agents[`103@${A}`], [4, 7]);
	});

	test('a member of one queue less is a tier less, and of the last an agent less', async () => {
		assert.deepEqual(await change(fs, () =>
			centrex.cli('queue-member', 'delete', '--tenant', A, 'Sales', '102'), 1),
		[`callcenter_config tier del Sales@${A} 102@${A}`]);
		assert.deepEqual(await change(fs, () =>
			centrex.cli('queue-member', 'delete', '--tenant', A, 'Sales', '103'), 1),
		[`callcenter_config agent del 103@${A}`]);
	});

	test('an extension with another number is another agent', async () => {
		const commands = await change(fs, () =>
			centrex.json('extension', 'update', '--tenant', A, '102', '--extension-number', '112'), 9);

		assert.equal(commands[0], `callcenter_config agent add 112@${A} Callback`);
		assert.equal(commands.at(-2), `callcenter_config tier add 'Front desk@${A}' 112@${A} 2 3`);
		assert.equal(commands.at(-1), `callcenter_config agent del 102@${A}`);
		assert.deepEqual(ours()[`Front desk@${A}`].agents, {[`101@${A}`]: [1, 1], [`112@${A}`]: [2, 3]});
	});

	test('music is a stream: started when it is uploaded, stopped when it is gone', async () => {
		const file = path.join(centrex.directory, 'tone.wav');
		let sound;

		await makeTone(file, 440, 2);
		const begun = await change(fs, async () => {
			sound = await centrex.json('media', 'upload', '--tenant', A, '--category', 'moh', file);
		}, 1);

		assert.deepEqual(begun, [`local_stream start ${sound.id}`]);
		await waitFor(() => fs.streams.get(sound.id)?.includes(schemaOf(tenant)), 'the stream', 20_000);
		assert.deepEqual(await change(fs, () =>
			centrex.json('queue', 'update', '--tenant', A, 'Sales', '--moh-sound', sound.id), 1),
		[`callcenter_config queue load Sales@${A}`]);
		assert.equal(ours()[`Sales@${A}`].moh, `local_stream://${sound.id}`);
		await centrex.json('queue', 'update', '--tenant', A, 'Sales', '--moh-sound', '');
		await settled(fs);
		assert.deepEqual(await change(fs, () => centrex.cli('media', 'delete', '--tenant', A, sound.id), 1),
			[`local_stream stop ${sound.id}`]);
		assert.ok(!fs.streams.has(sound.id));
	});

	test('whoever waits in a queue that is renamed or removed dials anew; who talks is left alone', async () => {
		const id = (n) => `0000000${n}-0000-4000-8000-000000000000`;
		const dialled = {[id(1)]: '900', [id(2)]: 'a b', [id(4)]: '-ERR No such channel!\n'};
		const since = fs.commands.length;

		await queue(centrex, A, 'Old name');
		await fs.quiet(700);
		fs.members = [
			{queue: `Old name@${A}`, session_uuid: id(1), state: 'Waiting', cid_name: 'O|Answered|0'},
			{queue: `Old name@${A}`, session_uuid: id(2), state: 'Trying', cid_name: 'x'},
			{queue: `Old name@${A}`, session_uuid: id(3), state: 'Answered', cid_name: 'a|Waiting|0'},
			{queue: `Old name@${A}`, session_uuid: id(4), state: 'Waiting', cid_name: 'x'},
			{queue: `Old name@${B}`, session_uuid: id(5), state: 'Waiting', cid_name: 'x'},
		];
		fs.api('uuid_getvar', ([channel, name]) => name === 'destination_number' ? dialled[channel] : '_undef_');
		fs.api('uuid_transfer', () => '+OK\n');
		fs.api('uuid_kill', () => '+OK\n');
		await centrex.json('queue', 'update', '--tenant', A, 'Old name', '--name', 'New name');
		await fs.saw(/^uuid_kill/, since);
		await fs.quiet(700);
		assert.deepEqual(fs.commands.slice(since).filter((c) => /name@|^uuid_[tk]/.test(c)), [
			`callcenter_config queue load 'Old name@${A}'`,
			`callcenter_config queue load 'New name@${A}'`,
			`callcenter_config queue list members 'Old name@${A}'`,
			`callcenter_config queue unload 'Old name@${A}'`,
			`uuid_transfer ${id(1)} 900 XML ${A}`,
			`uuid_kill ${id(2)} NORMAL_TEMPORARY_FAILURE`,
		]);
		fs.members = [];
		await centrex.cli('queue', 'delete', '--tenant', A, 'New name');
		await settled(fs);
	});

	test('a lost connection is made anew, and nothing is told that is known', async () => {
		const since = fs.commands.length;

		fs.drop();
		await waitFor(() => fs.commands.slice(since).includes('local_stream show'), 'a reading', 20_000);
		await fs.quiet();
		assert.deepEqual(told(fs, since), []);
	});

	test('changes made while it is away are told when it is back', async () => {
		const since = fs.commands.length;

		fs.goodbye();
		await fs.stop();
		await centrex.cli('queue', 'delete', '--tenant', A, 'Sales');
		await queue(centrex, A, 'Billing');
		await delay(500);
		await fs.listen();
		await waitFor(() => told(fs, since).length >= 2, 'two commands', 20_000);
		await fs.quiet();
		assert.deepEqual(told(fs, since).sort(), [`callcenter_config queue load Billing@${A}`,
			`callcenter_config queue unload Sales@${A}`]);
	});

	test('after its restart the queues, which it keeps in memory, are loaded again, not its agents', async () => {
		const since = fs.commands.length;

		await fs.stop();
		fs.queues.clear();
		fs.modules.delete('mod_callcenter');
		await fs.listen();
		await waitFor(() => told(fs, since).length >= 3, 'three commands', 20_000);
		await fs.quiet();
		assert.ok(fs.commands.slice(since).includes('load mod_callcenter'));
		assert.deepEqual(told(fs, since).sort(), [`callcenter_config queue load 'Front desk@${A}'`,
			`callcenter_config queue load Billing@${A}`, `callcenter_config queue load Sales@${B}`]);
		fs.queues.set('operators', {strategy: 'random', moh: '', loads: 1});
	});

	test('somebody reloads mod_callcenter: it is noticed', async () => {
		const since = fs.commands.length;

		fs.queues.clear();
		fs.event({'Event-Name': 'MODULE_LOAD', type: 'api', name: 'callcenter_config', key: 'mod_callcenter',
			filename: '/usr/lib/freeswitch/mod/mod_callcenter.so'});
		await waitFor(() => told(fs, since).length >= 3, 'three commands', 20_000);
		await fs.quiet();
		assert.equal(told(fs, since).length, 3);
		await settled(fs);
	});

	test('our own restart tells it nothing', async () => {
		const since = fs.commands.length;

		centrex.kill('freeswitch');
		await waitFor(() => fs.commands.slice(since).includes('local_stream show'), 'a reading', 30_000);
		await fs.quiet();
		assert.deepEqual(told(fs, since), []);
	});

	test('a refused command is tried again after a reading', async () => {
		const since = fs.commands.length;
		let refusals = 2;

		fs.api('callcenter_config', function (words, text) {
			return /queue load/.test(text) && refusals-- > 0 ? '-ERR Invalid Queue not found!\n'
				: this.api_callcenter_config(words, text);
		});
		await queue(centrex, A, 'Stubborn');
		await waitFor(() => fs.queues.has(`Stubborn@${A}`), 'the queue', 30_000);
		assert.deepEqual(told(fs, since), Array(3).fill(`callcenter_config queue load Stubborn@${A}`));
		assert.match(centrex.log(), /a command was refused, tried again later.*Stubborn@a/);
		await settled(fs);
	});

	test('with the database away nothing is told, and afterwards what has changed', async () => {
		let since = fs.commands.length;

		centrex.kill('postgres');
		fs.drop();
		await waitFor(() => fs.commands.slice(since).includes('local_stream show'), 'a reading', 30_000);
		await fs.quiet();
		assert.deepEqual(told(fs, since), []);
		await centrex.ready();
		since = fs.commands.length;
		await waitFor(async () => (await centrex.cli('queue', 'create', '--tenant', A, '--name', 'Later')).status === 0,
			'a queue', 20_000);
		await waitFor(() => fs.queues.has(`Later@${A}`), 'the queue', 30_000);
		assert.deepEqual(told(fs, since).filter((c) => !c.includes('Later')), []);
	});

	test('a tenant with another domain moves, and one that is removed goes with all it has', async () => {
		const c = 'c.pbx.test';

		await centrex.json('tenant', 'update', B, '--domain', c);
		await waitFor(() => fs.queues.has(`Sales@${c}`) && !fs.queues.has(`Sales@${B}`), 'the other name', 20_000);
		await waitFor(() => fs.tiers.has(`Sales@${c}\n101@${c}`) && !fs.agents.has(`101@${B}`), 'the other agent', 20_000);
		assert.equal((await centrex.cli('tenant', 'delete', c, '--yes', c)).status, 0);
		await waitFor(() => !fs.queues.has(`Sales@${c}`) && !fs.agents.has(`101@${c}`), 'nothing of it', 20_000);
		assert.ok(fs.queues.has(`Front desk@${A}`));
	});

	test('what FreeSWITCHes do is told in public.nodes', async () => {
		const row = await waitFor(async () => {
			const text = await psql(centrex, 'select counters from public.nodes where kind = \'freeswitch\' and name = \'fs1\'');
			const counters = JSON.parse(text || '{}');

			return counters.up === 1 && counters.queues === fs.queues.size - ['operators', 'sales@elsewhere.test']
				.filter((name) => fs.queues.has(name)).length && counters;
		}, 'its row', 30_000);

		assert.ok(row.queue_commands > 0 && row.losses >= 0);
	});
});

test('two FreeSWITCHes have the same queues, and one that is away does not hold up the other', async () => {
	const one = await FreeSwitch.start({name: 'fs1'});
	const two = await FreeSwitch.start({name: 'fs2'});
	const centrex = await startCentrex({args: one.settings(two)});

	one.centrex = two.centrex = centrex;
	try {
		await centrex.tenant(A, ['101']);
		await queue(centrex, A, 'Sales');
		await member(centrex, A, 'Sales', '101');
		for (const fs of [one, two])
			await waitFor(() => fs.state()[`Sales@${A}`]?.agents[`101@${A}`], fs.name, 20_000);
		await two.stop();
		await queue(centrex, A, 'Support');
		await waitFor(() => one.queues.has(`Support@${A}`), 'the queue', 20_000);
		await two.listen();
		await waitFor(() => two.queues.has(`Support@${A}`), 'the queue', 30_000);
		assert.deepEqual([...one.bad, ...two.bad], []);
	} finally {
		await centrex.stop();
		await one.stop();
		await two.stop();
	}
});

describe('what is no event socket of ours', () => {
	let centrex, fs, port;

	before(async () => {
		port = await freePort();
		fs = new FreeSwitch({password: 'another-password-than-ours'});
		fs.port = port;
		centrex = await startCentrex({args: fs.settings()});
		fs.centrex = centrex;
	});
	after(() => centrex?.stop());

	test('a wrong password is said once, never shown, and not tried again and again', async () => {
		await fs.listen();
		await waitFor(() => fs.logins > 0, 'a log-in', 20_000);
		await delay(3000);
		assert.ok(fs.logins <= 2, `${fs.logins} log-ins`);
		assert.equal(centrex.log().match(/it refuses the password/g).length, 1);
		assert.ok(!centrex.log().includes(EVENT_PASSWORD));
		await fs.stop();
	});

	test('whatever is said there, it goes on, and is at work once it is right', async () => {
		const said = ['HTTP/1.1 400 Bad Request\r\n\r\n', 'x'.repeat(100_000), 'Content-Type: auth/request\n\nContent-Length: -1\n\n',
			'Content-Type: api/response\nContent-Length: 99999999999\n\n', '\0\xff\n\n\n\n',
			'Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n'];
		let n = 0;
		const server = net.createServer((socket) => {
			socket.on('error', () => {});
			socket.end(said[n++ % said.length]);
		});

		await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
		await waitFor(() => n >= said.length, 'all of them', 60_000);
		await new Promise((resolve) => server.close(resolve));
		fs.password = EVENT_PASSWORD;
		await fs.listen();
		await waitFor(() => fs.commands.includes('callcenter_config queue list'), 'its work', 30_000);
		assert.ok(centrex.pid('freeswitch'));
		assert.match(centrex.log(), /no event socket/);
		assert.match(centrex.log(), /apply-inbound-acl/);
		await fs.stop();
	});
});

test('10,000 queues of one tenant, whose picture takes long to load, are there in seconds, some commands at a time', async () => {
	const fs = await FreeSwitch.start();
	const centrex = await startCentrex({args: fs.settings()});

	fs.centrex = centrex;
	try {
		const tenant = await centrex.tenant(A, ['101', '102']);

		await waitFor(() => fs.commands.includes('local_stream show'), 'a first reading', 30_000);
		await fs.quiet(500);
		const begun = Date.now();

		await psql(centrex, `set search_path = ${schemaOf(tenant)}, public;
insert into queues (name) select 'Queue ' || i from generate_series(1, 10000) as i;
insert into queue_members (queue_id, extension_id) select q.id, e.id from queues as q, extensions as e;
select pg_notify('centrex', '${tenant.id}');`);
		await waitFor(() => fs.queues.size === 10_000, () => `10,000 queues, there are ${fs.queues.size}`, 90_000);
		assert.equal(fs.tiers.size, 20_000);
		assert.equal(fs.agents.size, 2);
		assert.ok(fs.peak > 4 && fs.peak <= 40, `${fs.peak} commands at once`);
		assert.equal(told(fs).length, 10_000);
		await settled(fs);
		assert.equal(told(fs).length, 10_000);
		assert.deepEqual(fs.bad, []);
		console.log(`# 10,000 queues, 20,000 tiers: ${Date.now() - begun} ms with the reading after it`);
	} finally {
		await centrex.stop();
		await fs.stop();
	}
});
