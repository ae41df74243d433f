// Call records for the HTTP tests: made up from a seed, stored by the statement that the engine's
// uploader runs, filtered and added up once more in plain JavaScript.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {run} from '../lib/processes.mjs';

export async function psql(centrex, sql) {
	const bin = (await run('pg_config', ['--bindir'])).stdout.trim();
	const result = await run(path.join(bin, 'psql'), ['-h', path.join(centrex.state, 'run'), '-U', 'centrex_owner',
		'-d', 'centrex', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'], {input: sql, timeoutMs: 120_000});

	assert.equal(result.status, 0, result.stderr);
	return result.stdout.trim();
}

export const schemaOf = (tenant) => `tenant_${tenant.id.replaceAll('-', '')}`;

const storeSql = fs.readFileSync(path.join(source, 'sql/queries/cdr.sql'), 'utf8')
	.split(/^-- name: /m).find((part) => part.startsWith('cdr_store\n')).replace(/^cdr_store\n/, '');

// What the uploader does with a batch; fill: how many rows of an older release it takes along.
// How many were counted.
export async function store(centrex, tenant, records, fill = 0) {
	return Number(await psql(centrex, `set search_path = ${schemaOf(tenant)};
prepare store as ${storeSql}
execute store('${JSON.stringify(records).replaceAll("'", "''")}', ${fill});`));
}

// Numbers from 0 to n - 1, always the same.
export function dice(seed) {
	let state = seed >>> 0;

	return (n) => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor(state / 2 ** 32 * n);
	};
}

const DISPOSITIONS = ['answered', 'answered', 'answered', 'no_answer', 'busy', 'declined', 'cancelled', 'failed'];

const uuid = (roll) => `018f0000-0000-7000-a000-${Array.from({length: 12}, () => '0123456789abcdef'[roll(16)]).join('')}`;

// count calls between two times (ms), of a few extensions, so that every filter finds some.
export function makeRecords(count, {seed = 1, from, to, queues}) {
	const roll = dice(seed);

	return Array.from({length: count}, () => {
		const start = from + roll(to - from);
		const direction = ['internal', 'inbound', 'outbound'][roll(3)];
		const disposition = DISPOSITIONS[roll(8)];
		const answered = disposition === 'answered';
		const wait = roll(30_000);
		const end = start + wait + (answered ? roll(roll(4) ? 200_000 : 5_000_000) : 0);
		const extension = () => String(101 + roll(6));
		// Some callers outside say that they are 101.
		const outside = () => roll(20) ? `+49${30 + roll(3)}${100 + roll(20)}` : '101';

		return {
			id: uuid(roll),
			caller_id_name: direction === 'inbound' ? ['', 'Ärzte & Co', 'Anna', 'ANNA Berg', '=cmd()'][roll(5)] : 'Ext',
			caller_id_number: direction === 'inbound' ? outside() : extension(),
			dest_number: direction === 'outbound' ? outside() : roll(3) ? extension() : '+4930555',
			context: 'default',
			start_time: new Date(start).toISOString(),
			answer_time: answered ? new Date(start + wait).toISOString() : null,
			end_time: new Date(end).toISOString(),
			duration: Math.floor((end - start) / 1000),
			recording_path: null,
			direction,
			disposition,
			cause: answered ? 'normal' : disposition,
			sip_status: 200,
			hangup_by: 'caller',
			answered_by: answered && direction !== 'outbound' ? extension() : null,
			sip_call_id: 'x',
			node: '',
			legs: [],
			queue_id: direction === 'inbound' && roll(2) ? queues[roll(queues.length)] : null,
		};
	});
}

export const takesPart = (r, extension) => (r.direction !== 'inbound' && r.caller_id_number === extension) ||
	(r.direction !== 'outbound' && r.dest_number === extension) || r.answered_by === extension;

const begins = (text, value) => value.endsWith('*') ? text.startsWith(value.slice(0, -1)) : text === value;

// What each parameter means.
export const plain = {
	from: (r, v) => Date.parse(r.start_time) >= Date.parse(v),
	to: (r, v) => Date.parse(r.start_time) < Date.parse(v),
	extension: takesPart,
	number: (r, v) => begins(r.caller_id_number, v) || begins(r.dest_number, v),
	name: (r, v) => r.caller_id_name.toLowerCase().startsWith(v.toLowerCase()),
	direction: (r, v) => r.direction === v,
	disposition: (r, v) => r.disposition === v,
	answered: (r, v) => (r.disposition === 'answered') === (v === 'yes'),
	queue: (r, v) => r.queue_id === v,
	duration_least: (r, v) => r.duration >= Number(v),
	duration_most: (r, v) => r.duration <= Number(v),
};

const key = (r) => r.start_time + r.id;

// Ids in the order of the list, newest first.
export function found(records, query) {
	return records.filter((r) => Object.entries(query).every(([name, value]) => plain[name](r, value)))
		.sort((a, b) => key(a) < key(b) ? 1 : -1).map((r) => r.id);
}

// As the API answers; of(record): what the call is added up by (a list of texts).
export function addUp(records, of) {
	const sums = new Map();

	for (const r of records)
		for (const k of of(r)) {
			const sum = sums.get(k) ?? {calls: 0, answered: 0, talk_s: 0, wait_s: 0};
			const wait = r.answer_time
				? Math.floor((Date.parse(r.answer_time) - Date.parse(r.start_time)) / 1000) : 0;

			sum.calls++;
			if (r.answer_time) {
				sum.answered++;
				sum.wait_s += wait;
				sum.talk_s += r.duration - wait;
			}
			sums.set(k, sum);
		}
	return Object.fromEntries([...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([k, s]) => [k, {
		calls: s.calls,
		answered: s.answered,
		missed: s.calls - s.answered,
		talk_s: s.talk_s,
		mean_wait_s: s.answered ? s.wait_s / s.answered : null,
	}]));
}
