// Call records: every filter against a plain computation, pages while records arrive, exports of any
// length, statistics that add up.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {addUp, found, makeRecords, psql, schemaOf, store, takesPart} from './cdrs_data.mjs';
import {makeMember, makeUser, signIn} from './people.mjs';

// The last Sunday of March in Berlin: at 01:00 UTC the clocks go from 02:00 to 03:00.
const FROM = Date.parse('2026-03-27T00:00:00Z');
const TO = Date.parse('2026-03-31T00:00:00Z');

let centrex;
let tenant;
let admin;
let agent;
let queues;
let records;

const base = () => `/api/v1/tenants/${tenant.domain}/cdrs`;
const query = (parameters) => new URLSearchParams(parameters).toString();

// All ids of a list, page by page.
async function walk(who, parameters, limit = 100) {
	const ids = [];

	for (let cursor; cursor !== null;) {
		const answer = await who.get(`${base()}?${query({...parameters, limit, ...cursor && {cursor}})}`);

		assert.equal(answer.status, 200, answer.text);
		assert.ok(answer.json.items.length <= limit);
		ids.push(...answer.json.items.map((item) => item.id));
		cursor = answer.json.next;
	}
	return ids;
}

before(async () => {
	centrex = await startCentrex({
		args: ['--web-rate-address', 0, '--web-rate-credential', 0, '--web-rate-tenant', 0],
		// AddressSanitizer keeps 256 MB of what is freed: the test of memory would measure that.
		env: {ASAN_OPTIONS: `${process.env.ASAN_OPTIONS ?? ''}:quarantine_size_mb=1`},
	});
	tenant = await centrex.tenant('one.pbx.test', [101, 102]);
	await centrex.tenant('two.pbx.test');
	await centrex.json('tenant', 'update', 'one.pbx.test', '--timezone', 'Europe/Berlin');
	queues = [];
	for (const name of ['Sales', 'Support'])
		queues.push((await centrex.json('queue', 'create', '--tenant', tenant.domain, '--name', name)).id);
	for (const [email, role] of [['admin@one.test', 'admin'], ['agent@one.test', 'agent'], ['idle@one.test', 'agent']]) {
		await makeUser(centrex, email);
		await makeMember(centrex, tenant.domain, email, role);
	}
	await makeUser(centrex, 'admin@two.test');
	await makeMember(centrex, 'two.pbx.test', 'admin@two.test', 'admin');
	await centrex.json('extension', 'update', '101', '--tenant', tenant.domain, '--user-id', 'agent@one.test');
	admin = await signIn(centrex, 'admin@one.test');
	agent = await signIn(centrex, 'agent@one.test');
	records = makeRecords(800, {from: FROM, to: TO, queues});
	assert.equal(await store(centrex, tenant, records), 800);
});
after(() => centrex?.stop());

const filters = () => [
	{from: '2026-03-28T12:00:00Z'}, {to: '2026-03-29T02:00:00+02:00'}, {extension: '102'}, {number: '+4930105'},
	{number: '+4931*'}, {number: '101'}, {name: 'anna'}, {name: 'ÄR'}, {direction: 'inbound'}, {disposition: 'busy'}, {answered: 'yes'},
	{answered: 'no'}, {queue: queues[0]}, {duration_least: '20'}, {duration_most: '130'}, {duration_least: '3600'},
];

test('each filter finds what a plain computation finds, newest first', async () => {
	for (const filter of [{}, ...filters()]) {
		const expected = found(records, filter);

		assert.ok(expected.length, `${query(filter)} finds nothing to compare`);
		assert.deepEqual(await walk(admin, filter), expected, query(filter));
	}
});

test('every pair of filters finds what both find', async () => {
	const all = filters();

	for (const [i, a] of all.entries())
		for (const b of all.slice(0, i)) {
			const both = {...a, ...b};

			if (Object.keys(both).length === 2 && !(Number(both.duration_least) > Number(both.duration_most)))
				assert.deepEqual(await walk(admin, both, 500), found(records, both), query(both));
		}
});

test('oldest first is the same the other way round, and a queue may be called by its name', async () => {
	assert.deepEqual(await walk(admin, {sort: 'start_time', answered: 'yes'}, 70),
		found(records, {answered: 'yes'}).reverse());
	assert.deepEqual(await walk(admin, {queue: 'Support'}), found(records, {queue: queues[1]}));
});

