// What the benches share: rounds that interleave the sides, CPU time of processes, medians, and an
// installation filled with many phones by SQL (a command each would take half an hour).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {Centrex, source} from '../lib/centrex.mjs';
import {descendants, run, temporaryDirectory} from '../lib/processes.mjs';

export const quick = process.argv.includes('--quick');
export const program = (name) => path.join(source, 'build/release/tests/bench', name);

export function median(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length >> 1;

	return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Microseconds of CPU that all threads of these processes have used (schedstat: nanoseconds).
export function cpuMicroseconds(pids) {
	let sum = 0;

	for (const pid of pids)
		for (const thread of fs.readdirSync(`/proc/${pid}/task`))
			sum += Number(fs.readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
	return sum / 1000;
}

// pid and all that comes from it.
export function family(pid) {
	return [pid, ...descendants(pid)];
}

// Runs each side once per round, in turn, and gives {side: [result, ...]}. The first round warms up
// and is not counted.
export async function interleave(sides, rounds, once) {
	const results = Object.fromEntries(sides.map((side) => [side, []]));

	for (let round = 0; round <= rounds; round++)
		for (const side of sides) {
			const result = await once(side, round);

			console.log(`  ${round ? `round ${round}` : 'warm-up'}  ${side.padEnd(12)} ${JSON.stringify(result)}`);
			if (round)
				results[side].push(result);
		}
	return results;
}

// Prints a table of medians; rows: [what, ours, theirs, unit, more is better].
export function report(title, theirs, rows) {
	console.log(`\n${title}`);
	console.log(`| figure | Centrex | ${theirs} | ratio |\n| --- | --- | --- | --- |`);
	for (const [what, a, b, unit, more] of rows) {
		const ratio = more ? a / b : b / a;
		const show = (n) => (n >= 100 ? n.toFixed(0) : n.toFixed(2));

		console.log(`| ${what}, ${unit} | ${show(a)} | ${show(b)} | ${ratio.toFixed(2)} |`);
	}
	console.log('A ratio over 1 means that Centrex does better.\n');
}

export async function loadJson(command, args, options = {}) {
	const result = await run(command, args, {timeoutMs: 600_000, ...options});

	if (!result.stdout.includes('{'))
		throw new Error(`${command}: status ${result.status} ${result.signal ?? ''}\n${result.stderr}`);
	if (result.stderr)
		console.error(result.stderr);
	return JSON.parse(result.stdout);
}

export function directory(name) {
	return temporaryDirectory(name);
}

// A Centrex of the release build, without the demo.
export async function startCentrex(args = []) {
	return new Centrex({args: ['--log-level', 'warning', '--drain-s', 0, ...args]}).start();
}

// psql on the embedded cluster as its owner.
export async function psql(centrex, sql, args = []) {
	const socket = path.join(centrex.state, 'run');
	const bin = (await run('pg_config', ['--bindir'])).stdout.trim();
	const result = await run(path.join(bin, 'psql'), ['-h', socket, '-U', 'centrex_owner', '-d', 'centrex',
		'-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', ...args], {input: sql, timeoutMs: 3_600_000});

	assert.equal(result.status, 0, result.stderr);
	return result.stdout.trim();
}

export const domains = (n) => Array.from({length: n}, (_, i) => `bench${i}.pbx.test`);

// Phones 0 to count-1 over so many tenants: phone i is number 10000 + floor(i / tenants) of tenant
// i % tenants (load_register.c says the same).
export async function addPhones(centrex, names, count) {
	for (const [t, domain] of names.entries()) {
		const {id} = await centrex.json('tenant', 'create', '--name', domain, '--domain', domain);
		const schema = `tenant_${id.replaceAll('-', '')}`;

		await psql(centrex, `
			begin;
			create temp table phone on commit drop as
			select gen_random_uuid() as id, (10000 + i / ${names.length})::text as number,
				('00000000-0000-4000-8000-1000' || (10000000 + i))::uuid as username,
				'password-of-the-phone-' || (10000000 + i) as password
			from generate_series(${t}, ${count - 1}, ${names.length}) as i;
			insert into ${schema}.extensions (id, extension_number, auth_username, auth_password, context)
			select id, number, username, password, 'default' from phone;
			insert into public.auth_usernames (auth_username, tenant_id, extension_id)
			select username, '${id}', id from phone;
			select pg_notify('centrex', '${id}');
			commit;
			analyze ${schema}.extensions;`);
	}
	await psql(centrex, 'analyze public.auth_usernames;');
}

export function account(domain, index, tenants) {
	const id = 10_000_000 + index;

	return {
		domain,
		number: String(10_000 + Math.floor(index / tenants)),
		username: `00000000-0000-4000-8000-1000${id}`,
		password: `password-of-the-phone-${id}`,
	};
}
