// FreeSWITCH's call records over HTTP into PostgreSQL: the caller's and the callee's record of one answered
// call, as they were captured (20 and 16 KB of XML, 11 and 9 KB of JSON; every call has channels of its own),
// from 128 senders at once, with new connections (as FreeSWITCH does) and kept alive. Against COPY, on one
// connection, of the very rows they became (cdrs, cdr_details, cdr_legs) into the same tables, empty, of
// another tenant: in one transaction, and in those transactions the intake committed them in.
//   script/bench freeswitch-cdr

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {records} from '../freeswitch/records.mjs';
import {processes, run} from '../lib/processes.mjs';
import {directory, family, loadJson, median, program, psql, quick, report, startCentrex} from './lib.mjs';

const SENDERS = 128;
const SECONDS = quick ? 2 : 5;
const ROUNDS = quick ? 1 : 3; // after one that warms up
const CREDENTIALS = 'fs1:the-secret-of-the-switches';
const DOMAIN = 'cust1.pbx.test';
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/g;
const TABLES = ['cdrs', 'cdr_details', 'cdr_legs'];

const work = directory('freeswitch-cdr');
const ticksPerSecond = Number((await run('getconf', ['CLK_TCK'])).stdout);

// The load generator's lines: a turn's number is the beginning of each channel (load_form.c).
function writeRecords(form) {
	const all = records();
	const channels = new Set(all.map((record) => record.leg));
	const other = (text) => text.replace(UUID, (uuid) => channels.has(uuid) ? `########${uuid.slice(8)}` : uuid);
	const sent = all.filter((record) => record.form === form && record.name.startsWith('call-answered'));

	assert.equal(sent.length, 2);
	fs.writeFileSync(path.join(work, form), sent.map(({uuid, type, body}) =>
		`/freeswitch/cdr?uuid=${other(uuid)}\t${type}\t${other(body).replaceAll('\n', '\v')}\n`).join(''));
}

// Microseconds of CPU of processes and of those children of theirs that ended.
function cpuOf(pids) {
	const ticks = pids.map((pid) => {
		const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');

		return fields.slice(11, pid === pids[0] ? 15 : 13).reduce((sum, field) => sum + Number(field), 0);
	});

	return ticks.reduce((sum, n) => sum + n, 0) * 1_000_000 / ticksPerSecond;
}

function postgres(centrex) {
	const running = new Set(processes().map((one) => one.pid));

	return family(centrex.pid('postgres')).filter((pid) => running.has(pid));
}

const schemaOf = (tenant) => `tenant_${tenant.id.replaceAll('-', '')}`;
const empty = (schema) => `truncate ${['cdr_quarters', 'cdr_extension_days', ...TABLES].map((table) => `${schema}.${table}`).join(', ')};`;

let next = 1;

async function ingest(centrex, schema, form, how) {
	await psql(centrex, empty(schema));

	const web = [centrex.pid('web')];
	const before = [cpuOf(web), cpuOf(postgres(centrex))];
	const result = await loadJson(program('load_form'), [centrex.web.freeswitch_port, 'records', path.join(work, form),
		SECONDS, SENDERS, how], {env: {CREDENTIALS, FIRST: next}});
	const after = [cpuOf(web), cpuOf(postgres(centrex))];
	// The last ones are answered to nobody, but stored.
	const [legs, units, calls, joined] = (await psql(centrex, `select pg_sleep(0.5); select count(*), count(distinct xmin::text),
		(select count(*) from ${schema}.cdrs),
		(select count(*) from ${schema}.cdr_details where jsonb_array_length(legs) = 2) from ${schema}.cdr_legs`))
		.trim().split('|').map(Number);

	assert.equal(result.bad, 0, JSON.stringify(result));
	assert.ok(legs >= result.requests && legs <= result.requests + SENDERS, `${legs} of ${result.requests} records are stored`);
	assert.ok(calls - joined <= SENDERS, 'a call shows both legs');
	next += result.requests + SENDERS;
	return {rate: result.rate, p50_us: result.p50_us, p99_us: result.p99_us, legs, batch: Math.round(legs / units * 10) / 10,
		web_us: Math.round((after[0] - before[0]) / legs), postgres_us: Math.round((after[1] - before[1]) / legs)};
}

