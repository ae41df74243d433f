// `centrex serve` starts and stops, and says in one line why it cannot.

import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import {test} from 'node:test';

import {binary} from '../lib/centrex.mjs';
import {freePort, processes, run, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {installation, isRoot, ready, refuses, shared, stop} from './installation.mjs';

test('a first start, Ctrl-C, and a later start in under three seconds that finds the data', async () => {
	const centrex = await shared();
	const system = fs.readFileSync(path.join(centrex.state, 'postgres/global/pg_control'));

	assert.equal(fs.statSync(centrex.state).mode & 0o777, 0o700);
	await stop(centrex, 'SIGINT');
	assert.equal(fs.existsSync(path.join(centrex.state, 'postgres/postmaster.pid')), false);
	let best = Infinity;
	for (let i = 0; i < 3 && best >= 3000; i++) { // other tests run beside this one
		const begun = performance.now();

		await ready(centrex);
		best = Math.min(best, performance.now() - begun);
		if (best >= 3000)
			await stop(centrex);
	}
	assert.ok(best < 3000, `took ${best} ms`);
	// The first eight bytes are the cluster's own number.
	assert.deepEqual(fs.readFileSync(path.join(centrex.state, 'postgres/global/pg_control'))
		.subarray(0, 8), system.subarray(0, 8));
	await stop(centrex);
});

test('as root it runs nothing as root', {skip: !isRoot && 'not root'}, async () => {
	const centrex = await shared();

	for (const pid of centrex.family()) {
		const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');

		assert.doesNotMatch(status, /^Uid:.*\b0\b/m, `process ${pid}`);
		assert.doesNotMatch(status, /^Gid:.*\b0\b/m, `process ${pid}`);
		assert.match(status, /^Groups:\s*$/m, `process ${pid}`);
		if (pid !== centrex.supervisor.pid)
			assert.match(status, /^NoNewPrivs:\t1$/m, `process ${pid}`);
	}
	await stop(centrex);
});

test('nobody logs in as the superuser of the embedded PostgreSQL, root as its owner', async () => {
	const centrex = await shared();
	const connect = (user) => run('psql', ['-Atc', 'select current_user',
		`host=${centrex.state}/run user=${user} dbname=centrex`]);

	assert.equal((await connect('centrex_owner')).stdout, 'centrex_owner\n');
	assert.match((await connect('postgres')).stderr, /Peer authentication failed/);
	const tcp = processes().filter((p) => centrex.family().has(p.pid) && /postgres/.test(p.command));
	for (const p of tcp)
		assert.equal((await run('ss', ['-Hltnp'])).stdout.includes(`pid=${p.pid},`), false);
	await stop(centrex);
});

test('every process logs as the settings say, also after SIGHUP', async () => {
	const centrex = installation();
	const file = path.join(temporaryDirectory('fault'), 'centrex.conf');
	const set = (text) => fs.writeFileSync(file, text, {mode: 0o644});
	const says = (line) => waitFor(() => centrex.supervisor.output().includes(line), line, 30_000);

	set('log-format = json\n');
	centrex.environment.CENTREX_CONFIG = file;
	await centrex.start({wait: false});
	await says('"area":"serve","message":"ready"');
	const areas = centrex.supervisor.output().trimEnd().split('\n').map((line) => JSON.parse(line).area);

	assert.ok(areas.includes('sip'), areas.join());
	set('log-format = plain\nlog-level = debug\n');
	centrex.kill('supervisor', 'SIGHUP');
	await says(' info sip settings re-read\n');
	await stop(centrex);
});

test('a second `centrex serve` on the same state directory', async () => {
	const centrex = await shared();

	await refuses(centrex, 5, new RegExp('^centrex: state: another `centrex serve` ' +
		`\\(process ${centrex.supervisor.pid}\\) runs on ${centrex.state}\n$`));
	await stop(centrex);
});

test('the disk is full while the database is being made', async () => {
	const centrex = installation();
	// As if full: no file may grow over 200 KB.
	const limited = (args) => run('prlimit', ['--fsize=204800', binary, ...args],
		{env: centrex.environment, timeoutMs: 60_000});
	const result = await limited(centrex.arguments());

	assert.match(result.stderr, /^centrex: cannot make the database: .*File too large\n$/);
	assert.equal(result.status, 1);
	assert.deepEqual(fs.readdirSync(centrex.state).filter((name) => name.startsWith('postgres')), []);
	await ready(centrex);
	await stop(centrex);
});

test('no PostgreSQL', async () => {
	const centrex = installation({args: ['--postgres-bin', '/nonexistent']});

	await refuses(centrex, 3, /^centrex: there is no PostgreSQL program \/nonexistent\/initdb: run script\/bootstrap, or give --postgres-bin or --database\n$/);
	const bare = installation({env: {PATH: '/nonexistent'}});
	await refuses(bare, 3, /^centrex: PostgreSQL is not installed \(no pg_config\): /);
});

test('a database of another major version', async () => {
	const centrex = await shared();

	await stop(centrex);
	const file = path.join(centrex.state, 'postgres/PG_VERSION');
	const version = fs.readFileSync(file);

	fs.writeFileSync(file, '9\n');
	await refuses(centrex, 4, /^centrex: state: .*\/postgres was made by PostgreSQL 9, and .* has PostgreSQL \d+: /);
	fs.writeFileSync(file, version);
});

test('a database that is damaged', async () => {
	const centrex = await ready(installation());

	await stop(centrex);
	fs.writeFileSync(path.join(centrex.state, 'postgres/global/pg_control'), Buffer.alloc(8192));
	await refuses(centrex, 5, /^centrex: PostgreSQL does not start: .+\n$/);
});

test('a state directory that cannot be written', async () => {
	const directory = temporaryDirectory('fault');
	const file = path.join(directory, 'file');

	fs.writeFileSync(file, '');
	await refuses(installation({state: path.join(file, 'state')}), 1,
		/^centrex: state: cannot write the state directory .*\/file\/state: Not a directory\n$/);
	await refuses(installation({state: file}), 1,
		/^centrex: state: cannot write the state directory .*\/file: Not a directory\n$/);
	fs.symlinkSync(directory, path.join(directory, 'link'));
	await refuses(installation({state: path.join(directory, 'link')}), 2,
		/^centrex: state: .*\/link is a symbolic link: name the directory itself\n$/);
	if (isRoot) {
		const foreign = path.join(directory, 'foreign'), full = path.join(directory, 'full');

		fs.mkdirSync(foreign);
		fs.chownSync(foreign, 54321, 54321);
		await refuses(installation({state: foreign}), 6,
			/^centrex: state: .*\/foreign belongs to user id 54321: start Centrex as that user/);
		fs.mkdirSync(path.join(full, 'something'), {recursive: true});
		await refuses(installation({state: full}), 4,
			/^centrex: state: .*\/full belongs to root and is not empty: name a directory/);
		assert.equal(fs.statSync(full).uid, 0);
	} else {
		fs.chmodSync(directory, 0o500);
		await refuses(installation({state: path.join(directory, 'state')}), 1,
			/^centrex: state: cannot write the state directory .*\/state: Permission denied\n$/);
		fs.chmodSync(directory, 0o700);
	}
});

test('the engine alone does not run as root', {skip: !isRoot && 'not root'}, async () => {
	const directory = temporaryDirectory('fault');
	const result = await run(binary, ['sip', '--state', directory]);

	assert.match(result.stderr, /^centrex: sip does not run as root: .*\n$/);
	assert.equal(result.status, 6);
	assert.deepEqual(fs.readdirSync(directory), []);
});

test('directories above the state directory', {skip: !isRoot && 'not root'}, async () => {
	const directory = temporaryDirectory('fault');
	const closed = path.join(directory, 'closed'), made = path.join(directory, 'made');

	fs.mkdirSync(closed, {mode: 0o700});
	await refuses(installation({state: path.join(closed, 'state')}), 6,
		/^centrex: state: .*\/closed\/state cannot be reached by the system user: a directory above it is closed to others\n$/);
	const before = process.umask(0o077);
	try {
		const centrex = await ready(installation({state: path.join(made, 'state')}));

		assert.equal(fs.statSync(made).mode & 0o777, 0o755);
		await stop(centrex);
	} finally {
		process.umask(before);
	}
});

test('a state directory whose socket path would be too long', async () => {
	const state = path.join(temporaryDirectory('fault'), 'x'.repeat(80));

	await refuses(installation({state}), 2,
		/^centrex: state: is too long: the database's socket in it would have a path of \d+ bytes, and 107 is the most\n$/);
});

test('a system user that is missing, or is root', {skip: !isRoot && 'not root'}, async () => {
	await refuses(installation({args: ['--user', 'no-such-user']}), 3,
		/^centrex: user: there is no system user 'no-such-user': run script\/bootstrap/);
	await refuses(installation({args: ['--user', 'root']}), 6, /^centrex: user: must not be root/);
});

test('a settings file that the system user cannot read', {skip: !isRoot && 'not root'}, async () => {
	const file = path.join(temporaryDirectory('fault'), 'centrex.conf');

	fs.writeFileSync(file, 'drain-s = 1\n', {mode: 0o600});
	await refuses(installation({args: ['--config', file]}), 1,
		/^centrex: cannot read the settings file .*: Permission denied\n$/);
});

test('a certificate that cannot be read, or is none', async () => {
	const file = path.join(temporaryDirectory('fault'), 'own.pem');
	const centrex = installation({args: ['--sip-tls-certificate', file]});

	fs.writeFileSync(file, 'no certificate', {mode: 0o000});
	await refuses(centrex, 1,
		/^centrex: sip-tls-certificate: cannot read .*\/own\.pem: Permission denied\n$/);
	fs.chmodSync(file, 0o644);
	await refuses(centrex, 2,
		/^centrex: sip-tls-certificate: .*\/own\.pem holds no key and certificate in PEM form\n$/);
});

test('a SIP port that is taken ends all of it, with one line', async () => {
	const port = await freePort();
	const centrex = installation({args: ['--sip-port', port]});
	const line = new RegExp(`^centrex: .*\\b${port}\\b.*\n$`);
	const socket = dgram.createSocket('udp4').unref();

	await new Promise((resolve) => socket.bind(port, '127.0.0.1', resolve));
	await refuses(centrex, 5, line);
	await new Promise((resolve) => socket.close(resolve));
	const server = net.createServer().unref();
	await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
	await refuses(centrex, 5, line);
	await new Promise((resolve) => server.close(resolve));
	assert.deepEqual([...centrex.family()], []);
	await ready(centrex);
	await stop(centrex);
});
