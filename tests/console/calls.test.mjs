// The pages "Calls" and "Dashboard" in a browser: with calls of real phones, and with 10,000 records.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import {after, before, test} from 'node:test';

import {found, makeRecords, plain, store} from '../http/cdrs_data.mjs';
import {PASSWORD, makeMember, makeUser} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {waitFor} from '../lib/wait.mjs';
import {QueueWorld, enter, hangUp, take} from '../sip/queues.mjs';
import {set, speak} from '../sip/recordings.mjs';
import {talk} from '../sip/transfers.mjs';

const PATIENCE_MS = 45_000;
const MANY = 3000;
const DAY_MS = 86_400_000;
const FREE = {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0};
const ADMIN = 'admin@calls.test';
const AGENT = 'agent@calls.test';

const browser = useBrowser();
let world, live, stored, records, queueId;

// The first tenant has calls of real phones, the second 10,000 records.
before(async () => {
	world = await QueueWorld.start({env: FREE});
	[live, stored] = world.tenants;
	await makeUser(world.centrex, ADMIN);
	await makeUser(world.centrex, AGENT);
	for (const {domain} of world.tenants) {
		await makeMember(world.centrex, domain, ADMIN, 'admin');
		await makeMember(world.centrex, domain, AGENT, 'agent');
	}
	await world.centrex.json('extension', 'update', '101', '--tenant', stored.domain, '--user-id', AGENT);
	await set(world.centrex, live, 'recording', 'all');
	await set(world.centrex, live, 'recording_announced', false);
	await world.queue(stored, {name: 'Support'});
	queueId = stored.queues.Support.id;
	records = makeRecords(MANY, {seed: 5, from: Date.now() - 40 * DAY_MS, to: Date.now() - 60_000, queues: [queueId]});
	for (let i = 0; i < MANY; i += 500)
		await store(world.centrex, stored, records.slice(i, i + 500));
});
after(() => world?.stop());

async function open(who, tenant, page, options) {
	const person = await browser.person(world.centrex, options);

	await person.signIn(who, PASSWORD);
	await person.goto(`/t/${tenant.domain}/${page}`);
	return person;
}

const list = (page) => page.getByRole('region', {name: 'Calls', exact: true});
const rowsOf = (page) => list(page).locator('tr[aria-rowindex]');
const nowPart = (page) => page.getByRole('region', {name: /^Now/}).first();

async function choose(page, label, option) {
	await page.getByRole('textbox', {name: label, exact: true}).click();
	await page.getByRole('option', {name: option, exact: true}).click();
}

// Ids of the calls in the file that "Export" saves.
async function exported(page) {
	const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', {name: 'Export'}).click()]);
	const [header, ...lines] = fs.readFileSync(await download.path(), 'utf8').replace(/^\uFEFF/, '').trim().split('\r\n');

	assert.match(download.suggestedFilename(), /^calls-\d{4}-\d\d-\d\d\.csv$/);
	assert.match(header, /^id,/);
	return lines.map((line) => line.split(',')[0]);
}

