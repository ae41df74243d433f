// What phones hear from us: announcements, hold music and the music of our own, in each codec, from
// its beginning where it has one, and each tenant its own, in both tenants at once.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {assertTone, makeTone, measure} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';
import {RtpSocket, audioSdp, readSdp} from '../lib/rtp.mjs';
import {waitFor} from '../lib/wait.mjs';
import {TwoTenants, hangUp, talk} from './two_tenants.mjs';

const FRAME = 160;
const SECONDS = 2;
const ANNOUNCEMENT = '7001';
const LAW = {'PCMA/8000': ['al', 8], 'PCMU/8000': ['ul', 0]};

let two, directory;

// A tone for each tenant and file: who hears another one is in the wrong place.
const hertz = (tenant) => two.tenants.indexOf(tenant) === 0
	? {announcement: 440, hold: 620}
	: {announcement: 880, hold: 1200};

async function upload(tenant, category, name, pitch) {
	const file = await makeTone(path.join(directory, `${tenant.domain}-${name}.wav`), pitch, SECONDS);

	return two.centrex.json('media', 'upload', '--tenant', tenant.domain, '--category', category, file);
}

before(async () => {
	two = await TwoTenants.start({tls: true});
	directory = temporaryDirectory('voice');
	await Promise.all(two.tenants.map(async (tenant) => {
		const {announcement, hold} = hertz(tenant);
		const spoken = await upload(tenant, 'ivr', 'spoken', announcement);
		const music = await upload(tenant, 'moh', 'music', hold);

		tenant.music = music.id;
		await two.centrex.json('number', 'create', '--tenant', tenant.domain, '--number', ANNOUNCEMENT,
			'--media-id', spoken.id);
	}));
});
after(() => two?.stop());

// The payloads as a file that sox reads; law: 'al' or 'ul'.
function write(packets, law) {
	const file = path.join(fs.mkdtempSync(path.join(directory, 'heard-')), `heard.${law}`);

	fs.writeFileSync(file, Buffer.concat(packets.map((packet) => packet.payload)));
	return file;
}

async function decode(packets, law) {
	const raw = write(packets, law);
	const file = `${raw}.wav`;
	const {status, stderr} = await run('sox', ['-t', law, '-r', 8000, '-c', 1, raw, '-e', 'signed', '-b', 16, file]);

	assert.equal(status, 0, stderr);
	return file;
}

// One in a row, of one source, the first with the mark.
function assertStream(packets) {
	assert.ok(packets[0].marker, 'the first packet is marked');
	packets.slice(1).forEach((packet, i) => {
		assert.equal(packet.ssrc, packets[0].ssrc);
		assert.equal(packet.sequence, (packets[i].sequence + 1) & 0xffff);
		// By whole frames; by more than one where the machine was late and time went on.
		const step = (packet.timestamp - packets[i].timestamp) >>> 0;
		assert.ok(step >= FRAME && step % FRAME === 0 && step <= 50 * FRAME, `${step}`);
		assert.equal(packet.marker, false);
	});
}

describe('an announcement', () => {
	for (const [name, [law, number]] of Object.entries(LAW)) {
		test(`is heard from its beginning to its end, once: ${name}`, async (t) => {
			const records = await two.both(async ({tenant, a}) => {
				const rtp = await RtpSocket.open();
				const call = await a.invite(ANNOUNCEMENT, {
					// What we have not comes first.
					sdp: audioSdp(rtp.port, {codecs: [[18, 'G729/8000'], [number, name],
						[101, 'telephone-event/8000']]}),
				});
				const reply = await call.answered();
				const answered = performance.now();

				assert.deepEqual(readSdp(reply.body).payloads, [number, 101]);
				await rtp.heard(1);
				t.diagnostic(`the first packet came ${(performance.now() - answered).toFixed(0)} ms after the answer`);
				await call.expect('BYE');
				const packets = rtp.received;
				assert.ok(packets.every((packet) => packet.payloadType === number));
				assert.ok(packets.every((packet) => packet.payload.length === FRAME));
				assertStream(packets);
				// Up to two seconds of tone; a frame of silence before it or after it at most now
				// and then.
				const heard = packets.length * FRAME / 8000;
				assert.ok(heard > SECONDS - 0.1 && heard < SECONDS + 0.5, `${heard} s`);
				await assertTone(await decode(packets, law), hertz(tenant).announcement, SECONDS - 0.1);
				rtp.close();
			});
			for (const [record] of records)
				assert.equal(record.cause, 'announcement');
		});
	}

	test('says why not when no codec is common', async () => {
		await two.both(async ({a}) => {
			const call = await a.invite(ANNOUNCEMENT, {sdp: audioSdp(4000, {codecs: [[18, 'G729/8000']]})});

			assert.equal((await call.final()).status, 488);
		});
	});

	const codecs = [
		['PCMU/8000/1', {}],
		['PCMA/8000/1', {}],
		['G722/16000/1', {rate: 16000}, 'g722.so'],
		['opus/48000/2', {rate: 48000, channels: 2}, 'opus.so'],
	];

	for (const [codec, tone, ...modules] of codecs) {
		test(`is heard by a softphone: ${codec}`, async () => {
			for (const tenant of two.tenants) {
				const phone = await startBaresip({phone: tenant.phones[103], port: two.centrex.sip.tls,
					transport: 'tls', srtp: 'srtp-mand', codecs: codec, tone, modules});

				try {
					await phone.registered();
					await phone.dial(ANNOUNCEMENT);
					await phone.event('CALL_CLOSED');
					await waitFor(async () => (await measure(phone.heard())).seconds > 1, 'the recording');
					await assertTone(phone.heard(), hertz(tenant).announcement, 1.5);
				} finally {
					await phone.stop();
				}
			}
		});
	}
});

// 102 puts 101 on hold, who has just talked with it; what 101 hears from then on.
async function onHold({a, b}, listen) {
	const {call, incoming} = await talk(a, b);
	const held = await incoming.reinvite(audioSdp(incoming.rtp.port, {direction: 'sendonly', version: 2}));

	assert.equal(held.status, 200, held.raw);
	assert.equal(readSdp(held.body).direction, 'recvonly');
	call.rtp.received.length = 0;
	await listen(call, incoming);
	const resumed = await incoming.reinvite(audioSdp(incoming.rtp.port, {version: 3}));
	assert.equal(resumed.status, 200, resumed.raw);
	incoming.rtp.start();
	await call.rtp.heard(5, {ssrc: incoming.rtp.ssrc});
	await hangUp(call, incoming);
}

describe('music on hold', () => {
	test('is our own where the tenant has chosen none: gentle, and heard at once', async () => {
		await two.both(async ({a, b}) => {
			await onHold({a, b}, async (call, incoming) => {
				await call.rtp.heard(100);
				const {level} = await measure(await decode(call.rtp.received.slice(-100), 'al'));
				assert.ok(level > 0.02 && level < 0.25, `level ${level}`);
				assert.equal(incoming.rtp.received.length, 0, 'who holds hears nothing');
			});
		});
	});

	test('is the file the tenant has chosen, again and again', async () => {
		for (const tenant of two.tenants)
			await two.centrex.json('setting', 'create', '--tenant', tenant.domain, '--name', 'hold_music',
				'--value', JSON.stringify(tenant.music));
		await two.both(async ({tenant, a, b}) => {
			await onHold({a, b}, async (call) => {
				await call.rtp.heard(50 * (SECONDS + 1));
				await assertTone(await decode(call.rtp.received.slice(-50 * SECONDS), 'al'),
					hertz(tenant).hold, SECONDS - 0.1);
			});
		});
	});
});
