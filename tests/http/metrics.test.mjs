// /metrics: every line as Prometheus' text form (0.0.4) has it, and nothing about tenants in it.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants} from '../sip/two_tenants.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

let two, http;

before(async () => {
	two = await TwoTenants.start({args: ['--node', 'a "node" \\ of ours']});
	http = new Http(two.centrex);
	await makeUser(two.centrex, 'op@pbx.test', {admin: true});
	await makeUser(two.centrex, 'owner@one.test');
	await makeMember(two.centrex, two.tenants[0].domain, 'owner@one.test', 'owner');
});
after(() => two?.stop());

// The whole text, strictly: {name: {type, samples: [{name, labels, value}]}}.
function parse(text) {
	const families = new Map();
	const seen = new Set();
	let family;

	assert.ok(text.endsWith('\n'));
	for (const line of text.slice(0, -1).split('\n')) {
		const help = line.match(/^# HELP ([a-z_]+) (\S.*\S)$/);
		const type = line.match(/^# TYPE ([a-z_]+) (counter|gauge|histogram)$/);

		if (help) {
			assert.ok(!families.has(help[1]), `${help[1]} comes twice`);
			family = {name: help[1], samples: []};
			families.set(help[1], family);
			continue;
		}
		if (type) {
			assert.equal(type[1], family.name, line);
			assert.equal(family.type, undefined, line);
			assert.equal(family.samples.length, 0, line);
			family.type = type[2];
			continue;
		}
		const sample = line.match(/^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,(?!\})|(?=\})))*)\})? (-?[0-9.]+(?:e[+-]?[0-9]+)?)$/);

		assert.ok(sample, `no sample: ${line}`);
		const [, name, labels = '', value] = sample;
		const base = family.type === 'histogram' ? name.replace(/_(bucket|sum|count)$/, '') : name;

		assert.equal(base, family.name, `${line} stands under ${family.name}`);
		assert.ok(family.type);
		assert.ok(!seen.has(`${name}{${labels}}`), `${line} comes twice`);
		assert.ok(family.type !== 'counter' || (name.endsWith('_total') && Number(value) >= 0), line);
		seen.add(`${name}{${labels}}`);
		family.samples.push({name, value: Number(value), text: labels,
			labels: Object.fromEntries([...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map((m) =>
				[m[1], m[2].replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c))]))});
	}
	for (const {type, name, samples} of families.values())
		if (type === 'histogram')
			checkHistogram(name, samples);
	return families;
}

function checkHistogram(name, samples) {
	const groups = new Map();

	for (const sample of samples) {
		const {le, ...rest} = sample.labels;
		const group = groups.get(JSON.stringify(rest)) ?? {buckets: []};

		groups.set(JSON.stringify(rest), group);
		if (sample.name.endsWith('_bucket'))
			group.buckets.push([le === '+Inf' ? Infinity : Number(le), sample.value]);
		else
			group[sample.name.slice(name.length + 1)] = sample.value;
	}
	for (const {buckets, sum, count} of groups.values()) {
		buckets.reduce((before, now) => {
			assert.ok(now[0] > before[0] && now[1] >= before[1], `${name}: ${buckets}`);
			return now;
		}, [-1, 0]);
		assert.deepEqual(buckets.at(-1), [Infinity, count]);
		assert.ok(sum >= 0);
	}
}

async function metrics(client = http) {
	const answer = await client.get('/metrics');

	assert.equal(answer.status, 200, answer.text);
	assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
	return parse(answer.text);
}

const value = (families, name, labels = {}) => [...families.values()].flatMap((family) => family.samples).find((sample) =>
	sample.name === name && Object.entries(labels).every(([key, text]) => sample.labels[key] === text))?.value;

