// Runs the unit tests (meson) and the test files (node's test runner), a few at a time, and sums up.
// Called by script/test, which builds first. Nothing may be left running at the end: that counts
// as a failure of its own.

import {spawn, spawnSync} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';

const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
// On two cores. Three at once are a quarter quicker, and late: what a browser, a phone or 50 MB under
// sanitizers must do within its patience, it then does not always.
const AT_ONCE = 2;
const FILE_S = 400, UNITS_S = 900;
// The longest begin first, so that none of them is left over at the end with nothing beside it. A file
// that is missing here costs time, and nothing else.
const LONGEST = ['sip/queue_soak', 'console/every_page', 'sip/calls_slow', 'freeswitch/event_socket', 'console/people',
	'console/calls', 'console/directory', 'fault/calls', 'sip/queue_ends', 'http/cdrs', 'console/two_tenants', 'sip/recording',
	'console/queues', 'sip/queue_rules', 'freeswitch/cdrs', 'sip/transfer', 'sip/queue_faults', 'fault/start',
	'http/bad_input', 'freeswitch/access', 'console/workspace'].map((name) => path.join('tests', `${name}.test.mjs`));
const marker = `CENTREX_TEST_RUNNER=${randomUUID()}`;
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'centrex-tests-'));
const environment = {
	...process.env,
	[marker.split('=')[0]]: marker.split('=')[1],
	TMPDIR: temporary,
	CENTREX_BIN: process.env.CENTREX_BIN ?? path.join(source, 'build/asan/src/centrex'),
	ASAN_OPTIONS: 'detect_leaks=1:exitcode=99:allocator_may_return_null=1',
	UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1:exitcode=99',
	TSAN_OPTIONS: 'halt_on_error=1:exitcode=99:second_deadlock_stack=1',
};
const sum = {passed: 0, failed: 0, skipped: 0};

fs.chmodSync(temporary, 0o755); // as root, Centrex runs as another user

// How a runner of node is told to leave us alone: its own variable would change the output.
delete environment.NODE_TEST_CONTEXT;

function report(name, result, output) {
	sum.passed += result.passed;
	sum.failed += result.failed;
	sum.skipped += result.skipped ?? 0;
	const skipped = result.skipped ? `, ${result.skipped} skipped` : '';
	const state = result.failed ? 'FAIL' : 'ok  ';

	console.log(`${state} ${name.padEnd(48)} ${String(result.passed).padStart(4)} passed${skipped}` +
		`${result.failed ? `, ${result.failed} failed` : ''}  ${result.seconds.toFixed(1)} s`);
	if (result.failed)
		console.log(output.split('\n').map((line) => `     ${line}`).join('\n'));
}

// Starts a program; resolves to {status, output, seconds}. After limit seconds it is told to end.
function program(command, args, limit) {
	const begin = Date.now();
	const child = spawn(command, args, {cwd: source, env: environment, stdio: ['ignore', 'pipe', 'pipe']});
	const chunks = [];
	let late = false;
	const timer = setTimeout(() => {
		late = true;
		child.kill('SIGTERM'); // its own cleanup runs
		setTimeout(() => child.kill('SIGKILL'), 15_000).unref();
	}, limit * 1000);

	child.stdout.on('data', (bytes) => chunks.push(bytes));
	child.stderr.on('data', (bytes) => chunks.push(bytes));
	return new Promise((resolve) => {
		const done = (status) => {
			clearTimeout(timer);
			const output = Buffer.concat(chunks).toString() + (late ? `\nnot done after ${limit} s\n` : '');
			resolve({status, output, seconds: (Date.now() - begin) / 1000});
		};
		child.on('error', (error) => { chunks.push(Buffer.from(String(error))); done(1); });
		child.on('exit', (status) => setTimeout(() => done(status), 50));
	});
}

// TAP lines of one cmocka program. One that died without a "not ok" failed all the same.
function countTap(text, good) {
	const passed = (text.match(/^ok \d/gm) ?? []).length;
	const failed = (text.match(/^not ok \d/gm) ?? []).length;

	return {passed, failed: good ? failed : Math.max(failed, 1)};
}

