// The harness itself: digest against the RFC's examples, two baresips with each other, cleanup.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {assertTone} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {Phone} from '../lib/phone.mjs';
import {freePort, processes, run, start, temporaryDirectory} from '../lib/processes.mjs';
import {readSdp} from '../lib/rtp.mjs';
import {SipSocket, authorization, parse, parseChallenge, response, tag} from '../lib/sip.mjs';
import {sipp} from '../lib/sipp.mjs';
import {waitFor, within} from '../lib/wait.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

test('waitFor returns the value, and says what it waited for', async () => {
	let n = 0;

	assert.equal(await waitFor(() => ++n === 3 && 'three', 'three'), 'three');
	await assert.rejects(waitFor(() => { throw new Error('why'); }, 'never', 20),
		(error) => /waited 20 ms for never/.test(error.message) && error.cause.message === 'why');
	await assert.rejects(within(new Promise(() => {}), 'nothing', 20), /waited 20 ms for nothing/);
});

test('digest without qop as RFC 2617 computes it', () => {
	const value = authorization({
		challenge: 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5c"',
		username: 'Mufasa', password: 'Circle Of Life', method: 'GET', uri: '/dir/index.html',
	});

	assert.equal(parseChallenge(value).response, '670fd8c2df070c60b045671b8b24ff02');
});

test('a message is read: compact names, lists, body', () => {
	const message = parse(Buffer.from('INVITE sip:102@a.test SIP/2.0\r\nv: SIP/2.0/UDP h;branch=b\r\n' +
		'Via: SIP/2.0/UDP i\r\nt: <sip:102@a.test>;tag=x\r\n\r\nbody'));

	assert.equal(message.method, 'INVITE');
	assert.equal(message.all('via').length, 2);
	assert.equal(tag(message.header('to')), 'x');
	assert.equal(message.body, 'body');
});

// Two phones with each other, no server between: what the harness can do by itself.
test('raw phones call each other with audio', async () => {
	const [a, b] = await Promise.all(['101', '102'].map((number) =>
		Phone.open({account: {number, domain: 'x.test'}, port: 9})));

	a.socket.remotePort = b.socket.port;
	b.socket.remotePort = a.socket.port;
	b.socket.handlers.push((m) => {
		if (m.method === 'INVITE')
			b.socket.send(response(m, 100, 'Trying'));
		return false;
	});
	const calling = a.invite('102');
	const incoming = await b.incoming();
	incoming.ring();
	const call = await calling;
	await call.progress(180);
	const answering = incoming.answer();
	assert.ok(readSdp((await call.answered()).body).port > 0);
	await answering;
	call.rtp.start();
	await incoming.rtp.heard(5, {ssrc: call.rtp.ssrc});
	const ended = incoming.expect('BYE');
	assert.equal((await call.bye()).status, 200);
	await ended;
	a.close();
	b.close();
});

test('two baresips talk and record each other', async () => {
	const port = await freePort();
	const account = (number) => ({number, username: number, password: 'x', domain: '127.0.0.1'});
	const b = await startBaresip({phone: account('102'), port, hertz: 880, answer: 'auto', expires: 0});
	const a = await startBaresip({phone: account('101'), port: b.sipPort, hertz: 440, expires: 0});

	await a.dial(`sip:102@127.0.0.1:${b.sipPort}`);
	await a.event('CALL_ESTABLISHED');
	await b.event('CALL_ESTABLISHED');
	await waitFor(() => fs.statSync(a.heard()).size > 16_000 && fs.statSync(b.heard()).size > 16_000, 'a second of audio');
	await a.hangup();
	await b.event('CALL_CLOSED');
	await a.stop();
	await b.stop();
	await assertTone(a.heard(), 880, 0.8);
	await assertTone(b.heard(), 440, 0.8);
});

test('sipp runs a scenario against a raw socket', async () => {
	const server = await SipSocket.open({port: 9});

	server.handlers.push((m) => {
		server.send(response(m, 200, 'OK'), {port: m.source.port});
		return true;
	});
	await sipp({
		port: server.port,
		scenario: `<?xml version="1.0" encoding="us-ascii"?><scenario><send><![CDATA[
OPTIONS sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:[field0]@x.test>;tag=[call_number]
To: <sip:[service]@x.test>
Call-ID: [call_id]
CSeq: 1 OPTIONS
Content-Length: 0

]]></send><recv response="200"/></scenario>`,
		rows: [['101']],
		calls: 3,
	});
	server.close();
});

test('whatever a test file leaves is ended by pid when it ends', async () => {
	const note = path.join(temporaryDirectory('note'), 'pids.json');
	const {status} = await run(process.execPath, [path.join(here, 'leaves-things-running.mjs'), note]);
	const {pids, directory} = JSON.parse(fs.readFileSync(note, 'utf8'));

	assert.equal(status, 3); // its own failure shows through
	assert.equal(pids.length, 3);
	const alive = processes().filter((p) => pids.includes(p.pid) && p.state !== 'Z');
	assert.deepEqual(alive, []);
	assert.equal(fs.existsSync(directory), false);
});

test('start: output, exit status, stop', async () => {
	const child = start('sh', ['-c', 'echo hello; exit 7']);

	assert.equal(await child.ended(), 7);
	assert.equal(child.output(), 'hello\n');
	const long = start('sleep', [60]);
	await long.stop();
	assert.equal(long.signal, 'SIGTERM');
	await assert.rejects(start('/no/such/program', []).ended(), /ENOENT/);
});
