// sipp, run on one scenario file to its end.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {freePort, mediaPorts, start, temporaryDirectory} from './processes.mjs';

// Options: scenario (path or XML text), port (of Centrex; absent for a server scenario), listen
// (own port), transport u1|t1|..., calls (how many), rate (a second), keys {name: value} for
// [name] in the scenario, rows [[field, ...], ...] for [field0], args.
// Returns the started process with .port, and .done(ms) which demands exit status 0.
export async function startSipp(options) {
	const directory = temporaryDirectory('sipp');
	const {scenario, port, transport = 'u1', calls = 1, rate, keys = {}, rows, args = []} = options;
	const listen = options.listen ?? await freePort();
	const media = await mediaPorts();
	let file = scenario;

	if (scenario.trimStart().startsWith('<')) {
		file = path.join(directory, 'scenario.xml');
		fs.writeFileSync(file, scenario);
	}
	const list = ['-sf', file, '-i', '127.0.0.1', '-p', listen, '-t', transport, '-m', calls,
		'-nostdin', '-mi', '127.0.0.1', '-mp', media.least, '-trace_err',
		'-error_file', path.join(directory, 'errors.log'), '-trace_logs',
		'-log_file', path.join(directory, 'logs.log'), '-timeout', '60s', '-timeout_error'];

	if (rate)
		list.push('-r', rate);
	for (const [name, value] of Object.entries(keys))
		list.push('-key', name, value);
	if (rows) {
		const csv = path.join(directory, 'rows.csv');
		fs.writeFileSync(csv, ['SEQUENTIAL', ...rows.map((row) => row.join(';'))].join('\n') + '\n');
		list.push('-inf', csv);
	}
	list.push(...args);
	if (port)
		list.push(`127.0.0.1:${port}`);

	const sipp = start('sipp', list, {name: 'sipp', cwd: directory, env: {TERM: 'dumb'}});
	const read = (name) => {
		try {
			return fs.readFileSync(path.join(directory, name), 'utf8');
		} catch {
			return '';
		}
	};

	sipp.port = listen;
	sipp.errors = () => read('errors.log');
	sipp.logs = () => read('logs.log');
	sipp.done = async (timeoutMs = 60_000) => {
		const status = await sipp.ended(timeoutMs);

		assert.equal(status, 0, `sipp: status ${status}\n${sipp.errors()}\n${sipp.output().slice(-2000)}`);
	};
	return sipp;
}

export async function sipp(options) {
	const process = await startSipp(options);

	await process.done(options.timeoutMs);
	return process;
}