test('records are found by what became of their recording, alone and with other filters', async () => {
	const ids = found(records, {answered: 'yes'});
	const states = ['recorded', 'partial', 'failed', 'expired', 'deleted'];
	const having = (state) => ids.filter((_, i) => i % 7 === states.indexOf(state));

	await psql(centrex, `set search_path = ${schemaOf(tenant)}; ${states.map((state) =>
		`update cdr_details set recording = '${state}' where cdr_id in (${having(state).map((id) => `'${id}'`).join()});`).join(' ')}`);
	for (const state of states) {
		assert.deepEqual(await walk(admin, {recording: state}, 20), having(state), state);
		for (const more of [{extension: '101'}, {number: '+49*'}, {name: 'a'}, {queue: queues[0], duration_least: 60}])
			assert.deepEqual(await walk(admin, {recording: state, ...more}, 500),
				found(records, more).filter((id) => having(state).includes(id)), query(more));
	}
	assert.equal((await admin.get(`${base()}?recording=deleted&limit=1`)).json.items[0].recording, 'deleted');
	assertProblem(await admin.get(`${base()}?recording=yes`), 400, 'invalid');
	await psql(centrex, `set search_path = ${schemaOf(tenant)}; update cdr_details set recording = null`);
});

test('a record that came in two batches stands there and counts once', async () => {
	assert.equal(await store(centrex, tenant, records.slice(0, 50)), 0);
	assert.equal((await walk(admin, {}, 500)).length, records.length);
	assert.equal(await psql(centrex, `select sum(calls) from ${schemaOf(tenant)}.cdr_quarters`), '800');
});

test('a cursor goes on where its page ended while records arrive', async () => {
	const first = await admin.get(`${base()}?limit=100`);
	const rest = found(records, {}).slice(100);
	const late = makeRecords(60, {seed: 7, from: TO, to: TO + 3_600_000, queues});

	await store(centrex, tenant, late);
	const ids = [];
	for (let cursor = first.json.next; cursor;) {
		const page = await admin.get(`${base()}?${query({limit: 150, cursor})}`);

		ids.push(...page.json.items.map((item) => item.id));
		cursor = page.json.next;
	}
	assert.deepEqual(ids, rest);
	records.push(...late);
});

test('a record has its members, and the single one its details', async () => {
	const [id] = found(records, {answered: 'yes', direction: 'inbound'});
	const record = records.find((r) => r.id === id);
	const {json} = await admin.get(`${base()}?${query({answered: 'yes', direction: 'inbound', limit: 1})}`);

	assert.equal(json.items[0].id, id);
	for (const name of ['caller_id_name', 'caller_id_number', 'dest_number', 'duration', 'direction', 'disposition',
		'answered_by', 'queue_id', 'cause'])
		assert.deepEqual(json.items[0][name], record[name], name);
	for (const name of ['start_time', 'answer_time', 'end_time'])
		assert.equal(Date.parse(json.items[0][name]), Date.parse(record[name]));
	const shown = await admin.get(`${base()}/${id}`);

	assert.equal(shown.status, 200, shown.text);
	assert.equal(shown.json.details.disposition, 'answered');
});

