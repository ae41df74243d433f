// Every question that FreeSWITCH was seen to ask, and the answer as it was read and found right:
// tests/freeswitch/golden/<capture>.xml. GOLDEN=write writes them anew; then read what has changed.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {source} from '../lib/centrex.mjs';
import {run} from '../lib/processes.mjs';
import {schemaOf} from '../http/cdrs_data.mjs';
import {captures, replay, startTenants} from './tenants.mjs';

const golden = path.join(source, 'tests/freeswitch/golden');
const names = fs.readdirSync(captures).filter((name) => name.endsWith('.http') && !/-(xml|json)-/.test(name)).sort();
const goldenOf = (name) => path.join(golden, name.replace(/\.http$/, '.xml'));

let centrex, tenants;

before(async () => { ({centrex, tenants} = await startTenants()); });
after(() => centrex?.stop());

// Each tenant's schema is another one each time.
function steady(body) {
	return Object.values(tenants).reduce((text, tenant) =>
		text.replaceAll(schemaOf(tenant), `tenant_of_${tenant.domain}`), body);
}

async function assertWellFormed(file) {
	const {status, stderr} = await run('python3', ['-c',
		'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])', file]);

	assert.equal(status, 0, stderr);
}

// What FreeSWITCH does with an answer before it reads it (switch_xml.c, preprocess): lines with these
// are dropped, variables of its own put in.
function assertUntouched(body) {
	assert.doesNotMatch(body, /x-pre-process|<\?|<include>|<!--/i);
	assert.doesNotMatch(body.replaceAll('$${conf_dir}', ''), /\$\$\{/);
}

for (const name of names) {
	test(`answer to ${name}`, async () => {
		const answer = await replay(centrex, name);
		const body = steady(answer.body);

		assert.equal(answer.status, 200, answer.body);
		assert.equal(answer.headers['content-type'], 'text/xml');
		assertUntouched(body);
		if (process.env.GOLDEN === 'write')
			fs.writeFileSync(goldenOf(name), body);
		assert.equal(body, fs.readFileSync(goldenOf(name), 'utf8'));
		await assertWellFormed(goldenOf(name));
	});
}

test('there is a golden file for each capture and none without', () => {
	assert.ok(names.length >= 60, `${names.length} captures`);
	assert.deepEqual(fs.readdirSync(golden).sort(), names.map((name) => path.basename(goldenOf(name))));
});

test('no answer has a password or may be cached', () => {
	for (const name of names) {
		const text = fs.readFileSync(goldenOf(name), 'utf8');

		assert.doesNotMatch(text, /secret|cacheable|name="password"/, name);
		for (const user of text.match(/<user [\s\S]*?<\/user>/g) ?? []) {
			assert.match(user, /<param name="a1-hash" value="[0-9a-f]{32}"\/>/, name);
			assert.match(user, /<param name="allow-empty-password" value="false"\/>/, name);
		}
	}
});
