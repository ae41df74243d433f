// A whole Centrex of a test's own: `centrex serve` on a temporary state directory and free ports.
//
//   let centrex;
//   before(async () => { centrex = await startCentrex(); });
//   after(() => centrex?.stop());
//
// CENTREX_BIN chooses the program (script/test: the sanitizer build).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

import {descendants, mediaPorts, processes, run, start, temporaryDirectory} from './processes.mjs';
import {waitFor} from './wait.mjs';

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const binary = process.env.CENTREX_BIN ?? path.join(source, 'build/dev/src/centrex');

// A build with sanitizers and a loaded machine need their time.
export const START_MS = 60_000;

const sanitizerReport = /ERROR: (Address|Leak)Sanitizer|runtime error:|WARNING: ThreadSanitizer/;

// One run of the program. json: standard output parsed, when it is JSON.
export async function centrexRun(args, options = {}) {
	const result = await run(binary, args, options);

	assert.doesNotMatch(result.stderr, sanitizerReport);
	result.json = undefined;
	if (/^\s*[[{]/.test(result.stdout)) {
		try {
			result.json = JSON.parse(result.stdout);
		} catch {
			// a table that begins with a bracket
		}
	}
	return result;
}

export class Centrex {
	constructor(options = {}) {
		this.directory = options.state ? path.dirname(options.state) : temporaryDirectory('state');
		this.state = options.state ?? path.join(this.directory, 'state');
		this.options = options;
		this.environment = {CENTREX_STATE: this.state, ...options.env};
		this.outputs = [];
	}

	// Arguments of `centrex serve`; options.args come last and win. options.through: a command that
	// runs it (tests/lib/network.mjs).
	arguments() {
		const args = ['serve', '--sip-port', 0, '--web-port', 0];

		if (this.media)
			args.push('--rtp-port-least', this.media.least, '--rtp-port-most', this.media.most);
		if (this.options.tls)
			args.push('--sip-tls-port', 0, '--sip-tls-certificate', this.certificate,
				'--web-tls-certificate', this.certificate);
		if (this.options.demo)
			args.push('--demo');
		return [...args, ...(this.options.args ?? [])];
	}

	// Starts the supervisor and waits until phones and commands are served.
	async start({wait = true} = {}) {
		this.media ??= await mediaPorts(this.options.mediaPorts);
		if (this.options.tls && !this.certificate)
			this.certificate = await makeCertificate(this.directory);
		if (!this.pid('sip')) // one that outlived its supervisor is taken over, and its ports stand
			fs.rmSync(this.sipFile, {force: true});
		if (!this.pid('web'))
			fs.rmSync(this.webFile, {force: true});
		const [program, ...args] = [...(this.options.through ?? []), binary, ...this.arguments()];

		this.supervisor = start(program, args, {env: this.environment, name: 'serve'});
		this.outputs.push(this.supervisor);
		if (wait)
			await this.ready();
		return this;
	}

	async ready(timeoutMs = START_MS) {
		await waitFor(async () => {
			if (!this.supervisor.running)
				return true;
			return this.sip && this.web && (await this.cli('tenant', 'list')).status === 0;
		}, () => `centrex serve to be ready:\n${this.log()}`, timeoutMs);
		assert.ok(this.supervisor.running, `centrex serve ended:\n${this.log()}`);
	}

	get sipFile() {
		return path.join(this.state, 'run/sip.json');
	}

	get webFile() {
		return path.join(this.state, 'run/web.json');
	}

	// {pid, port, tls} of the HTTP server; undefined until it listens.
	get web() {
		try {
			return JSON.parse(fs.readFileSync(this.webFile, 'utf8'));
		} catch {
			return undefined;
		}
	}

	// {udp, tcp, tls}: the ports the engine got; undefined until it listens.
	get sip() {
		try {
			return JSON.parse(fs.readFileSync(this.sipFile, 'utf8'));
		} catch {
			return undefined;
		}
	}

	// Everything serve and its children said, over all starts.
	log() {
		return this.outputs.map((output) => output.output()).join('\n');
	}

	// cli('extension', 'list', '--tenant', domain, {input: '...'}): {status, stdout, stderr, json}
	cli(...args) {
		const options = typeof args.at(-1) === 'object' ? args.pop() : {};

		return centrexRun(args, {...options, env: {...this.environment, ...options.env}});
	}

	// The same with --json; demands success and returns what it printed.
	async json(...args) {
		const result = await this.cli(...args, '--json');

		assert.equal(result.status, 0, `centrex ${args.join(' ')}: ${result.stderr}`);
		return result.json;
	}

	// A tenant with phones; returns {id, domain, phones: {101: {number, username, password}}}.
	async tenant(domain, numbers = []) {
		const row = await this.json('tenant', 'create', '--name', domain, '--domain', domain);
		const phones = {};

		for (const number of numbers)
			phones[number] = await this.extension(domain, number);
		return {id: row.id, domain, phones};
	}

	async extension(domain, number) {
		const row = await this.json('extension', 'create', '--tenant', domain,
			'--extension-number', number);

		return {
			id: row.id,
			domain,
			number: row.extension_number,
			username: row.auth_username,
			password: row.auth_password,
		};
	}

	// The pid of a part: 'sip', 'web', 'postgres' (its first process).
	pid(part) {
		const all = processes();
		const family = this.family(all);
		const pattern = part === 'postgres' ? /postgres\b.* -D / : new RegExp(`centrex\\S* ${part}\\b`);

		return all.find((p) => family.has(p.pid) && pattern.test(p.command))?.pid;
	}

	// All processes of this installation, by descent or by its state directory.
	family(all = processes()) {
		const ours = all.filter((p) => p.command.includes(this.directory) ||
			p.environment.includes(this.state));
		const pids = new Set(ours.map((p) => p.pid));

		if (this.supervisor?.running)
			pids.add(this.supervisor.pid);
		for (const pid of [...pids])
			descendants(pid, all).forEach((d) => pids.add(d));
		return pids;
	}

	// Kills a part by pid and returns that pid.
	kill(part, signal = 'SIGKILL') {
		const pid = part === 'supervisor' ? this.supervisor.pid : this.pid(part);

		assert.ok(pid, `no process ${part}`);
		process.kill(pid, signal);
		return pid;
	}

	// Clean stop: exit status 0, nothing left, no sanitizer report in anything that was printed.
	async stop({timeoutMs = 30_000} = {}) {
		if (this.supervisor?.running)
			await this.supervisor.stop(timeoutMs);
		assert.doesNotMatch(this.log(), sanitizerReport);
		if (this.supervisor && this.supervisor.signal !== 'SIGKILL')
			assert.equal(this.supervisor.status, 0, `centrex serve ended badly:\n${this.log()}`);
		await waitFor(() => this.family().size === 0, () => 'all processes of the installation to end: ' +
			processes().filter((p) => this.family().has(p.pid)).map((p) => `${p.pid} ${p.command}`).join(', ') +
			`\n${this.log().slice(-2000)}`, timeoutMs);
	}
}

export async function startCentrex(options = {}) {
	return new Centrex(options).start(options);
}

// A self-signed certificate and its key in one PEM file, as --sip-tls-certificate takes it.
export async function makeCertificate(directory, name = 'localhost') {
	const file = path.join(directory, 'tls.pem');
	const key = path.join(directory, 'key.pem');
	const cert = path.join(directory, 'cert.pem');
	const result = await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt',
		'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30', '-subj', `/CN=${name}`,
		'-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`, '-keyout', key, '-out', cert]);

	assert.equal(result.status, 0, result.stderr);
	fs.writeFileSync(file, fs.readFileSync(key, 'utf8') + fs.readFileSync(cert, 'utf8'));
	fs.chmodSync(file, 0o644); // Centrex may become another user before it reads this
	return file;
}