test('a filter that cannot be understood is a 400 that names it', async () => {
	const bad = {
		from: ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01', '', '2026-01-01T00:00:00'],
		to: ['2026-13-01T00:00:00Z', "'; drop table cdrs; --"],
		extension: ['1', '123456', '10a', "101' or '1'='1", ''],
		number: ['', '*', '1'.repeat(41), 'a\nb'],
		name: ['', 'x'.repeat(41), '\u0007'],
		direction: ['up', '', 'INBOUND'],
		disposition: ['lost', ''],
		answered: ['maybe', ''],
		queue: ['Nobody', ''],
		duration_least: ['-1', 'x', '2147483648', '1.5', ''],
		duration_most: ['-1', 'x', '99999999999999999999'],
		sort: ['duration', '', '--start_time'],
		limit: ['0', '501', 'x'],
		cursor: ['x', 'AAAA', Buffer.from(':1,2').toString('base64url'),
			Buffer.from(':99999999999999999999,00000000-0000-4000-8000-000000000000').toString('base64url')],
	};

	for (const [name, values] of Object.entries(bad))
		for (const value of values) {
			const answer = await admin.get(`${base()}?${query({[name]: value})}`);

			assert.equal(answer.status, 400, `${name}=${value}: ${answer.status} ${answer.text}`);
			assert.equal(answer.json.errors[0].field, name, `${name}=${value}: ${answer.text}`);
		}
	for (const [path, field] of [['?colour=red', 'colour'], ['?tz=tenant', 'tz'], ['?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'to'],
		['?duration_least=9&duration_most=8', 'duration_most'], ['/export?format=pdf', 'format'], ['/export?tz=mars', 'tz'],
		['/export?limit=5', 'limit'], ['/statistics', 'by'], ['/statistics?by=year', 'by'], ['/statistics?by=day&number=1', 'number'],
		['/statistics?by=day&from=2026-01-01T00:01:00Z', 'from'], ['/statistics?by=hour&from=2020-01-01T00:00:00Z', 'from']]) {
		const answer = await admin.get(base() + path);

		assert.equal(answer.status, 400, path + answer.text);
		assert.equal(answer.json.errors[0].field, field, path);
	}
});

test('an agent sees the calls of the own extension only, whatever is asked for', async () => {
	const own = found(records, {}).filter((id) => takesPart(records.find((r) => r.id === id), '101'));
	const idle = await signIn(centrex, 'idle@one.test');

	assert.ok(own.length > 100 && own.length < records.length);
	assert.deepEqual(await walk(agent, {}), own);
	for (const record of records.slice(0, 100))
		assert.equal((await agent.get(`${base()}/${record.id}`)).status, own.includes(record.id) ? 200 : 404);
	const with102 = found(records, {extension: '102'}).filter((id) => own.includes(id));
	assert.deepEqual(await walk(agent, {extension: '102'}), with102);
	const file = await agent.get(`${base()}/export`);
	assert.deepEqual(file.text.trim().split('\n').map((line) => JSON.parse(line).id), own);
	assert.deepEqual(await walk(idle, {}), []);
	assert.equal((await idle.get(`${base()}/export`)).text, '');

	const span = 'from=2026-03-27T00:00:00Z&to=2026-04-01T00:00:00Z';
	const {json} = await agent.get(`${base()}/statistics?by=extension&${span}`);
	assert.deepEqual(json.items.map((i) => [i.extension, i.calls]), [['101', own.length]]);
	assert.deepEqual((await agent.get(`${base()}/statistics?by=day&extension=102&${span}`)).json.items, []);
	assert.deepEqual((await idle.get(`${base()}/statistics?by=day&${span}`)).json.items, []);
});

test('another tenant, and nobody, learn nothing', async () => {
	const stranger = await signIn(centrex, 'admin@two.test');

	for (const path of ['', '/export', '/statistics?by=day', `/${records[0].id}`]) {
		assertProblem(await stranger.get(base() + path), 404, 'not_found');
		assertProblem(await new Http(centrex).get(base() + path), 401, 'unauthenticated');
	}
	const {json} = await stranger.get('/api/v1/tenants/two.pbx.test/cdrs');
	assert.deepEqual(json, {items: [], next: null});
});

const local = new Intl.DateTimeFormat('sv-SE', {timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium'});
const localHour = (r) => {
	const at = new Date(r.start_time);

	return `${local.format(at).replace(' ', 'T').slice(0, 13)}:00:00.000000${at < Date.parse('2026-03-29T01:00:00Z') ? '+01:00' : '+02:00'}`;
};
// Midnight of the day the clocks change is still winter time.
const localDay = (r) => {
	const day = local.format(new Date(r.start_time)).slice(0, 10);

	return `${day}T00:00:00.000000${day <= '2026-03-29' ? '+01:00' : '+02:00'}`;
};
const utc = (length, rest) => (r) => r.start_time.slice(0, length) + rest;

function same(items, name, expected) {
	const got = Object.fromEntries(items.map(({[name]: k, calls, answered, missed, talk_s, mean_wait_s}) =>
		[k, {calls, answered, missed, talk_s, mean_wait_s}]));

	assert.deepEqual(Object.keys(got), Object.keys(expected));
	for (const [k, {mean_wait_s: mean, ...counts}] of Object.entries(expected)) {
		const {mean_wait_s: gotMean, ...gotCounts} = got[k];

		assert.deepEqual(gotCounts, counts, k);
		assert.ok(mean === null ? gotMean === null : Math.abs(gotMean - mean) <= 0.051, `${k}: ${gotMean} ${mean}`);
	}
}

test('statistics are what a full count gives, in UTC and across a change of the clocks', async () => {
	for (const [by, tz, of] of [['day', 'utc', utc(10, 'T00:00:00.000000+00:00')], ['hour', 'utc', utc(13, ':00:00.000000+00:00')],
		['day', 'tenant', localDay], ['hour', 'tenant', localHour]])
		for (const extension of [undefined, '103'])
			for (const [from, to] of [['2026-03-27T00:00:00Z', '2026-04-01T00:00:00Z'],
				['2026-03-28T23:45:00+01:00', '2026-03-29T05:15:00Z']]) {
				const {json, text} = await admin.get(`${base()}/statistics?${query({by, tz, from, to, ...extension && {extension}})}`);
				const ids = new Set(found(records, {from, to, ...extension && {extension}}));

				assert.ok(json.items, text);
				same(json.items, 'start', addUp(records.filter((r) => ids.has(r.id)), (r) => [of(r)]));
			}
});

test('statistics by extension are what a full count gives, over whole days and pieces of them', async () => {
	const numbers = (r) => ['101', '102', '103', '104', '105', '106'].filter((n) => takesPart(r, n));

	for (const [from, to] of [['2026-03-27T00:00:00Z', '2026-04-01T00:00:00Z'], ['2026-03-27T10:15:00Z', '2026-03-29T20:45:00Z'],
		['2026-03-28T10:15:00Z', '2026-03-28T20:45:00Z'], ['2026-03-28T10:15:00Z', '2026-03-29T00:00:00Z']]) {
		const ids = new Set(found(records, {from, to}));
		const {json} = await admin.get(`${base()}/statistics?${query({by: 'extension', from, to})}`);

		same(json.items, 'extension', addUp(records.filter((r) => ids.has(r.id)), numbers));
	}
});

// RFC 4180: lines of cells.
function parseCsv(text) {
	const lines = [[]];

	for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/g)) {
		lines.at(-1).push(quoted?.replaceAll('""', '"') ?? bare);
		if (end !== ',')
			lines.push([]);
	}
	assert.deepEqual(lines.pop(), []);
	return lines;
}

test('an export as CSV has a line for each record, no cell of it a formula, in the tenant\'s time', async () => {
	const answer = await admin.get(`${base()}/export?format=csv&tz=tenant&direction=inbound`);
	const [header, ...lines] = parseCsv(answer.text);
	const expected = found(records, {direction: 'inbound'});

	assert.match(answer.headers['content-type'], /^text\/csv/);
	assert.match(answer.headers['content-disposition'], /^attachment; .*calls-\d{4}-\d\d-\d\d\.csv/);
	assert.deepEqual(lines.map((line) => line[header.indexOf('id')]), expected);
	for (const line of lines) {
		const row = Object.fromEntries(header.map((name, i) => [name, line[i]]));
		const record = records.find((r) => r.id === row.id);

		assert.equal(row.caller_id_name, record.caller_id_name.replace(/^=/, "'="));
		assert.equal(row.caller_id_number, record.caller_id_number);
		assert.equal(Date.parse(row.start_time), Date.parse(record.start_time));
		assert.equal(row.start_time.slice(-6), localHour(record).slice(-6));
		assert.equal(row.answer_time === '', record.answer_time === null);
	}
});

test('records of the release before are found and counted once they are filled', async () => {
	const old = makeRecords(30, {seed: 9, from: TO + 4_000_000, to: TO + 5_000_000, queues});
	const columns = ['caller_id_name', 'caller_id_number', 'dest_number', 'start_time', 'answer_time', 'end_time', 'duration'];

	await psql(centrex, `set search_path = ${schemaOf(tenant)};
		insert into cdrs (id, ${columns}) select id, ${columns} from json_populate_recordset(null::cdrs, '${JSON.stringify(old)}');
		insert into cdr_details (cdr_id, direction, disposition, answered_by, queue_id)
		select id, direction, disposition, answered_by, queue_id from json_to_recordset('${JSON.stringify(old)}') as r(
			id uuid, direction text, disposition text, answered_by text, queue_id uuid);`);
	assert.equal(await store(centrex, tenant, [], 20), 20);
	assert.equal(await store(centrex, tenant, makeRecords(0, {queues}), 20), 10);
	assert.equal(await store(centrex, tenant, [], 20), 0);
	records.push(...old);
	assert.deepEqual(await walk(admin, {answered: 'yes'}, 500), found(records, {answered: 'yes'}));
	assert.equal(Number(await psql(centrex, `select sum(calls) from ${schemaOf(tenant)}.cdr_quarters`)), records.length);
});

const LONG = 200_000;

async function makeLong() {
	const long = await centrex.tenant('long.pbx.test');

	await makeMember(centrex, long.domain, 'admin@one.test', 'admin');
	await psql(centrex, `set search_path = ${schemaOf(long)};
		insert into cdrs (start_time, end_time, duration, caller_id_number, dest_number)
		select timestamptz '2026-01-01' + i * interval '1 second', timestamptz '2026-01-02' + i * interval '1 second', 86400,
			(101 + i % 100)::text, '+4930' || i from generate_series(1, ${LONG}) as i;
		insert into cdr_details (cdr_id, disposition, direction) select id, 'failed', 'outbound' from cdrs;`);
	await store(centrex, long, [], LONG);
	return long;
}

function highWater(pid) {
	return Number(fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+)/)[1]);
}

