// A PostgreSQL as an operator has one: over TCP, a password for every login, an owner who may create
// roles and nothing more.
//
//   const postgres = await startPostgres();
//   postgres.url                        of the owner login
//   await postgres.sql('select 1')      as the superuser, in the same database
//   await postgres.stop();

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {freePort, run, start, temporaryDirectory} from './processes.mjs';
import {waitFor} from './wait.mjs';

// It refuses to run as root.
const nobody = process.getuid() === 0
	? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

function as(command, args) {
	const all = [...nobody, command, ...args];

	return [all[0], all.slice(1)];
}

export async function startPostgres() {
	const bin = (await run('pg_config', ['--bindir'])).stdout.trim();
	const directory = temporaryDirectory('postgres');
	const data = path.join(directory, 'data');
	const port = await freePort();
	const psql = (args) => run('psql', ['-qAtX', '-v', 'ON_ERROR_STOP=1', ...args]);

	if (nobody.length)
		fs.chownSync(directory, 65534, 65534);
	const initdb = await run(...as(path.join(bin, 'initdb'), ['-D', data, '-U', 'super', '-A', 'trust',
		'-E', 'UTF8', '--locale=C.UTF-8', '-N']), {cwd: directory});
	assert.equal(initdb.status, 0, initdb.stderr);
	fs.writeFileSync(path.join(data, 'pg_hba.conf'),
		'local all super trust\nhost all all 127.0.0.1/32 scram-sha-256\n');
	const conninfo = (database) => `host=${directory} port=${port} user=super dbname=${database}`;
	let server;
	const postgres = {
		port,
		url: `postgresql://boss:s%40cret@127.0.0.1:${port}/phones`,
		async sql(text, database = 'phones') {
			const result = await psql(['-c', text, conninfo(database)]);

			assert.equal(result.status, 0, result.stderr);
			return result.stdout.trim();
		},
		// Also after stop().
		async start() {
			server = start(...as(path.join(bin, 'postgres'), ['-D', data, '-k', directory, '-p', port,
				'-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off']), {cwd: directory, name: 'postgres'});
			await waitFor(async () => (await psql(['-c', 'select 1', conninfo('postgres')])).status === 0,
				() => `PostgreSQL to start:\n${server.output()}`, 30_000);
		},
		async stop() {
			server.kill('SIGINT'); // its fast shutdown
			await server.ended(30_000);
		},
	};

	await postgres.start();
	await postgres.sql(`create role boss login createrole password 's@cret'`, 'postgres');
	await postgres.sql('create database phones owner boss', 'postgres');
	return postgres;
}