test('filters stand in the address bar: over a reload, another page and back, and the export has what they find', async () => {
	const {page} = await open(ADMIN, stored, 'calls');

	await choose(page, 'Result', 'Busy');
	await choose(page, 'Direction', 'Inbound');
	await page.getByRole('searchbox', {name: 'Number or name'}).fill('+4930');
	await page.getByRole('button', {name: 'More filters'}).click();
	await page.getByRole('textbox', {name: 'At least (seconds)'}).fill('5');
	await page.waitForURL((url) => ['who=%2B4930', 'result=busy', 'direction=inbound', 'least=5'].every((part) => url.search.includes(part)));
	const expected = found(records, {disposition: 'busy', direction: 'inbound', number: '+4930*', duration_least: 5});

	assert.ok(expected.length > 20 && expected.length < MANY / 10);
	const shown = async () => {
		await waitFor(async () => (await rowsOf(page).count()) > 10 && (await rowsOf(page).allInnerTexts()).every((row) => /Busy/.test(row) && /\+4930/.test(row)),
			'only what the filters find', PATIENCE_MS);
		await page.getByRole('textbox', {name: 'Result', exact: true}).and(page.locator('[value="Busy"]')).waitFor();
		assert.equal(await page.getByRole('searchbox', {name: 'Number or name'}).inputValue(), '+4930');
		assert.equal(await page.getByRole('textbox', {name: 'At least (seconds)'}).inputValue(), '5');
	};

	await shown();
	await page.reload();
	await shown();
	await page.getByRole('link', {name: 'Dashboard'}).click();
	await page.getByRole('heading', {name: 'Dashboard', level: 1}).waitFor();
	await page.goBack();
	await shown();
	assert.deepEqual(await exported(page), expected);
	await page.getByRole('button', {name: 'Clear filters'}).click();
	await waitFor(async () => (await rowsOf(page).allInnerTexts()).some((row) => /Answered/.test(row)), 'all calls again', PATIENCE_MS);
});

test('filters that contradict each other are told of at their field, and nothing is asked', async () => {
	const anna = await open(ADMIN, stored, 'calls?least=9&most=8');

	await anna.page.getByText('Must not be less than the least').waitFor();
	await anna.page.getByText('Correct the filters first').waitFor();
	assert.equal(await anna.page.getByRole('button', {name: 'Export'}).isDisabled(), true);
	await anna.page.getByRole('textbox', {name: 'At most (seconds)'}).fill('10');
	await rowsOf(anna.page).first().waitFor();
});

test('a call that ends comes into the list, and what one reads stays where it is', async () => {
	const {page} = await open(ADMIN, stored, 'calls');

	await rowsOf(page).first().waitFor();
	await list(page).evaluate((box) => { box.scrollTop = 1500; });
	// The row in the middle, once rows have the heights they keep: [its number, its text, its place].
	let last;
	const [index, text, top] = await waitFor(async () => {
		const before_ = JSON.stringify(last);

		last = await list(page).evaluate((box) => {
			const middle = box.getBoundingClientRect().top + box.clientHeight / 2;
			const row = [...box.querySelectorAll('tr[aria-rowindex]')].find((one) => one.getBoundingClientRect().bottom > middle);

			return row && [Number(row.getAttribute('aria-rowindex')), row.innerText, row.getBoundingClientRect().top];
		});
		return last?.[0] > 10 && JSON.stringify(last) === before_ && last;
	}, 'the list to rest', PATIENCE_MS);

	await world.flow(stored, ['100', '102'], async (phones) => {
		const [call, incoming] = await talk(phones[100], '102', phones[102]);

		await nowPart(page).getByText('Talking').waitFor();
		await hangUp(call, incoming);
	});
	const moved = list(page).locator(`tr[aria-rowindex="${index + 1}"]`);

	await waitFor(async () => await moved.count() && await moved.innerText() === text, 'the new call above', PATIENCE_MS);
	// The part above it has the height it had before the call.
	await waitFor(async () => Math.abs((await moved.boundingBox()).y - top) < 3, 'the row where it was', PATIENCE_MS);
	await list(page).evaluate((box) => { box.scrollTop = 0; });
	await list(page).getByRole('button', {name: /^Details: 100 to 102/}).first().waitFor();
});

