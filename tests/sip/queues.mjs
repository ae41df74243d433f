// Queues of two tenants with the same numbers on one Centrex, agents with raw phones, and what is
// kept of their calls: for tests that run each flow in both tenants at once.

import assert from 'node:assert/strict';

import {psql, schemaOf} from '../http/cdrs_data.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {waitFor} from '../lib/wait.mjs';

export const DOMAINS = ['cust1.pbx.test', 'cust2.pbx.test'];
// An extension that nobody uses but QueueWorld.change.
const WITNESS = '199';
const PASSWORD = 'the-witness-needs-20-characters';

export const NUMBERS = ['100', '101', '102', '103', '104', '105'];

// Times short enough for a test. What a flow is about it sets itself.
const QUICK = {wrap_up_time: 0, no_answer_delay_time: 0, busy_delay_time: 0, reject_delay_time: 0,
	agent_ring_time: 5, max_no_answer: 0};

const value = (x) => x === null ? 'null' : `'${String(x).replaceAll("'", "''")}'`;

export class QueueWorld {
	static async start(options) {
		const world = new QueueWorld();

		world.centrex = await startCentrex(options);
		world.tenants = await Promise.all(DOMAINS.map(async (domain) => {
			const row = await world.centrex.json('tenant', 'create', '--name', domain, '--domain', domain);
			const phones = {};

			for (const number of NUMBERS)
				phones[number] = await world.centrex.extension(domain, number);
			return {id: row.id, domain, phones, queues: {}, dialled: 800};
		}));
		world.open = new Set();
		return world;
	}

	async stop() {
		await this.centrex.stop();
		this.open.forEach((phone) => phone.close());
	}

	// In the tenant's own schema, as the owner of the database; lines of text.
	sql(tenant, text) {
		return psql(this.centrex, `set search_path = ${schemaOf(tenant)}, public;\n${text}`);
	}

	async rows(tenant, text) {
		const lines = await this.sql(tenant, `select to_json(t) from (${text}) t`);

		return lines ? lines.split('\n').map((line) => JSON.parse(line)) : [];
	}

	// Somebody changes what no command changes: told as those who write tell it. Afterwards the
	// engine has the tenant as it is now, with all that was changed before: in the same breath an
	// extension becomes another phone, which is let in only by a picture that has it.
	async change(tenant, text) {
		const told = await this.sql(tenant, `begin;\n${text};
			insert into extensions (extension_number, auth_password) values ('${WITNESS}', '${PASSWORD}')
				on conflict (extension_number) do update set auth_username = gen_random_uuid()
				returning 'witness ' || auth_username;
			insert into public.auth_usernames (auth_username, tenant_id, extension_id)
				select auth_username, '${tenant.id}', id from extensions where extension_number = '${WITNESS}'
				on conflict (tenant_id, extension_id) do update set auth_username = excluded.auth_username;
			select pg_notify('centrex', '${tenant.id}');\ncommit`);
		const [, username] = /witness (\S+)/.exec(told);
		const phone = await Phone.open({port: this.centrex.sip.udp,
			account: {domain: tenant.domain, number: WITNESS, username, password: PASSWORD}});

		try {
			await phone.unregister();
		} finally {
			phone.close();
		}
	}

	// The engine has the tenant as commands have left it.
	known(tenant) {
		return this.change(tenant, 'select');
	}

	// A queue with a number of its own; members: {101: [tier, level], ...}. Its name.
	async queue(tenant, {name = `Queue ${tenant.dialled + 1}`, strategy = 'ring-all', members = {}, music, ...settings} = {}) {
		const number = String(++tenant.dialled);
		const row = await this.centrex.json('queue', 'create', '--tenant', tenant.domain, '--name', name,
			'--strategy', strategy, ...(music ? ['--moh-sound', music] : []));

		await this.centrex.json('number', 'create', '--tenant', tenant.domain, '--number', number, '--queue-id', row.id);
		for (const [agent, [tier, level]] of Object.entries(members))
			await this.centrex.json('queue-member', 'create', '--tenant', tenant.domain, '--queue-id', row.id,
				'--extension-id', agent, '--tier', tier, '--level', level);
		tenant.queues[name] = {id: row.id, name, number};
		await this.configure(tenant, name, {...QUICK, ...settings});
		return tenant.queues[name];
	}

