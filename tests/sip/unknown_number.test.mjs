// A number that is unknown to a picture of the tenant that may be old is looked up afresh before it is
// refused. One tenant, however many such calls it has, does not keep the others from that.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {psql, schemaOf} from '../http/cdrs_data.mjs';
import {run} from '../lib/processes.mjs';
import {TwoTenants} from './two_tenants.mjs';

const FLOOD = 8, NEW = '555';
let two;

before(async () => { two = await TwoTenants.start(); });
after(() => two?.stop());

// Nobody reads the tenant's settings, and so nobody its picture, until the returned function is called.
async function hold(tenant) {
	const bin = (await run('pg_config', ['--bindir'])).stdout.trim();
	const child = spawn(path.join(bin, 'psql'), ['-h', path.join(two.centrex.state, 'run'), '-U', 'centrex_owner',
		'-d', 'centrex', '-X', '-q', '-A', '-t'], {stdio: ['pipe', 'pipe', 'inherit']});
	const ended = new Promise((resolve) => child.on('exit', resolve));

	child.stdin.write(`begin; lock table ${schemaOf(tenant)}.settings in access exclusive mode; select 'held';\n`);
	await new Promise((resolve) => child.stdout.once('data', resolve));
	return async () => {
		child.stdin.end('commit;\n');
		await ended;
	};
}

test('a tenant that dials unknown numbers all the time does not keep another\'s new number from being found', async () => {
	const [one, other] = two.tenants;
	const flooder = await two.phone(one, '101');
	const caller = await two.phone(other, '101');
	const callee = await two.phone(other, '102');
	const releaseOne = await hold(one);
	const releaseOther = await hold(other);
	let flooding = true;

	// Both pictures are old now, and cannot be read anew yet.
	await psql(two.centrex, `insert into ${schemaOf(other)}.numbers (number, extension_id)
			select '${NEW}', id from ${schemaOf(other)}.extensions where extension_number = '102';
		select pg_notify('centrex', '${one.id}'); select pg_notify('centrex', '${other.id}')`);
	const floods = Array.from({length: FLOOD}, async (_, i) => {
		while (flooding) {
			const call = await flooder.invite(`90${i}`);

			assert.equal((await call.final()).status, 404);
		}
	});

	await flooder.socket.next((m) => !m.request && m.status === 100, 'the flood to begin');
	const call = await caller.invite(NEW);

	await releaseOther();
	const incoming = await Promise.race([callee.incoming(),
		call.final().then((reply) => assert.fail(`refused: ${reply.status}`), () => {})]);

	incoming.reply(486, 'Busy Here');
	flooding = false;
	await releaseOne();
	await Promise.all(floods);
});
