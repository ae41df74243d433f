// Call records of FreeSWITCH end up as rows, once each, in the tenant they belong to, whatever comes.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, RawHttp} from '../lib/http.mjs';
import {startPostgres} from '../lib/postgres.mjs';
import {waitFor} from '../lib/wait.mjs';
import {another, encodings, records} from './records.mjs';

const CREDENTIALS = 'fs1:the-secret-of-the-switches';
const TENANT = 'cust1.pbx.test';
const all = records();
const channels = new Set(all.map((record) => record.leg));
const authorization = `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`;

// What each call of the captures is: columns of cdrs, of its details, and its legs.
const CALLS = {
	'call-answered': {
		id: 'f4113502-7d97-4d58-a2b1-e92f0475115c', dest: '102', start: '13:25:17.672', answer: '13:25:18.192',
		duration: 3, disposition: 'answered', cause: 'normal_clearing', hangup: 'caller', answered_by: '102', wait: 0,
		legs: ['caller 101 answered', 'callee 102 answered'],
	},
	'call-no-answer': {
		id: '30a9e8e6-52ac-40f2-953c-36c7a1818571', dest: '102', start: '13:25:24.792', answer: null,
		duration: 5, disposition: 'no_answer', cause: 'no_answer', hangup: 'engine', answered_by: null, wait: null,
		legs: ['caller 101 no_answer', 'callee 102 no_answer'],
	},
	'call-a-cancels': {
		id: 'a63a9383-aaed-4b26-8fff-c03a834a972b', dest: '102', start: '13:25:32.112', answer: null,
		duration: 1, disposition: 'cancelled', cause: 'originator_cancel', hangup: 'caller', answered_by: null,
		wait: null, legs: ['caller 101 originator_cancel', 'callee 102 originator_cancel'],
	},
	'call-unknown-destination': {
		id: '499d5206-1f7f-424f-954f-69d197c1b849', dest: '555', start: '13:25:35.732', answer: null,
		duration: 0, disposition: 'failed', cause: 'unallocated_number', hangup: 'engine', answered_by: null,
		wait: null, legs: ['caller 101 unallocated_number'],
	},
	// He entered the queue at :54.4, heard music, and was answered by an agent at :56.5.
	'queue-ring-all': {
		id: 'c979b0f8-6efc-4da7-becb-b34658679c4e', dest: '7001', start: '13:25:54.411', answer: '13:25:56.511',
		duration: 6, disposition: 'answered', cause: 'normal_clearing', hangup: 'caller', answered_by: '103', wait: 2,
		queue: 'support', legs: ['caller 101 answered', 'agent 102 lose_race', 'agent 103 answered'],
	},
	'queue-abandoned': {
		id: 'ec33bdc7-8666-4fe0-9c74-3da71593a051', dest: '7001', start: '13:26:28.192', answer: null,
		duration: 4, disposition: 'cancelled', cause: 'normal_clearing', hangup: 'caller', answered_by: null,
		wait: null, queue: 'support',
		legs: ['caller 101 normal_clearing', 'agent 102 originator_cancel', 'agent 103 originator_cancel'],
	},
};

class Switch {
	constructor(centrex) {
		this.centrex = centrex;
	}

	// Status and text of one record's answer.
	async send({uuid, type, body}) {
		const http = new Http({port: this.centrex.web.freeswitch_port}, {authorization});
		const answer = await http.post(`/freeswitch/cdr?uuid=${uuid}`, Buffer.from(body), {headers: {'content-type': type}});

		return `${answer.status} ${answer.text}`.trim();
	}

	async take(...records) {
		for (const record of records)
			assert.equal(await this.send(record), '200 stored', record.name);
	}
}

const time = (text) => text && text.slice(11, 23);
const hex = (n) => n.toString(16).padStart(4, '0');
const dead = (centrex) => centrex.json('cdr', 'dead-letters');
// In the given order; one form of each leg.
const legsOf = (call, form) => all.filter((record) => record.name.startsWith(call) && record.form === form);

