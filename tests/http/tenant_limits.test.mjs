// What a tenant may have: its limits hold however many ask at once, and say which limit it is.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {temporaryDirectory} from '../lib/processes.mjs';
import {psql} from './cdrs_data.mjs';
import {wav} from './sounds.mjs';
import {make, refused, startTenants} from './tenants.mjs';

let world, operator, admin;

before(async () => {
	world = await startTenants();
	({operator, admin} = world);
});
after(() => world?.stop());

const mine = (path) => world.mine(path);

async function limit(limits) {
	const answer = await operator.patch(mine('/limits'), limits);

	assert.equal(answer.status, 200, answer.text);
}

// So many at once; how many were made. The others were refused for that limit.
async function race(n, field, what, ask) {
	const answers = await Promise.all(Array.from({length: n}, (_, i) => ask(i)));
	const made = answers.filter(({status}) => status === 201);

	for (const answer of answers.filter((one) => !made.includes(one)))
		refused(answer, 409, field, new RegExp(`limit of ${what}`));
	return made;
}

test('extensions: the last one is made once, however many ask for it; one that goes makes room', async () => {
	const add = (number) => admin.post(mine('/extensions'), {extension_number: String(number)});

	await make(admin, mine('/extensions'), {extension_number: '101'});
	await limit({extensions: 2});
	const [{json: second}, ...more] = await race(8, 'extension_number', 'extensions', (i) => add(201 + i));

	assert.deepEqual(more, []);
	assert.equal((await admin.patch(mine(`/extensions/${second.id}`), {context: 'office'})).status, 200);
	assert.equal((await admin.post(mine(`/extensions/${second.id}/rotate-credentials`))).status, 200);
	assert.equal((await admin.delete(mine(`/extensions/${second.id}`))).status, 204);
	await make(admin, mine('/extensions'), {extension_number: '102'});
	refused(await add(103), 409, 'extension_number', /limit of extensions/);
});

test('a file of extensions is refused from the first row that is one too many', async () => {
	await limit({extensions: 3});
	const send = (csv) => admin.post(mine('/extensions/import'), csv, {headers: {'content-type': 'text/csv'}});
	const answer = await send('extension_number\n111\n112\n113\n');

	assert.equal(answer.status, 422, answer.text);
	// The heading is the first row.
	assert.deepEqual(answer.json.errors.map(({row, field}) => [row, field]),
		[[3, 'extension_number'], [4, 'extension_number']]);
	assert.equal((await send('extension_number\n111\n')).json.created, 1);
});

test('a limit below what is there takes nothing away, and null is no limit', async () => {
	await limit({extensions: 0});
	assert.equal((await admin.get(mine('/extensions'))).json.items.length, 3);
	refused(await admin.post(mine('/extensions'), {extension_number: '120'}), 409, 'extension_number');
	await limit({extensions: null});
	await make(admin, mine('/extensions'), {extension_number: '120'});
	await make(world.neighbour, world.theirs('/extensions'), {extension_number: '120'});
});

test('queues', async () => {
	await limit({queues: 1});
	assert.equal((await race(6, 'name', 'queues',
		(i) => admin.post(mine('/queues'), {name: `Queue ${i}`}))).length, 1);
});

test('members, invited or added', async () => {
	await limit({members: 4});
	assert.equal((await race(6, 'user_id', 'members',
		(i) => admin.post(mine('/members'), {email: `member${i}@first.example`, role: 'agent'}))).length, 1);
	const {json: {items}} = await admin.get(mine('/members'));
	const [agent] = items.filter(({email}) => email === world.agentEmail);

	assert.equal(items.length, 4);
	assert.equal((await operator.patch(mine(`/members/${agent.user_id}`), {role: 'admin'})).status, 200);
});

test('audio: the limit comes before the setting', async () => {
	const file = path.join(temporaryDirectory('limits'), 'tone.wav');
	const upload = () => world.centrex.cli('media', 'upload', '--tenant', world.tenant.domain,
		'--category', 'moh', file, '--json');

	fs.writeFileSync(file, wav());
	await operator.put(mine('/settings/media_quota_mib'), {value: 100});
	await limit({media_mib: 0});
	const result = await upload();

	assert.notEqual(result.status, 0);
	assert.match(result.stderr, /of the tenant's 0 MiB of audio/);
	await operator.put(mine('/settings/media_quota_mib'), {value: 0});
	await limit({media_mib: 100});
	assert.equal((await upload()).status, 0);
});

test('a tenant without the row, as a program of before limits makes it, has none; the next start lets them be set', async () => {
	const {centrex} = world;
	const old = await centrex.tenant('old.example');
	const path = `/api/v1/tenants/${old.domain}`;

	await psql(centrex, `delete from public.tenant_limits where tenant_id = '${old.id}'`);
	await make(operator, `${path}/extensions`, {extension_number: '101'});
	await make(operator, `${path}/queues`, {name: 'Support'});
	assert.equal((await operator.get(`${path}/usage`)).status, 200);
	assert.equal((await centrex.cli('migrate')).status, 0);
	assert.equal((await operator.get(`${path}/limits`)).json.extensions, null);
	assert.equal((await operator.patch(`${path}/limits`, {extensions: 1})).status, 200);
	refused(await operator.post(`${path}/extensions`, {extension_number: '102'}), 409, 'extension_number', /limit of extensions/);
});
