// How queues and agents do: now, over time, and why. The rows are made up; that engines write them right is
// tested elsewhere.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {psql, schemaOf} from './cdrs_data.mjs';
import {make, refused, startTenants} from './tenants.mjs';

const NOWHERE = '00000000-0000-4000-8000-000000000000';
const CALL = '00000000-0000-4000-8000-00000000c001';
const OTHER_CALL = '00000000-0000-4000-8000-00000000c002';
const GONE = '00000000-0000-4000-8000-00000000d001';
const SPAN = 'from=2026-01-30T00:00:00Z&to=2026-02-02T00:00:00Z';
let world, admin, agent, support, sales, ada, bob;

before(async () => {
	world = await startTenants();
	({admin, agent} = world);
	assert.equal((await world.operator.patch(mine(''), {timezone: 'Asia/Tokyo'})).status, 200);
	ada = (await make(admin, mine('/extensions'), {extension_number: '101', user_id: world.agentEmail})).json.id;
	bob = (await make(admin, mine('/extensions'), {extension_number: '102'})).json.id;
	support = (await make(admin, mine('/queues'), {name: 'Support'})).json.id;
	sales = (await make(admin, mine('/queues'), {name: 'Sales'})).json.id;
	await make(admin, mine('/queue-members'), {queue_id: support, extension_id: '101', tier: 1, level: 2});
	await make(admin, mine('/queue-members'), {queue_id: support, extension_id: '102', tier: 1, level: 1});
	await make(admin, mine('/queue-members'), {queue_id: sales, extension_id: '102'});
	await psql(world.centrex, `set search_path = ${schemaOf(world.tenant)};
		insert into queue_quarters (at, queue_id, callers, answered, abandoned, overflowed, in_service_level, early, wait_ms,
			answer_ms, longest_wait_ms, talk_ms, offers, missed)
		values ('2026-01-31T10:00Z', '${support}', 10, 6, 3, 1, 5, 1, 100000, 30000, 40000, 360000, 9, 3),
			('2026-01-31T16:00Z', '${support}', 2, 2, 0, 0, 2, 0, 4000, 4000, 3000, 60000, 0, 0),
			('2026-01-31T10:00Z', '${sales}', 1, 0, 1, 0, 0, 0, 5000, 0, 5000, 0, 3, 1),
			('2026-01-31T10:00Z', '${GONE}', 1, 0, 0, 1, 0, 0, 6000, 0, 6000, 0, 0, 0);
		insert into queue_agent_days (day, queue_id, agent_id, offers, answered, no_answer, declined, ring_ms, talk_ms, wrap_up_ms)
		values ('2026-01-31', '${support}', '${ada}', 9, 6, 2, 1, 60000, 360000, 60000),
			('2026-01-31', '${sales}', '${bob}', 3, 2, 1, 0, 9000, 60000, 20000);
		insert into calls (id, state, started_at, from_number, from_name, queue_id, waiting_since, answered_by, answered_at) values
			('${CALL}', 'waiting', now(), '+49301', 'Carla', '${support}', now() - interval '20 seconds', null, null),
			('${OTHER_CALL}', 'waiting', now(), '+49302', '', '${support}', now() - interval '30 seconds', null, null),
			(gen_random_uuid(), 'answered', now(), '+49303', '', '${support}', now() - interval '60 seconds', '102',
				now() - interval '50 seconds'),
			(gen_random_uuid(), 'waiting', now(), '+49304', '', '${sales}', now() - interval '5 seconds', null, null);
		update agents set status = 'available', state = 'talking' where extension_id = '${bob}';
		update agents set status = 'on_break', reason = 'lunch' where extension_id = '${ada}';
		insert into queue_decisions (at, queue_id, cdr_id, decision, data) values
			('2026-01-31T10:00:00Z', '${support}', '${CALL}', 'joined', '{}'),
			('2026-01-31T10:00:00Z', '${support}', '${CALL}', 'considered', '{"considered":
				[{"extension": "102", "tier": 1, "level": 1, "verdict": "wrap_up", "until": "2026-01-31T10:00:09.5Z"},
				{"extension": "101", "tier": 1, "level": 2, "verdict": "offered"}]}'),
			('2026-01-31T10:00:15Z', '${support}', '${CALL}', 'no_answer', '{"extension": "101"}'),
			('2026-01-31T10:00:16Z', '${support}', '${OTHER_CALL}', 'joined', '{}'),
			('2026-01-31T10:00:17Z', '${support}', '${CALL}', 'tier_opened', '{"tier": 2}'),
			('2026-01-31T10:00:18Z', '${support}', '${CALL}', 'of_a_later_release', '{}'),
			('2026-01-31T10:00:18Z', '${sales}', '${OTHER_CALL}', 'joined', '{}');
		insert into queue_calls (id, cdr_id, queue_id, queue_name, caller_number, joined_at, left_at, answered_at, ended_at,
			outcome, answered_by, agent_id, offers, wait_ms, talk_ms, in_service_level)
		values ('${CALL}', '${CALL}', '${support}', 'Support', '+49301', '2026-01-31T10:00:00Z', '2026-01-31T10:00:20Z',
				'2026-01-31T10:00:20Z', '2026-01-31T10:01:20Z', 'answered', '101', '${ada}', 2, 20000, 60000, true),
			('${OTHER_CALL}', '${OTHER_CALL}', '${sales}', 'Sales', '+49302', '2026-01-31T11:00:00Z', '2026-01-31T11:00:05Z',
				null, '2026-01-31T11:00:05Z', 'abandoned', null, null, 0, 5000, 0, false);
		insert into queue_offers (id, queue_call_id, queue_id, agent_id, extension, offered_at, answered_at, ended_at, outcome, talk_ms)
		values (gen_random_uuid(), '${CALL}', '${support}', '${ada}', '101', '2026-01-31T10:00:00Z', null, '2026-01-31T10:00:15Z',
				'no_answer', 0),
			(gen_random_uuid(), '${CALL}', '${support}', '${ada}', '101', '2026-01-31T10:00:16Z', '2026-01-31T10:00:20Z',
				'2026-01-31T10:01:20Z', 'answered', 60000);
		delete from agent_states;
		insert into agent_states (extension_id, extension, status, state, reason, since, until) values
			('${ada}', '101', 'available', 'waiting', '', '2026-01-31T09:00:00Z', '2026-01-31T10:00:00Z'),
			('${ada}', '101', 'on_break', 'waiting', 'lunch', '2026-01-31T10:00:00Z', null),
			('${bob}', '102', 'available', 'talking', '', '2026-01-31T09:30:00Z', '2026-01-31T09:30:01.5Z')`);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);
const items = async (who, path) => {
	const answer = await who.get(mine(path));

	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.json.next, null);
	return answer.json.items;
};

