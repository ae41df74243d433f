// Audio files made by hand, byte by byte.

// A wav file written by hand, for what no program would write.
export function wav({format = 1, channels = 1, rate = 8000, bits = 16, data = Buffer.alloc(16000)} = {}) {
	const head = Buffer.alloc(44);

	head.write('RIFF', 0);
	head.writeUInt32LE(36 + data.length, 4);
	head.write('WAVEfmt ', 8);
	head.writeUInt32LE(16, 16);
	head.writeUInt16LE(format, 20);
	head.writeUInt16LE(channels, 22);
	head.writeUInt32LE(rate, 24);
	head.writeUInt32LE(Math.min(rate * channels * bits / 8, 0xffffffff), 28);
	head.writeUInt16LE(channels * bits / 8 & 0xffff, 32);
	head.writeUInt16LE(bits, 34);
	head.write('data', 36);
	head.writeUInt32LE(data.length, 40);
	return Buffer.concat([head, data]);
}

// Silence as flac (RFC 9639): constant frames of 65,535 samples at 8 kHz, 14 to 17 bytes each.
export function flacSilence(seconds, {told = true} = {}) {
	const crc = (bytes, width, polynomial) => {
		let value = 0;

		for (const byte of bytes) {
			value ^= byte << (width - 8);
			for (let bit = 0; bit < 8; bit++)
				value = value & 1 << (width - 1) ? value << 1 ^ polynomial : value << 1;
		}
		return value & (1 << width) - 1;
	};
	const size = 65535;
	const n = Math.ceil(seconds * 8000 / size);
	const info = Buffer.alloc(34);

	info.writeUInt16BE(size, 0);
	info.writeUInt16BE(size, 2);
	info.writeBigUInt64BE(8000n << 44n | 15n << 36n | (told ? BigInt(n * size) : 0n), 10);
	const frames = Array.from({length: n}, (_, i) => {
		const number = i < 0x80 ? [i] : i < 0x800 ? [0xc0 | i >> 6, 0x80 | i & 0x3f]
			: [0xe0 | i >> 12, 0x80 | i >> 6 & 0x3f, 0x80 | i & 0x3f];
		const head = [0xff, 0xf8, 0x74, 0x08, ...number, size - 1 >> 8, size - 1 & 0xff];
		const body = [...head, crc(head, 8, 0x07), 0, 0, 0];
		const check = crc(body, 16, 0x8005);

		return Buffer.from([...body, check >> 8, check & 0xff]);
	});

	return Buffer.concat([Buffer.from('fLaC\x80\0\0\x22', 'latin1'), info, ...frames]);
}
