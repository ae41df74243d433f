// Makes C of the console's files, at build time: script/embed-console.mjs DIST OUT_C OUT_BYTES
//
// OUT_BYTES has every file behind the other as it is, compressed by brotli and by gzip (where that
// saves a tenth), OUT_C the table of them (src/web/console.h) and an .incbin: a compiler takes
// seconds for a megabyte of numbers. index.html stays as it is: each answer has a nonce of its own.

import {createHash} from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';

const TYPES = {
	'.css': 'text/css; charset=utf-8',
	'.html': 'text/html; charset=utf-8',
	'.ico': 'image/x-icon',
	'.js': 'text/javascript; charset=utf-8',
	'.json': 'application/json',
	'.mp3': 'audio/mpeg',
	'.ogg': 'audio/ogg',
	'.png': 'image/png',
	'.svg': 'image/svg+xml',
	'.txt': 'text/plain; charset=utf-8',
	'.wav': 'audio/wav',
	'.webmanifest': 'application/manifest+json',
	'.woff2': 'font/woff2',
};
const PACKED = new Set(['.mp3', '.ogg', '.png', '.woff2']); // compressed by themselves

const [dist, outC, outBytes] = process.argv.slice(2);
const chunks = [];
let length = 0;

function place(bytes) {
	const at = length;

	chunks.push(bytes);
	length += bytes.length;
	return {at, n: bytes.length};
}

function forms(bytes, extension) {
	const worth = (packed) => packed.length < bytes.length * 0.9 ? place(packed) : undefined;

	if (extension === '.html' || PACKED.has(extension))
		return {identity: place(bytes)};
	return {
		identity: place(bytes),
		brotli: worth(zlib.brotliCompressSync(bytes, {params: {
			[zlib.constants.BROTLI_PARAM_QUALITY]: zlib.constants.BROTLI_MAX_QUALITY,
			[zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
		}})),
		gzip: worth(zlib.gzipSync(bytes, {level: 9})),
	};
}

function row(file) {
	const bytes = fs.readFileSync(path.join(dist, file));
	const extension = path.extname(file);

	if (!/^[A-Za-z0-9._/-]+$/.test(file))
		throw new Error(`embed-console: a name for no URL: ${file}`);
	if (!TYPES[extension])
		throw new Error(`embed-console: ${file}: no media type is known for ${extension}`);
	const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 32);
	const rows = Object.entries(forms(bytes, extension)).filter(([, form]) => form)
		.map(([name, {at, n}]) => `\t\t[ENCODING_${name.toUpperCase()}] = {console_bytes + ${at}, ${n}},\n`);

	return `\t{"/${file}", "${TYPES[extension]}", "${hash}", {\n${rows.join('')}\t}},\n`;
}

// What has not changed keeps its time: nothing is compiled and linked for it again.
function write(file, bytes) {
	if (!fs.existsSync(file) || !fs.readFileSync(file).equals(bytes))
		fs.writeFileSync(file, bytes);
}

const files = fs.readdirSync(dist, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
	.map((entry) => path.relative(dist, path.join(entry.parentPath ?? entry.path, entry.name)));

if (!files.includes('index.html'))
	throw new Error(`embed-console: ${dist} has no index.html`);
// As strcmp orders them: the names are ASCII.
const rows = files.sort((a, b) => a < b ? -1 : 1).map(row);
const bytes = Buffer.concat(chunks);
const digest = createHash('sha256').update(bytes).digest('hex');

write(outBytes, bytes);
write(outC, Buffer.from(`/* Bytes: sha256 ${digest} */
#include "web/console.h"

__asm__(".pushsection .rodata\\n"
	"console_bytes:\\n"
	".incbin \\"${path.resolve(outBytes)}\\"\\n"
	".popsection\\n");

extern const char console_bytes[] __attribute__((visibility("hidden")));

static const struct console_file files[] = {
${rows.join('')}};

const struct console console_built_in = {files, sizeof(files) / sizeof(files[0])};
`));
