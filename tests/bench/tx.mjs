// A unit of work: a read by key with role and schema set, against the same statement qualified and
// prepared without a role. 16 connections; once with one tenant a connection, once with 50.

import {loadJson, program, quick, report} from './lib.mjs';

const rows = [];

for (const tenants of quick ? [1] : [1, 50]) {
	const {plain, tx, plain_cpu_us, tx_cpu_us} = await loadJson(program('bench_tx'), quick ? [tenants, 1, 1] : [tenants, 3, 5]);

	rows.push([`a read, ${tenants} tenants a connection`, tx, plain, 'per second', true]);
	rows.push(['both ends', tx_cpu_us, plain_cpu_us, 'us of CPU each', false]);
}
report('A unit of work', 'the same statement, qualified, prepared, no role', rows);
