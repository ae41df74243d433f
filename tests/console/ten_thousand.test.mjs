// Every list that can grow, with 10,000 rows: it opens, End goes to its last row, and one row is found.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeRecords, psql, schemaOf, store} from '../http/cdrs_data.mjs';
import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {waitFor} from '../lib/wait.mjs';
import {ready} from './pages.mjs';

const MANY = 10_000;
const PATIENCE_MS = 45_000;
const OWNER = 'owner@many.example';
const FREE = {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0};

const browser = useBrowser();
let centrex, tenant, anna, queue;

// i from 0 to 9999; each list has its rows in another order than they were made in.
const SEED = (id) => `
create temporary table i on commit drop as select generate_series(0, ${MANY - 1}) as n;
insert into extensions (extension_number, auth_password)
	select (10000 + n)::text, 'secret-secret-secret' from i;
insert into registrations (extension_id, contact, received_address, received_port, transport, call_id, cseq,
		user_agent, registered_at, expires_at)
	select id, 'sip:' || extension_number || '@192.0.2.1', '192.0.2.1', 5060, 'udp', extension_number, 1,
		'Phone ' || extension_number, now(), now() + interval '1 hour'
	from extensions;
insert into numbers (number, queue_id) select '+49301' || lpad(n::text, 5, '0'), '${id}' from i;
insert into media_files (category, original_name, file_path, uploaded_at)
	select 'moh', 'music ' || lpad(n::text, 5, '0') || '.wav', 'moh/' || n || '.wav', now() - interval '1 day' + n * interval '1 second' from i;
insert into media_details (media_id, sha256, bytes, format, sample_rate, channels, duration_ms)
	select id, repeat('0', 64), 1000, 'wav', 8000, 1, 1000 from media_files;
insert into audit_log (at, actor_kind, actor_name, action, resource, resource_id)
	select now() - interval '1 day' - n * interval '1 second', 'command', 'root', 'create', 'number', 'thing ' || n from i;
insert into queue_calls (id, cdr_id, queue_id, caller_number, joined_at, left_at, ended_at, outcome, wait_ms)
	select gen_random_uuid(), gen_random_uuid(), '${id}', '+4940' || lpad(n::text, 5, '0'),
		now() - interval '1 day' - n * interval '1 second', now() - interval '1 day', now() - interval '1 day', 'abandoned', 1000
	from i;
with made as (
	insert into public.users (email, password_hash)
	select 'p' || lpad(n::text, 5, '0') || '@many.example', (select password_hash from public.users limit 1) from i
	returning id
)
insert into public.user_tenants (user_id, tenant_id, role) select m.id, '${tenant.id}', 'agent' from made m;`;

const LISTS = [
	{of: 'extensions', page: 'extensions', region: 'Extensions', last: '19999', search: 'Search by number or e-mail address', find: '13456', found: 'Phone 13456'},
	{of: 'calls', page: 'calls', region: 'Calls', last: '', search: 'Number or name', find: '+4930', many: true},
	{of: 'numbers', page: 'numbers', region: 'Numbers', last: '+4930109999', search: 'Search by number', find: '+4930103456', found: 'Queue Support'},
	{of: 'people', page: 'people', region: 'People of this tenant', last: '@many.example', search: 'Search people', find: 'p03456@', found: 'p03456@many.example', more: 1},
	{of: 'audio', page: 'media', region: 'Audio files', last: 'music 00000.wav', search: 'Search by name', find: 'music 03456', found: 'music 03456.wav'},
	{of: 'changes', page: 'audit', region: 'Changes', last: 'thing 9999', search: 'Search', find: 'thing 3456', found: 'thing 3456', atLeast: true},
	{of: 'calls of a queue', page: 'queues/$queue?tab=history', region: 'Calls of the queue', last: '+494009999', search: 'Number or name', find: '+494003456', found: '+494003456'},
];

before(async () => {
	centrex = await startCentrex({env: FREE});
	tenant = await centrex.tenant('many.example', []);
	await makeUser(centrex, OWNER);
	await makeMember(centrex, tenant.domain, OWNER, 'owner');
	queue = await centrex.json('queue', 'create', '--tenant', tenant.domain, '--name', 'Support');
	await psql(centrex, `begin; set local search_path = ${schemaOf(tenant)}; ${SEED(queue.id)} commit; analyze;`);
	await store(centrex, tenant, makeRecords(MANY, {seed: 5, from: Date.now() - 40 * 86_400_000, to: Date.now() - 60_000, queues: [queue.id]}));
	anna = await browser.person(centrex);
	await anna.signIn(OWNER, PASSWORD);
});
after(() => centrex?.stop());

for (const {of, page: address, region, last, search, find, found, many, more = 0, atLeast} of LISTS)
	test(`10,000 ${of}: End goes to the last row, and one is found by searching`, async () => {
		const {page} = anna;

		await anna.goto(`/t/${tenant.domain}/${address.replace('$queue', queue.id)}`);
		const list = page.getByRole('region', {name: region, exact: true});
		const rows = list.locator('tr[aria-rowindex]');
		const count = async () => Number(await list.getByRole('table').first().getAttribute('aria-rowcount'));

		await rows.filter({hasText: /\d/}).first().waitFor({timeout: PATIENCE_MS});
		assert.equal(await count(), -1, 'it is not known yet how many there are');
		await list.focus();
		await page.keyboard.press('End');
		await waitFor(async () => await count() > 0, 'the end of the list', PATIENCE_MS);
		assert.ok(atLeast ? await count() > MANY : await count() === MANY + more + 1, `all rows: ${await count()}`);
		// Asked anew each time: a row may have come meanwhile.
		await waitFor(async () => await list.locator(`tr[aria-rowindex="${await count()}"]:not([aria-busy])`).filter({hasText: last}).count() === 1,
			'the last row', PATIENCE_MS);
		assert.ok(await rows.count() < 100, 'few rows are in the page');
		await page.getByLabel(search, {exact: true}).first().fill(find);
		await waitFor(async () => {
			const texts = await rows.allInnerTexts();

			return many ? texts.length > 1 && texts.every((text) => text.includes(find)) : texts.length === 1 && texts[0].includes(found);
		}, async () => `what was looked for, not ${(await rows.allInnerTexts()).slice(0, 3)}`, PATIENCE_MS);
	});

test('of 10,000 extensions with a phone each shows its own, wherever one looks, and follows it', async () => {
	const {page} = anna;
	const asked = [];

	page.on('request', (request) => asked.push(request.url()));
	await anna.goto(`/t/${tenant.domain}/extensions`);
	const list = page.getByRole('region', {name: 'Extensions'});
	const row = (number) => list.getByRole('row').filter({has: page.getByRole('button', {name: `Open extension ${number}`})});

	await row('10000').filter({hasText: 'Online'}).filter({hasText: 'Phone 10000'}).waitFor();
	await list.focus();
	await page.keyboard.press('End');
	await row('19999').filter({hasText: 'Online'}).filter({hasText: 'Phone 19999'}).waitFor({timeout: PATIENCE_MS});
	// Somebody else changes one row: of a list of 100 pages a few are read again.
	asked.length = 0;
	await centrex.json('extension', 'create', '--tenant', tenant.domain, '--extension-number', '99999');
	const lists = () => asked.filter((url) => /\/extensions\?/.test(url)).length;

	await waitFor(() => lists() > 0, 'the list to be read again', PATIENCE_MS);
	await ready(anna);
	assert.ok(lists() <= 20, `few requests: ${lists()}`);
});
