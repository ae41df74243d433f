// An installation that is started and stopped again and again, without a tenant to wait for.

import assert from 'node:assert/strict';
import {after} from 'node:test';

import {Centrex, centrexRun} from '../lib/centrex.mjs';
import {waitFor} from '../lib/wait.mjs';

export const isRoot = process.getuid() === 0;
const started = [];

after(async () => {
	for (const centrex of started)
		centrex.supervisor?.kill('SIGTERM');
	for (const centrex of started)
		await centrex.supervisor?.ended(30_000);
});

export function installation(options = {}) {
	const centrex = new Centrex(options);

	started.push(centrex);
	return centrex;
}

export const count = (text, words) => text.split(words).length - 1;

// Starts (again) and waits for the line that says everything is up.
export async function ready(centrex) {
	await centrex.start({wait: false});
	await waitFor(() => !centrex.supervisor.running || centrex.supervisor.output().includes('serve ready'),
		'"serve ready"', 60_000);
	assert.ok(centrex.supervisor.running, centrex.log());
	return centrex;
}

export async function stop(centrex, signal = 'SIGTERM') {
	centrex.kill('supervisor', signal);
	assert.equal(await centrex.supervisor.ended(30_000), 0, centrex.log());
	assert.deepEqual([...centrex.family()], []);
}

// Demands one line on standard error, and nothing else, in the time a person waits.
export async function refuses(centrex, status, line) {
	const result = await centrexRun(centrex.arguments(), {env: centrex.environment, timeoutMs: 60_000});

	assert.match(result.stderr, line);
	assert.equal(result.stderr.trimEnd().split('\n').length, 1, result.stderr);
	assert.equal(result.stdout, '');
	assert.equal(result.status, status, result.stderr);
}

// One that several tests of a file start and stop: making a database takes a second or more.
const kept = installation();
export const shared = () => ready(kept);
