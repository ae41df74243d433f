// script/embed-sql: what it makes of sql/, and what it refuses.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {source} from '../lib/centrex.mjs';
import {run, temporaryDirectory} from '../lib/processes.mjs';

// files: path below sql/ -> text. Returns {status, stderr, queries, header, scripts, deps}.
async function embed(files) {
	const directory = temporaryDirectory('embed');
	const sql = path.join(directory, 'sql');
	const out = path.join(directory, 'out');
	fs.mkdirSync(out);
	for (const [name, text] of Object.entries(files)) {
		fs.mkdirSync(path.dirname(path.join(sql, name)), {recursive: true});
		fs.writeFileSync(path.join(sql, name), text);
	}
	const result = await run(path.join(source, 'script/embed-sql'), [sql, out, path.join(directory, 'deps'), 'queries.h']);
	const read = (file) => fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
	return {...result, directory, sql, header: read(path.join(out, 'queries.h')), queries: read(path.join(out, 'queries.c')),
		scripts: read(path.join(out, 'scripts.c')), deps: read(path.join(directory, 'deps'))};
}

// The statements of tenant migration 1, as C literals.
async function split(text) {
	const {status, stderr, scripts} = await embed({'tenant/0001_start.sql': text});
	assert.equal(status, 0, stderr);
	const [, body] = /tenant_0001_statements\[\] = \{\n(.*?)\tNULL\};/s.exec(scripts);
	return body.trimEnd().split(/,\n(?=\t")/).map((part) => part.replace(/^\t"|",?$/g, '').replace(/"\n\t"/g, ''));
}

test('statements are split where SQL ends them and nowhere else', async () => {
	for (const [text, wanted] of [
		['select 1; select 2', ['select 1', 'select 2']],
		[`select ';'';' ; select ";"`, [`select ';'';'`, 'select \\042;\\042']],
		[`select E'\\';' ; select '\\' ; select 1`, [`select E'\\134';'`, `select '\\134'`, 'select 1']],
		['select $$;$$ ; select $a$ $$ ; $b$ $a$', ['select $$;$$', 'select $a$ $$ ; $b$ $a$']],
		['select 1 -- ; no\n; /* ; /* ; */ ; */ select 2;', ['select 1', 'select 2']],
		['create function f() begin atomic select case when true then 1 end; select 2; end; select 3',
			['create function f() begin atomic select case when true then 1 end; select 2; end', 'select 3']],
		['\n\n-- nothing\n;;', ['']],
		[`select 'ü\n\n  two'`, [`select '\\303\\274\\n\\n  two'`]],
		['select a$1$b$1$ ; select 2', ['select a$1$b$1$', 'select 2']],
	])
		assert.deepEqual(await split(text), wanted, text);
});

test('queries become an enum, a count of values and a table', async () => {
	const {status, stderr, header, queries, deps, sql} = await embed({'queries/a.sql':
		`-- about\n-- name: user_find\n-- door: public\nselect $1, $2::text, '$3' -- $4\n;\n-- name: cdr_store\nselect 1`});
	assert.equal(status, 0, stderr);
	assert.match(header, /QUERY_CDR_STORE,\n\tQUERY_USER_FIND,\n\tQUERY_COUNT/);
	assert.match(header, /QUERY_CDR_STORE_VALUES = 0,\n\tQUERY_USER_FIND_VALUES = 2,/);
	assert.match(queries, /\{"user_find",\n\t "select \$1, \$2::text, '\$3'",\n\t 2, TX_PUBLIC\}/);
	assert.match(queries, /\{"cdr_store",\n\t "select 1",\n\t 0, TX_TENANT\}/);
	assert.ok(deps.includes(path.join(sql, 'queries/a.sql')) && deps.includes(`${path.join(sql, 'queries')} `), deps);
});

test('nothing there is nothing embedded', async () => {
	const {status, header, scripts} = await embed({});
	assert.equal(status, 0);
	assert.match(header, /enum query \{\n\tQUERY_COUNT\n\}/);
	assert.match(scripts, /tenant_migration_count = 0/);
});

test('what is wrong is refused in one line', async () => {
	for (const [files, says] of [
		[{'queries/a.sql': 'select 1'}, /before the first -- name/],
		[{'queries/a.sql': '-- name: Find\nselect 1'}, /thing_verb/],
		[{'queries/a.sql': '-- name: a_b\nselect 1; select 2'}, /a_b: 2 statements/],
		[{'queries/a.sql': '-- name: a_b\n'}, /a_b: 0 statements/],
		[{'queries/a.sql': '-- name: a_b\nselect $2'}, /not \$1\.\.\$1/],
		[{'queries/a.sql': '-- name: a_b\nselect 1', 'queries/b.sql': '-- name: a_b\nselect 1'}, /stands twice/],
		[{'queries/a.sql': '-- name: a_b\n-- door: back\nselect 1'}, /door is/],
		[{'queries/a.sql': `-- name: a_b\nselect '`}, /a_b: a ' is not closed/],
		[{'queries/a.sql': `-- name: a_b\nselect ${Array.from({length: 25}, (_, i) => `$${i + 1}`)}`}, /over 24 values/],
		[{'tenant/0001_a.sql': 'select $x$'}, /0001_a\.sql: a \$x\$ is not closed/],
		[{'tenant/0001_a.sql': '/* /* */'}, /a \/\* is not closed/],
		[{'tenant/0002_a.sql': ''}, /0001 is next/],
		[{'tenant/start.sql': ''}, /NNNN_name\.sql/],
		[{'public/0001_a.sql': 'a\0'}, /NUL/],
	]) {
		const {status, stderr} = await embed(files);
		assert.equal(status, 1);
		assert.match(stderr, says);
		assert.equal(stderr.trim().split('\n').length, 1, stderr);
	}
});