test('how a queue is now: who waits in which place, who answers', async () => {
	const {json} = await admin.get(mine('/queues/Support/live'));

	assert.deepEqual([json.queue_id, json.queue, json.waiting, json.talking, json.agents, json.on_break, json.available, json.busy],
		[support, 'Support', 2, 1, 2, 1, 1, 1]);
	assert.deepEqual(json.callers.map((row) => [row.number, row.state, row.position, row.answered_by]),
		[['+49302', 'waiting', 1, null], ['+49301', 'waiting', 2, null], ['+49303', 'answered', null, '102']]);
	assert.ok(json.callers[0].wait_ms >= 30000 && json.callers[0].wait_ms >= json.callers[1].wait_ms);
	assert.equal(json.callers[2].wait_ms, 10000);
	assert.deepEqual(json.members.map((row) => [row.extension, row.tier, row.level, row.status, row.reason, row.state, row.registered]),
		[['102', 1, 1, 'available', '', 'talking', false], ['101', 1, 2, 'on_break', 'lunch', 'waiting', false]]);
	assert.deepEqual((await items(admin, '/queues/figures')).map((row) => [row.queue, row.waiting]), [['Sales', 1], ['Support', 2]]);
});

test('wherever an agent is told of by number stands who has it, as long as he has it', async () => {
	const named = async () => {
		const {decisions} = (await admin.get(mine(`/queues/Support/explain?call=${CALL}`))).json;

		return {
			live: (await admin.get(mine('/queues/Support/live'))).json.members,
			members: await items(admin, '/queue-members?queue_id=Support'),
			agents: await items(admin, '/agents'),
			added: await items(admin, `/agents/statistics?${SPAN}`),
			considered: decisions[3].data.considered,
			decided: [decisions[2].data],
			offered: (await admin.get(mine(`/queue-calls/${CALL}`))).json.offered_to,
			answered: (await items(admin, '/queue-calls?outcome=answered')).map((row) => ({extension: row.answered_by, name: row.agent_name})),
		};
	};
	const ofAll = (all, number) => Object.entries(all).flatMap(([where, rows]) =>
		rows.filter(({extension}) => extension === number).map(({name}) => [where, name]));
	const had = await named();

	assert.deepEqual([...new Set(ofAll(had, '101').map(([where]) => where))], Object.keys(had));
	for (const [where, name] of ofAll(had, '101'))
		assert.equal(name, world.agentEmail, where);
	for (const [where, name] of ofAll(had, '102'))
		assert.equal(name, null, where);
	assert.equal((await admin.patch(mine('/extensions/101'), {user_id: null})).status, 200);
	for (const [where, name] of ofAll(await named(), '101'))
		assert.equal(name, null, where);
	assert.equal((await admin.patch(mine('/extensions/101'), {user_id: world.agentEmail})).status, 200);
});

