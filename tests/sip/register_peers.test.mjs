// Real phones register: baresip and sipp, over each transport, in two tenants with the same numbers.

import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {startBaresip} from '../lib/baresip.mjs';
import {source, startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {sipp} from '../lib/sipp.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, tenants;

before(async () => {
	centrex = await startCentrex({tls: true});
	tenants = [await centrex.tenant('cust1.pbx.test', ['101', '102']),
		await centrex.tenant('cust2.pbx.test', ['101', '102'])];
});

after(() => centrex?.stop());

// What the registrar says an extension's phones are.
async function contacts(account) {
	const asking = await Phone.open({account, port: centrex.sip.udp});
	const reply = await asking.register({contact: null, expires: null});

	asking.socket.close();
	return reply.all('contact');
}

for (const transport of ['udp', 'tcp', 'tls'])
	test(`baresip registers in both tenants and leaves over ${transport}`, async () => {
		const phones = await Promise.all(tenants.map((tenant) => startBaresip({phone: tenant.phones[101],
			port: centrex.sip[transport], transport})));

		try {
			for (const [i, phone] of phones.entries()) {
				await phone.registered();
				await waitFor(async () => (await contacts(tenants[i].phones[101])).length === 1, 'the binding');
			}
		} finally {
			await Promise.all(phones.map((phone) => phone.stop()));
		}
		for (const tenant of tenants)
			await waitFor(async () => (await contacts(tenant.phones[101])).length === 0, 'the binding to go');
	});

for (const [transport, name] of [['u1', 'udp'], ['t1', 'tcp']])
	test(`sipp registers, refreshes and leaves over ${name}, in both tenants at once`, async () => {
		const rows = tenants.map(({phones: {102: {username, password, domain}}}) =>
			[username, `[authentication username=${username} password=${password}]`, domain]);

		await sipp({scenario: path.join(source, 'tests/sip/scenarios/register_and_leave.xml'), transport,
			port: centrex.sip[name], calls: 40, rate: 20, rows});
		for (const tenant of tenants)
			assert.equal((await contacts(tenant.phones[102])).length, 0);
	});