async function metric(centrex, name) {
	const {text} = await new Http(centrex).get('/metrics');

	return Number(text.split('\n').find((line) => line.startsWith(`${name} `)).slice(name.length + 1));
}

async function expectCall(centrex, call, id, queues) {
	const expected = CALLS[call];
	const row = await centrex.json('cdr', 'show', id, '--tenant', TENANT);
	const {details} = row;

	assert.deepEqual({
		caller: row.caller_id_number, name: row.caller_id_name, context: row.context, dest: row.dest_number,
		start: time(row.start_time), answer: time(row.answer_time), duration: row.duration,
		direction: details.direction, disposition: details.disposition, cause: details.cause,
		hangup: details.hangup_by, answered_by: details.answered_by, wait: details.wait, queue: details.queue_id,
		node: details.node,
		legs: [`${details.legs[0].role} ${details.legs[0].extension} ${details.legs[0].outcome}`,
			...details.legs.slice(1).map((leg) => `${leg.role} ${leg.extension} ${leg.outcome}`).sort()],
	}, {
		caller: '101', name: 'Alice C1', context: TENANT, dest: expected.dest,
		start: expected.start, answer: expected.answer, duration: expected.duration,
		direction: 'internal', disposition: expected.disposition, cause: expected.cause,
		hangup: expected.hangup, answered_by: expected.answered_by, wait: expected.wait,
		queue: expected.queue ? queues[expected.queue] : null,
		node: 'fs-test-1',
		legs: expected.legs,
	}, call);
}

async function makeTenant(centrex) {
	const tenant = await centrex.tenant(TENANT, ['101', '102', '103']);
	const queue = await centrex.json('queue', 'create', '--tenant', TENANT, '--name', 'support');

	return {...tenant, queues: {support: queue.id}};
}