test('callers are added up by queue, day and hour', async () => {
	const rows = await items(admin, `/queues/statistics?${SPAN}`);
	const row = rows.find(({queue}) => queue === 'Support');

	assert.deepEqual([row.start, row.callers, row.answered, row.abandoned, row.overflowed, row.waiting, row.in_service_level,
		row.longest_wait_ms, row.talk_ms, row.offers, row.missed], [null, 12, 8, 3, 1, 0, 7, 40000, 420000, 9, 3]);
	for (const {callers, answered, abandoned, overflowed, waiting} of rows)
		assert.equal(callers, answered + abandoned + overflowed + waiting);
	assert.equal(row.service_level, 0.6364);
	assert.equal(rows.length, 3, 'also the queue that is no more');
	const utc = await items(admin, `/queues/statistics?${SPAN}&by=day&queue=Support`);

	assert.deepEqual(utc.map((day) => [day.start.slice(0, 10), day.callers, day.queue]), [['2026-01-31', 12, null]]);
	const tokyo = await items(admin, `/queues/statistics?${SPAN}&by=day&queue=${support}&tz=tenant`);

	assert.deepEqual(tokyo.map((day) => [day.start.slice(0, 10), day.callers]), [['2026-01-31', 10], ['2026-02-01', 2]]);
	assert.deepEqual((await items(admin, '/queues/statistics?from=2026-01-31T00:00:00Z&to=2026-02-01T00:00:00Z&by=hour'))
		.map((hour) => hour.callers), [12, 2]);
	assert.equal((await items(admin, `/queues/statistics?${SPAN}&queue=${GONE}`)).length, 1);
	// Those who wait now are counted until now.
	assert.equal((await items(admin, '/queues/statistics?queue=Support'))[0].waiting, 2);
});

test('agents are added up with their times', async () => {
	const rows = await items(admin, `/agents/statistics?${SPAN}`);

	assert.deepEqual(rows.map((row) => [row.extension, row.offers, row.answered, row.missed, row.declined, row.talk_ms, row.wrap_up_ms]),
		[['101', 9, 6, 2, 1, 360000, 60000], ['102', 3, 2, 1, 0, 60000, 20000]]);
	assert.deepEqual([rows[0].available_ms, rows[0].on_break_ms], [3600_000, 38 * 3600_000]);
	assert.deepEqual((await items(admin, `/agents/statistics?${SPAN}&extension=102`)).map((row) => row.extension), ['102']);
	const sold = await items(admin, `/agents/statistics?${SPAN}&queue=Sales`);

	assert.deepEqual(sold.map((row) => [row.extension, row.offers]), [['102', 3]]);
});

