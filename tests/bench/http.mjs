// The API: GET of one extension and a list of 50, against nginx answering the same bytes
// (`return 200`, and a file), and against pgbench sending PostgreSQL the same statements. Then a million
// requests, for the memory of the process.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import {run, start} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {addPhones, cpuMicroseconds, directory, family, interleave, median, quick, report, startCentrex} from './lib.mjs';

const CONNECTIONS = 16;
const SECONDS = quick ? 2 : 8;
const ROUNDS = quick ? 1 : 3;
const MILLION = quick ? 20_000 : 1_000_000;
const DOMAIN = 'bench0.pbx.test';
const work = directory('http');

async function freePort() {
	const server = net.createServer().listen(0, '127.0.0.1');

	await new Promise((resolve) => server.once('listening', resolve));
	const {port} = server.address();

	await new Promise((resolve) => server.close(resolve));
	return port;
}

async function signIn(centrex) {
	const password = 'password of the bench';
	const origin = `http://127.0.0.1:${centrex.web.port}`;

	const made = await centrex.cli('user', 'create', '--email', 'bench@pbx.test', '--global-role', 'admin',
		{input: `${password}\n`});

	assert.equal(made.status, 0, made.stderr);
	const login = await fetch(`${origin}/api/v1/login`, {method: 'POST',
		headers: {'content-type': 'application/json', origin},
		body: JSON.stringify({email: 'bench@pbx.test', password})});

	assert.equal(login.status, 200, await login.clone().text());
	const cookie = login.headers.get('set-cookie').split(';')[0];
	const token = await fetch(`${origin}/api/v1/me/tokens`, {method: 'POST',
		headers: {'content-type': 'application/json', origin, cookie}, body: JSON.stringify({name: 'bench'})});

	assert.equal(token.status, 201, await token.clone().text());
	return (await token.json()).secret;
}

// nginx with one worker a core; every answer is the same as ours, byte for byte. (Its `return` takes no
// more than 4 KB: the list is a file.)
async function startNginx(bodies) {
	const port = await freePort();
	const file = path.join(work, 'nginx.conf');

	fs.writeFileSync(path.join(work, 'list.json'), bodies.list);
	fs.writeFileSync(file, `
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
	default_type application/json;
	server {
		listen 127.0.0.1:${port};
		location = /one { return 200 '${bodies.one.replaceAll("'", "\\'").replaceAll('$', '')}'; }
		location = /list { alias ${work}/list.json; }
	}
}
`);
	const nginx = start('nginx', ['-c', file], {name: 'nginx'});

	await waitFor(async () => {
		try {
			return (await fetch(`http://127.0.0.1:${port}/one`)).status === 200;
		} catch {
			return false;
		}
	}, () => `nginx to answer: ${nginx.output()}`);
	return {port, nginx};
}

async function wrk(url, token, pids) {
	const before = cpuMicroseconds(pids);
	const {stdout} = await run('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${SECONDS}s`, '--latency',
		'-H', `Authorization: Bearer ${token}`, url], {timeoutMs: 120_000});
	const cpu = cpuMicroseconds(pids) - before;
	const requests = Number(/(\d+) requests in/.exec(stdout)[1]);

	assert.doesNotMatch(stdout, /Non-2xx|Socket errors/, stdout);
	return {rate: Math.round(requests / SECONDS), cpu_us: cpu / requests, p99: /99%\s+(\S+)/.exec(stdout)[1]};
}

// The statement of the request, prepared, on connections that hold role and search path for good: less than a
// unit of work does.
async function pgbench(centrex, tenant, sql) {
	const bin = (await run('pg_config', ['--bindir'])).stdout.trim();
	const file = path.join(work, 'statement.sql');
	const schema = `tenant_${tenant.replaceAll('-', '')}`;
	const slot = `centrex_app_${String(parseInt(tenant.at(-1), 16)).padStart(2, '0')}`;

	fs.writeFileSync(file, `${sql};\n`);
	const result = await run(path.join(bin, 'pgbench'), ['-h', path.join(centrex.state, 'run'), '-U', slot,
		'-n', '-M', 'prepared', '-c', String(CONNECTIONS), '-j', '2', '-T', String(SECONDS), '-f', file, 'centrex'],
	{timeoutMs: 120_000, env: {PGOPTIONS: `-c role=${schema} -c search_path=${schema}`}});

	assert.equal(result.status, 0, result.stderr);
	return {rate: Math.round(Number(/tps = ([\d.]+)/.exec(result.stdout)[1]))};
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

const centrex = await startCentrex(['--web-rate-address', 0, '--web-rate-credential', 0, '--web-rate-tenant', 0]);
const pid = centrex.pid('web');
const columns = 'e.id, e.extension_number, e.auth_username, \'********\' as auth_password, e.context, e.user_id,' +
	' (public.member_name(e.user_id)) as email';

try {
	await addPhones(centrex, [DOMAIN], 500);
	const token = await signIn(centrex);
	const base = `http://127.0.0.1:${centrex.web.port}/api/v1/tenants/${DOMAIN}/extensions`;
	const get = async (url) => (await fetch(url, {headers: {authorization: `Bearer ${token}`}})).json();
	const list = await get(`${base}?limit=50`);
	const one = list.items[25];
	const urls = {one: `${base}/${one.id}`, list: `${base}?limit=50`};
	const tenant = (await centrex.json('tenant', 'show', DOMAIN)).id;
	const statements = {
		one: `select row_to_json(r) from (select ${columns} from extensions as e where e.id = '${one.id}') as r`,
		list: `select row_to_json(r) from (select ${columns} from extensions as e order by e.extension_number limit 51) as r`,
	};
	const {port, nginx} = await startNginx({one: JSON.stringify(await get(urls.one)), list: JSON.stringify(list)});
	const rows = {nginx: [], pgbench: []};

	for (const what of ['one', 'list']) {
		console.log(`${what}:`);
		const results = await interleave(['Centrex', 'nginx', 'pgbench'], ROUNDS, (side) => ({
			Centrex: () => wrk(urls[what], token, [pid]),
			nginx: () => wrk(`http://127.0.0.1:${port}/${what}`, token, family(nginx.pid)),
			pgbench: () => pgbench(centrex, tenant, statements[what]),
		})[side]());
		const middle = (side, figure) => median(results[side].map((result) => result[figure]));
		const name = what === 'one' ? 'GET of one extension' : 'list of 50 extensions';

		rows.nginx.push([name, middle('Centrex', 'rate'), middle('nginx', 'rate'), 'per second', true],
			[`${name}, CPU of the process`, middle('Centrex', 'cpu_us'), middle('nginx', 'cpu_us'), 'us', false]);
		rows.pgbench.push([name, middle('Centrex', 'rate'), middle('pgbench', 'rate'), 'per second', true]);
	}
	report('HTTP', 'nginx with the same bytes', rows.nginx);
	report('HTTP and PostgreSQL', 'pgbench, the same statements prepared', rows.pgbench);

	const before = resident(pid);

	for (let done = 0; done < MILLION;) {
		const {stdout} = await run('wrk', ['-t1', `-c${CONNECTIONS}`, '-d10s', '-H', `Authorization: Bearer ${token}`, urls.one],
			{timeoutMs: 60_000});

		done += Number(/(\d+) requests in/.exec(stdout)[1]);
	}
	console.log(`resident memory of centrex web: ${before} KB before, ${resident(pid)} KB after ${MILLION} requests more`);
	await nginx.stop();
} finally {
	await centrex.stop();
}
