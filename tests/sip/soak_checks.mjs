// What must be so when a soak is over: nobody is stuck, nobody lost, and everything adds up.

import assert from 'node:assert/strict';

import {psql} from '../http/cdrs_data.mjs';
import {hangUp} from './queues.mjs';
import {waitFor} from '../lib/wait.mjs';

const OUTCOMES = ['answered', 'abandoned', 'overflowed'];
const FREE_MS = 120_000; // phones that vanished are given up at last

const group = (list, key) => {
	const map = new Map();

	for (const one of list)
		map.set(key(one), [...(map.get(key(one)) ?? []), one]);
	return map;
};

// The engine's figures as it tells them every few seconds.
async function figures(soak) {
	const text = await psql(soak.world.centrex, `select counters from public.nodes
		where counters ? 'queue_callers' order by seen_at desc limit 1`);

	return JSON.parse(text);
}

// Everybody hangs up; the engine has no call any more and nothing to write.
export async function settle(soak) {
	let last;

	await Promise.all(soak.offices.flatMap((office) => office.agents.map((agent) => agent.settle())));
	await waitFor(async () => {
		last = await figures(soak);
		return ['calls', 'queue_callers_waiting', 'queue_callers_connected', 'cdrs_waiting', 'agents_unwritten', 'calls_shown']
			.every((name) => last[name] === 0);
	}, () => `the engine to be idle: ${JSON.stringify(last)}\n${soak.world.centrex.log().slice(-3000)}`, FREE_MS);
	for (const office of soak.offices) {
		for (const agent of office.agents)
			await soak.world.agentIs(office.tenant, agent.number, {status: 'available', state: 'waiting'}, 30_000);
		assert.deepEqual(await soak.world.rows(office.tenant, 'select * from calls'), []);
	}
	return last;
}

// One call rings every agent; each of them may have it.
export async function reachEach(soak) {
	await Promise.all(soak.offices.map(async (office) => {
		const {agents, world, tenant} = office;
		const phone = await world.phone(tenant, '100');
		const rung = new Map();

		for (const agent of agents)
			agent.checked = (seen) => {
				seen.leg.ring();
				rung.set(agent, seen);
			};
		const call = await phone.invite(office.check.number);
		await call.answered();
		await waitFor(() => rung.size === agents.length, () => `all agents of ${tenant.domain} to ring; rung: ` +
			[...rung.keys()].map((agent) => agent.number).join(' '), 60_000);
		const [[first, seen], ...others] = rung;

		await first.take(seen);
		await waitFor(() => others.every(([, other]) => other.over === 'cancelled'), 'the others to stop');
		await waitFor(() => seen.acked, 'the ACK');
		const over = waitFor(() => seen.over === 'them', 'BYE');
		await call.bye();
		await over;
		office.checkCall = call.callId;
		phone.close();
	}));
}

const count = (list, outcome) => list.filter((row) => row.outcome === outcome).length;

async function read(soak, office) {
	const rows = (text) => soak.world.rows(office.tenant, text);

	return {
		calls: await rows(`select q.*, d.sip_call_id from queue_calls q left join cdr_details d on d.cdr_id = q.cdr_id
			order by q.joined_at, q.id`),
		offers: await rows('select * from queue_offers order by offered_at'),
		records: await rows('select c.*, d.* from cdrs c join cdr_details d on d.cdr_id = c.id'),
	};
}

// Of one caller's call: his record, his stays in queues, and what he and the agents heard.
function checkCall(office, seen, records, stays) {
	const at = `${office.tenant.domain} ${seen.callId} (${seen.queue.name}, over: ${seen.over})`;

	assert.equal(seen.status, 200, `${at}: ${seen.failed}`);
	assert.equal(records.length, 1, `${at}: records`);
	assert.ok(stays.length >= 1, `${at}: no row`);
	assert.equal(stays[0].queue_id, seen.queue.id, at);
	for (const [i, stay] of stays.entries()) {
		assert.equal(stay.caller_number, seen.caller, at);
		if (i > 0)
			assert.equal(stays[i - 1].outcome, 'overflowed', at);
	}
	const last = stays.at(-1);
	const agents = [...seen.talked].filter((one) => one.agent).map((one) => one.agent);
	const expected = last.outcome === 'answered' ? [last.answered_by] : [];

	assert.ok(new Set(agents).size <= 1, `${at}: talked with ${agents}`);
	if (agents.length)
		assert.deepEqual([...new Set(agents)], expected, `${at}: whom he heard`);
	else if (last.outcome === 'answered')
		assert.ok(office.offers.some((offer) => offer.agent === last.answered_by && offer.answered),
			`${at}: ${last.answered_by} has answered nothing`);
	if ([...seen.talked].some((one) => one.desk))
		assert.deepEqual([last.outcome, seen.queue.name], ['overflowed', 'Turns'], at);
	checkTones(office, seen, at);
}

// What was heard while nobody spoke was music; the rest is ringback of who was led on, and a seam now and then.
function checkMusic(office) {
	const heard = (list) => list.reduce((sum, [, packets]) => sum + packets, 0);
	const all = office.calls.filter(({queue}) => queue.name !== 'Turns').flatMap(({tones}) => [...tones]);
	const music = heard(all.filter(([tone]) => tone));

	assert.ok(music > 0 && music > heard(all) * 0.95, `${office.tenant.domain}: ${music} packets of music of ${heard(all)}`);
}

