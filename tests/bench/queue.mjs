// Queues: 5,000 agents and callers that never let a queue run dry, in tenants of 10 queues and 50 agents.
//   offers   agents hang up at once: calls offered a second, and CPU of the engine an offer
//   latency  agents talk: from an agent's BYE to the INVITE at his phone
//   fairness the same for one quiet tenant, alone and beside one whose agents hang up at once
// There is no peer that does the same here: the third is a ratio to itself.

import {addPhones, cpuMicroseconds, domains, family, loadJson, median, program, psql, quick, startCentrex} from './lib.mjs';

const TENANTS = quick ? 10 : 100;
const AGENTS = 50, QUEUES = 10, CALLERS = 7; // a tenant's agents and queues, and callers at each queue: 5 talk, 2 wait
const TALK_MS = quick ? 4000 : 20_000;
const SECONDS = quick ? 4 : 20;
const ROUNDS = quick ? 1 : 3;
const names = domains(TENANTS);

// Agent n answers queue n % QUEUES; nobody wraps up, and nobody is left alone after an offer.
async function addQueues(centrex) {
	for (const domain of names) {
		const {schema_name: schema} = await centrex.json('tenant', 'show', domain);

		await psql(centrex, `
			begin;
			insert into ${schema}.queues (name, strategy) select 'q' || i, 'round-robin' from generate_series(0, ${QUEUES - 1}) i;
			insert into ${schema}.queue_settings (queue_id, wrap_up_time) select id, 0 from ${schema}.queues;
			insert into ${schema}.queue_members (queue_id, extension_id)
			select q.id, e.id from ${schema}.extensions e
			join ${schema}.queues q on q.name = 'q' || (e.extension_number::int - 10000) % ${QUEUES}
			where e.extension_number::int < ${10_000 + AGENTS};
			insert into ${schema}.agents (extension_id, status)
			select id, 'available' from ${schema}.extensions where extension_number::int < ${10_000 + AGENTS};
			select pg_notify('centrex', (select id::text from public.tenants where domain = '${domain}'));
			commit;`);
	}
}

const centrex = await startCentrex(['--sip-calls-most', 1000, '--rtp-port-least', 16384, '--rtp-port-most', 65000]);
await addPhones(centrex, names, TENANTS * (AGENTS + 1));
await addQueues(centrex);
const engine = centrex.pid('sip');

const load = (first, count, talkMs) => loadJson(program('load_queue'),
	[centrex.sip.udp, TENANTS, first, count, AGENTS, QUEUES, CALLERS, talkMs, SECONDS]);

// Whoever was still rung when a load ended has missed it, and may be on break.
async function everybodyAvailable() {
	for (const domain of names) {
		const {id, schema_name: schema} = await centrex.json('tenant', 'show', domain);

		await psql(centrex, `
			update ${schema}.agents set status = 'available', reason = '', requested_at = now() where status <> 'available';
			select pg_notify('centrex', 'agent ${id}');`);
	}
}

async function measured(first, count, talkMs) {
	const others = family(centrex.pid('postgres'));
	const before = cpuMicroseconds([engine]), besideBefore = cpuMicroseconds(others);
	const began = performance.now();
	const result = await load(first, count, talkMs);
	const seconds = (performance.now() - began) / 1000;

	result.engine_cores = Number(((cpuMicroseconds([engine]) - before) / seconds / 1e6).toFixed(2));
	result.postgresql_cores = Number(((cpuMicroseconds(others.filter((pid) => family(centrex.pid('postgres')).includes(pid))) -
		besideBefore) / seconds / 1e6).toFixed(2));
	return result;
}

async function rounds(what, once) {
	const results = [];

	for (let round = 1; round <= ROUNDS; round++) {
		await everybodyAvailable();
		results.push(await once());
		console.log(`  round ${round}  ${what.padEnd(10)} ${JSON.stringify(results.at(-1))}`);
	}
	return (figure) => median(results.map((result) => result[figure]));
}

console.log(`${TENANTS * QUEUES} queues, ${TENANTS * AGENTS} agents, ${TENANTS * QUEUES * CALLERS} callers waiting`);
const offers = await rounds('offers', () => measured(0, TENANTS, 0));
const latency = await rounds('latency', () => measured(0, TENANTS, TALK_MS));
const alone = await rounds('alone', () => measured(0, 1, 1000));
const beside = await rounds('beside', async () => {
	const noisy = load(1, 1, 0);
	const quiet = await measured(0, 1, 1000);

	quiet.noisy_rate = (await noisy).rate;
	return quiet;
});

console.log('\n| figure | |\n| --- | --- |');
console.log(`| offers, agents hang up at once | ${offers('rate').toFixed(0)} a second, with ${offers('engine_cores')} cores of the engine and ${offers('postgresql_cores')} of PostgreSQL |`);
console.log(`| agent free to phone ringing, ${latency('rate').toFixed(0)} offers a second | p50 ${latency('p50_ms')} ms, p99 ${latency('p99_ms')} ms |`);
console.log(`| a quiet tenant alone, ${alone('rate').toFixed(0)} offers a second | p50 ${alone('p50_ms')} ms, p99 ${alone('p99_ms')} ms |`);
console.log(`| beside one with ${beside('noisy_rate').toFixed(0)} | p50 ${beside('p50_ms')} ms, p99 ${beside('p99_ms')} ms: ${(beside('p99_ms') / alone('p99_ms')).toFixed(2)} of alone |`);
await centrex.stop();