test('why: each decision in words, the newest first, page by page', async () => {
	const {json} = await admin.get(mine(`/queues/Support/explain?call=${CALL}`));

	assert.deepEqual(json.decisions.map((row) => row.decision),
		['of_a_later_release', 'tier_opened', 'no_answer', 'considered', 'joined']);
	assert.deepEqual(json.decisions.map((row) => row.text), ['of_a_later_release', 'a further tier is tried',
		'the agent did not answer', 'agents were looked at for the caller', 'the caller joined the queue']);
	assert.deepEqual(json.decisions[3].data.considered.map((row) => [row.extension, row.verdict, row.text]),
		[['102', 'wrap_up', 'is wrapping up'], ['101', 'offered', 'is offered the call']]);
	assert.deepEqual(json.calls.map((row) => [row.outcome, row.offers.length]), [['answered', 2]]);
	const all = (await admin.get(mine(`/queues/${support}/explain`))).json.decisions;
	const first = (await admin.get(mine('/queues/Support/explain?limit=2'))).json.decisions;
	const second = (await admin.get(mine(`/queues/Support/explain?limit=500&before=${first[1].id}`))).json.decisions;

	assert.equal(all.length, 6);
	assert.deepEqual([...first, ...second], all);
	for (const [query, field] of [['call=1', 'call'], ['limit=0', 'limit'], ['limit=501', 'limit'], ['before=0', 'before'],
		['before=x', 'before'], ['agent=101', 'agent']])
		refused(await admin.get(mine(`/queues/Support/explain?${query}`)), 400, field);
});

test('what became of each caller, and of each offer', async () => {
	const list = await admin.get(mine('/queue-calls'));

	assert.deepEqual(list.json.items.map((row) => [row.id, row.outcome, row.queue_name]),
		[[OTHER_CALL, 'abandoned', 'Sales'], [CALL, 'answered', 'Support']]);
	assert.equal((await admin.get(mine('/queue-calls'), {headers: {'If-None-Match': list.headers.etag}})).status, 304);
	const {json: page} = await admin.get(mine('/queue-calls?limit=1'));

	assert.deepEqual((await admin.get(mine(`/queue-calls?limit=1&cursor=${page.next}`))).json.items.map((row) => row.id), [CALL]);
	for (const query of ['queue_id=Support', 'outcome=answered', 'to=2026-01-31T10:30:00Z', 'agent_id=101', 'q=49301',
		'in_service_level=true', `cdr_id=${CALL}`])
		assert.deepEqual((await admin.get(mine(`/queue-calls?${query}`))).json.items.map((row) => row.id), [CALL], query);
	for (const [query, field] of [['outcome=lost', 'outcome'], ['from=yesterday', 'from'], ['queue=Support', 'queue'],
		['in_service_level=1', 'in_service_level']])
		refused(await admin.get(mine(`/queue-calls?${query}`)), 400, field);
	const {json: shown} = await admin.get(mine(`/queue-calls/${CALL}`));

	assert.deepEqual(shown.offered_to.map((row) => [row.extension, row.outcome, row.talk_ms]),
		[['101', 'no_answer', 0], ['101', 'answered', 60000]]);
	assert.equal((await admin.send('PATCH', mine(`/queue-calls/${CALL}`), '{}')).status, 405);
});

test('the history of agents has how long each state lasted', async () => {
	const rows = (await admin.get(mine('/agent-states'))).json.items;

	assert.deepEqual(rows.map((row) => [row.extension, row.status, row.state, row.reason, row.until === null]),
		[['101', 'on_break', 'waiting', 'lunch', true], ['102', 'available', 'talking', '', false],
			['101', 'available', 'waiting', '', false]]);
	assert.deepEqual(rows.map((row) => row.duration_ms), [null, 1500, 3600_000]);
	const {json: page} = await admin.get(mine('/agent-states?limit=2'));

	assert.equal((await admin.get(mine(`/agent-states?limit=2&cursor=${page.next}`))).json.items[0].id, rows[2].id);
	assert.equal((await admin.get(mine('/agent-states?extension_id=101&status=available'))).json.items.length, 1);
	refused(await admin.get(mine('/agent-states?status_began=true')), 400, 'status_began');
});

