// What `centrex serve` does when a part of it, or itself, is killed or told to read anew.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {freePort, start} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {count, installation, isRoot, ready, shared, stop} from './installation.mjs';

test('PostgreSQL is killed, with its whole group: it is started again', async () => {
	const centrex = await shared();
	const first = centrex.kill('postgres');

	await waitFor(() => centrex.supervisor.output().includes('process is ready process=postgres'), 'PostgreSQL');
	assert.notEqual(centrex.pid('postgres'), first);
	assert.match(centrex.supervisor.output(), /process ended and is started again process=postgres/);
	process.kill(-centrex.pid('postgres'), 'SIGKILL');
	await waitFor(() => count(centrex.supervisor.output(), 'process is ready process=postgres') === 2, 'PostgreSQL');
	await stop(centrex);
});

test('the supervisor is killed: what runs goes on, and the next one takes it over', async () => {
	const centrex = await shared();
	const server = centrex.pid('postgres');

	centrex.kill('supervisor');
	await centrex.supervisor.ended().catch(() => {});
	assert.equal(centrex.pid('postgres'), server);
	await ready(centrex);
	assert.equal(centrex.pid('postgres'), server);
	assert.match(centrex.supervisor.output(), /took over a running process process=postgres/);
	await stop(centrex);
});

test('one that is told to stop before it has taken all over stops all', async () => {
	const centrex = await shared();
	const server = centrex.pid('postgres');

	centrex.kill('supervisor');
	process.kill(server, 'SIGKILL'); // what comes after the database waits for it
	await centrex.start({wait: false});
	await waitFor(() => centrex.pid('postgres') && centrex.pid('postgres') !== server, 'PostgreSQL to be started');
	await stop(centrex); // sees that nothing is left
});

test('the supervisor and PostgreSQL are killed together', async () => {
	const centrex = await shared();
	const server = centrex.pid('postgres');

	centrex.kill('supervisor');
	process.kill(server, 'SIGKILL');
	await ready(centrex);
	await stop(centrex);
});

test('a postmaster.pid whose number is another process by now', async () => {
	const centrex = await shared();
	const file = path.join(centrex.state, 'postgres/postmaster.pid');
	const {uid, gid} = fs.statSync(centrex.state);

	await stop(centrex);
	const bystander = start('setpriv', isRoot ? ['--reuid', uid, '--regid', gid, '--clear-groups',
		'sleep', '600'] : ['sleep', '600']);
	fs.writeFileSync(file, `${bystander.pid}\n${centrex.state}/postgres\n1\n5432\n\n\n 1 1\n`);
	fs.chownSync(file, uid, gid);
	await ready(centrex);
	assert.ok(bystander.running);
	bystander.kill('SIGKILL');
	await stop(centrex);
});

test('a kill while the database is being made leaves nothing that hinders the next start', async () => {
	const centrex = installation();
	const draft = path.join(centrex.state, 'postgres.new');

	await centrex.start({wait: false});
	await waitFor(() => fs.existsSync(path.join(draft, 'base')), 'initdb');
	centrex.kill('supervisor');
	await centrex.supervisor.ended().catch(() => {});
	assert.equal(fs.existsSync(path.join(centrex.state, 'postgres')), false);
	await ready(centrex);
	assert.equal(fs.existsSync(draft), false);
	await stop(centrex);
});

test('SIGHUP: the settings file is read anew; a bad one changes nothing', async () => {
	const centrex = await shared();
	const file = path.join(centrex.state, 'centrex.conf');

	fs.writeFileSync(file, 'log-level = loud\n');
	fs.chmodSync(file, 0o644);
	centrex.kill('supervisor', 'SIGHUP');
	await waitFor(() => centrex.supervisor.output().includes('settings are left as they were'), 'the complaint');
	fs.writeFileSync(file, 'log-level = debug\n');
	centrex.kill('supervisor', 'SIGHUP');
	await waitFor(() => centrex.supervisor.output().includes('settings were read anew'), 'the new settings');
	await stop(centrex);
});

test('sip is killed: it is started again on the same port', async () => {
	const centrex = await ready(installation({args: ['--sip-port', await freePort()]}));
	const {udp} = centrex.sip;
	const first = centrex.kill('sip');

	await waitFor(() => centrex.supervisor.output().includes('process is ready process=sip'), 'sip');
	assert.notEqual(centrex.pid('sip'), first);
	assert.equal(centrex.sip.udp, udp);
	await stop(centrex);
});

test('the supervisor is killed: sip goes on, too, and ends with the next supervisor', async () => {
	const centrex = await shared();
	const sip = centrex.pid('sip');

	centrex.kill('supervisor');
	await centrex.supervisor.ended().catch(() => {});
	await ready(centrex);
	assert.equal(centrex.pid('sip'), sip);
	await stop(centrex);
});

test('--demo: two tenants with three phones each, the same ones again at the next start', async () => {
	const centrex = await ready(installation({demo: true}));
	const first = (await centrex.cli('demo', '--json')).json.phones;

	assert.deepEqual(first.map((phone) => `${phone.number}@${phone.domain}`), [
		'101@cust1.pbx.test', '102@cust1.pbx.test', '103@cust1.pbx.test',
		'101@cust2.pbx.test', '102@cust2.pbx.test', '103@cust2.pbx.test']);
	assert.equal(new Set(first.map((phone) => phone.username)).size, 6);
	for (const phone of first)
		assert.match(centrex.log(), new RegExp(`${phone.number} +${phone.username} +${phone.password} +${phone.domain}`));
	assert.match(centrex.log(), new RegExp(`SIP over UDP +127.0.0.1:${centrex.sip.udp}\\b`));
	await stop(centrex);
	await ready(centrex);
	assert.deepEqual((await centrex.cli('demo', '--json')).json.phones, first);
	await stop(centrex);
});

test('--demo leaves a database alone that has tenants of its own', async () => {
	const centrex = await ready(installation());

	await centrex.tenant('own.pbx.test', ['201']);
	await stop(centrex);
	centrex.options.demo = true;
	await ready(centrex);
	assert.match(centrex.log(), /No demo phones: this database has tenants of its own/);
	assert.deepEqual((await centrex.json('tenant', 'list')).map((row) => row.domain), ['own.pbx.test']);
	await stop(centrex);
});