describe('call records of FreeSWITCH', () => {
	let centrex, fs1, tenant;
	let calls = 0; // so many were made up

	before(async () => {
		centrex = await startCentrex({args: ['--freeswitch-credentials', CREDENTIALS, '--freeswitch-port', 0]});
		tenant = await makeTenant(centrex);
		await centrex.tenant('cust2.pbx.test', ['101', '102', '103']);
		fs1 = new Switch(centrex);
	});
	after(() => centrex?.stop());

	const fresh = (records) => {
		calls++;
		return records.map((record) => another(record, calls, channels));
	};
	const idOf = (call) => `${hex(calls)}${CALLS[call].id.slice(4)}`;

	for (const call of Object.keys(CALLS))
		for (const form of ['xml', 'json']) {
			test(`${call} as ${form} is one call with its legs, whichever order they come in`, async () => {
				await fs1.take(...fresh(legsOf(call, form)));
				await expectCall(centrex, call, idOf(call), tenant.queues);
				await fs1.take(...fresh(legsOf(call, form).reverse()));
				await expectCall(centrex, call, idOf(call), tenant.queues);
			});
		}

	for (const form of ['xml', 'json'])
		for (const {what} of encodings(legsOf('queue-ring-all', form)[0]))
			test(`a call comes out the same from ${what}`, async () => {
				const records = fresh(legsOf('queue-ring-all', form));

				for (const record of records)
					await fs1.take({...record, ...encodings(record).find((one) => one.what === what)});
				await expectCall(centrex, 'queue-ring-all', idOf('queue-ring-all'), tenant.queues);
			});

	test('the same record many times at once, as XML and as JSON, is one row', async () => {
		const xml = fresh(legsOf('call-answered', 'xml'));
		const json = legsOf('call-answered', 'json').map((record) => another(record, calls, channels));
		const before = await centrex.json('cdr', 'list', '--tenant', TENANT, '--limit', 500);
		const statistics = new Http(centrex);
		const answers = await Promise.all([...xml, ...json, ...xml, ...json, ...xml, ...json].map((record) => fs1.send(record)));

		assert.deepEqual(new Set(answers), new Set(['200 stored']));
		await expectCall(centrex, 'call-answered', idOf('call-answered'), tenant.queues);
		assert.equal((await centrex.json('cdr', 'list', '--tenant', TENANT, '--limit', 500)).length, before.length + 1);
		assert.ok(await metric(centrex, 'centrex_records_total{result="repeated"}') >= 10);
		assert.equal((await statistics.get('/readyz')).status, 200);
	});

	test('a call of the other tenant is in the other tenant alone', async () => {
		const records = fresh(legsOf('call-answered', 'json')).map((record) => ({...record,
			body: record.body.replaceAll(TENANT, 'cust2.pbx.test')}));

		await fs1.take(...records);
		assert.equal((await centrex.cli('cdr', 'show', idOf('call-answered'), '--tenant', TENANT)).status, 3);
		assert.equal((await centrex.json('cdr', 'show', idOf('call-answered'), '--tenant', 'cust2.pbx.test')).dest_number, '102');
	});

	test('a record that names two tenants of ours is in neither', async () => {
		const [record] = fresh(legsOf('call-answered', 'json'));
		const json = JSON.parse(record.body);

		json.variables.tenant = 'cust2.pbx.test';
		json.variables.domain_name = TENANT;
		assert.equal(await fs1.send({...record, body: JSON.stringify(json)}), '200 kept as a dead letter');
		const letter = (await dead(centrex)).find((one) => one.call_leg === record.leg);

		assert.equal(letter.reason, 'tenants_disagree');
		assert.equal((await centrex.json('cdr', 'dead-letters', 'remove', letter.id)).removed, 1);
	});

	test('a record from the future, and one that ends before it starts, are stored in order', async () => {
		for (const [start, end] of [['4102444800000000', '4102444805000000'], ['1795353917672003', '1795353900000000'],
			['-5', '99999999999999999999999'], ['x', '']]) {
			const [record] = fresh(legsOf('call-no-answer', 'json').filter(({uuid}) => uuid.endsWith(CALLS['call-no-answer'].id)));
			const json = JSON.parse(record.body);

			json.variables.start_uepoch = start;
			json.variables.end_uepoch = end;
			await fs1.take({...record, body: JSON.stringify(json)});
			const row = await centrex.json('cdr', 'show', idOf('call-no-answer'), '--tenant', TENANT);

			assert.ok(Date.parse(row.end_time) >= Date.parse(row.start_time), `${start} ${end}`);
			assert.ok(row.duration >= 0);
		}
	});

	const JUNK = {
		'nothing at all': '',
		'no record': 'hello',
		'half of one': legsOf('call-answered', 'xml')[0].body.slice(0, 9000),
		'entities that grow': '<?xml version="1.0"?><!DOCTYPE cdr [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">' +
			'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><cdr><variables><uuid>&c;&c;&c;</uuid></variables></cdr>',
		'an external entity': '<?xml version="1.0"?><!DOCTYPE cdr [<!ENTITY a SYSTEM "file:///etc/passwd">]>' +
			'<cdr><variables><uuid>&a;</uuid></variables></cdr>',
		'JSON that nests without end': `{"variables":${'['.repeat(200_000)}`,
		'bytes that are no text': Buffer.from([0, 255, 254, 1, 2, 0, 195]),
	};

	for (const [what, body] of Object.entries(JUNK))
		for (const type of ['text/xml', 'application/json', 'application/x-www-form-urlencoded'])
			test(`${what} as ${type} is kept as a dead letter`, async () => {
				// Kept once a body: told apart by the query here.
				const answer = await fs1.send({uuid: 'a_00000000-0000-4000-8000-00000000dead', type, body});

				assert.equal(answer, '200 kept as a dead letter');
				const letter = (await dead(centrex)).find((one) => one.bytes === Buffer.byteLength(body));

				assert.equal(letter?.reason, 'unreadable', JSON.stringify(letter));
				const shown = await centrex.cli('cdr', 'dead-letters', 'show', letter.id, '--body');

				assert.equal(Buffer.byteLength(shown.stdout) > 0, Buffer.byteLength(body) > 0);
			});

	test('a record of 50 MB is taken, and 65 MB are refused', async () => {
		const [record] = fresh(legsOf('call-answered', 'xml').filter(({uuid}) => uuid.startsWith('a_')));
		const body = record.body.replace('</variables>', `<long>${'a'.repeat(50 * 1024 * 1024)}</long></variables>`);

		await fs1.take({...record, body});
		assert.match(await fs1.send({...record, body: 'x'.repeat(50 * 1024 * 1024)}), /^200 kept as a dead letter/);
		// What is larger is refused by its head.
		const raw = await RawHttp.open(centrex.web.freeswitch_port);

		raw.write(`POST /freeswitch/cdr?uuid=x HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${authorization}\r\n` +
			`Content-Type: text/xml\r\nContent-Length: ${65 * 1024 * 1024}\r\n\r\n`);
		assert.equal((await raw.response()).status, 413);
		raw.close();
		assert.equal((await centrex.json('cdr', 'show', idOf('call-answered'), '--tenant', TENANT)).dest_number, '102');
	});

	test('a dead letter is listed, shown, and stored once its tenant is there', async () => {
		const records = fresh(legsOf('call-answered', 'json')).map((record) => ({...record,
			body: record.body.replaceAll(TENANT, 'later.pbx.test')}));

		for (const record of records)
			assert.equal(await fs1.send(record), '200 kept as a dead letter');
		// Again changes the count, and nothing else.
		assert.equal(await fs1.send(records[0]), '200 kept as a dead letter');
		const letters = (await dead(centrex)).filter((one) => one.reason === 'unknown_tenant');

		assert.equal(letters.length, 2);
		const letter = letters.find((one) => one.call_leg === records[0].leg);

		assert.equal(letter.attempts, 2);
		assert.equal(letter.node, 'fs-test-1');
		assert.equal((await centrex.cli('cdr', 'dead-letters', 'show', letter.id, '--body')).stdout, records[0].body);
		assert.match((await centrex.cli('cdr', 'dead-letters', 'show', letter.id)).stdout, /reason +unknown_tenant/);
		assert.match((await centrex.cli('cdr', 'dead-letters')).stdout, new RegExp(`${letter.id} .*unknown_tenant`));
		const early = await centrex.cli('cdr', 'dead-letters', 'replay', letter.id, '--json');

		assert.equal(early.status, 7);
		assert.deepEqual(early.json, {stored: 0, dead: 1});
		await centrex.tenant('later.pbx.test', ['101', '102']);
		const {stored} = (await centrex.cli('cdr', 'dead-letters', 'replay', '--all', '--json')).json;

		assert.equal(stored, 2);
		assert.deepEqual((await dead(centrex)).filter((one) => one.reason === 'unknown_tenant'), []);
		const call = await centrex.json('cdr', 'show', idOf('call-answered'), '--tenant', 'later.pbx.test');

		assert.equal(call.details.legs.length, 2);
		assert.equal((await centrex.cli('cdr', 'dead-letters', 'replay', letter.id)).status, 3);
		assert.equal((await centrex.cli('cdr', 'dead-letters', 'replay')).status, 2);
	});

	test('an error directory is imported, in every encoding, and again changes nothing', async () => {
		const directory = fs.mkdtempSync(path.join(centrex.directory, 'errors-'));
		const put = (name, body) => fs.writeFileSync(path.join(directory, name), body);
		const ids = [];
		let files = 0;

		for (const form of ['xml', 'json'])
			for (const {what} of encodings(legsOf('call-answered', form)[0])) {
				for (const record of fresh(legsOf('call-answered', form))) {
					put(`${record.uuid}.cdr.${form}`, encodings(record).find((one) => one.what === what).body);
					files++;
				}
				ids.push(idOf('call-answered'));
			}
		put('notes.txt', 'nothing');
		put('00000000-0000-4000-8000-000000000bad.cdr.xml', 'spoilt');
		fs.symlinkSync('/etc/passwd', path.join(directory, '00000000-0000-4000-8000-000000000001.cdr.xml'));
		fs.mkdirSync(path.join(directory, '00000000-0000-4000-8000-000000000002.cdr.json'));
		const first = await centrex.cli('cdr', 'import', directory, '--json');

		assert.equal(first.status, 7, first.stderr);
		assert.deepEqual(first.json, {files: files + 1, stored: files, repeated: 0, dead: 1, failed: 0, skipped: 3, removed: 0});
		for (const id of ids)
			await expectCall(centrex, 'call-answered', id, tenant.queues);
		const second = await centrex.cli('cdr', 'import', directory, '--json', '--remove');

		assert.deepEqual(second.json, {files: files + 1, stored: 0, repeated: files, dead: 1, failed: 0, skipped: 3,
			removed: files + 1});
		assert.equal(fs.readdirSync(directory).length, 3);
		assert.equal((await centrex.cli('cdr', 'import', path.join(directory, 'none'))).status, 1);
		assert.equal((await centrex.cli('cdr', 'import')).status, 2);
		assert.match((await centrex.cli('help', 'cdr')).stdout, /centrex cdr import DIR/);
	});
});

