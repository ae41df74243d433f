// Callers and agents who do as they like, in two tenants at once: each with a raw phone, each by dice of its own
// from one seed. What their phones saw is kept, for soak_checks.mjs to hold against what Centrex says.

import assert from 'node:assert/strict';
import path from 'node:path';

import {dice} from '../http/cdrs_data.mjs';
import {makeTone, toneOf} from '../lib/audio.mjs';
import {Phone} from '../lib/phone.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {RtpSocket, audioSdp} from '../lib/rtp.mjs';
import {branch, cseqMethod, parse, response, tag, token} from '../lib/sip.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {QueueWorld} from './queues.mjs';

const LINES = ['100', '101', '102', '103', '104']; // who call; each has several calls
const DESK = '105'; // where one queue's callers are led: no agent
const AGENTS = Array.from({length: 10}, (_, i) => String(201 + i));
const TONES = [[700, 900, 1100, 1300], [1500, 1700, 1900, 2100]]; // of tenants: three queues, music on hold
const ALL_TONES = TONES.flat();
const SPEAK_MS = 200; // often enough not to be taken for dead
const LOOK_MS = 250;
const ANSWER_MS = 20_000;

// A phone that answers everything the way phones do, also what comes twice.
class Device {
	static async open(world, account, options = {}) {
		const device = new Device();

		device.phone = await Phone.open({account, port: world.port, ...options});
		// Of this phone only: the system gives the port of one that vanished to another, and it is still rung there.
		device.phone.contact = `sip:${account.id}@${device.phone.socket.contact}`;
		device.calls = new Map(); // by Call-ID: {rtp, over, ...}
		device.said = new Map(); // by transaction: our response; '' while there is none
		const {socket} = device.phone;
		const send = socket.send.bind(socket);

		socket.send = (text) => {
			if (socket.closed)
				return;
			if (text.startsWith('SIP/2.0')) {
				const message = parse(Buffer.from(text));
				device.said.set(branch(message) + cseqMethod(message), text);
			}
			send(text);
		};
		socket.handlers.push((message) => message.request && device.#request(message));
		return device;
	}

	#request(message) {
		const key = branch(message) + message.method;
		const said = this.said.get(key);
		const call = this.calls.get(message.header('call-id'));

		if (message.method === 'ACK') {
			if (call)
				call.acked = true;
			return true;
		}
		if (said !== undefined) {
			if (said)
				this.phone.socket.send(said);
			return true;
		}
		this.said.set(key, '');
		if (message.method === 'INVITE' && !tag(message.header('to'))) {
			if (!message.uri.startsWith(`sip:${this.phone.account.id}@`)) {
				this.phone.socket.send(response(message, 404, 'Not Found'));
				return true;
			}
			queueMicrotask(() => this.#offered());
			return false;
		}
		this.#answer(message, call);
		return true;
	}

	#answer(message, call) {
		const say = (status, reason, body = '') => this.phone.socket.send(response(message, status, reason, {body,
			headers: [['Contact', `<${this.phone.contact}>`], ...(body ? [['Content-Type', 'application/sdp']] : [])]}));

		if (!call) {
			say(481, 'No such call');
		} else if (message.method === 'CANCEL') {
			say(200, 'OK');
			call.reason = message.header('reason');
			if (!call.answered && !call.over)
				call.leg.reply(487, 'Request Terminated');
			if (!call.answered)
				call.over = 'cancelled';
		} else if (message.method === 'INVITE') {
			say(200, 'OK', audioSdp(call.rtp.port, {version: ++call.version}));
		} else {
			say(200, 'OK');
			if (message.method === 'BYE')
				call.over ??= 'them';
		}
	}

	async #offered() {
		const leg = await this.phone.incoming();