// Reads as the client of a download does; stop: ends after so many bytes. {bytes, lines, complete}.
function download(who, path, {stop = Infinity} = {}) {
	return new Promise((resolve, reject) => {
		const request = http.get({host: '127.0.0.1', port: centrex.web.port, path, agent: false, headers: who.headers}, (response) => {
			const got = {status: response.statusCode, bytes: 0, lines: 0, complete: false, request, response};

			response.on('data', (chunk) => {
				got.bytes += chunk.length;
				for (const byte of chunk)
					got.lines += byte === 10;
				if (got.bytes >= stop) {
					stop = Infinity;
					response.pause();
					resolve(got);
				}
			});
			response.on('end', () => { got.complete = response.complete; resolve(got); });
			response.on('error', () => resolve(got));
		});

		request.on('error', reject);
	});
}

test('an export of 200,000 records takes no memory, readers that stop or go away hold nobody up', async () => {
	const long = await makeLong();
	const path = `/api/v1/tenants/${long.domain}/cdrs/export?`;
	const pid = centrex.pid('web');
	const first = await download(admin, `${path}format=ndjson`);

	assert.deepEqual([first.status, first.lines, first.complete], [200, LONG, true]);
	const before = highWater(pid);
	const csv = await download(admin, `${path}format=csv&direction=outbound`);
	assert.deepEqual([csv.status, csv.lines, csv.complete], [200, LONG + 1, true]);

	// One waits, more than there are workers go away: the next is served once that is noticed.
	const waiting = await download(admin, path, {stop: 1_000_000});
	for (let i = 0; i < 6; i++)
		(await download(admin, path, {stop: 1_000_000})).request.destroy();
	await waitFor(async () => (await download(admin, `${path}from=2026-01-01T00:00:00Z`)).lines === LONG, 'the next export');
	assert.equal((await admin.get(`${base()}?limit=1`)).status, 200);
	assert.equal(waiting.complete, false);
	waiting.response.resume();
	await waitFor(() => waiting.complete || waiting.lines === LONG, 'the waiting reader to get the rest', 30_000);
	assert.equal(waiting.lines, LONG);
	const grown = highWater(pid) - before;
	assert.ok(grown < 16 * 1024, `the process grew by ${grown} KB`);

	// Half of the workers are the most that readers of one tenant can keep.
	await waitFor(async () => (await download(admin, path)).lines === LONG, 'all to be over');
	const held = [await download(admin, path, {stop: 1_000_000}), await download(admin, path, {stop: 1_000_000})];

	assert.deepEqual(held.map((got) => got.status), [200, 200]);
	const refused = await admin.get(path.slice(0, -1));

	assertProblem(refused, 429, 'rate_limited');
	assert.ok(Number(refused.headers['retry-after']) >= 1);
	assert.equal((await admin.get(`${base()}/export`)).status, 200);
	held.forEach((got) => got.request.destroy());
});
