// Search of call records through the HTTP API in a tenant with 10 million of them: p50, p95 and the
// most of each kind of filter and of combinations, the statistics, and an export's rate. Budget: p95
// under 50 ms (design, section 13). Beside it: what the same rows cost as one prepared statement over
// the plain tables, as psql sends it.
//   script/bench cdr-search [--rows=N]

import assert from 'node:assert/strict';
import http from 'node:http';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {dice} from '../http/cdrs_data.mjs';
import {makeMember, makeUser, signIn} from '../http/people.mjs';
import {psql, quick, startCentrex} from './lib.mjs';

const ROWS = Number(process.argv.find((a) => a.startsWith('--rows='))?.slice(7) ?? (quick ? 200_000 : 10_000_000));
const EACH = quick ? 20 : 100; // queries of a kind

const centrex = await startCentrex(['--web-rate-address', 0, '--web-rate-credential', 0, '--web-rate-tenant', 0]);
const tenant = await centrex.tenant('bench.pbx.test');
const schema = `tenant_${tenant.id.replaceAll('-', '')}`;

await makeUser(centrex, 'bench@bench.test');
await makeMember(centrex, tenant.domain, 'bench@bench.test', 'admin');
const admin = await signIn(centrex, 'bench@bench.test');

console.log(`${ROWS} call records are made (10 million: about eight minutes)`);
await psql(centrex, '', ['-v', `rows=${ROWS}`, '-v', `schema=${schema}`, '-o', '/dev/null',
	'-f', path.join(source, 'tests/bench/cdr_search.sql')]);
const queues = (await psql(centrex, `select id from ${schema}.queues order by name`)).split('\n');
const numbers = (await psql(centrex, `select caller_id_number from ${schema}.cdrs tablesample system (0.5)
	where caller_id_number like '+49%' limit 2000`)).split('\n');

const roll = dice(1);
// Some far more often than others, as they are in the records.
const skewed = (n) => Math.floor(n * (roll(1 << 20) / (1 << 20)) ** 1.5);
const extension = () => String(100 + skewed(200));
const number = () => numbers[roll(numbers.length)];
const queue = () => queues[skewed(20)];
const name = () => `caller ${roll(5000)}`;
const direction = () => ['internal', 'inbound', 'outbound'][roll(3)];
const disposition = () => ['answered', 'no_answer', 'busy', 'declined', 'cancelled', 'failed'][roll(6)];
const day = () => {
	const at = Date.UTC(2024, 11, 1) + roll(700) * 86_400_000;

	return {from: new Date(at).toISOString(), to: new Date(at + 86_400_000).toISOString()};
};

const kinds = {
	'no filter': () => ({}),
	'a day': day,
	'extension': () => ({extension: extension()}),
	'number': () => ({number: number()}),
	'beginning of a number': () => ({number: `${number().slice(0, 4 + roll(5))}*`}),
	'name': () => ({name: name().slice(0, 3 + roll(8))}),
	'direction': () => ({direction: direction()}),
	'disposition': () => ({disposition: disposition()}),
	'answered or not': () => ({answered: ['yes', 'no'][roll(2)]}),
	'queue': () => ({queue: queue()}),
	'duration at least': () => ({duration_least: roll(10_000)}),
	'duration at most': () => ({duration_most: roll(100)}),
	'extension, oldest first': () => ({extension: extension(), sort: 'start_time'}),
	'extension, a day': () => ({extension: extension(), ...day()}),
	'extension, direction, not answered': () => ({extension: extension(), direction: direction(), answered: 'no'}),
	'extension, duration': () => ({extension: extension(), duration_least: 300 + roll(7000)}),
	'extension, queue': () => ({extension: extension(), queue: queue()}),
	'extension, number': () => ({extension: extension(), number: number()}),
	'extension, beginning of a number': () => ({extension: extension(), number: `${number().slice(0, 5 + roll(4))}*`}),
	'extension, name': () => ({extension: extension(), name: name()}),
	'queue, failed': () => ({queue: queue(), disposition: 'failed'}),
	'queue, duration': () => ({queue: queue(), duration_least: 300 + roll(7000)}),
	'queue, beginning of a number': () => ({queue: queue(), number: `${number().slice(0, 5 + roll(4))}*`}),
	'the number of all queues, failed': () => ({number: '+49301234500', disposition: 'failed'}),
	'outbound, failed, long (none)': () => ({direction: 'outbound', disposition: 'failed', duration_least: 600 + roll(600)}),
	'name, not answered': () => ({name: name(), answered: 'no'}),
	'beginning of a number, outbound, long': () => ({number: `${number().slice(0, 5 + roll(4))}*`, direction: 'outbound', duration_least: 900}),
	'a number that never called': () => ({number: '+7*', name: 'zz'}),
};

