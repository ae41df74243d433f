// Log-ins a second through the API (hash, session, audit entry), against libsodium alone doing the same
// hashes on as many threads.

import http from 'node:http';

import {cpuMicroseconds, interleave, loadJson, median, program, quick, report, startCentrex} from './lib.mjs';

const THREADS = 2; // the API's for hashing
const CONNECTIONS = 8;
const SECONDS = quick ? 2 : 8;
const ROUNDS = quick ? 1 : 3;
const EMAIL = 'bench@pbx.test';
const PASSWORD = 'a password';

function logIn(port, agent) {
	const body = JSON.stringify({email: EMAIL, password: PASSWORD});

	return new Promise((resolve, reject) => {
		const request = http.request({host: '127.0.0.1', port, method: 'POST', path: '/api/v1/login', agent,
			headers: {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)}}, (response) => {
			response.resume();
			response.on('end', () => (response.statusCode === 200 ? resolve()
				: reject(new Error(`log-in: ${response.statusCode}`))));
		});

		request.on('error', reject);
		request.end(body);
	});
}

async function throughTheApi(centrex) {
	const agent = new http.Agent({keepAlive: true, maxSockets: CONNECTIONS});
	const {port} = centrex.web;
	const pid = centrex.pid('web');
	const cpu = cpuMicroseconds([pid]);
	const began = performance.now();
	let done = 0;

	await Promise.all(Array.from({length: CONNECTIONS}, async () => {
		for (; performance.now() - began < SECONDS * 1000; done++)
			await logIn(port, agent);
	}));
	const seconds = (performance.now() - began) / 1000;

	agent.destroy();
	return {rate: done / seconds, cpu_us: (cpuMicroseconds([pid]) - cpu) / done};
}

const centrex = await startCentrex(['--web-rate-address', 0]);

try {
	await centrex.cli('user', 'create', '--email', EMAIL, {input: `${PASSWORD}\n`});
	const results = await interleave(['Centrex', 'libsodium'], ROUNDS, (side) => (side === 'Centrex'
		? throughTheApi(centrex) : loadJson(program('bench_pwhash'), [THREADS, SECONDS])));
	const of = (side, name) => median(results[side].map((r) => r[name]));

	report('Log-ins', 'libsodium alone', [
		[`log-ins, ${THREADS} threads`, of('Centrex', 'rate'), of('libsodium', 'rate'), 'per second', true],
		['CPU of the web process', of('Centrex', 'cpu_us'), of('libsodium', 'cpu_us'), 'us each', false],
	]);
} finally {
	await centrex.stop();
}
