// Small pictures: a screenshot with at most 256 colours (PNG, colour type 3).

import zlib from 'node:zlib';

const COLOURS = 256;

const crcTable = Uint32Array.from({length: 256}, (_, n) => {
	for (let k = 0; k < 8; k++)
		n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
	return n >>> 0;
});

function crc(bytes) {
	let c = 0xffffffff;

	for (const byte of bytes)
		c = crcTable[(c ^ byte) & 255] ^ (c >>> 8);
	return (c ^ 0xffffffff) >>> 0;
}

function chunk(type, data) {
	const out = Buffer.alloc(12 + data.length);

	out.writeUInt32BE(data.length, 0);
	out.write(type, 4, 'latin1');
	data.copy(out, 8);
	out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length);
	return out;
}

const part = (colour, n) => (colour >> (16 - 8 * n)) & 255;

// Boxes of colours, the one with most in it halved until there are enough (median cut).
function palette(counts) {
	const boxes = [[...counts]];
	const widest = (box) => [0, 1, 2].map((n) => {
		const values = box.map(([colour]) => part(colour, n));

		return Math.max(...values.map((x) => x)) - Math.min(...values);
	});

	while (boxes.length < COLOURS) {
		const weigh = (box) => box.length > 1 ? Math.max(...widest(box)) * Math.log2(1 + box.reduce((sum, [, n]) => sum + n, 0)) : -1;
		let best = -1, at = -1;

		boxes.forEach((box, i) => {
			box.weight ??= weigh(box);
			if (box.weight > best)
				[best, at] = [box.weight, i];
		});
		if (best < 0)
			break;
		const [box] = boxes.splice(at, 1);
		const widths = widest(box);
		const n = widths.indexOf(Math.max(...widths));

		box.sort(([a], [b]) => part(a, n) - part(b, n));
		const half = box.reduce((sum, [, m]) => sum + m, 0) / 2;
		let sum = 0, cut = 0;

		while (cut < box.length - 1 && (cut === 0 || sum + box[cut][1] < half))
			sum += box[cut++][1];
		boxes.push(box.slice(0, cut), box.slice(cut));
	}
	// What stands for a box is its commonest colour: plain grounds stay what they are.
	return boxes.map((box) => ({box, colour: box.reduce((most, one) => one[1] > most[1] ? one : most)[0]}));
}

// rgba: width * height * 4 bytes.
export function smallPng({width, height, rgba}) {
	const counts = new Map();

	for (let i = 0; i < rgba.length; i += 4) {
		const colour = rgba[i] << 16 | rgba[i + 1] << 8 | rgba[i + 2];

		counts.set(colour, (counts.get(colour) ?? 0) + 1);
	}
	const chosen = palette(counts);
	const index = new Map(chosen.flatMap(({box}, i) => box.map(([colour]) => [colour, i])));
	const rows = Buffer.alloc((width + 1) * height);

	for (let y = 0, from = 0; y < height; y++)
		for (let x = 0; x < width; x++, from += 4)
			rows[y * (width + 1) + 1 + x] = index.get(rgba[from] << 16 | rgba[from + 1] << 8 | rgba[from + 2]);
	const head = Buffer.alloc(13);

	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 3, 0, 0, 0], 8);
	return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head),
		chunk('PLTE', Buffer.from(chosen.flatMap(({colour}) => [0, 1, 2].map((n) => part(colour, n))))),
		chunk('IDAT', zlib.deflateSync(rows, {level: 9})), chunk('IEND', Buffer.alloc(0))]);
}

// What a PNG shows; page: of a browser, which knows how to read it.
export async function pixelsOf(page, png) {
	const {width, height, bytes} = await page.evaluate(async (base64) => {
		const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
		const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
		const context = canvas.getContext('2d');

		context.drawImage(bitmap, 0, 0);
		const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
		let text = '';

		for (let i = 0; i < data.length; i += 0x8000)
			text += String.fromCharCode(...data.subarray(i, i + 0x8000));
		return {width: bitmap.width, height: bitmap.height, bytes: btoa(text)};
	}, png.toString('base64'));

	return {width, height, rgba: Buffer.from(bytes, 'base64')};
}
