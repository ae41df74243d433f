// A real softphone: baresip 1.0 with a configuration of its own, driven over its control socket.
// It plays a tone of its own pitch and records what it sends and hears.
//
//   const phone = await startBaresip({phone: tenant.phones[101], port: centrex.sip.udp});
//   await phone.registered();
//   await phone.dial('102'); await phone.event('CALL_ESTABLISHED'); await phone.hangup();
//   await assertTone(phone.heard(), 880, 2);

import assert from 'node:assert/strict';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

import {makeTone} from './audio.mjs';
import {freePort, mediaPorts, start, temporaryDirectory} from './processes.mjs';
import {waitFor, within} from './wait.mjs';

const MODULES = '/usr/lib/baresip/modules';

function configuration({sipPort, controlPort, tone, recordings, media, srtp, modules}) {
	return [
		'poll_method epoll',
		'net_interface 127.0.0.1', // else it offers the machine's outer address
		`sip_listen 127.0.0.1:${sipPort}`,
		'call_local_timeout 120',
		'call_max_calls 16',
		`audio_source aufile,${tone}`,
		'audio_player aubridge,sink', // a sink without a sound card
		'audio_alert aubridge,alert',
		'audio_buffer 20-160',
		'jitter_buffer_delay 5-10',
		`rtp_ports ${media.least}-${media.most}`,
		`module_path ${MODULES}`,
		'module g711.so',
		'module aufile.so',
		'module aubridge.so',
		'module sndfile.so',
		...modules.map((name) => `module ${name}`),
		...(srtp ? ['module srtp.so'] : []),
		'module_tmp uuid.so',
		'module_tmp account.so',
		'module_app menu.so',
		'module_app ctrl_tcp.so',
		`ctrl_tcp_listen 127.0.0.1:${controlPort}`,
		`snd_path ${recordings}`,
		'sip_verify_server no',
		'',
	].join('\n');
}

function account(options) {
	const {phone, port, transport, answer, expires, codecs, srtp, extra, user} = options;
	const parameters = [
		`auth_user=${phone.username}`,
		`auth_pass=${phone.password}`,
		`outbound="sip:127.0.0.1:${port};transport=${transport}"`,
		`regint=${expires}`,
		`answermode=${answer}`,
		`audio_codecs=${codecs}`,
		...(srtp ? [`mediaenc=${srtp}`] : []),
		...extra,
	];

	return `"${phone.number}" <sip:${user ?? phone.number}@${phone.domain};transport=${transport}>;` +
		`${parameters.join(';')}\n`;
}

class Baresip {
	events = [];
	#read = Buffer.alloc(0);
	#waiting = new Map();
	#token = 0;

