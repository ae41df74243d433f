// 101 of cust1.pbx.test calls 102. Each is a baresip that plays a tone of its own pitch and records
// what it hears; after three seconds they hang up, sox finds each tone at the other side, and the
// call's record is printed. Fails at the first step that fails; leaves nothing behind.

import assert from 'node:assert/strict';

import {assertTone} from '../tests/lib/audio.mjs';
import {startBaresip} from '../tests/lib/baresip.mjs';
import {centrexRun} from '../tests/lib/centrex.mjs';
import {delay, waitFor} from '../tests/lib/wait.mjs';

const TENANT = 'cust1.pbx.test';
const TALK_MS = 3000;
const HERTZ = {101: 440, 102: 880};
const settings = process.argv.slice(2);

async function centrex(...args) {
	const result = await centrexRun([...args, ...settings]);

	assert.equal(result.status, 0, result.stderr.trim() || `centrex ${args[0]} failed`);
	return result;
}

function say(text) {
	process.stdout.write(`${text}\n`);
}

async function phoneOf(demo, number) {
	const phone = demo.phones.find((p) => p.domain === TENANT && p.number === number);

	assert.ok(phone, `there is no phone ${number} of ${TENANT}: start script/server, or ` +
		'centrex serve --demo');
	return startBaresip({phone, port: demo.listen.udp, hertz: HERTZ[number]});
}

async function talk(caller, callee) {
	await caller.registered();
	say('101 is registered');
	await callee.registered();
	say('102 is registered');
	await caller.dial('102');
	await callee.event('CALL_INCOMING');
	say('102 rings');
	await callee.accept();
	await Promise.all([caller.event('CALL_ESTABLISHED'), callee.event('CALL_ESTABLISHED')]);
	say(`they talk for ${TALK_MS / 1000} seconds`);
	await delay(TALK_MS + 300); // the media begins a moment after the answer
	await caller.hangup();
	await Promise.all([caller.event('CALL_CLOSED'), callee.event('CALL_CLOSED')]);
	say('they have hung up');
}

// Records are written in batches, a moment later.
async function findRecord(since) {
	return waitFor(async () => (await centrex('cdr', 'list', '--tenant', TENANT, '--from', since,
		'--json')).json.find((row) => row.caller_id_number === '101' && row.dest_number === '102'),
	'the record of the call');
}

async function main() {
	const demo = (await centrex('demo', '--json')).json;

	assert.ok(demo.listen, 'the SIP engine does not run: start script/server');
	const since = new Date(Date.now() - 1000).toISOString();
	const caller = await phoneOf(demo, '101');
	const callee = await phoneOf(demo, '102');
	await talk(caller, callee);
	await Promise.all([caller.stop(), callee.stop()]); // now the recordings are complete
	await assertTone(callee.heard(), HERTZ[101], TALK_MS / 1000 - 0.5);
	say(`102 heard 101's tone of ${HERTZ[101]} Hz`);
	await assertTone(caller.heard(), HERTZ[102], TALK_MS / 1000 - 0.5);
	say(`101 heard 102's tone of ${HERTZ[102]} Hz`);
	const record = await findRecord(since);
	assert.ok(record.answer_time, 'the record says that nobody answered');
	assert.ok(record.duration >= TALK_MS / 1000, `the record says ${record.duration} seconds`);
	say(`\ncentrex cdr list --tenant ${TENANT}`);
	say((await centrex('cdr', 'list', '--tenant', TENANT, '--from', since)).stdout.trimEnd());
}

main().then(() => process.exit(0), (error) => {
	process.stderr.write(`demo-call: ${error.message}\n`);
	process.exit(1);
});