	async configure(tenant, name, settings) {
		const sets = Object.entries(settings).map(([column, x]) => `${column} = ${value(x)}`).join(', ');

		await this.change(tenant, `update queue_settings set ${sets} where queue_id = '${tenant.queues[name].id}'`);
	}

	// What an agent wants, as an administrator sets it; the engine has heard of it.
	async status(tenant, number, status) {
		await this.centrex.json('agent', 'update', number, '--tenant', tenant.domain, '--status', status);
		await waitFor(async () => (await this.rows(tenant, `select a.requested_at from agents a
			join extensions x on x.id = a.extension_id where x.extension_number = '${number}'`))[0]?.requested_at === null,
		`the engine to hear of agent ${number} of ${tenant.domain}`, 30_000);
	}

	agents(tenant) {
		return this.rows(tenant, `select x.extension_number as number, a.status, a.state, a.reason, a.missed
			from agents a join extensions x on x.id = a.extension_id order by 1`);
	}

	// Waits until the agent is in that state, as everybody sees it.
	async agentIs(tenant, number, wanted, timeoutMs) {
		let last;

		await waitFor(async () => {
			last = (await this.agents(tenant)).find((agent) => agent.number === number);
			return Object.entries(wanted).every(([key, x]) => last?.[key] === x);
		}, () => `agent ${number} of ${tenant.domain} to be ${JSON.stringify(wanted)}; is ${JSON.stringify(last)}`, timeoutMs);
	}

	// A registered raw phone.
	async phone(tenant, number, options = {}) {
		const phone = await Phone.open({
			account: tenant.phones[number],
			port: this.centrex.sip[options.transport ?? 'udp'],
			...options,
		});

		await phone.register();
		this.open.add(phone);
		return phone;
	}

	async flow(tenant, phones, body) {
		const opened = {};

		for (const number of phones)
			opened[number] = await this.phone(tenant, number);
		try {
			return await body(opened);
		} finally {
			await Promise.all(Object.values(opened).map((phone) => phone.unregister().catch(() => {})));
			for (const phone of Object.values(opened)) {
				phone.close();
				this.open.delete(phone);
			}
		}
	}

	// flow({tenant, other, phones}) in both tenants at once, each with these phones, registered.
	both(numbers, body) {
		return Promise.all(this.tenants.map((tenant, i) => this.flow(tenant, numbers,
			(phones) => body({tenant, other: this.tenants[1 - i], phones, i}))));
	}

	// What became of callers in a queue, oldest first, once there are n of them.
	async history(tenant, queue, n = 1) {
		return waitFor(async () => {
			const calls = await this.rows(tenant, `select * from queue_calls where queue_id = '${queue.id}' order by joined_at, id`);

			assert.ok(calls.length <= n, `${n} rows of queue ${queue.name}, not ${calls.length}`);
			if (calls.length < n)
				return false;
			for (const call of calls)
				call.offered = await this.rows(tenant,
					`select * from queue_offers where queue_call_id = '${call.id}' order by offered_at, extension`);
			return calls;
		}, `${n} rows of queue ${queue.name} in ${tenant.domain}`, 15_000);
	}

	async record(tenant, id) {
		return waitFor(async () => (await this.rows(tenant, `select c.*, d.disposition, d.cause, d.answered_by, d.hangup_by,
			d.queue_id from cdrs c join cdr_details d on d.cdr_id = c.id where c.id = '${id}'`))[0], `record ${id}`, 15_000);
	}

	decisions(tenant, queue) {
		return this.rows(tenant, `select decision, data, cdr_id from queue_decisions where queue_id = '${queue.id}' order by id`);
	}
}

// The caller dials the queue and has its answer: he hears music.
export async function enter(phone, queue, options) {
	const call = await phone.invite(queue.number, options);

	await call.answered();
	return call;
}

// The agent's phone rings and answers; its end of the call.
export async function take(phone) {
	const incoming = await phone.incoming();

	incoming.ring();
	await incoming.answer();
	return incoming;
}

// One end hangs up, the other hears of it.
export async function hangUp(one, other) {
	const ended = other.expect('BYE');

	assert.equal((await one.bye()).status, 200);
	await ended;
}

// Two that are connected hear each other.
export async function hearEachOther(caller, agent) {
	caller.rtp.start();
	agent.rtp.start();
	await agent.rtp.heard(5, {ssrc: caller.rtp.ssrc});
	await caller.rtp.heard(5, {ssrc: agent.rtp.ssrc});
	caller.rtp.stop();
	agent.rtp.stop();
}
