// Many callers and few agents who answer, decline, miss and vanish by chance, PostgreSQL killed in
// the middle: afterwards nobody is stuck, nobody is lost, and every figure adds up.
// QUEUE_STORM_SEED repeats a run, QUEUE_STORM_ROUNDS makes it longer.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {tag} from '../lib/sip.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {dice} from '../http/cdrs_data.mjs';
import {QueueWorld} from './queues.mjs';

const SEED = Number(process.env.QUEUE_STORM_SEED ?? 7);
const ROUNDS = Number(process.env.QUEUE_STORM_ROUNDS ?? 3);
const CALLERS = 10;
const AGENTS = ['101', '102', '103'];

let world;

before(async () => {
	world = await QueueWorld.start({args: ['--drain-s', 1, '--sip-calls-most', 100]});
});
after(() => world?.stop());

const isFor = (message, call) => message.header('call-id') === call.callId;

// An agent who takes what comes until he is told to stop: by chance he answers and talks for a
// moment, declines, is busy, or lets it ring.
class Agent {
	constructor(phone, chance) {
		Object.assign(this, {phone, chance, known: new Set(), running: true, talks: 0});
		this.done = this.#run();
	}

	async #run() {
		while (this.running) {
			const invite = this.phone.socket.inbox.find((m) => m.request && m.method === 'INVITE' && !tag(m.header('to')));

			if (!invite)
				await delay(10);
			else if (this.known.has(invite.header('call-id')))
				this.#drop(invite); // once more
			else
				await this.#take();
		}
	}

	#drop(message) {
		this.phone.socket.inbox.splice(this.phone.socket.inbox.indexOf(message), 1);
	}

	#has(call, method) {
		return this.phone.socket.inbox.find((m) => m.request && m.method === method && isFor(m, call));
	}

	async #take() {
		const call = await this.phone.incoming();

		this.known.add(call.callId);
		switch (this.chance(10)) {
		case 0:
			return call.reply(486, 'Busy Here');
		case 1:
			return call.reply(603, 'Decline');
		case 2: // he is not there: it rings until it is taken back
			call.ring();
			await call.expect('CANCEL', 30_000);
			return undefined;
		default:
			return this.#talk(call);
		}
	}

	// Who answers may be too late: CANCEL or BYE comes at once.
	async #talk(call) {
		call.ring();
		await delay(this.chance(50));
		if (this.#has(call, 'CANCEL')) {
			await call.expect('CANCEL');
			return;
		}
		call.reply(200, 'OK', {body: this.phone.answer});
		this.talks++;
		const until = Date.now() + 50 + this.chance(200);
		while (Date.now() < until && !this.#has(call, 'BYE') && !this.#has(call, 'CANCEL'))
			await delay(5);
		const over = this.#has(call, 'CANCEL') ?? this.#has(call, 'BYE');
		if (over) {
			await call.expect(over.method === 'BYE' ? 'BYE' : 'CANCEL').catch(() => {});
			if (over.method === 'CANCEL') // crossed with the answer: BYE follows
				await call.expect('BYE').catch(() => {});
		} else {
			await call.bye().catch(() => {}); // may cross with the caller's
		}
	}

	async stop() {
		this.running = false;
		await this.done;
	}
}

// One call of one caller: he waits until the call ends, or for as long as he likes.
async function callIn(phone, queue, chance) {
	const call = await phone.invite(queue.number, {sdp: phone.answer});

	await call.final();
	const over = call.expect('BYE', chance(4) === 0 ? 1 + chance(500) : 120_000);

	await over.catch(() => call.bye()).catch(() => {});
}

async function storm(tenant, queue, chance) {
	const callers = [];

	for (let i = 0; i < CALLERS; i++) {
		const phone = await world.phone(tenant, ['100', '104'][i % 2]);

		phone.answer = SILENT(phone);
		callers.push(phone);
	}
	await Promise.all(callers.map(async (phone) => {
		for (let round = 0; round < ROUNDS; round++)
			await callIn(phone, queue, chance);
	}));
}

// Media is not what this is about: nobody sends any.
const SILENT = (phone) => ['v=0', `o=- 1 1 IN IP4 ${phone.socket.address}`, 's=-', `c=IN IP4 ${phone.socket.address}`,
	't=0 0', 'm=audio 9 RTP/AVP 8', 'a=rtpmap:8 PCMA/8000', 'a=sendrecv', ''].join('\r\n');

test(`callers and agents by chance, PostgreSQL killed meanwhile (seed ${SEED})`, async () => {
	const chance = dice(SEED);
	const queues = new Map();
	const agents = [];

	for (const tenant of world.tenants) {
		const queue = await world.queue(tenant, {strategy: chance(2) ? 'ring-all' : 'round-robin',
			members: Object.fromEntries(AGENTS.map((number, i) => [number, [1, i + 1]]))});

		queues.set(tenant, queue);
		for (const number of AGENTS) {
			const phone = await world.phone(tenant, number);

			phone.answer = SILENT(phone);
			await world.status(tenant, number, 'available');
			agents.push(new Agent(phone, chance));
		}
	}
	const storms = world.tenants.map((tenant) => storm(tenant, queues.get(tenant), chance));
	await delay(500);
	world.centrex.kill('postgres');
	await Promise.all(storms);
	await Promise.all(agents.map((agent) => agent.stop()));

	for (const tenant of world.tenants) {
		const queue = queues.get(tenant);
		const rows = await waitFor(async () => {
			const all = await world.rows(tenant, `select outcome, offers, talk_ms, wait_ms, answered_by from queue_calls where queue_id = '${queue.id}'`);
			return all.length >= CALLERS * ROUNDS && all;
		}, 'a row of each caller', 60_000);

		assert.equal(rows.length, CALLERS * ROUNDS, 'one row for each caller');
		const count = (wanted) => rows.filter(({outcome}) => outcome === wanted).length;

		assert.ok(count('answered') > 0 && count('abandoned') > 0, JSON.stringify(rows));
		assert.equal(count('answered') + count('abandoned'), rows.length);
		const [offers] = await world.rows(tenant, `select count(*) filter (where outcome = 'answered') as answered, count(*) as n
			from queue_offers where queue_id = '${queue.id}'`);
		assert.equal(offers.answered, count('answered'), 'each answered caller had one agent');
		assert.equal(offers.n, rows.reduce((sum, row) => sum + row.offers, 0));
		for (const number of AGENTS)
			await world.agentIs(tenant, number, {state: 'waiting', status: 'available'}, 30_000);
		await waitFor(async () => (await world.rows(tenant, 'select id from calls')).length === 0, 'no call to be left', 30_000);
		const records = await world.rows(tenant, 'select count(*) as n from cdrs');
		assert.equal(records[0].n, CALLERS * ROUNDS);
	}
});