test('requests are counted by route and class of status, and timed by group', async () => {
	const owner = await signIn(two.centrex, 'owner@one.test');
	const path = `/api/v1/tenants/${two.tenants[0].domain}/extensions`;

	for (let i = 0; i < 3; i++)
		assert.equal((await owner.get(path)).status, 200);
	assertProblem(await owner.get(`${path}/999`), 404, 'not_found');
	assertProblem(await http.get('/api/nowhere'), 404, 'not_found');
	const families = await waitFor(async () => {
		const now = await metrics();
		const route = '/api/v1/tenants/{tenant}/extensions';

		return value(now, 'centrex_http_requests_total', {route, status: '2xx', method: 'GET'}) === 3 &&
			value(now, 'centrex_http_requests_total', {route: `${route}/{id}`, status: '4xx'}) === 1 &&
			value(now, 'centrex_http_requests_total', {route: '', status: '4xx'}) >= 1 && now;
	}, 'the requests to be counted');

	assert.equal(value(families, 'centrex_http_request_seconds_count', {group: 'extensions'}), 4);
	assert.ok(value(families, 'centrex_db_taken_total') > 0);
	assert.ok(value(families, 'centrex_db_connections') <= value(families, 'centrex_db_connections_most'));
	assert.equal(value(families, 'centrex_db_up'), 1);
	assert.equal(value(families, 'centrex_listening'), 1);
	assert.ok(value(families, 'centrex_workers_done_total', {class: 'database'}) > 0);
	assert.ok(value(families, 'centrex_snapshots') >= 1);
	assert.ok(value(families, 'centrex_memory_bytes') > 1e6);
});

test('every process is there by its node, with calls, registrations and records', async () => {
	const phone = await two.phone(two.tenants[0], '101');
	const call = await phone.invite('999'); // an unknown number: a record

	assert.equal((await call.final()).status, 404);
	const node = 'a "node" \\ of ours';
	const families = await waitFor(async () => {
		const now = await metrics();

		return value(now, 'centrex_registrations', {node}) === 1 && value(now, 'centrex_cdrs_stored_total', {node}) === 1 && now;
	}, 'the engine to tell of itself', 30_000);

	assert.equal(value(families, 'centrex_calls', {node}), 0);
	assert.equal(value(families, 'centrex_cdrs_seen_total', {node}), 1);
	assert.equal(value(families, 'centrex_cdrs_waiting', {node}), 0);
	assert.equal(value(families, 'centrex_cdrs_rejected_total', {node}), 0);
	assert.ok(value(families, 'centrex_sip_messages_total', {node, what: 'registered'}) >= 1);
	assert.ok(value(families, 'centrex_sounds_encoded_total', {node}) >= 1); // silence is always there
	assert.equal(value(families, 'centrex_sounds_failed_total', {node}), 0);
	for (const kind of ['sip', 'web'])
		assert.ok(value(families, 'centrex_node_memory_bytes', {node, kind}) > 1e6);
});

test('no tenant is named', async () => {
	const {text} = await http.get('/metrics');

	for (const {domain, id} of two.tenants)
		assert.ok(!text.includes(domain) && !text.includes(id));
});

test('from elsewhere only operators see them', async () => {
	const forwarded = {headers: {'x-forwarded-for': '192.0.2.1'}};

	assertProblem(await http.get('/metrics', forwarded), 401, 'unauthenticated');
	assertProblem(await (await signIn(two.centrex, 'owner@one.test')).get('/metrics', forwarded), 403, 'forbidden');
	const operator = await makeToken(await signIn(two.centrex, 'op@pbx.test'), {});

	assert.ok((await metrics(operator)).size > 20);
	assert.equal((await operator.get('/metrics', forwarded)).status, 200);
});

test('without the database what the process itself counts is still there', async () => {
	two.centrex.kill('supervisor', 'SIGSTOP');
	try {
		two.centrex.kill('postgres');
		const families = await waitFor(async () => {
			const now = await metrics();

			return value(now, 'centrex_db_up') === 0 && value(now, 'centrex_listening') === 0 && now;
		}, 'the database to be missed');

		assert.ok(value(families, 'centrex_http_requests_total') > 0);
		assert.equal(families.get('centrex_calls'), undefined);
	} finally {
		two.centrex.kill('supervisor', 'SIGCONT');
	}
});