test('a call is seen while it lasts; recorded, it is played with its picture, and the recording deleted', async () => {
	const anna = await open(ADMIN, live, 'calls');
	const {page} = anna;

	await page.getByText('Nobody is on the phone.').waitFor();
	await page.getByText('No calls yet').waitFor();
	await world.flow(live, ['100', '102'], async (phones) => {
		const [call, incoming] = await talk(phones[100], '102', phones[102]);

		await speak(call.rtp, 440);
		await speak(incoming.rtp, 1000);
		await nowPart(page).getByRole('row', {name: /Talking.*100.*102/}).waitFor();
		await nowPart(page).getByText(/^0:0[3-9]$/).waitFor();
		await anna.assertAccessible();
		await hangUp(call, incoming);
	});
	await page.getByText('Nobody is on the phone.').waitFor();
	await page.getByRole('img', {name: 'Recorded'}).waitFor();
	await page.getByRole('button', {name: /^Details: 100 to 102/}).click();
	await page.getByRole('table', {name: 'Legs'}).getByRole('row', {name: /Caller.*100/}).waitFor();
	await page.locator('[data-testid=waveform][data-drawn=yes]').waitFor();
	await page.getByRole('combobox', {name: 'Speed'}).selectOption('2');
	await page.getByRole('button', {name: /^Play recording of/}).click();
	await waitFor(() => page.getByTestId('sound').evaluate((sound) => sound.currentTime > 0.5 && sound.playbackRate === 2), 'the recording to be played', PATIENCE_MS);
	await page.getByRole('slider', {name: /^Position in recording of/}).press('Home');
	await anna.assertAccessible();
	// Which call is open stands in the address bar, too.
	await page.reload();
	await page.getByRole('button', {name: 'Delete recording'}).click();
	await page.getByRole('dialog', {name: /Delete the recording of the call from 100 to 102\?/}).getByRole('button', {name: 'Delete recording'}).click();
	await list(page).getByText('Recording deleted').waitFor();
	assert.equal((await world.rows(live, 'select recording from cdr_details'))[0].recording, 'deleted');
});

test('an administrator hangs up a call, after a confirmation that names it', async () => {
	const {page} = await open(ADMIN, live, 'calls', {colorScheme: 'dark'});

	await world.flow(live, ['100', '102'], async (phones) => {
		const [call, incoming] = await talk(phones[100], '102', phones[102]);
		const ended = [call.expect('BYE', PATIENCE_MS), incoming.expect('BYE', PATIENCE_MS)];

		await page.getByRole('button', {name: 'Hang up: 100 to 102'}).click();
		await page.getByRole('dialog', {name: 'Hang up the call from 100 to 102?'}).getByRole('button', {name: 'Hang up'}).click();
		await Promise.all(ended);
	});
	await page.getByText('Nobody is on the phone.').waitFor();
	await waitFor(async () => await rowsOf(page).count() === 2, 'its record', PATIENCE_MS);
	await page.getByRole('button', {name: /^Details: 100 to 102/}).first().click();
	await list(page).getByText('ended by an administrator').first().waitFor();
});

test('an agent has his own calls, and nothing of what he may not do', async () => {
	const {page} = await open(AGENT, stored, 'calls');
	const own = records.filter((record) => plain.extension(record, '101')).map(({id}) => id);

	await page.getByText('Your own calls').waitFor();
	await rowsOf(page).first().waitFor();
	assert.deepEqual(new Set(await exported(page)), new Set(own));
	await page.getByRole('button', {name: 'More filters'}).click();
	await page.getByRole('textbox', {name: 'Recording', exact: true}).waitFor();
	assert.equal(await page.getByRole('textbox', {name: 'Extension', exact: true}).count(), 0);
	await world.flow(stored, ['100', '101', '102'], async (phones) => {
		const [others, called] = await talk(phones[100], '102', phones[102]);
		const [call, incoming] = await talk(phones[100], '101', phones[101]);

		await nowPart(page).getByRole('row', {name: /Talking.*101/}).waitFor();
		assert.equal(await nowPart(page).getByRole('row').count(), 2);
		assert.equal(await nowPart(page).getByRole('button').count(), 0);
		await hangUp(call, incoming);
		await hangUp(others, called);
	});
	assert.equal(await page.getByRole('link', {name: 'Dashboard'}).count(), 0);
	await page.goto(`/t/${stored.domain}/dashboard`);
	await page.getByText('This page does not exist').waitFor();
});