		if (this.onOffer)
			await this.onOffer(leg);
		else
			leg.reply(486, 'Busy Here');
	}

	// A call that the phone makes; resolves when it has its final response.
	async call(target, seen) {
		Object.assign(seen, {callId: `${token()}@test`, version: 1, rtp: await RtpSocket.open()});
		this.calls.set(seen.callId, seen);
		seen.leg = await this.phone.invite(target, {sdp: audioSdp(seen.rtp.port), callId: seen.callId, timeoutMs: ANSWER_MS});
		const reply = await seen.leg.final(ANSWER_MS);

		seen.status = reply.status;
		if (reply.status < 300)
			seen.rtp.connect(reply.body);
	}

	close() {
		this.phone.close();
	}
}

// One tenant's part.
class Office {
	constructor(soak, tenant, i) {
		Object.assign(this, {soak, tenant, world: soak.world, tones: TONES[i]});
		this.calls = []; // of callers, each {callId, queue, ...}
		this.offers = []; // to agents
		this.features = []; // calls of agents
	}

	async build(directory) {
		const {world, tenant} = this;
		const upload = async (hertz) => (await world.centrex.json('media', 'upload', '--tenant', tenant.domain,
			'--category', 'moh', await makeTone(path.join(directory, `${hertz}.wav`), hertz, 5))).id;
		const quick = {wrap_up_time: 1, no_answer_delay_time: 1, busy_delay_time: 1, reject_delay_time: 1,
			max_no_answer: 3, agent_ring_time: 5, service_level_s: 5};
		const members = (list) => Object.fromEntries(list.map((number, i) => [number, [1 + i % 2, 1 + i]]));
		const [one, two, three, hold] = [await upload(this.tones[0]), await upload(this.tones[1]), await upload(this.tones[2]),
			await upload(this.tones[3])];

		await world.centrex.json('setting', 'create', '--tenant', tenant.domain, '--name', 'hold_music', '--value', hold);
		for (const number of AGENTS)
			tenant.phones[number] = await world.centrex.extension(tenant.domain, number);
		const last = await world.queue(tenant, {name: 'Last', strategy: 'round-robin', members: members(AGENTS), music: three,
			...quick, max_wait_time: 10});
		const ring = await world.queue(tenant, {name: 'All', members: members(AGENTS.slice(0, 6)), music: one, ...quick,
			max_wait_time: 12, overflow_number: last.number});
		const turns = await world.queue(tenant, {name: 'Turns', strategy: 'round-robin', members: members(AGENTS.slice(4)),
			music: two, ...quick, max_wait_time: 10, overflow_number: DESK, tier_rules_apply: true, tier_rule_wait_second: 2});
		this.check = await world.queue(tenant, {name: 'Check', members: members(AGENTS), music: three, ...quick,
			agent_ring_time: 60});
		this.queues = [{...last, tones: [2]}, {...ring, tones: [0, 2]}, {...turns, tones: [1]}];
	}

	wrong(what) {
		this.soak.wrong.push(`${this.tenant.domain}: ${what}`);
	}

	// What this end has heard since the last look: [tone or 'voice', from whom].
	look(seen) {
		for (const {payload, ssrc} of seen.rtp?.received.splice(0) ?? []) {
			const from = this.soak.voices.get(ssrc);

			if (from) {
				seen.talked.add(from);
				if (from.office !== this)
					this.wrong(`${seen.callId} hears somebody of ${from.office.tenant.domain}`);
				continue;
			}
			const tone = toneOf(payload, ALL_TONES);
			seen.tones.set(tone, (seen.tones.get(tone) ?? 0) + 1);
		}
	}

	speak(seen) {
		if (!seen.rtp || this.soak.voices.get(seen.rtp.ssrc))
			return;
		this.soak.voices.set(seen.rtp.ssrc, seen);
		this.soak.talking.add(seen);
	}

	// Who vanished keeps his port of media, deaf and dumb: what is still sent there must not come to another.
	hush(seen) {
		if (!seen.rtp)
			return;
		this.look(seen);
		this.soak.talking.delete(seen);
		if (seen.over === 'vanished')
			this.soak.lost.push(seen.rtp);
		else
			seen.rtp.close();
	}
}

class Caller {
	constructor(office, number, roll) {
		Object.assign(this, {office, number, roll, soak: office.soak});
	}