async function unitTests(build, label, names) {
	const directory = path.join(source, 'build', build);
	const {seconds, output} = await program('meson', ['test', '-C', directory, '--no-rebuild',
		'--num-processes', '1', ...names], UNITS_S);
	const log = path.join(directory, 'meson-logs/testlog.json');
	const rows = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n').filter(Boolean)
		.map((line) => JSON.parse(line)) : [];

	if (!rows.length)
		return report(`${label} unit tests`, {passed: 0, failed: 1, seconds}, output);
	for (const row of rows) {
		const good = row.result === 'OK';
		report(`${label} ${row.name.replace(/^.* \/ /, '')}`, {...countTap(row.stdout ?? '', good), seconds: row.duration},
			`${row.result}\n${row.stdout ?? ''}\n${row.stderr ?? ''}`);
	}
}

// Only the unit tests in which threads meet (suite "threads") are built for ThreadSanitizer.
async function threadTests() {
	const directory = path.join(source, 'build/tsan');
	spawnSync('ninja', ['-C', directory, 'build.ninja']); // the list of tests may have changed
	const listed = spawnSync('meson', ['introspect', '--tests', directory], {encoding: 'utf8'});
	const threads = JSON.parse(listed.stdout).filter((test) => test.suite.some((s) => s.endsWith('threads')));

	if (!threads.length)
		return;
	const targets = threads.map((test) => path.relative(directory, test.cmd[0]));
	const {status, output, seconds} = await program('ninja', ['-C', directory, '-j1', ...targets], UNITS_S);
	if (status !== 0)
		return report('tsan build', {passed: 0, failed: 1, seconds}, output);
	await unitTests('tsan', 'tsan', threads.map((test) => test.name));
}

function testFiles(directory = path.join(source, 'tests')) {
	return fs.readdirSync(directory, {withFileTypes: true}).flatMap((entry) => {
		const file = path.join(directory, entry.name);

		if (entry.isDirectory())
			return entry.name === 'node_modules' ? [] : testFiles(file);
		return entry.name.endsWith('.test.mjs') ? [path.relative(source, file)] : [];
	}).sort();
}

async function nodeFile(file) {
	const {status, output, seconds} = await program(process.execPath, ['--test-reporter=tap', file], FILE_S);
	const count = (name) => Number(output.match(new RegExp(`^# ${name} (\\d+)$`, 'm'))?.[1] ?? 0);
	const failed = count('fail') + count('cancelled');

	report(file, {
		passed: count('pass'),
		skipped: count('skipped'),
		failed: status === 0 ? failed : Math.max(failed, 1),
		seconds,
	}, output);
}

const place = (file) => LONGEST.includes(file) ? LONGEST.indexOf(file) : LONGEST.length;

// Each of `first` takes one of the places until it is done; the files take turns in the others.
async function all(first, files) {
	const waiting = [...files].sort((a, b) => place(a) - place(b));

	await Promise.all(Array.from({length: AT_ONCE}, async (_, i) => {
		await first[i]?.();
		while (waiting.length)
			await nodeFile(waiting.shift());
	}));
}

// What carries this run's mark and is still there.
function leftovers() {
	return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).filter((name) => {
		const read = (file) => {
			try {
				return fs.readFileSync(`/proc/${name}/${file}`, 'latin1');
			} catch {
				return '';
			}
		};
		const state = read('stat').split(') ').at(-1)[0];
		return state !== 'Z' && (read('environ').includes(marker) || read('cmdline').includes(temporary));
	}).map(Number);
}

function endLeftovers() {
	const left = leftovers();

	for (const pid of left) {
		try {
			console.log(`left running: ${pid} ${fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').join(' ')}`);
			process.kill(pid, 'SIGKILL');
		} catch {
			// it ended by itself just now
		}
	}
	fs.rmSync(temporary, {recursive: true, force: true});
	return left.length;
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(name, () => {
		endLeftovers();
		process.exit(1);
	});

// A folder of tests/ stands for its files.
const chosen = process.argv.slice(2).flatMap((name) => {
	const inside = testFiles().filter((file) => file.startsWith(path.join('tests', name) + path.sep));

	return inside.length ? inside : [name];
});
const files = chosen.filter((name) => name.endsWith('.mjs'));
const units = chosen.filter((name) => !name.endsWith('.mjs')); // 'threads': those under ThreadSanitizer

const wanted = units.filter((name) => name !== 'threads');

// One after the other in one place: they compute all the time.
await all([async () => {
	if (!chosen.length || wanted.length)
		await unitTests('asan', 'unit', wanted);
	if (!chosen.length || units.includes('threads'))
		await threadTests();
}], chosen.length ? files : testFiles());
sum.failed += endLeftovers() ? 1 : 0;
if (sum.skipped)
	console.log(`${sum.skipped} skipped`);
console.log(`${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed ? 1 : 0;