const figure = (page, label) => page.getByRole('region', {name: label, exact: true});

test('the dashboard changes with what happens: phones, a caller who waits and is answered, the chart, what needs attention', async () => {
	const anna = await open(ADMIN, live, 'dashboard', {colorScheme: 'dark'});
	const {page} = anna;
	const shows = (label, text) => figure(page, label).getByText(text, {exact: true}).waitFor();
	const attention = page.getByRole('region', {name: 'Needs attention'});
	const today = page.getByRole('region', {name: 'Today by hour'});
	const answered = async () => Number(/(\d+) answered/.exec(await today.getByText(/answered, /).first().innerText())[1]);

	await shows('Phones online', '0 of 6');
	await shows('Calls now', '0');
	await shows('Longest wait', '–');
	await attention.getByRole('link', {name: 'Extensions without a registered phone: 6'}).waitFor();
	const queue = await world.queue(live, {name: 'Sales'});

	await attention.getByRole('link', {name: 'Sales: the queue has no members'}).waitFor();
	await world.centrex.json('queue-member', 'create', '--tenant', live.domain, '--queue-id', queue.id, '--extension-id', '101', '--tier', 1, '--level', 1);
	await attention.getByRole('link', {name: 'Sales: the queue has no members'}).waitFor({state: 'detached'});
	const before_ = await answered();

	await world.status(live, '101', 'on_break');
	await world.flow(live, ['100', '101'], async (phones) => {
		// QueueWorld has an extension of its own by now.
		await shows('Phones online', '2 of 7');
		const call = await enter(phones[100], queue);

		await shows('Callers waiting', '1');
		await shows('Calls now', '1');
		await figure(page, 'Longest wait').getByText(/^0:0[3-9]$/).waitFor();
		await attention.getByRole('link', {name: 'Sales: 1 waiting, and no agent is free'}).waitFor();
		await anna.assertAccessible();
		await world.status(live, '101', 'available');
		const agent = await take(phones[101]);

		await shows('Callers waiting', '0');
		await page.getByRole('table', {name: 'Queues now'}).getByRole('row', {name: /^Sales 0 1 0 1 \/ 1$/}).waitFor();
		await hangUp(call, agent);
	});
	await shows('Calls now', '0');
	await waitFor(async () => await answered() === before_ + 1, 'one more answered', PATIENCE_MS);
	const table = page.getByRole('table', {name: /^Calls of today by hour/});

	assert.ok(await table.getByRole('row').count() >= 24);
	assert.equal(await page.getByRole('img', {name: /^Calls of today by hour: \d+ answered, \d+ missed$/}).count(), 1);
});

test('both pages are accessible in light and dark, and fit a phone', async () => {
	for (const colorScheme of ['light', 'dark'])
		for (const locale of ['en-GB', 'de-DE']) {
			const viewport = locale === 'de-DE' ? {width: 380, height: 800} : {width: 1280, height: 900};
			const anna = await open(ADMIN, stored, 'calls?when=month', {colorScheme, locale, viewport});

			await anna.page.locator('tr[aria-rowindex]').first().waitFor();
			await anna.page.getByRole('button', {name: /^(Details|Einzelheiten): /}).first().click();
			await anna.page.getByRole('table', {name: /^(Legs|Verbindungen)$/}).or(anna.page.getByText(/^(No legs were|Es wurden keine)/)).first().waitFor();
			assert.ok(await anna.page.getByRole('region', {name: /^(Calls|Anrufe)$/}).evaluate((box) => box.scrollWidth <= box.clientWidth + 1), 'the list fits');
			await anna.page.getByRole('button', {name: /^(More filters|Weitere Filter)$/}).click();
			await anna.assertAccessible();
			await anna.goto(`/t/${stored.domain}/dashboard`);
			await anna.page.getByRole('img', {name: /answered|angenommen/}).waitFor();
			await anna.assertAccessible();
			assert.equal(await anna.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
			await anna.close();
		}
});