	// One call in a netstring: "12:{...},"
	#take(bytes) {
		this.#read = Buffer.concat([this.#read, bytes]);
		for (;;) {
			const colon = this.#read.indexOf(':');
			const length = colon > 0 ? Number(this.#read.subarray(0, colon)) : NaN;

			if (!(this.#read.length >= colon + 1 + length + 1))
				return;
			const message = JSON.parse(this.#read.subarray(colon + 1, colon + 1 + length));
			this.#read = this.#read.subarray(colon + 2 + length);
			if (message.event)
				this.events.push(message);
			else
				this.#waiting.get(message.token)?.(message);
		}
	}

	async connect(port) {
		this.socket = await waitFor(() => new Promise((resolve, reject) => {
			assert.ok(this.process.running, `baresip ended:\n${this.process.output()}`);
			const socket = net.connect(port, '127.0.0.1', () => resolve(socket));
			socket.once('error', reject);
		}), 'baresip to listen for commands');
		this.socket.unref();
		this.socket.on('data', (bytes) => this.#take(bytes));
		this.socket.on('error', () => {});
	}

	// Any command of baresip's menu: dial, accept, hangup, hold, resume, sndcode, transfer, ...
	async command(command, params = '') {
		const token = String(++this.#token);
		const text = JSON.stringify({command, params, token});
		const answered = new Promise((resolve) => this.#waiting.set(token, resolve));

		this.socket.write(`${Buffer.byteLength(text)}:${text},`);
		const answer = await within(answered, `baresip to answer ${command}`);
		this.#waiting.delete(token);
		assert.ok(answer.ok, `baresip: ${command} ${params}: ${answer.data}`);
		return answer.data;
	}

	// Waits for an event of this type that nobody has taken yet, and takes it.
	// CALL_INCOMING CALL_RINGING CALL_PROGRESS CALL_ESTABLISHED CALL_CLOSED REGISTER_OK ...
	async event(type, timeoutMs = 15_000) {
		const find = () => this.events.findIndex((e) => e.type === type && !e.taken);

		await waitFor(() => find() >= 0, () => `${type} from baresip ${this.options.phone.number}; ` +
			`saw: ${this.events.map((e) => e.type).join(' ')}`, timeoutMs);
		const event = this.events[find()];
		event.taken = true;
		return event;
	}

	// The control socket opens after the first registration may have happened: ask the log too.
	async registered(timeoutMs = 15_000) {
		await waitFor(() => /\{\d+\/\S+\} 200 OK|200 OK \(\)|REGISTER_OK/.test(this.process.output()) ||
			this.events.some((e) => e.type === 'REGISTER_OK'),
			() => `baresip ${this.options.phone.number} to register:\n${this.process.output()}`, timeoutMs);
	}

	async dial(target) {
		const uri = target.includes('@') ? target : `sip:${target}@${this.options.phone.domain}`;

		await this.command('dial', uri);
	}

	accept() {
		return this.command('accept');
	}

	hangup() {
		return this.command('hangup');
	}

	#recordings(which) {
		return fs.readdirSync(this.recordings).filter((name) => name.endsWith(`-${which}.wav`))
			.sort().map((name) => path.join(this.recordings, name));
	}

	// The newest recording of what came in (decoded) or went out.
	heard() {
		return this.#recordings('dec').at(-1);
	}

	said() {
		return this.#recordings('enc').at(-1);
	}

	async stop() {
		this.socket?.destroy();
		await this.process.stop(15_000);
	}
}

// Options: phone {number, username, password, domain}, port of Centrex; transport udp|tcp|tls;
// answer manual|auto|early; hertz of its tone; tone {rate, channels}: as its codec wants it; expires
// in seconds, 0: does not register; codecs; modules: further ones, such as of a codec; srtp:
// undefined or baresip's mediaenc (srtp, srtp-mand); user: of the AOR, instead of the number; extra:
// further account parameters.
export async function startBaresip(options) {
	const phone = new Baresip();
	const directory = temporaryDirectory('baresip');

	phone.options = {transport: 'udp', answer: 'manual', hertz: 440, expires: 60, codecs: 'PCMA',
		extra: [], modules: [], ...options};
	phone.recordings = path.join(directory, 'recordings');
	fs.mkdirSync(phone.recordings);
	phone.sipPort = await freePort(2); // and the next one for TLS
	const controlPort = phone.sipPort + 2;
	fs.writeFileSync(path.join(directory, 'config'), configuration({
		sipPort: phone.sipPort,
		controlPort,
		recordings: phone.recordings,
		media: await mediaPorts(),
		tone: await makeTone(path.join(directory, 'tone.wav'), phone.options.hertz, 30, phone.options.tone),
		srtp: phone.options.srtp,
		modules: phone.options.modules,
	}));
	fs.writeFileSync(path.join(directory, 'accounts'), account(phone.options));
	fs.writeFileSync(path.join(directory, 'contacts'), '');
	phone.process = start('baresip', ['-f', directory, '-v'], {name: `baresip-${phone.options.phone.number}`});
	await phone.connect(controlPort);
	return phone;
}
