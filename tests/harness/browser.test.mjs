// The browser of the tests: what goes wrong on a page fails the test that was there.

import assert from 'node:assert/strict';
import path from 'node:path';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {run} from '../lib/processes.mjs';

test('an error, a breach of the policy, a strange origin or a bare field fails a test in the browser', async () => {
	const file = path.join(path.dirname(fileURLToPath(import.meta.url)), 'bad-pages.mjs');
	// How a runner of node tells another that it is one: the output would not be for us.
	const {status, stdout, stderr} = await run('env', ['-u', 'NODE_TEST_CONTEXT', process.execPath, '--test-reporter=tap',
		file], {timeoutMs: 120_000});
	const passed = [...stdout.matchAll(/^ok \d+ - (.*)$/gm)].map((match) => match[1]);
	const failed = [...stdout.matchAll(/^ *not ok \d+ - (.*)$/gm)].map((match) => match[1]);

	assert.equal(status, 1, stderr);
	assert.deepEqual(passed, ['good', 'expected'], stdout);
	assert.deepEqual(failed.sort(), ['bad /elsewhere', 'bad /nothing', 'bad /script', 'bad /style', 'bad too',
		'in a suite', 'not accessible'].sort(), stdout);
	assert.match(stdout, /page: Error: nobody caught this/);
	assert.match(stdout, /content security policy: style-src-attr of inline/);
	assert.match(stdout, /request to another origin: https:\/\/example\.com\/x\.png/);
	assert.match(stdout, /console: Failed to load resource: .* status of 404/);
	assert.match(stdout, /label: Form elements must have labels/);
});