	async open() {
		this.device = await Device.open(this.soak.world, this.office.tenant.phones[this.number]);
	}

	async live() {
		await this.open();
		await delay(this.roll(4000));
		while (!this.soak.over && !this.soak.closing) {
			await this.#call();
			await delay(300 + this.roll(3000));
		}
		this.device.close();
	}

	async #call() {
		const {office, roll, soak} = this;
		const queue = office.queues[roll(office.queues.length)];
		const seen = {office, queue, caller: this.number, talked: new Set(), tones: new Map(), asked: Date.now()};
		const patience = [roll(1500), 2000 + roll(6000), 60_000, 60_000][roll(4)];
		const talk = roll(2) ? 500 + roll(4000) : 60_000;
		const vanishes = roll(40) === 0;

		office.calls.push(seen);
		try {
			await this.device.call(queue.number, seen);
		} catch (error) {
			seen.failed = error.message;
		}
		if (!(seen.status < 300)) {
			seen.over = 'refused';
			office.hush(seen);
			return;
		}
		seen.joined = Date.now();
		office.speak(seen);
		let until = Date.now() + patience;
		let met = false;
		while (!seen.over && !soak.dead && Date.now() < until) {
			await delay(100);
			if (!met && seen.talked.size) {
				met = true;
				until = Date.now() + talk;
			}
			if (soak.over)
				until = Math.min(until, soak.over + roll(2000));
		}
		if (!seen.over && vanishes) {
			seen.over = 'vanished';
			office.hush(seen);
			this.device.close();
			await this.open();
			return;
		}
		if (!seen.over && !soak.dead) {
			seen.over = 'me';
			await seen.leg.send('BYE').catch((error) => { seen.failed = error.message; });
		}
		seen.over ??= 'dead';
		seen.ended = Date.now();
		office.hush(seen);
	}
}

class Agent {
	constructor(office, number, roll) {
		Object.assign(this, {office, number, roll, soak: office.soak, tending: new Set()});
	}

	async #open(options = {}) {
		const device = await Device.open(this.soak.world, this.office.tenant.phones[this.number], options);