// The rows of each unit of work: {xid: {table: text of COPY}}, in order. A call's details are changed again when
// its other leg comes; they go with the call.
async function exported(centrex, schema) {
	const units = new Map();
	const of = {cdrs: 't.xmin', cdr_details: '(select c.xmin from cdrs c where c.id = t.cdr_id)', cdr_legs: 't.xmin'};

	for (const table of TABLES) {
		const file = path.join(work, table);

		await psql(centrex, `set search_path = ${schema}, public;
\\copy (select ${of[table]} as unit, t.* from ${table} t) to ${file}`);
		for (const line of fs.readFileSync(file, 'utf8').split('\n').slice(0, -1)) {
			const tab = line.indexOf('\t');
			const unit = Number(line.slice(0, tab));

			if (!units.has(unit))
				units.set(unit, Object.fromEntries(TABLES.map((name) => [name, []])));
			units.get(unit)[table].push(line.slice(tab + 1));
		}
	}
	return [...units].sort(([a], [b]) => a - b).map(([, rows]) => rows);
}

async function copy(centrex, schema, units) {
	const file = path.join(work, 'copy.sql');
	const statements = units.map((rows) => `begin;
${TABLES.filter((table) => rows[table].length).map((table) => `copy ${schema}.${table} from stdin;
${rows[table].join('\n')}
\\.
`).join('')}commit;
`);

	fs.writeFileSync(file, `\\timing on\n${statements.join('')}`);
	await psql(centrex, empty(schema));

	const before = cpuOf(postgres(centrex));
	const output = await psql(centrex, '', ['-f', file]);
	const cpu = cpuOf(postgres(centrex)) - before;
	const ms = [...output.matchAll(/^Time: ([\d.]+) ms/gm)].reduce((sum, [, time]) => sum + Number(time), 0);
	const legs = units.reduce((sum, rows) => sum + rows.cdr_legs.length, 0);

	assert.equal(await psql(centrex, `select count(*) from ${schema}.cdr_legs`), String(legs));
	return {rate: Math.round(legs / ms * 1000), postgres_us: Math.round(cpu / legs)};
}

const whole = (units) => [Object.fromEntries(TABLES.map((table) => [table, units.flatMap((rows) => rows[table])]))];

const centrex = await startCentrex(['--freeswitch-credentials', CREDENTIALS]);

try {
	const mine = schemaOf(await centrex.tenant(DOMAIN, ['101', '102', '103']));
	const other = schemaOf(await centrex.tenant('copy.pbx.test'));
	const rows = [];

	for (const form of ['xml', 'json']) {
		writeRecords(form);
		for (const how of ['new', 'kept']) {
			const results = [];

			for (let round = 0; round <= ROUNDS; round++) {
				const stored = await ingest(centrex, mine, form, how);
				const units = await exported(centrex, mine);
				const result = {stored, units: await copy(centrex, other, units), whole: await copy(centrex, other, whole(units))};

				console.log(`  ${round ? `round ${round}` : 'warm-up'}  ${form} ${how}  ${JSON.stringify(result)}`);
				if (round)
					results.push(result);
			}
			const middle = (side, figure) => median(results.map((result) => result[side][figure]));
			const name = `${form}, ${how === 'new' ? 'a new connection each' : 'kept alive'}`;

			const units = `COPY in the same transactions (${middle('stored', 'batch')} records)`;

			rows.push([`${name}; COPY in one`, middle('stored', 'rate'), middle('whole', 'rate'), 'records a second', true],
				[`${name}; ${units}`, middle('stored', 'rate'), middle('units', 'rate'), 'records a second', true],
				[`${name}; CPU of PostgreSQL`, middle('stored', 'postgres_us'), middle('units', 'postgres_us'), 'us a record', false]);
			console.log(`| ${name} | CPU of the web process ${middle('stored', 'web_us')} us a record | p50 ${middle('stored', 'p50_us')} us | p99 ${middle('stored', 'p99_us')} us |`);
		}
	}
	report('FreeSWITCH\'s call records', '`COPY` of the same rows', rows);
} finally {
	await centrex.stop({timeoutMs: 300_000});
}
