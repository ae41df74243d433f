// The commands of docs/api.md, run as they stand there: each ```sh block in order, in one shell, and
// what it prints compared with the block after it ("..." in that stands for anything).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {makeTone} from '../lib/audio.mjs';
import {binary, source, startCentrex} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';

const PAGE = 'docs/api.md';

let centrex;

// [{line, commands, printed}] of a page.
function blocks(text) {
	const found = [];

	for (const {0: all, 1: language, 2: body, index} of text.matchAll(/^```(\w*)\n(.*?)^```$/gms)) {
		if (language === 'sh')
			found.push({line: text.slice(0, index).split('\n').length, commands: body, printed: undefined});
		else if (language === '')
			found.at(-1).printed = body;
		else
			assert.fail(`a block of ${language}: ${all}`);
	}
	return found;
}

function pattern(printed) {
	const literal = printed.split('...').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));

	return new RegExp(`^${literal.join('.*?')}$`, 's');
}

before(async () => { centrex = await startCentrex(); });
after(() => centrex?.stop());

test('every command of the page does what the page says', async () => {
	const directory = temporaryDirectory('docs');
	const page = blocks(fs.readFileSync(path.join(source, PAGE), 'utf8'));
	const mark = '--- block';
	const script = page.map(({commands}, i) => `echo '${mark} ${i}'\n${commands}`).join('')
		.replaceAll('localhost:8080', `localhost:${centrex.web.port}`);

	await makeTone(path.join(directory, 'waiting.wav'), 440, 2);
	fs.mkdirSync(path.join(directory, 'bin'));
	fs.symlinkSync(binary, path.join(directory, 'bin/centrex'));
	const {status, stdout, stderr} = await run('bash', ['-euo', 'pipefail', '-c', script], {cwd: directory,
		timeoutMs: 120_000, env: {...centrex.environment, PATH: `${directory}/bin:${process.env.PATH}`}});
	const outputs = stdout.split(new RegExp(`^${mark} \\d+\\n`, 'm')).slice(1);

	for (const [i, {line, commands, printed}] of page.entries()) {
		assert.ok(i < outputs.length, `${PAGE}:${line}: not reached\n${stdout}${stderr}`);
		if (printed !== undefined)
			assert.match(outputs[i], pattern(printed), `${PAGE}:${line}:\n${commands}\n${outputs[i]}\n${stderr}`);
	}
	assert.equal(status, 0, `${stdout}${stderr}`);
	assert.ok(page.length > 10);
});
