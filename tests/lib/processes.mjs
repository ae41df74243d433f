// Processes and temporary directories of a test file. Whatever happens to the test, all of them
// are gone when the file's process ends: each is known by its pid, and what they started in turn is
// found by a mark in its environment (a supervisor's children outlive it on purpose).

import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import dgram from 'node:dgram';
import os from 'node:os';
import path from 'node:path';

import {waitFor} from './wait.mjs';

const mark = `CENTREX_TEST_RUN=${randomUUID()}`;
const children = new Set();
const directories = new Set();

// mkdtemp under the system's, removed at the end. Others may pass through it: as root, Centrex
// becomes an unprivileged user.
export function temporaryDirectory(name = 'test') {
	const directory = fs.mkdtempSync(path.join(os.tmpdir(), `centrex-${name}-`));

	fs.chmodSync(directory, 0o755);
	directories.add(directory);
	return directory;
}

// Starts a program; its output goes to a file, so that nothing blocks and nothing is lost.
//   pid, status (exit status, null while it runs), signal, output() so far,
//   ended(ms) waits, kill(signal), stop(ms) is SIGTERM, then SIGKILL after ms
export function start(command, args, {env = {}, cwd, name = path.basename(command), input} = {}) {
	const directory = temporaryDirectory('out');
	const file = path.join(directory, `${name}.log`);
	const log = fs.openSync(file, 'a');
	const process_ = spawn(command, args.map(String), {
		cwd,
		env: {...process.env, [mark.split('=')[0]]: mark.split('=')[1], ...env},
		stdio: [input === undefined ? 'ignore' : 'pipe', log, log],
	});
	const child = {
		name,
		process: process_,
		pid: process_.pid,
		status: null,
		signal: null,
		failure: null,
		file,
		get running() {
			return this.status === null && this.signal === null && this.failure === null;
		},
		output: () => fs.readFileSync(file, 'utf8'),
		kill(signal = 'SIGTERM') {
			if (this.running)
				process_.kill(signal);
		},
		async ended(timeoutMs = 10_000) {
			await waitFor(() => !this.running, `the end of ${name} (${process_.pid})`, timeoutMs);
			if (this.failure)
				throw this.failure;
			return this.status;
		},
		async stop(timeoutMs = 10_000) {
			this.kill('SIGTERM');
			try {
				return await this.ended(timeoutMs);
			} catch (error) {
				this.kill('SIGKILL');
				await this.ended(5_000);
				throw error;
			}
		},
	};

	fs.closeSync(log);
	if (input !== undefined) {
		process_.stdin.on('error', () => {}); // it may end without reading
		process_.stdin.end(input);
	}
	process_.on('error', (error) => { child.failure = error; });
	process_.on('exit', (status, signal) => {
		child.status = status;
		child.signal = signal;
		children.delete(child);
	});
	process_.unref(); // a forgotten child must not keep the test file from ending
	children.add(child);
	return child;
}

// Runs a program to its end. Standard output and error are kept apart.
export async function run(command, args, {env = {}, cwd, input = '', timeoutMs = 30_000} = {}) {
	const process_ = spawn(command, args.map(String), {
		cwd,
		env: {...process.env, [mark.split('=')[0]]: mark.split('=')[1], ...env},
		stdio: ['pipe', 'pipe', 'pipe'],
	});
	const out = [], err = [];
	const timer = setTimeout(() => process_.kill('SIGKILL'), timeoutMs);

	process_.stdin.on('error', () => {});
	process_.stdin.end(input);
	process_.stdout.on('data', (bytes) => out.push(bytes));
	process_.stderr.on('data', (bytes) => err.push(bytes));
	return new Promise((resolve, reject) => {
		process_.on('error', reject);
		process_.on('close', (status, signal) => {
			clearTimeout(timer);
			resolve({
				status,
				signal,
				stdout: Buffer.concat(out).toString(),
				stderr: Buffer.concat(err).toString(),
			});
		});
	});
}

function read(file) {
	try {
		return fs.readFileSync(file, 'latin1');
	} catch {
		return '';
	}
}

// Every process of this machine: {pid, parent, command, environment}, as far as we may look.
export function processes() {
	return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => {
		const stat = read(`/proc/${name}/stat`);

		return {
			pid: Number(name),
			state: stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0],
			parent: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]),
			command: read(`/proc/${name}/cmdline`).split('\0').join(' ').trim(),
			environment: read(`/proc/${name}/environ`),
		};
	});
}

