// A new tenant: `centrex tenant create` against `psql -f` of the same SQL in one transaction, each a
// process of its own with a connection of its own, at 10 tenants and at 2,000. Compared: wall time.

import fs from 'node:fs';
import path from 'node:path';
import {randomUUID} from 'node:crypto';

import {source} from '../lib/centrex.mjs';
import {startInstallation} from '../cli/installation.mjs';
import {directory, interleave, median, psql, quick, report} from './lib.mjs';

const SIZES = quick ? [10] : [10, 2_000];
const EACH = quick ? 3 : 15; // creations in a round
const ROUNDS = quick ? 1 : 3;
const tenantSql = fs.readFileSync(path.join(source, 'sql/tenant.sql'), 'utf8');
const work = directory('tenants');

// What provision.c does, as psql takes it.
function script(n = 1) {
	return Array.from({length: n}, () => {
		const id = randomUUID();
		const schema = `tenant_${id.replaceAll('-', '')}`;
		const slot = `centrex_app_${String(parseInt(id.at(-1), 16)).padStart(2, '0')}`;

		return `\\set tenant ${schema}
begin;
insert into public.tenants (id, name, domain, schema_name) values ('${id}', 'Bench', '${id}.pbx.test', '${schema}');
insert into public.schema_versions (schema_name, version)
	select '${schema}', max(version) from public.schema_migrations where kind = 'tenant';
create role "${schema}" nologin;
grant "${schema}" to ${slot};
create schema "${schema}";
grant usage on schema "${schema}" to "${schema}";
set local search_path = "${schema}";
${tenantSql}
select pg_notify('centrex', '${id}');
commit;
`;
	}).join('');
}

async function milliseconds(run) {
	const begin = process.hrtime.bigint();

	await run();
	return Number(process.hrtime.bigint() - begin) / 1e6;
}

const centrex = await startInstallation();
const sides = {
	Centrex: () => centrex.json('tenant', 'create', '--name', 'Bench', '--domain', `${randomUUID()}.pbx.test`),
	psql: async () => {
		const file = path.join(work, 'tenant.sql');
		fs.writeFileSync(file, script());
		await psql(centrex, '', ['-f', file]);
	},
};
const rows = [];

for (const size of SIZES) {
	const have = Number(await psql(centrex, 'select count(*) from public.tenants'));
	if (size > have)
		await psql(centrex, script(size - have));
	await psql(centrex, 'vacuum analyze');
	console.log(`a new tenant beside ${size}`);
	const results = await interleave(Object.keys(sides), ROUNDS, async (side) => {
		const times = [];

		for (let i = 0; i < EACH; i++)
			times.push(await milliseconds(sides[side]));
		return {ms: Number(median(times).toFixed(1))};
	});
	rows.push([`a new tenant beside ${size}`, median(results.Centrex.map((r) => r.ms)),
		median(results.psql.map((r) => r.ms)), 'ms', false]);
}
report('New tenants', '`psql -f` of the same SQL', rows);
await centrex.stop();