test('bounds of time are refused where they mean nothing', async () => {
	for (const path of ['/queues/statistics', '/agents/statistics'])
		for (const [query, field] of [['from=x', 'from'], ['to=2026-02-30T00:00:00Z', 'to'], ['from=2026-01-31T10:01:00Z', 'from'],
			['to=2026-01-31T10:00:01Z', 'to'], ['from=2026-02-01T00:00:00Z&to=2026-02-01T00:00:00Z', 'from'],
			['from=2000-01-01T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'], ['queue=Nothing', 'queue'], ['queue=', 'queue'],
			['queue=%01', 'queue'], ['colour=red', 'colour']])
			refused(await admin.get(mine(`${path}?${query}`)), 400, field);
	for (const [query, field] of [['by=agent', 'by'], ['tz=Asia/Tokyo', 'tz'],
		['by=hour&from=2026-01-01T00:00:00Z&to=2026-06-01T00:00:00Z', 'from']])
		refused(await admin.get(mine(`/queues/statistics?${query}`)), 400, field);
	refused(await admin.get(mine('/agents/statistics?extension=199')), 400, 'extension', /^is no extension of this tenant$/);
	refused(await admin.get(mine('/agents/statistics?extension=x')), 400, 'extension');
});

test('an agent sees the queues he answers, and himself', async () => {
	assert.deepEqual((await items(agent, '/queues/figures')).map((row) => row.queue), ['Support']);
	assert.equal((await agent.get(mine('/queues/Support/live'))).json.waiting, 2);
	for (const name of ['Sales', sales, NOWHERE])
		refused(await agent.get(mine(`/queues/${name}/live`)), 404);
	assert.deepEqual((await items(agent, `/queues/statistics?${SPAN}`)).map((row) => row.queue), ['Support']);
	assert.equal((await items(agent, `/queues/statistics?${SPAN}&by=day&queue=Support`)).length, 1);
	refused(await agent.get(mine(`/queues/statistics?${SPAN}&by=day`)), 400, 'queue', /^is required/);
	for (const name of ['Sales', sales, NOWHERE])
		refused(await agent.get(mine(`/queues/statistics?queue=${name}`)), 400, 'queue', /^is no queue of this tenant$/);
	assert.deepEqual((await items(agent, `/agents/statistics?${SPAN}`)).map((row) => row.extension), ['101']);
	assert.deepEqual(await items(agent, `/agents/statistics?${SPAN}&extension=102`), []);
	assert.deepEqual((await agent.get(mine('/queue-calls'))).json.items.map((row) => row.id), [CALL]);
	refused(await agent.get(mine(`/queue-calls/${OTHER_CALL}`)), 404);
	assert.deepEqual((await agent.get(mine('/agent-states'))).json.items.map((row) => row.extension), ['101', '101']);
	refused(await agent.get(mine('/queues/Support/explain')), 403);
	await world.person('new@first.example', world.tenant.domain, 'agent').then(async (late) => {
		for (const path of ['/queues/figures', '/queues/statistics', '/agents/statistics', '/queue-calls', '/agent-states'])
			assert.deepEqual((await late.get(mine(path))).json.items, [], path);
	});
});

test('what became of callers is told as it happens, to an agent of those he answered', async () => {
	const streams = [await admin.events(mine('/events')), await agent.events(mine('/events'))];

	for (const stream of streams)
		await stream.next((event) => ['ready', 'reset'].includes(event.event));
	await psql(world.centrex, `begin; set local search_path = ${schemaOf(world.tenant)};
		insert into events (kind, data) values ('queue', '{"outcome": "answered", "answered_by": "102"}'),
			('queue', '{"outcome": "abandoned", "answered_by": null}'), ('queue', '{"outcome": "answered", "answered_by": "101"}');
		select pg_notify('centrex', 'live ${world.tenant.id}'); commit`);
	const heard = (stream) => stream.events.filter(({event}) => event === 'queue').map(({data}) => data.answered_by);

	for (const stream of streams)
		await stream.next((event) => event.event === 'queue' && event.data.answered_by === '101');
	assert.deepEqual(streams.map(heard), [['102', null, '101'], ['101']]);
	streams.forEach((stream) => stream.close());
});