// The pids of all that comes from pid, nearest first, without itself.
export function descendants(pid, all = processes()) {
	const found = [pid];

	for (let i = 0; i < found.length; i++)
		found.push(...all.filter((p) => p.parent === found[i]).map((p) => p.pid));
	return found.slice(1);
}

// What this test file started, at any depth, and is still there: found by pid, by the mark in the
// environment, and by a path of ours in the command line (a server may overwrite its environment).
function remains() {
	const all = processes().filter((p) => p.pid !== process.pid && p.state !== 'Z');
	const roots = [...children].map((child) => child.pid);
	const found = new Set();

	for (const p of all)
		if (roots.includes(p.pid) || p.environment.includes(mark) ||
		    [...directories].some((directory) => p.command.includes(directory)))
			found.add(p.pid);
	for (const pid of [...found])
		descendants(pid, all).forEach((d) => found.add(d));
	return all.filter((p) => found.has(p.pid));
}

function signal(pid, name) {
	try {
		process.kill(pid, name);
	} catch {
		// gone already
	}
}

function sleepSync(ms) {
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

// PostgreSQL gets SIGQUIT (its immediate stop), so that it gives its shared memory back.
function endAll() {
	for (let round = 0; round < 40; round++) {
		const left = remains();

		if (!left.length)
			break;
		for (const p of left)
			if (/postgres/.test(p.command) && round < 30)
				signal(p.pid, 'SIGQUIT');
			else
				signal(p.pid, 'SIGKILL');
		sleepSync(50);
	}
	for (const directory of directories)
		fs.rmSync(directory, {recursive: true, force: true});
}

process.on('exit', endAll);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(name, () => process.exit(1));

// A TCP server that listens on this port of 127.0.0.1, the port free for UDP too; else undefined.
async function hold(port) {
	const server = net.createServer();
	const listens = await new Promise((resolve) => {
		server.once('error', () => resolve(false));
		server.listen(port, '127.0.0.1', () => resolve(true));
	});

	if (!listens)
		return undefined;
	server.unref();
	const socket = dgram.createSocket('udp4');
	const free = await new Promise((resolve) => {
		socket.once('error', () => resolve(false));
		socket.bind(port, '127.0.0.1', () => socket.close(() => resolve(true)));
	});

	if (!free)
		server.close();
	return free ? server : undefined;
}

const BLOCK = 200; // ports
const FIRST_PORT = 10_000, LAST_PORT = 32_000; // below the system's ephemeral ports

// {least, most}: ports that no other test file on this machine uses while this one runs, for media.
// Each block of 200 is held by a TCP socket that listens on its first number; the system lets go of
// it whenever and however this process ends.
export async function mediaPorts(count = BLOCK) {
	const blocks = Math.ceil(count / BLOCK);
	const starts = Math.floor((LAST_PORT - FIRST_PORT) / BLOCK) - blocks + 1;

	for (let i = 0; i < starts; i++) {
		const first = FIRST_PORT + (process.pid + i) % starts * BLOCK; // not all begin at the same
		const held = await Promise.all(Array.from({length: blocks}, (_, b) => hold(first + b * BLOCK)));

		if (held.every(Boolean))
			return {least: first, most: first + blocks * BLOCK - 1};
		held.forEach((server) => server?.close());
	}
	throw new Error(`no ${count} ports are free`);
}

let own; // a block of this process, handed out one by one

// A port of 127.0.0.1 that is free for UDP and TCP, with so many free ones after it. It stays this
// test file's: a number the system gives to the next who asks could be gone before it is used.
export async function freePort(following = 0) {
	for (;;) {
		own ??= mediaPorts();
		const block = await own;
		const first = (block.next ?? block.least + 1);

		block.next = first + 1 + following;
		if (block.next > block.most) {
			own = undefined;
			continue;
		}
		const held = await Promise.all(Array.from({length: 1 + following}, (_, i) => hold(first + i)));

		await Promise.all(held.filter(Boolean).map((server) => new Promise((resolve) => { server.close(resolve); })));
		if (held.every(Boolean))
			return first;
	}
}