		device.onOffer = (leg) => {
			const work = this.#offer(device, leg).catch((error) => this.office.wrong(`agent ${this.number}: ${error.stack}`));

			this.tending.add(work);
			return work.finally(() => this.tending.delete(work));
		};
		this.device = device;
		await this.register();
	}

	// As phones do: again, until it is so.
	async register() {
		for (let i = 0; i < 30 && !this.soak.dead; i++) {
			const reply = await this.device.phone.tryRegister({timeoutMs: 3000}).catch(() => undefined);

			if (reply?.status === 200)
				return;
			await delay(500);
		}
		assert.ok(this.soak.dead, `${this.number} cannot register`);
	}

	// Gone without a word, and back after a while; with another address now and then, so that the old one is rung, too.
	#away(ms) {
		this.gone ??= this.#vanish(ms).finally(() => { this.gone = undefined; });
		return this.gone;
	}

	async #vanish(ms) {
		const {port} = this.device.phone.socket;

		for (const seen of this.device.calls.values()) {
			seen.over ??= 'vanished';
			if (seen.talked)
				this.office.hush(seen);
		}
		this.device.close();
		await delay(ms);
		await this.#open(this.roll(3) ? {localPort: port} : {});
	}

	// Dials a feature code, hears its tone to the end.
	async dial(code) {
		const seen = {code, at: Date.now()};

		this.office.features.push(seen);
		try {
			await this.device.call(code, seen);
			await waitFor(() => seen.over || this.soak.dead, `the end of ${code}`, 20_000);
		} catch (error) {
			seen.failed = error.message;
		}
		seen.over ??= 'dead';
		seen.rtp?.close();
		return seen.status;
	}

	get busy() {
		return this.gone || [...this.device.calls.values()].some((call) => !call.over);
	}

	async live() {
		const {roll, soak} = this;

		await this.#open();
		await this.dial('*45');
		while (!soak.over) {
			await delay(2000 + roll(6000));
			if (this.busy || soak.over)
				continue;
			const what = roll(10);

			if (what < 3) {
				await this.dial('*47');
				await delay(500 + roll(3000));
				await this.dial('*45');
			} else if (what < 4) {
				await this.dial('*46');
				await delay(500 + roll(2000));
				await this.dial('*45');
			} else if (what < 6) {
				await this.#away(roll(4000));
			} else if (what < 7) {
				await this.device.phone.tryRegister({expires: 0}).catch(() => {});
				await delay(roll(2000));
				await this.register();
			} else {
				await this.dial('*45'); // he may have missed too many
			}
		}
		await Promise.all(this.tending);
	}

	// Ends what he does and is there.
	async settle() {
		await Promise.all([...this.tending, this.gone]);
		await this.register();
		await waitFor(async () => await this.dial('*45') === 200, `${this.number} to log in`, 30_000);
	}

	async #offer(device, leg) {
		const {office, roll, soak} = this;
		const seen = {office, leg, callId: leg.callId, agent: this.number, version: 1, talked: new Set(), tones: new Map(),
			from: leg.request.header('from')};
		const twice = [...device.calls.values()].find((call) => call.agent && !call.over);

		device.calls.set(seen.callId, seen);
		office.offers.push(seen);
		if (this.checked)
			return this.checked(seen);
		if (twice)
			await this.#second(seen, twice);
		if (seen.over)
			return undefined;
		const what = roll(100);
		const refusals = [[486, 'Busy Here'], [603, 'Decline'], [480, 'Unavailable'], [503, 'Overload']];

		if (what >= 10)
			leg.ring();
		await this.#wait(seen, what < 10 ? roll(20) : 100 + roll(1500));
		if (seen.over)
			return undefined;
		if (what < 70)
			return this.#answer(device, seen, what >= 66);
		if (what < 86) {
			seen.over = 'me';
			leg.reply(...refusals[roll(4)]);
		} else if (what < 90) {
			await this.#away(roll(4000));
		} else {
			await this.#wait(seen, 60_000); // he rings out
		}
		return undefined;
	}

	// An INVITE sent to a phone that was away is repeated until it answers, and only then taken back (RFC 3261
	// section 9.1). That may be when the next one is there already, and must be at once.
	async #second(seen, first) {
		seen.leg.ring();
		await this.#wait(seen, 5000);
		if (!seen.over && !first.over)
			this.office.wrong(`${this.number} is rung for ${seen.callId} while ${first.callId} is ` +
				`${first.answered ? `talking (${first.acked ? 'acknowledged' : 'not acknowledged'})` : 'ringing'}`);
	}

	async #wait(seen, ms) {
		const end = Date.now() + ms;

		while (!seen.over && Date.now() < end && !this.soak.dead)
			await delay(50);
		if (this.soak.dead)
			seen.over ??= 'dead';
	}

	async take(seen) {
		const body = seen.leg.request.body;

		seen.rtp = await RtpSocket.open();
		if (seen.over)
			return;
		seen.rtp.connect(body);
		seen.answered = true;
		this.office.speak(seen);
		this.#say200(seen);
	}

	// Until it is acknowledged (RFC 3261 section 13.3.1.4).
	async #say200(seen) {
		while (!seen.acked && !seen.over && !this.soak.dead) {
			seen.leg.reply(200, 'OK', {body: audioSdp(seen.rtp.port)});
			await delay(500);
		}
	}

	async #answer(device, seen, vanishes) {
		const {roll} = this;
		const end = 500 + roll(4000);

		await this.take(seen);
		if (seen.over)
			return undefined;
		if (vanishes) {
			await delay(roll(1500));
			return this.#away(roll(4000));
		}
		await waitFor(() => seen.acked || seen.over || this.soak.dead, 'an ACK', 40_000);
		const what = roll(10);
		if (what < 2 && !seen.over)
			await this.#hold(seen);
		await this.#wait(seen, what < 8 ? end : 30_000);
		if (!seen.over) {
			seen.over = 'me';
			await seen.leg.send('BYE').catch((error) => { seen.failed = error.message; });
		}
		this.office.hush(seen);
		return undefined;
	}

	async #hold(seen) {
		for (const direction of ['sendonly', 'sendrecv']) {
			await this.#wait(seen, 300 + this.roll(1000));
			if (seen.over)
				return;
			await seen.leg.reinvite(audioSdp(seen.rtp.port, {version: ++seen.version, direction})).catch((error) => {
				seen.failed = error.message;
			});
		}
	}

	close() {
		this.device.close();
	}
}

