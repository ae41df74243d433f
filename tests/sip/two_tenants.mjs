// Two tenants with the same numbers on one Centrex, and raw phones for them: each flow is run in
// both at once, so that a call that strays is seen.

import assert from 'node:assert/strict';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';

export const DOMAINS = ['cust1.pbx.test', 'cust2.pbx.test'];
export const NUMBERS = ['101', '102', '103'];

export class TwoTenants {
	static async start(options) {
		const two = new TwoTenants();

		two.centrex = await startCentrex(options);
		two.tenants = await Promise.all(DOMAINS.map((domain) => two.centrex.tenant(domain, NUMBERS)));
		two.open = [];
		return two;
	}

	// A registered raw phone.
	async phone(tenant, number, options = {}) {
		const transport = options.transport ?? 'udp';
		const phone = await Phone.open({
			account: tenant.phones[number],
			port: this.centrex.sip[transport],
			...options,
		});

		await phone.register();
		this.open.push(phone);
		return phone;
	}

	// flow({tenant, a, b, other}) in both tenants at once; a is 101, b is 102, freshly registered.
	// Returns the records of the calls each tenant made meanwhile, with their details, oldest first.
	async both(flow, {expectCalls = 1} = {}) {
		const results = await Promise.all(this.tenants.map(async (tenant, i) => {
			const before = (await this.calls(tenant)).length;
			const a = await this.phone(tenant, '101');
			const b = await this.phone(tenant, '102');

			try {
				await flow({tenant, a, b, other: this.tenants[1 - i]});
			} finally {
				await Promise.all([a, b].map((phone) => phone.unregister().catch(() => {})));
				[a, b].forEach((phone) => phone.close());
			}
			const rows = await waitFor(async () => {
				const now = await this.calls(tenant);
				return now.length >= before + expectCalls && now;
			}, `${expectCalls} call records in ${tenant.domain}`, 15_000);
			assert.equal(rows.length, before + expectCalls, 'one record a call');
			return Promise.all(rows.slice(before).map(async (row) =>
				({...row, ...await this.details(tenant, row)})));
		}));

		return results;
	}

	// All call records of a tenant, oldest first.
	async calls(tenant) {
		const answer = await this.centrex.json('cdr', 'list', '--tenant', tenant.domain, '--limit', 500);
		const rows = answer.items ?? answer.data ?? answer;

		return rows.sort((x, y) => x.start_time.localeCompare(y.start_time));
	}

	// The details of a call: disposition, cause, sip_status, hangup_by, answered_by, legs.
	async details(tenant, row) {
		return (await this.centrex.json('cdr', 'show', row.id, '--tenant', tenant.domain)).details;
	}

	async stop() {
		await this.centrex.stop();
		this.open.forEach((phone) => phone.close());
	}
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// 101 calls 102, who answers. Returns both ends.
export async function talk(a, b, options) {
	const call = await a.invite('102', options);
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress(180);
	const acked = incoming.answer();
	const reply = await call.answered();
	await acked;
	return {call, incoming, reply};
}

export async function hangUp(call, incoming) {
	const ended = incoming.expect('BYE');

	assert.equal((await call.bye()).status, 200);
	await ended;
}

// A re-INVITE of one end; the other sees an offer and answers it. Returns both descriptions.
export async function modify(from, to, offer, answer) {
	const request = to.socket.next((m) => m.request && m.method === 'INVITE' && to.mine(m), 'a re-INVITE');
	const asking = from.reinvite(offer);
	const seen = await request;

	to.reply(200, 'OK', {request: seen, body: answer});
	const reply = await asking;
	assert.equal(reply.status, 200, reply.raw);
	await to.socket.next((m) => m.request && m.method === 'ACK' && to.mine(m), 'an ACK');
	return {offered: readSdp(seen.body), answered: readSdp(reply.body), seen};
}

export const origin = (sdp) => sdp.lines.find((line) => line.startsWith('o=')).split(' ');
