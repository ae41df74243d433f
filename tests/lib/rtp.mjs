// RTP for raw phones: sends counted packets at 50 a second and keeps what comes.

import assert from 'node:assert/strict';
import {randomBytes} from 'node:crypto';
import dgram from 'node:dgram';

import {waitFor} from './wait.mjs';

const PACKET_MS = 20;
const SAMPLES = 160; // 20 ms at 8 kHz
// Who speaks stands in the payload: what a phone hears is one stream to it, whoever speaks.
const SPEAKER = Buffer.from('SPEAKER:');

// An offer or answer of one audio stream. codecs: [[payload type, 'PCMA/8000'], ...]
export function audioSdp(port, {address = '127.0.0.1', codecs = [[8, 'PCMA/8000'], [0, 'PCMU/8000'],
	[101, 'telephone-event/8000']], direction = 'sendrecv', version = 1, profile = 'RTP/AVP', lines = []} = {}) {
	return [
		'v=0',
		`o=- 1000 ${version} IN IP4 ${address}`,
		's=-',
		`c=IN IP4 ${address}`,
		't=0 0',
		`m=audio ${port} ${profile} ${codecs.map(([type]) => type).join(' ')}`,
		...codecs.map(([type, name]) => `a=rtpmap:${type} ${name}`),
		`a=${direction}`,
		...lines,
		'',
	].join('\r\n');
}

// {address, port, payloads, direction, lines} of the audio stream in an SDP text.
export function readSdp(text) {
	const lines = text.split(/\r?\n/);
	const media = lines.find((line) => line.startsWith('m=audio'))?.split(' ');

	assert.ok(media, `no audio in:\n${text}`);
	return {
		address: lines.filter((line) => line.startsWith('c=IN IP4')).at(-1)?.split(' ')[2],
		port: Number(media[1]),
		profile: media[2],
		payloads: media.slice(3).map(Number),
		direction: lines.find((line) => /^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line))?.slice(2) ?? 'sendrecv',
		lines,
	};
}

export class RtpSocket {
	received = []; // {sequence, timestamp, ssrc (of who spoke), stream (SSRC), payloadType, payload, source}
	sent = 0;

	static async open(localAddress = '127.0.0.1') {
		const rtp = new RtpSocket();

		rtp.socket = dgram.createSocket('udp4');
		rtp.socket.on('message', (bytes, source) => rtp.#receive(bytes, source));
		await new Promise((resolve, reject) => {
			rtp.socket.once('error', reject);
			rtp.socket.bind(0, localAddress, resolve);
		});
		rtp.socket.unref();
		rtp.port = rtp.socket.address().port;
		rtp.ssrc = randomBytes(4).readUInt32BE();
		return rtp;
	}

	#receive(bytes, source) {
		if (bytes.length < 12 || bytes[0] >> 6 !== 2)
			return;
		this.received.push({
			payloadType: bytes[1] & 0x7f,
			marker: bytes[1] >> 7 === 1,
			sequence: bytes.readUInt16BE(2),
			timestamp: bytes.readUInt32BE(4),
			ssrc: bytes.subarray(12, 20).equals(SPEAKER) ? bytes.readUInt32BE(20) : bytes.readUInt32BE(8),
			stream: bytes.readUInt32BE(8),
			payload: bytes.subarray(12),
			source,
		});
	}

	// Where to send: from the other side's SDP.
	connect(sdp) {
		({address: this.remoteAddress, port: this.remotePort} = readSdp(sdp));
	}

	packet({payloadType = 8, payload} = {}) {
		const header = Buffer.alloc(12);

		header[0] = 0x80;
		header[1] = payloadType;
		header.writeUInt16BE(this.sent & 0xffff, 2);
		header.writeUInt32BE((this.sent * SAMPLES) >>> 0, 4);
		header.writeUInt32BE(this.ssrc, 8);
		const usual = Buffer.alloc(SAMPLES, this.sent & 0xff);

		SPEAKER.copy(usual);
		usual.writeUInt32BE(this.ssrc, SPEAKER.length);
		return Buffer.concat([header, payload ?? usual]);
	}

	sendPacket(options) {
		this.socket.send(this.packet(options), this.remotePort, this.remoteAddress);
		this.sent++;
	}

	// Sends from now on until stop().
	start(options) {
		this.timer ??= setInterval(() => this.sendPacket(options), PACKET_MS);
		this.timer.unref();
	}

	stop() {
		clearInterval(this.timer);
		this.timer = undefined;
	}

	// Waits until n packets (of this ssrc, when given) have come.
	async heard(n, {ssrc, timeoutMs} = {}) {
		const count = () => this.received.filter((p) => ssrc === undefined || p.ssrc === ssrc).length;

		await waitFor(() => count() >= n, () => `${n} RTP packets; came: ${count()}`, timeoutMs);
	}

	close() {
		this.stop();
		if (!this.closed)
			this.socket.close();
		this.closed = true;
	}
}
