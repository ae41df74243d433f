// Many calls of sipp at once, in both tenants: every call answered, hung up and recorded once.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {after, before, test} from 'node:test';

import {freePort} from '../lib/processes.mjs';
import {sipp, startSipp} from '../lib/sipp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants} from './two_tenants.mjs';

const scenarios = path.join(path.dirname(fileURLToPath(import.meta.url)), 'scenarios');
const scenario = (name) => path.join(scenarios, `${name}.xml`);

let two;

before(async () => { two = await TwoTenants.start({args: ['--sip-ring-s', 2], mediaPorts: 2000}); });
after(() => two?.stop());

// sipp as the phone of a number, on a port of its own that is registered with us.
async function registered(tenant, number) {
	const account = tenant.phones[number];
	const phone = {
		port: two.centrex.sip.udp,
		listen: await freePort(),
		keys: {number, domain: tenant.domain},
		args: ['-au', account.username, '-ap', account.password],
	};

	// sipp puts our address into the digest unless told what it sends to.
	await sipp({...phone, args: [...phone.args, '-auth_uri', tenant.domain], scenario: scenario('register')});
	phone.args.push('-auth_uri', `102@${tenant.domain}`);
	return phone;
}

// call.xml with another end: what the caller expects instead of the answer.
function callerExpecting(status) {
	const text = fs.readFileSync(scenario('call'), 'utf8');
	const at = text.indexOf('  <recv response="200" rrs="true"/>');
	const ack = text.match(/ {2}<send><!\[CDATA\[\nACK sip:102[^]*?<\/send>\n/)[0].replace('CSeq: 1', 'CSeq: 2')
		.replace('[branch]', '[branch-3]');

	return `${text.slice(0, at)}  <recv response="${status}"/>\n${ack}</scenario>\n`;
}

async function run(callee, caller, calls) {
	await Promise.all(two.tenants.map(async (tenant) => {
		const before = (await two.calls(tenant)).length;
		const b = await registered(tenant, '102');
		const a = await registered(tenant, '101');
		const answering = await startSipp({...b, scenario: callee, calls});

		await sipp({...a, scenario: caller, calls, rate: 20});
		await answering.done();
		const rows = await waitFor(async () => {
			const now = await two.calls(tenant);
			return now.length >= before + calls && now;
		}, `${calls} records`, 15_000);
		assert.equal(rows.length, before + calls);
		// The port is another phone's next: nothing of this one must be left.
		const gone = await two.phone(tenant, '102');
		await gone.unregister({contact: '*'}).catch(() => {});
		gone.close();
	}));
}

test('60 calls in each tenant, 20 a second', () => run(scenario('answer'), scenario('call'), 60));

test('busy', () => run(scenario('busy'), callerExpecting(486), 10));

test('nobody answers: 480, and the phone is cancelled', () => run(scenario('ring'), callerExpecting(480), 5));