test('the command line tells the same, in words', async () => {
	const {centrex} = world;
	const T = ['--tenant', world.tenant.domain];
	const span = ['--from', '2026-01-30T00:00:00Z', '--to=2026-02-02T00:00:00Z'];
	const told = async (...args) => {
		const result = await centrex.cli(...args, ...T);

		assert.equal(result.status, 0, result.stderr);
		return result.stdout;
	};

	assert.equal(await told('queue', 'explain', '--queue', 'Support'), `Support, call ${CALL}, 2026-01-31 (UTC)
  10:00:00.000    the caller joined the queue
  10:00:00.000    agents were looked at for the caller
                  102 (tier 1, level 1) is wrapping up, until 10:00:09
                  101 (tier 1, level 2) is offered the call
  10:00:15.000    101: the agent did not answer

Support, call ${OTHER_CALL}, 2026-01-31 (UTC)
  10:00:16.000    the caller joined the queue

Support, call ${CALL}, 2026-01-31 (UTC)
  10:00:17.000    a further tier is tried: tier 2
  10:00:18.000    of_a_later_release

What became of the callers:
  ${CALL}  from +49301: answered by 101 after 20.0 s, talked 60.0 s, offers: 2
`);
	assert.equal(await told('queue', 'explain', '--call', OTHER_CALL, '--queue', sales), `Sales, call ${OTHER_CALL}, 2026-01-31 (UTC)
  10:00:18.000    the caller joined the queue

What became of the callers:
  ${OTHER_CALL}  from +49302: abandoned after 5.0 s, offers: 0
`);
	assert.match(await told('queue', 'explain', '--call', NOWHERE), /^Nothing is kept of it/);
	assert.deepEqual(await centrex.json('queue', 'explain', ...T, '--call', CALL, '--limit', '2'),
		(await admin.get(mine(`/queues/Support/explain?call=${CALL}&limit=2`))).json);
	assert.deepEqual(await centrex.json('queue', 'statistics', ...T, ...span, '--by', 'day', '--tz', 'tenant'),
		await items(admin, `/queues/statistics?${SPAN}&by=day&tz=tenant`));
	assert.deepEqual(await centrex.json('agent', 'statistics', ...T, ...span, '--extension', '101', '--queue', 'Support'),
		await items(admin, `/agents/statistics?${SPAN}&extension=101&queue=Support`));
	assert.match(await told('queue', 'statistics', ...span), /^QUEUE +START +CALLERS .*\n.*\nSales +- +1 /s);
	assert.match(await told('agent', 'statistics', ...span), /^EXTENSION +NAME +OFFERS .*\n101 +agent@first\.example +9 +6 /);
	assert.match(await told('agent-state', 'list', '--extension-id', '102'), /\n102 +available +talking .* 1500\n$/);
	for (const [args, status, pattern] of [[['queue', 'explain', '--call', '1'], 2, /^centrex: call: must be a UUID/],
		[['queue', 'explain', '--queue', 'None'], 3, /^centrex: queue: there is no queue None/],
		[['queue', 'explain', '--limit', '501'], 2, /^centrex: limit: /], [['queue', 'explain', '--agent', '1'], 2, /no argument/],
		[['queue', 'statistics', '--by', 'week'], 2, /^centrex: by: must be queue, day or hour/],
		[['queue', 'statistics', '--from', 'x'], 2, /^centrex: from: must be a time/],
		[['agent', 'statistics', '--extension', '199'], 3, /^centrex: extension: /]]) {
		const refusal = await centrex.cli(...args, ...T);

		assert.equal(refusal.status, status, refusal.stderr);
		assert.match(refusal.stderr, pattern);
		assert.equal(refusal.stdout, '');
	}
	assert.match((await centrex.cli('queue', 'explain', '--queue', 'Support')).stderr, /^centrex: tenant: is required/);
});

test('of another tenant nothing is there', async () => {
	const {neighbour} = world;

	for (const path of ['/queues/figures', '/queues/Support/live', '/queues/statistics', '/agents/statistics',
		'/queues/Support/explain', '/queue-calls', `/queue-calls/${CALL}`, '/agent-states'])
		refused(await neighbour.get(mine(path)), 404);
	for (const path of [`/queues/${support}/live`, `/queues/${support}/explain`, `/queue-calls/${CALL}`])
		refused(await neighbour.get(world.theirs(path)), 404);
	assert.deepEqual((await neighbour.get(world.theirs(`/queues/statistics?${SPAN}&queue=${support}`))).json.items, []);
	assert.deepEqual((await neighbour.get(world.theirs(`/agents/statistics?${SPAN}&extension=${ada}`))).json.items, []);
});
