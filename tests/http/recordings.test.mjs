// Recordings in the API: who may delete one, what is kept of it, and that old ones go by themselves.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from './cdrs_data.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

let centrex, own, other, owner, boss, agent, stranger;

const member = async (email, tenant, role) => {
	await makeUser(centrex, email);
	await makeMember(centrex, tenant.domain, email, role);
	return makeToken(await signIn(centrex, email), {tenant: tenant.id, role});
};

before(async () => {
	centrex = await startCentrex();
	own = await centrex.tenant('own.pbx.test', ['101']);
	other = await centrex.tenant('other.pbx.test', ['101']);
	owner = await member('owner@own.test', own, 'owner');
	boss = await member('boss@own.test', own, 'admin');
	agent = await member('agent@own.test', own, 'agent');
	stranger = await member('boss@other.test', other, 'owner');
});
after(() => centrex?.stop());

const top = (tenant) => path.join(centrex.state, 'media', `tenant_${tenant.id.replaceAll('-', '')}`);

// A call of so many days ago, with a file; returns {id, file, where}.
async function recorded(tenant, days) {
	const at = new Date(Date.now() - days * 86_400_000);
	const day = at.toISOString().slice(0, 10).replaceAll('-', '/');
	const {uid} = fs.statSync(path.join(centrex.state, 'media'));
	const id = (await psql(centrex, `insert into ${schemaOf(tenant)}.cdrs (caller_id_number, dest_number, start_time,
		answer_time, end_time, duration, recording_path) values ('101', '900', '${at.toISOString()}', '${at.toISOString()}',
		'${at.toISOString()}', 0, 'recordings/${day}/' || gen_random_uuid() || '.wav') returning id, recording_path`)).trim().split('\n')[0];
	const [row, below] = id.split('|');

	await psql(centrex, `insert into ${schemaOf(tenant)}.cdr_details (cdr_id, disposition, recording)
		values ('${row}', 'answered', 'recorded')`);
	return {id: row, ...write(tenant, below, uid), where: `/api/v1/tenants/${tenant.domain}/cdrs/${row}`};
}

function write(tenant, below, uid) {
	const file = path.join(top(tenant), below);

	fs.mkdirSync(path.dirname(file), {recursive: true, mode: 0o700});
	fs.writeFileSync(file, 'RIFF');
	for (let at = file; at !== path.dirname(top(tenant)); at = path.dirname(at))
		fs.chownSync(at, uid, uid);
	return {file};
}

test('an administrator deletes a recording, the call\'s record stays and tells', async () => {
	const call = await recorded(own, 0), kept = await recorded(own, 0);

	assertProblem(await agent.delete(`${call.where}/recording`), 403, 'forbidden');
	assertProblem(await stranger.delete(`${call.where}/recording`), 404, 'not_found');
	assert.ok(fs.existsSync(call.file));
	const answer = await boss.delete(`${call.where}/recording`);

	assert.equal(answer.status, 204, answer.text);
	assert.ok(!fs.existsSync(call.file));
	assert.ok(fs.existsSync(kept.file));
	const row = (await boss.get(call.where)).json;

	assert.deepEqual([row.recording_path, row.recording], [null, 'deleted']);
	assertProblem(await boss.get(`${call.where}/recording`), 404, 'not_found');
	assertProblem(await boss.delete(`${call.where}/recording`), 404, 'not_found');
	assert.equal((await boss.get(`${kept.where}/recording`)).status, 200);
	const log = (await owner.get(`/api/v1/tenants/${own.domain}/audit`)).json.items;
	const entry = log.find(({action}) => action === 'delete-recording');

	assert.deepEqual([entry.resource, entry.resource_id, entry.actor_name], ['cdr', call.id, 'boss@own.test']);
	assert.match(JSON.stringify(entry), /recordings\//);
});

test('recordings go after recording_days, those of others stay', async () => {
	const {uid} = fs.statSync(path.join(centrex.state, 'media'));
	const old = await recorded(own, 40), young = await recorded(own, 20), foreign = await recorded(other, 40);
	const gone = await recorded(own, 40);
	const unnamed = write(own, 'recordings/2020/01/31/01a2040a-4445-7ced-ba22-41c351772482.wav', uid);
	const outside = path.join(top(own), 'music.wav');

	fs.rmSync(gone.file);
	fs.writeFileSync(outside, 'RIFF');
	// A name that leads elsewhere is forgotten, and what it leads to is not touched.
	const link = await recorded(own, 50);
	fs.rmSync(path.dirname(link.file), {recursive: true});
	fs.symlinkSync(path.dirname(foreign.file), path.dirname(link.file));
	fs.writeFileSync(path.join(path.dirname(foreign.file), path.basename(link.file)), 'RIFF');
	await centrex.json('setting', 'create', '--tenant', own.domain, '--name', 'recording_days', '--value', '30');
	centrex.kill('web');
	await waitFor(async () => (await new Http(centrex).get('/readyz').catch(() => ({}))).status === 200,
		'web to be back', 30_000);
	await waitFor(() => !fs.existsSync(old.file) && !fs.existsSync(unnamed.file), 'old recordings to go');
	await waitFor(async () => (await boss.get(link.where)).json.recording === 'expired', 'their names to go');
	for (const call of [old, gone]) {
		const row = (await boss.get(call.where)).json;

		assert.deepEqual([row.recording_path, row.recording], [null, 'expired']);
	}
	assert.ok(fs.existsSync(path.join(path.dirname(foreign.file), path.basename(link.file))));
	assert.ok(fs.existsSync(young.file) && fs.existsSync(foreign.file) && fs.existsSync(outside));
	assert.equal((await boss.get(young.where)).json.recording, 'recorded');
	assert.equal((await stranger.get(foreign.where)).json.recording, 'recorded');
	assert.match(centrex.log(), /recordings were old enough and are removed/);
});