// Who takes those who were led on from a queue; he has many lines.
class Desk {
	constructor(office, roll) {
		Object.assign(this, {office, roll});
	}

	async live() {
		const {office} = this;

		this.device = await Device.open(office.world, office.tenant.phones[DESK]);
		this.device.onOffer = async (leg) => {
			const seen = {office, leg, callId: leg.callId, desk: true, version: 1, talked: new Set(), tones: new Map()};
			const end = Date.now() + 500 + this.roll(2000);

			this.device.calls.set(seen.callId, seen);
			seen.rtp = await RtpSocket.open();
			seen.rtp.connect(leg.request.body);
			seen.answered = true;
			leg.reply(200, 'OK', {body: audioSdp(seen.rtp.port)});
			office.speak(seen);
			while (!seen.over && Date.now() < end && !office.soak.dead)
				await delay(100);
			if (!seen.over && !office.soak.dead)
				await seen.leg.send('BYE').catch(() => {});
			seen.over ??= 'me';
			office.hush(seen);
		};
		await this.device.phone.register();
	}
}

export class Soak {
	static async start({seed, callers = 50, agents = 10, ...options}) {
		const soak = new Soak();

		Object.assign(soak, {seed, voices: new Map(), talking: new Set(), lost: [], wrong: []});
		soak.world = await QueueWorld.start({mediaPorts: 1600, ...options,
			args: ['--sip-invite-unregistered', '--sip-calls-most', 200, '--media-silence-s', 5, ...(options.args ?? [])]});
		soak.world.port = soak.world.centrex.sip.udp; // it stays the same
		soak.offices = soak.world.tenants.map((tenant, i) => new Office(soak, tenant, i));
		const roll = (i) => dice(seed * 1000 + i * 7919);
		await Promise.all(soak.offices.map((office) => office.build(temporaryDirectory('soak'))));
		for (const [i, office] of soak.offices.entries()) {
			office.callers = Array.from({length: callers}, (_, n) => new Caller(office, LINES[n % LINES.length], roll(i * 500 + n)));
			office.agents = AGENTS.slice(0, agents).map((number, n) => new Agent(office, number, roll(i * 500 + 200 + n)));
			office.desk = new Desk(office, roll(i * 500 + 300));
		}
		soak.timers = [
			setInterval(() => soak.talking.forEach((seen) => !seen.over && seen.rtp.sendPacket()), SPEAK_MS),
			setInterval(() => soak.talking.forEach((seen) => seen.office.look(seen)), LOOK_MS),
		];
		return soak;
	}

	// Everybody begins; finished() ends it.
	begin() {
		this.over = undefined;
		this.dead = false;
		this.lives = Promise.all(this.offices.flatMap((office) =>
			[office.desk.live(), ...office.agents.map((agent) => agent.live()), ...office.callers.map((caller) => caller.live())]));
		this.lives.catch(() => {});
	}

	// Nobody calls any more, those who are in calls end them.
	async finish() {
		this.over = Date.now();
		await this.lives;
	}

	// The engine is not there for a while: no call goes on.
	async lose() {
		this.dead = true;
		await this.finish();
		this.dead = false;
	}

	async stop() {
		this.timers.forEach(clearInterval);
		this.lost.forEach((rtp) => rtp.close());
		for (const office of this.offices)
			[...office.agents, office.desk, ...office.callers].forEach((one) => one.device?.close());
		await this.world.stop();
	}
}
