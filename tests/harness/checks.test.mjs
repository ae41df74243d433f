// Each rule of script/checks/ on a small tree that breaks it, and on one that does not: a rule that
// cannot fail guards nothing. script/checks/complete demands a row here for every rule.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {source} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';

const MESON = `project('x', 'c')\nexecutable('x', 'src/base/a.c', include_directories: 'src')\n`;

// rule, a file that keeps it, and one that breaks it; says: what the complaint must name.
const ROWS = [
	{rule: 'banned', file: 'src/base/a.c', good: 'int a;\n', bad: 'int f(void)\n{\n\treturn atoi("1");\n}\n', says: /a\.c:3.*atoi/},
	{rule: 'banned', file: 'src/sip/a.c', good: 'static const int a = 1;\n', bad: 'static int count;\n', says: /a\.c:1.*file-scope/},
	{rule: 'banned', file: 'src/sip/a.c', good: '/* not system() */\n', bad: 'int a = system("x");\n', says: /system/},
	{rule: 'format', file: 'src/base/a.c', good: 'int a;\n', bad: 'int  a ;\n', says: /a\.c:1/},
	{rule: 'layers', file: 'src/base/a.c', good: '#include "base/b.h"\n', bad: '#include "db/db.h"\n', says: /base may not use db/},
	{rule: 'layers', file: 'src/cli/a.c', good: '#include <stdio.h>\n', bad: '#include <libpq-fe.h>\n', says: /libpq-fe\.h> is for db/},
	{rule: 'layers', file: 'src/new/a.c', good: null, bad: 'int a;\n', says: /no row in layers\.txt/},
	{rule: 'links', file: 'docs/a.md', good: '# A b\n[x](a.md#a-b) `docs/a.md`\n', bad: '[x](none.md)\n', says: /none\.md/},
	{rule: 'links', file: 'docs/a.md', good: null, bad: 'See `src/none.c`.\n', says: /src\/none\.c/},
	{rule: 'paths', file: 'docs/a.md', good: 'in `tests/home/x`\n', bad: `cd ${'/ho'}${'me/me/centrex'}\n`, says: /a\.md:1/},
	{rule: 'shell', file: 'script/a', good: '#!/usr/bin/env bash\nset -eu\n', bad: '#!/usr/bin/env bash\nrm $1\n', says: /SC2086/},
	{rule: 'shell', file: 'script/a', good: null, bad: '#!/usr/bin/env bash\nif  true;then echo;fi\n', says: /script\/a/},
	{rule: 'sizes', file: 'src/base/a.c', good: `void a(void)\n{\n${'\ta();\n'.repeat(98)}}\n`,
		bad: `void a(void)\n{\n${'\ta();\n'.repeat(99)}}\n`, says: /function ending at line 102 of 101 lines/},
	{rule: 'sizes', file: 'src/base/a.h', good: '\n'.repeat(200), bad: '\n'.repeat(201), says: /file of 201 lines/},
	{rule: 'sql-text', file: 'src/cli/a.c', good: 'char *a = "delete asks for the domain again";\n',
		bad: 'char *a = "delete from extensions";\n', says: /a\.c:1/},
	{rule: 'words', file: 'src/web/a.c', good: 'int a(void)\n{\n\treturn error_set(err, ERROR_IO, NULL, "for the log");\n}\n',
		bad: 'int a(void)\n{\n\treturn error_set(err, ERROR_INVALID, "a", "must be new: %zu", n);\n}\n', says: /a\.c:3: no German for "must be new: %d"/},
	{rule: 'words', file: 'src/domain/resources_a.c', good: null, bad: '#define WHAT "new"\nstruct field a = {.rule = "must be " WHAT};\n',
		says: /no German for "must be new"/},
	{rule: 'words', file: 'src/web/a.c', good: null, bad: 'int a = error_set(err, ERROR_INVALID, "a", "%s", b);\n', says: /a\.c:1: passes a sentence on/},
	{rule: 'words', file: 'src/web/words_de_a.c', good: null, bad: 'struct words a[] = {\n\t{"must be old", "alt"},\n};\n', says: /nothing says "must be old" any more/},
	{rule: 'tidy', file: 'src/base/a.c', good: 'int main(void)\n{\n\treturn 0;\n}\n',
		bad: 'int main(void)\n{\n\tint *a = 0;\n\treturn *a;\n}\n', says: /null/i},
];

