// Call records into PostgreSQL: the statement of the uploader (cdr_store, a JSON array of 500) against COPY
// of the same rows, search columns included, into the same tables: a durable transaction each.
//   script/bench cdr-in

import fs from 'node:fs';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {directory, interleave, median, psql, quick, report, startCentrex} from './lib.mjs';

const BATCH = 500;
const BATCHES = quick ? 5 : 40; // in a round
const ROUNDS = quick ? 1 : 5;

const work = directory('cdr-in');
const centrex = await startCentrex();
const tenant = await centrex.tenant('bench.pbx.test');
const schema = `tenant_${tenant.id.replaceAll('-', '')}`;
const store = fs.readFileSync(path.join(source, 'sql/queries/cdr.sql'), 'utf8')
	.split(/^-- name: /m).find((part) => part.startsWith('cdr_store\n')).replace(/^cdr_store\n/, '');

const SEARCHED = 'start_time, class, caller, dest, name, duration, wait';
const RECORD = 'id, caller_id_name, caller_id_number, dest_number, context, start_time, answer_time, end_time, duration';
const DETAILS = 'direction, disposition, cause, sip_status, hangup_by, answered_by, sip_call_id, node, legs';
const rows = `set search_path = ${schema}, pg_temp;
create temp table made as
select i / ${BATCH} as batch, gen_random_uuid() as id, 'Person ' || mod(i, 200) as caller_id_name, (100 + mod(i, 200))::text as caller_id_number,
	(100 + mod(i * 7, 200))::text as dest_number, 'default' as context, now() + i * interval '10 ms' as start_time,
	now() + i * interval '10 ms' + interval '3 s' as answer_time, now() + i * interval '10 ms' + interval '90 s' as end_time,
	90 as duration, 'internal' as direction, 'answered' as disposition, 'normal' as cause, 200 as sip_status, 'caller' as hangup_by,
	(100 + mod(i * 7, 200))::text as answered_by, 'abcdefghij@192.0.2.1' as sip_call_id, 'node' as node,
	'[{"extension":"101","status":200,"ms":1200}]'::json as legs
from generate_series(0, ${BATCH * BATCHES - 1}) as i;
`;
const batches = Array.from({length: BATCHES}, (_, i) => i);
const file = (name) => path.join(work, name);

const scripts = {
	Centrex: `${rows}prepare store as ${store}
select format('execute store(%L, 200);', json_agg(m)) from made m group by batch \\g ${file('store.sql')}
\\o /dev/null
\\timing on
\\i ${file('store.sql')}
`,
	COPY: `${rows}${batches.map((b) => `\\copy (select ${RECORD} from made where batch = ${b}) to ${file(`r${b}`)}
\\copy (select id, ${DETAILS}, start_time, public.cdr_class(direction, disposition, duration), caller_id_number, dest_number, lower(caller_id_name), duration, 3 from made where batch = ${b}) to ${file(`d${b}`)}
`).join('')}\\timing on
${batches.map((b) => `begin;
\\copy cdrs (${RECORD}) from ${file(`r${b}`)}
\\copy cdr_details (cdr_id, ${DETAILS}, ${SEARCHED}) from ${file(`d${b}`)}
commit;
`).join('')}`,
};

const results = await interleave(Object.keys(scripts), ROUNDS, async (side) => {
	const times = [...(await psql(centrex, scripts[side])).matchAll(/^Time: ([\d.]+) ms/gm)].map((m) => Number(m[1]));
	const ms = times.reduce((sum, time) => sum + time, 0);

	return {rate: Math.round(BATCH * BATCHES / ms * 1000)};
});

report('Call records into PostgreSQL', '`COPY` of the same rows', [['records a second, one connection',
	median(results.Centrex.map((r) => r.rate)), median(results.COPY.map((r) => r.rate)), 'per second', true]]);
await centrex.stop();
