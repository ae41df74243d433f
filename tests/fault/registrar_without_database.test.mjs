// PostgreSQL away: known phones register on, unknown ones hear 503, and what was missed is written.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {run} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, cust1;

before(async () => {
	centrex = await startCentrex();
	cust1 = await centrex.tenant('cust1.pbx.test', ['101', '102']);
});

after(() => centrex?.stop());

const open = (number) => Phone.open({account: cust1.phones[number], port: centrex.sip.udp});

test('phones register while PostgreSQL is stopped', async () => {
	const [known, other] = [await open(101), await open(102)];

	await known.register();
	const postgres = centrex.pid('postgres');
	process.kill(postgres, 'SIGSTOP'); // accepts and never answers: the worst way to be away
	try {
		await known.register();
		await known.unregister();
		await known.register();
		// The tenant is in memory: another phone of it needs nothing either.
		await other.register();
	} finally {
		process.kill(postgres, 'SIGCONT');
	}
	known.socket.close();
	other.socket.close();
});

test('a tenant never heard of is answered 503 while PostgreSQL is gone, and later as it should be', async () => {
	const stranger = await open(101);
	const unknown = {aor: 'sip:101@cust7.pbx.test', uri: 'sip:cust7.pbx.test',
		credentials: {username: '11111111-2222-4333-8444-555555555555', password: 'x'}};
	const refused = async () => (await stranger.tryRegister({...unknown, timeoutMs: 15_000})).status;

	process.kill(centrex.pid('postgres'), 'SIGQUIT');
	const first = await refused();
	assert.ok(first === 503 || first === 403, `${first}`); // it may have been started again by then
	await waitFor(async () => await refused() === 403, 'the database to be back', 30_000);
	stranger.socket.close();
});

test('what was registered meanwhile is stored', async () => {
	const phone = await open(101);

	await phone.register();
	const schema = (await centrex.json('tenant', 'show', 'cust1.pbx.test')).schema_name;
	await waitFor(async () => {
		const rows = await run('psql', ['-h', `${centrex.state}/run`, '-U', 'centrex_owner', '-At', '-c',
			`select contact from ${schema}.registrations`, 'centrex']);
		return rows.stdout.includes(phone.contact);
	}, 'the row', 20_000);
	phone.socket.close();
});