async function tree(file, text) {
	const directory = temporaryDirectory('check');

	for (const name of ['script', 'layers.txt', '.clang-format', '.clang-tidy'])
		fs.cpSync(path.join(source, name), path.join(directory, name), {recursive: true});
	fs.mkdirSync(path.join(directory, '.ci'));
	fs.writeFileSync(path.join(directory, '.ci/run'), '#!/usr/bin/env bash\nscript/check\nscript/test\n');
	fs.writeFileSync(path.join(directory, 'meson.build'), MESON);
	fs.mkdirSync(path.dirname(path.join(directory, file)), {recursive: true});
	fs.writeFileSync(path.join(directory, file), text);
	assert.equal((await run('git', ['init', '-q'], {cwd: directory})).status, 0);
	await run('git', ['add', '-A'], {cwd: directory});
	return directory;
}

for (const {rule, file, good, bad, says} of ROWS)
	test(`${rule} finds it in ${file}: ${says}`, async () => {
		const check = path.join('script/checks', rule);

		if (good !== null) {
			const result = await run(check, [], {cwd: await tree(file, good)});
			assert.equal(result.status, 0, result.stdout + result.stderr);
		}
		const result = await run(check, [], {cwd: await tree(file, bad)});
		assert.notEqual(result.status, 0);
		assert.match(result.stdout + result.stderr, says);
	});

// The document comes from a program; here one that prints a file.
test('openapi finds a name used twice', async () => {
	const {rule} = {rule: 'openapi'};
	const operation = (id) => ({operationId: id, summary: 'x', description: 'x', tags: ['x'],
		responses: {200: {description: 'x'}, 400: {description: 'x', content: {'application/problem+json':
			{schema: {type: 'object', properties: {title: {type: 'string'}, type: {type: 'string'}}}}}}}});
	const document = (...ids) => ({openapi: '3.1.0', info: {title: 'x', version: '1',
		license: {name: 'x', identifier: 'Apache-2.0'}}, servers: [{url: '/'}], security: [],
		tags: [{name: 'x', description: 'x'}],
		paths: Object.fromEntries(ids.map((id, i) => [`/x${i}`, {get: operation(id)}]))});
	const check = async (...ids) => {
		const directory = await tree('api.json', JSON.stringify(document(...ids)));
		const program = path.join(directory, 'centrex');

		fs.writeFileSync(program, `#!/bin/sh\ncat ${path.join(directory, 'api.json')}\n`, {mode: 0o755});
		fs.mkdirSync(path.join(directory, 'tests/lib'), {recursive: true});
		fs.cpSync(path.join(source, 'tests/lib/openapi-lint.mjs'), path.join(directory, 'tests/lib/openapi-lint.mjs'));
		fs.symlinkSync(path.join(source, 'tests/node_modules'), path.join(directory, 'tests/node_modules'));
		return run(path.join('script/checks', rule), [], {cwd: directory, env: {CENTREX_BIN: program}});
	};
	const good = await check('getOne', 'getOther'), bad = await check('getOne', 'getOne');

	assert.equal(good.status, 0, good.stdout + good.stderr);
	assert.notEqual(bad.status, 0);
	assert.match(bad.stdout, /operation-operationId-unique/);
});

test('console finds types that are not those of the description', async () => {
	const {rule} = {rule: 'console'};
	const directory = await tree('api.json', JSON.stringify({openapi: '3.1.0', info: {title: 'x', version: '1'},
		paths: {'/x': {get: {responses: {200: {description: 'x'}}}}}}));
	const program = path.join(directory, 'centrex');

	fs.writeFileSync(program, `#!/bin/sh\ncat ${path.join(directory, 'api.json')}\n`, {mode: 0o755});
	for (const name of ['package.json', 'package-lock.json', 'scripts', 'src/api/schema.d.ts'])
		fs.cpSync(path.join(source, 'console', name), path.join(directory, 'console', name), {recursive: true});
	fs.symlinkSync(path.join(source, 'console/node_modules'), path.join(directory, 'console/node_modules'));
	const {status, stderr} = await run(path.join('script/checks', rule), [], {cwd: directory, env: {CENTREX_BIN: program}});

	assert.notEqual(status, 0);
	assert.match(stderr, /schema\.d\.ts differs from the description/);
});

test('complete finds a rule without a reason, or one that CI does not run', async () => {
	const directory = await tree('script/checks/new', '#!/usr/bin/env bash\ntrue\n');

	fs.mkdirSync(path.join(directory, 'tests/harness'), {recursive: true});
	fs.copyFileSync(new URL(import.meta.url), path.join(directory, 'tests/harness/checks.test.mjs'));
	fs.writeFileSync(path.join(directory, '.ci/run'), 'true\n');
	const {status, stdout} = await run('script/checks/complete', [], {cwd: directory});

	assert.notEqual(status, 0);
	assert.match(stdout, /checks\/new: not executable/);
	assert.match(stdout, /checks\/new: line 2 does not say why/);
	assert.match(stdout, /checks\/new: no bad example/);
	assert.match(stdout, /does not run script\/test/);
	assert.doesNotMatch(stdout, /checks\/layers/);
});