const agent = new http.Agent({keepAlive: true, maxSockets: 1});
const base = `/api/v1/tenants/${tenant.domain}/cdrs`;

// Milliseconds until the answer is here.
async function timed(target) {
	const begin = process.hrtime.bigint();
	const status = await new Promise((resolve, reject) => {
		http.get({host: '127.0.0.1', port: centrex.web.port, path: target, agent, headers: admin.headers}, (response) => {
			response.resume();
			response.on('end', () => resolve(response.statusCode));
		}).on('error', reject);
	});

	assert.equal(status, 200, target);
	return Number(process.hrtime.bigint() - begin) / 1e6;
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);

async function measure(kind, target) {
	const times = [];

	for (let i = 0; i < EACH + 5; i++) { // the first of a kind read what was not in memory
		const ms = await timed(target());

		if (i >= 5)
			times.push(ms);
	}
	times.sort((a, b) => a - b);
	console.log(`| ${kind} | ${at(times, 0.5)} | ${at(times, 0.95)} | ${at(times, 1)} |`);
	return times;
}

console.log(`\nCall records, ${ROWS} in a tenant, pages of 50 through the API, ms`);
console.log('| filter | p50 | p95 | most |\n| --- | --- | --- | --- |');
const all = [];

for (const [kind, make] of Object.entries(kinds))
	all.push(...await measure(kind, () => `${base}?${new URLSearchParams(make())}`));
all.sort((a, b) => a - b);
console.log(`| all of these | ${at(all, 0.5)} | ${at(all, 0.95)} | ${at(all, 1)} |`);

const years = 'from=2024-11-20T00:00:00Z&to=2026-11-21T00:00:00Z';
console.log('\nStatistics, ms\n| of | p50 | p95 | most |\n| --- | --- | --- | --- |');
await measure('two years by day', () => `${base}/statistics?by=day&tz=tenant&${years}`);
await measure('93 days by hour', () => `${base}/statistics?by=hour&from=2026-03-01T00:00:00Z&to=2026-06-02T00:00:00Z`);
await measure('two years by extension', () => `${base}/statistics?by=extension&${years}`);
await measure('a month by extension, in a zone of half hours', () => `${base}/statistics?by=extension&from=2026-03-01T00:30:00Z&to=2026-04-01T05:30:00Z`);
await measure('one extension, two years by day', () => `${base}/statistics?by=day&extension=${extension()}&${years}`);

const exported = Math.min(ROWS, 1_000_000);
for (const format of ['csv', 'ndjson']) {
	const until = await psql(centrex, `select to_char(start_time, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from ${schema}.cdrs
		order by start_time offset ${exported - 1} limit 1`);
	const ms = await timed(`${base}/export?format=${format}&to=${until}`);

	console.log(`export of ${exported} records as ${format}: ${(ms / 1000).toFixed(1)} s`);
}

// The same list, as a statement of its own.
console.log('\nOne page of an extension, all else equal: the API against psql with a prepared statement');
const statement = `set search_path = ${schema};
prepare page as select row_to_json(r) from (select c.*, d.direction, d.disposition, d.answered_by from cdrs c
	join cdr_details d on d.cdr_id = c.id where d.caller = $1 and d.class = any ($2) order by d.start_time desc limit 50) r;
\\timing on
${Array.from({length: EACH}, () => `execute page('${extension()}', '{0,1,2,3,4,5,6,7}');`).join('\n')}`;
const theirs = [...(await psql(centrex, statement)).matchAll(/^Time: ([\d.]+) ms/gm)].map((m) => Number(m[1])).sort((a, b) => a - b);
const ours = await measure('through the API', () => `${base}?${new URLSearchParams({extension: extension(), direction: 'internal', answered: 'yes'})}`);
console.log(`| psql | ${at(theirs, 0.5)} | ${at(theirs, 0.95)} | ${at(theirs, 1)} |`);
console.log(`ratio of p50: ${(at(theirs, 0.5) / at(ours, 0.5)).toFixed(2)}, of p95: ${(at(theirs, 0.95) / at(ours, 0.95)).toFixed(2)}`);
agent.destroy();
await centrex.stop();
