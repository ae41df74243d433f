// FreeSWITCH's directory look-up: a form of 2.5 KB as its REGISTER sends it, for a random phone of a random
// tenant, a new connection each (as mod_xml_curl does) and kept alive, against nginx answering the same
// number of bytes (`return 200`). Then the latency of look-ups while PostgreSQL is stopped and while it is
// dead, and the memory of the snapshots.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {randomUUID} from 'node:crypto';

import {directoryForm} from '../freeswitch/forms.mjs';
import {freePort, processes, start} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {cpuMicroseconds, directory, family, interleave, loadJson, median, program, psql, quick, report, startCentrex} from './lib.mjs';

const CONNECTIONS = 16;
const TENANTS = quick ? 200 : 10_000;
const PHONES = 20;
const SECONDS = quick ? 2 : 6;
const ROUNDS = quick ? 1 : 5;
const RATE = 1_000; // a second, for the latencies
const FORM_BYTES = 2_500;
const CREDENTIALS = 'fs1:the-secret-of-the-switches';
const work = directory('freeswitch');
const forms = path.join(work, 'forms');

// Fields of a REGISTER that came through an edge proxy: every X- header becomes one.
const extra = '&X-Edge-Node=edge1.pbx.test&X-Edge-Received=udp%3A198.51.100.17%3A5060' +
	'&X-Phone-Model=Desk%20Phone%20480&X-Phone-Firmware=10.1.175.16%20%28Aug%202026%29';

const phone = (tenant, i) => ({domain: `bench${tenant}.pbx.test`, number: String(100 + i),
	username: `00000000-0000-4000-8000-${String(10_000_000_000 + tenant * 100 + i).padStart(12, '0')}`});

function form(tenant, i) {
	const short = directoryForm(phone(tenant, i), extra);

	return directoryForm(phone(tenant, i), `${extra}&X-Route-Trace=${'198.51.100.17%2C'.repeat(100)
		.slice(0, FORM_BYTES - short.length - '&X-Route-Trace='.length).replace(/%2?$/, '')}`);
}

// The tables a snapshot is made of, in a schema for each tenant: a whole one takes 170 ms, beside thousands.
const TABLES = ['extensions', 'media_files', 'media_details', 'numbers', 'queues', 'queue_members', 'settings'];

async function addTenants(centrex) {
	const whole = await centrex.json('tenant', 'create', '--name', 'bench', '--domain', 'whole.pbx.test');
	const model = `tenant_${whole.id.replaceAll('-', '')}`;
	const ids = Array.from({length: TENANTS}, () => randomUUID());

	for (let first = 0; first < TENANTS; first += 250) {
		const batch = ids.slice(first, first + 250).map((id, i) => {
			const schema = `tenant_${id.replaceAll('-', '')}`, tenant = first + i;
			const slot = `centrex_app_${String(parseInt(id.at(-1), 16)).padStart(2, '0')}`;
			const rows = Array.from({length: PHONES}, (_, k) => phone(tenant, k))
				.map(({number, username}) => `(gen_random_uuid(), '${number}', '${username}')`);

			return `insert into public.tenants (id, name, domain, schema_name)
				values ('${id}', 'bench${tenant}', 'bench${tenant}.pbx.test', '${schema}');
			insert into public.schema_versions (schema_name, version)
				select '${schema}', max(version) from public.schema_migrations where kind = 'tenant';
			create role "${schema}" nologin;
			grant "${schema}" to ${slot};
			create schema "${schema}";
			grant usage on schema "${schema}" to "${schema}";
			${TABLES.map((table) => `create table "${schema}".${table} (like "${model}".${table} including defaults);
				grant select on "${schema}".${table} to "${schema}";`).join('\n')}
			with phone (id, number, username) as (values ${rows.join(', ')}), made as (
				insert into "${schema}".extensions (id, extension_number, auth_username, auth_password, context)
				select id::uuid, number, username::uuid, 'password-of-the-phone-' || number, 'default' from phone)
			insert into public.auth_usernames (auth_username, tenant_id, extension_id)
				select username::uuid, '${id}', id::uuid from phone;`;
		});

		await psql(centrex, `begin;\n${batch.join('\n')}\ncommit;`);
	}
	await psql(centrex, `analyze public.tenants; analyze public.auth_usernames;
		analyze pg_catalog.pg_class; analyze pg_catalog.pg_namespace;`);
	return whole;
}

