// The commands and settings of docs/freeswitch.md, as they stand there.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {makeTone} from '../lib/audio.mjs';
import {binary, centrexRun, source, startCentrex} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';

const blocks = [...fs.readFileSync(path.join(source, 'docs/freeswitch.md'), 'utf8').matchAll(/^```\n(.*?)^```$/gms)]
	.map(([, body]) => body);
const commands = blocks.flatMap((body) => body.split('\n')).filter((line) => line.startsWith('centrex '));

let centrex, directory;

before(async () => {
	centrex = await startCentrex();
	directory = temporaryDirectory('docs');
	fs.mkdirSync(path.join(directory, 'bin'));
	fs.symlinkSync(binary, path.join(directory, 'bin/centrex'));
});
after(() => centrex?.stop());

test('every command of the page works in its order', async () => {
	const ours = commands.filter((line) => !line.startsWith('centrex freeswitch'));

	for (const name of ['waiting', 'closed'])
		await makeTone(path.join(directory, `${name}.wav`), 440, 2);
	fs.mkdirSync(path.join(directory, 'json_cdr'));
	assert.ok(ours.length > 10);
	for (const line of ours) {
		const {status, stderr} = await run('bash', ['-c', line.replace('/var/log/freeswitch', directory)],
			{cwd: directory, env: {...centrex.environment, PATH: `${directory}/bin:${process.env.PATH}`}});

		assert.equal(status, 0, `${line}: ${stderr}`);
	}
});

test('the settings of the page are right, and lead to files for FreeSWITCH', async () => {
	const settings = blocks.filter((body) => body.startsWith('freeswitch-'));
	const file = path.join(directory, 'centrex.conf');

	assert.equal(settings.length, 2);
	for (const [i, theirs] of [settings[0], `${settings[0].split('\n').filter((line) => !line.includes('nodes')).join('\n')}\n${settings[1]}`].entries()) {
		fs.writeFileSync(file, theirs.replaceAll('PASSWORD', 'PASSWORD-of-16-or-more'));
		const {status, stderr} = await centrexRun(['freeswitch', 'config', path.join(directory, `fs${i}`), 'fs1', '--config', file]);

		assert.equal(status, 0, stderr);
		assert.equal(stderr.includes('in clear'), i === 1);
	}
});