describe('with the database away', () => {
	let centrex, fs1, postgres, tenant;
	let calls = 0x1000;

	before(async () => {
		postgres = await startPostgres();
		centrex = await startCentrex({env: {CENTREX_DATABASE: postgres.url}, args: ['--freeswitch-credentials', CREDENTIALS]});
		tenant = await makeTenant(centrex);
		fs1 = new Switch(centrex);
	});
	after(async () => {
		await centrex?.stop();
		await postgres?.stop();
	});

	const send = async (n) => {
		const ids = [];

		for (let i = 0; i < n; i++) {
			calls++;
			ids.push(`${hex(calls)}${CALLS['call-answered'].id.slice(4)}`);
			for (const record of legsOf('call-answered', i % 2 ? 'xml' : 'json'))
				assert.equal(await fs1.send(another(record, calls, channels)), '200 kept until the database is back');
		}
		return ids;
	};
	const waiting = () => metric(centrex, 'centrex_records_waiting');
	const expectAll = async (ids) => {
		await waitFor(async () => await waiting() === 0, 'the spool to be empty', 30_000);
		assert.equal((await centrex.json('cdr', 'list', '--tenant', TENANT, '--limit', 500)).length, ids.length);
		for (const id of ids)
			await expectCall(centrex, 'call-answered', id, tenant.queues);
	};
	const ids = [];

	test('records are kept in the spool and stored when it is back', async () => {
		await postgres.stop();
		ids.push(...await send(10));
		assert.equal(await waiting(), 20);
		assert.equal(fs.readdirSync(path.join(centrex.state, 'spool-freeswitch')).filter((name) => name.endsWith('.cdr')).length, 20);
		await postgres.start();
		await expectAll(ids);
	});

	test('a web process that is killed meanwhile loses none of them', async () => {
		await postgres.stop();
		ids.push(...await send(5));
		const pid = centrex.kill('web');

		await waitFor(() => centrex.web && centrex.pid('web') && centrex.web.pid !== pid, 'the web process to be there again', 60_000);
		await waitFor(async () => (await new Http(centrex).get('/healthz')).status === 200, 'it to answer', 30_000);
		assert.equal(await waiting(), 10);
		ids.push(...await send(5));
		await postgres.start();
		await expectAll(ids);
	});
});