async function ask(port, body) {
	return fetch(`http://127.0.0.1:${port}/freeswitch/directory`, {method: 'POST', body,
		headers: {'content-type': 'application/x-www-form-urlencoded',
			authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`}});
}

async function metrics(centrex) {
	const text = await (await fetch(`http://127.0.0.1:${centrex.web.port}/metrics`)).text();

	return Object.fromEntries([...text.matchAll(/^([a-z_]+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
}

// One worker a core, and as many bytes in each answer as ours has, head included.
async function startNginx(bytes) {
	const port = await freePort();
	const file = path.join(work, 'nginx.conf');
	let padding = bytes;

	const write = () => fs.writeFileSync(file, `
worker_processes 2;
daemon off;
pid ${work}/nginx.pid;
error_log ${work}/error.log;
events { worker_connections 1024; }
http {
	access_log off;
	keepalive_requests 100000000;
	client_body_temp_path ${work}/body; proxy_temp_path ${work}/proxy; fastcgi_temp_path ${work}/fastcgi;
	uwsgi_temp_path ${work}/uwsgi; scgi_temp_path ${work}/scgi;
	default_type text/xml;
	server {
		listen 127.0.0.1:${port};
		location / { return 200 '${'x'.repeat(padding)}'; }
	}
}
`);
	const run = async () => {
		const nginx = start('nginx', ['-c', file], {name: 'nginx'});

		await waitFor(async () => {
			try {
				return (await ask(port, '')).status === 200;
			} catch {
				return false;
			}
		}, () => `nginx to answer: ${nginx.output()}`);
		return nginx;
	};

	write();
	let nginx = await run();
	const {mean_bytes: much} = await load(port, 1, 'kept');

	await nginx.stop();
	padding -= much - bytes;
	write();
	nginx = await run();
	return {port, nginx};
}

const load = (port, seconds, how, ...rate) => loadJson(program('load_form'),
	[port, '/freeswitch/directory', forms, seconds, CONNECTIONS, how, ...rate], {env: {CREDENTIALS}});

async function measure(port, pids, how) {
	const before = cpuMicroseconds(pids);
	const result = await load(port, SECONDS, how);

	assert.equal(result.bad, 0, JSON.stringify(result));
	return {...result, cpu_us: (cpuMicroseconds(pids) - before) / result.requests};
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const postgresPids = (centrex) => {
	const all = processes(), first = centrex.pid('postgres');

	return [first, ...family(first).filter((pid) => pid !== first)].filter((pid) => all.some((p) => p.pid === pid));
};

const centrex = await startCentrex(['--freeswitch-credentials', CREDENTIALS]);

try {
	const pid = () => centrex.pid('web');
	const empty = resident(pid());
	const begun = Date.now();

	await addTenants(centrex);
	console.log(`${TENANTS} tenants of ${PHONES} phones made in ${Math.round((Date.now() - begun) / 1000)} s`);
	fs.writeFileSync(forms, Array.from({length: TENANTS * 2}, (_, i) => `${form(i >> 1, i % PHONES)}\n`).join(''));

	// A web process that starts beside them loads them all.
	const old = centrex.kill('web', 'SIGTERM');
	const warming = Date.now();

	await waitFor(() => pid() && pid() !== old && centrex.web?.pid === pid(), 'the web process to be back', 60_000);
	await waitFor(async () => (await metrics(centrex)).centrex_snapshots > TENANTS, 'every tenant to be in memory', 1_200_000);
	const {centrex_snapshots: n, centrex_snapshot_bytes: bytes} = await metrics(centrex);

	console.log(`in memory after ${((Date.now() - warming) / 1000).toFixed(1)} s; a tenant of ${PHONES} phones takes ` +
		`${bytes === undefined ? '?' : (bytes / n).toFixed(0)} bytes, resident memory of the process ` +
		`${((resident(pid()) - empty) * 1024 / n).toFixed(0)} bytes a tenant (${resident(pid())} KB, empty ${empty} KB)`);

	const port = centrex.web.freeswitch_port;
	const sample = await ask(port, form(0, 0));

	assert.match(await sample.text(), /a1-hash/);
	const answer = await load(port, 1, 'new');
	const {port: peer, nginx} = await startNginx(Math.round(answer.mean_bytes));
	const rows = [];

	for (const how of ['new', 'kept']) {
		console.log(`${how}:`);
		const results = await interleave(['Centrex', 'nginx'], ROUNDS, (side) => side === 'nginx'
			? measure(peer, family(nginx.pid), how) : measure(port, [pid()], how));
		const middle = (side, figure) => median(results[side].map((result) => result[figure]));
		const name = `look-up, ${how === 'new' ? 'a new connection each' : 'kept alive'}`;

		rows.push([name, middle('Centrex', 'rate'), middle('nginx', 'rate'), 'per second', true],
			[`${name}, CPU of the server`, middle('Centrex', 'cpu_us'), middle('nginx', 'cpu_us'), 'us', false],
			[`${name}, p99`, middle('Centrex', 'p99_us'), middle('nginx', 'p99_us'), 'us', false]);
	}
	await nginx.stop();

	console.log(`latency at ${RATE} look-ups a second, a new connection each:`);
	const show = (what, {p50_us: p50, p99_us: p99, most_us: most, bad, requests}) =>
		console.log(`| ${what} | p50 ${p50} us | p99 ${p99} us | most ${most} us | ${bad} of ${requests} not answered 200 |`);

	show('PostgreSQL runs', await load(port, SECONDS, 'new', RATE));
	const stopped = postgresPids(centrex);

	stopped.forEach((one) => process.kill(one, 'SIGSTOP'));
	try {
		show('PostgreSQL stopped', await load(port, SECONDS, 'new', RATE));
	} finally {
		stopped.forEach((one) => process.kill(one, 'SIGCONT'));
	}
	process.kill(centrex.pid('postgres'), 'SIGKILL');
	show('PostgreSQL killed', await load(port, SECONDS, 'new', RATE));
	report('FreeSWITCH', 'nginx, as many bytes', rows);
} finally {
	await centrex.stop({timeoutMs: 300_000});
}
