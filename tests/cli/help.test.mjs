// Help comes from the resource table; the guide shows it as it is.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {centrexRun, source} from '../lib/centrex.mjs';

const entities = ['tenant', 'user', 'member', 'extension', 'queue', 'queue-settings', 'queue-member',
	'agent', 'agent-state', 'queue-call', 'number', 'cdr', 'media', 'setting', 'registration', 'call', 'audit', 'token', 'installation-audit',
	'node', 'isolation-report', 'limits'];

async function help(...args) {
	const result = await centrexRun(args);

	assert.equal(result.status, 0, result.stderr);
	assert.equal(result.stderr, '');
	return result.stdout;
}

test('help lists every command and setting', async () => {
	const overview = await help('help');

	for (const entity of entities)
		assert.match(overview, new RegExp(`^  ${entity} +\\S`, 'm'));
	for (const flag of ['state', 'database', 'sip-port'])
		assert.match(overview, new RegExp(`^  --${flag} +\\S`, 'm'));
	assert.equal(await help(), overview);
	assert.equal(await help('--help'), overview);
	assert.match(await help('--version'), /^centrex \d+\.\d+\.\d+\n$/);
});

test('help of an entity and of one verb', async () => {
	for (const entity of entities) {
		const whole = await help('help', entity);

		assert.equal(await help(entity, '--help'), whole);
		assert.ok(whole.includes(await help(entity, 'list', '--help')));
		assert.equal(await help('help', entity, 'list'), await help(entity, 'list', '-h'));
		for (const line of whole.split('\n'))
			assert.ok(line.length <= 110, line);
	}
	assert.match(await help('extension', 'create', '--help'),
		/^centrex extension create --tenant TENANT --extension-number EXTENSION_NUMBER \[FLAGS\]\n/);
	assert.doesNotMatch(await help('help', 'user'), /password.hash/);
	assert.doesNotMatch(await help('extension', 'create', '--help'), /auth.password/);
});

test('every command of the overview has help', async () => {
	const names = [...(await help('help')).split('\nSettings')[0].matchAll(/^  ([a-z-]+) /gm)]
		.map((match) => match[1]).filter((name) => name !== 'help');

	assert.ok(names.length > entities.length);
	for (const name of names)
		assert.ok((await help('help', name)).length > 20, name);
});

test('the guide shows this help', async () => {
	const file = path.join(source, 'docs/guide/cli.md');
	const guide = fs.readFileSync(file, 'utf8');
	const parts = [];

	for (const entity of entities)
		parts.push(`### ${entity}\n\n\`\`\`text\n${await help('help', entity)}\`\`\`\n`);
	const wanted = guide.replace(/(<!-- help: begin -->\n)[^]*(<!-- help: end -->)/,
		(_, begin, end) => `${begin}\n${parts.join('\n')}\n${end}`);

	if (process.env.CENTREX_WRITE_DOCS)
		fs.writeFileSync(file, wanted);
	else
		assert.equal(guide, wanted, 'docs/guide/cli.md is behind; see there how to write it anew');
});
