// Lints an OpenAPI document: node openapi-lint.mjs FILE. Every finding is an error. No network.
//
// The rules are Redocly's recommended ones and those below that our own tables make possible.

import path from 'node:path';

import {createConfig, lint} from '@redocly/openapi-core';

const MORE = [
	'operation-description',
	'operation-tag-defined',
	'parameter-description',
	'no-http-verbs-in-paths',
	'no-invalid-schema-examples',
	'no-invalid-parameter-examples',
	'no-required-schema-properties-undefined',
	'operation-4xx-problem-details-rfc7807',
];

const file = process.argv[2];
const rules = Object.fromEntries(MORE.map((name) => [name, 'error']));

rules['paths-kebab-case'] = 'error';
rules['no-ambiguous-paths'] = 'off'; // "/cdrs/export" beside "/cdrs/{id}": a literal segment wins
rules['operation-4xx-response'] = 'error';
if (!file)
	throw new Error('usage: openapi-lint.mjs FILE');
const problems = await lint({
	ref: path.resolve(file),
	config: await createConfig({extends: ['recommended'], rules, telemetry: 'off'}),
});

for (const problem of problems) {
	const where = problem.location.map((l) => l.pointer ?? `line ${l.start?.line}`).join(', ');

	console.log(`${problem.ruleId}: ${where}: ${problem.message}`);
}
process.exitCode = problems.length ? 1 : 0;