// He heard his queue, the one he was led on to, and music on hold; nothing of another.
function checkTones(office, seen, at) {
	const own = [...seen.queue.tones, 3].map((i) => office.tones[i]);

	for (const [tone, packets] of seen.tones)
		assert.ok(!tone || own.includes(tone), `${at}: ${packets} packets of ${tone} Hz, not of ${own}`);
}

// No agent has two callers, or rings for two, at a time.
async function checkAgents(soak, office) {
	const overlaps = await soak.world.rows(office.tenant, `select a.extension, a.offered_at, a.ended_at, a.outcome,
			b.offered_at as other_offered, b.ended_at as other_ended, b.outcome as other_outcome
		from queue_offers a join queue_offers b on b.agent_id = a.agent_id and b.id > a.id
			and b.offered_at < a.ended_at and a.offered_at < b.ended_at`);

	assert.deepEqual(overlaps, [], `${office.tenant.domain}: two offers at a time`);
	const states = group(await soak.world.rows(office.tenant, 'select * from agent_states order by extension, since, id'),
		(row) => row.extension);
	for (const {number} of office.agents) {
		const rows = states.get(number) ?? [];

		assert.equal(rows.filter((row) => row.until === null).length, 1, `${number}: open states`);
		assert.equal(rows.at(-1).until, null, `${number}: the last is open`);
		for (let i = 1; i < rows.length; i++)
			assert.equal(rows[i - 1].until, rows[i].since, `${number}: states one after the other`);
	}
}

// The API adds up to what the rows add up to.
async function checkStatistics(soak, office, {calls, offers}) {
	const T = ['--tenant', office.tenant.domain];
	const queues = await soak.world.centrex.json('queue', 'statistics', ...T);
	const agents = await soak.world.centrex.json('agent', 'statistics', ...T);
	const sum = (list, of) => list.reduce((total, one) => total + Number(of(one)), 0);

	for (const queue of queues.items ?? queues) {
		const own = calls.filter((row) => row.queue_id === queue.queue_id);
		const asked = offers.filter((row) => row.queue_id === queue.queue_id);

		assert.deepEqual(
			[queue.callers, queue.answered, queue.abandoned, queue.overflowed, queue.waiting, queue.in_service_level, queue.talk_ms,
				queue.offers, queue.longest_wait_ms ?? 0],
			[own.length, ...OUTCOMES.map((outcome) => count(own, outcome)), 0,
				own.filter((row) => row.outcome === 'answered' && row.in_service_level).length, sum(own, (row) => row.talk_ms), asked.length,
				Math.max(0, ...own.map((row) => row.wait_ms))], `${office.tenant.domain} ${queue.queue}`);
		assert.equal(queue.callers, queue.answered + queue.abandoned + queue.overflowed + queue.waiting);
	}
	for (const agent of agents.items ?? agents) {
		const own = offers.filter((row) => row.agent_id === agent.agent_id);
		const each = ['answered', 'elsewhere', 'withdrawn', 'failed', 'busy', 'declined', 'unreachable'];

		assert.deepEqual([agent.offers, agent.talk_ms, agent.missed, ...each.map((outcome) => agent[outcome])],
			[own.length, sum(own, (row) => row.talk_ms), count(own, 'no_answer'), ...each.map((outcome) => count(own, outcome))],
			`${office.tenant.domain} agent ${agent.extension}`);
	}
}

// skip(seen): a call about which nothing can be said. killed: the engine was, so that offers may be missing.
export async function check(soak, {skip = () => false, killed = false} = {}) {
	assert.deepEqual(soak.wrong, []);
	for (const office of soak.offices) {
		const data = await read(soak, office);
		const records = group(data.records, (row) => row.sip_call_id);
		const stays = group(data.calls, (row) => row.sip_call_id);
		const offers = group(data.offers, (row) => row.queue_call_id);

		for (const seen of office.calls.filter((one) => !skip(one)))
			checkCall(office, seen, records.get(seen.callId) ?? [], stays.get(seen.callId) ?? []);
		for (const seen of office.features.filter((one) => one.status === 200 && !skip(one)))
			assert.equal(records.get(seen.callId)?.length, 1, `${office.tenant.domain}: ${seen.code} ${seen.callId}`);
		for (const row of data.calls) {
			const answered = (offers.get(row.id) ?? []).filter((offer) => offer.outcome === 'answered');

			if (killed && answered.length === 0)
				continue;
			assert.equal(answered.length, row.outcome === 'answered' ? 1 : 0, `${row.sip_call_id}: answered offers`);
			assert.equal(answered[0]?.extension ?? null, row.answered_by, row.sip_call_id);
			assert.equal(row.offers, (offers.get(row.id) ?? []).length, row.sip_call_id);
		}
		// Whom an agent heard, he had: a row says so.
		for (const offer of office.offers)
			for (const caller of offer.talked)
				assert.ok((stays.get(caller.callId) ?? []).some((row) => row.answered_by === offer.agent) || skip(caller),
					`${office.tenant.domain}: ${offer.agent} has heard ${caller.callId}`);
		checkMusic(office);
		await checkAgents(soak, office);
		await checkStatistics(soak, office, data);
	}
}

// In words, for who reads the log.
export async function report(soak) {
	for (const office of soak.offices) {
		const {calls, offers} = await read(soak, office);
		const by = (list) => [...group(list, (row) => row.outcome)].map(([key, rows]) => `${rows.length} ${key}`).join(', ');

		console.log(`${office.tenant.domain}: ${office.calls.length} callers: ${by(calls)}; offers: ${by(offers)}; ` +
			`${office.features.length} feature calls`);
	}
}
