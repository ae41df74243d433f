// Queues and the wallboard in the browser: members arranged by keyboard, a caller who waits seen by
// everybody at once, what became of him and why, and a screen that outlives the server.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {Http} from '../lib/http.mjs';
import {freePort} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {PASSWORD, makeMember, makeUser, signIn} from '../http/people.mjs';
import {QueueWorld, enter, hangUp} from '../sip/queues.mjs';

const ADMIN = 'admin@queues.test';
const AGENT = 'arndt@queues.test';
const PATIENCE_MS = 45_000;
// The browser tells of each answer of 400 and above, and of a server that is away.
const REFUSED = /status of (400|404|409)/;
const AWAY = /ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY|ERR_NETWORK|status of (401|502|503)/;

const browser = useBrowser();
let world;
let tenant;
let api;
let base;

before(async () => {
	const port = await freePort();

	world = await QueueWorld.start({args: ['--drain-s', 1, '--web-port', port]});
	world.port = port;
	[tenant] = world.tenants;
	base = `/api/v1/tenants/${tenant.domain}`;
	await makeUser(world.centrex, ADMIN);
	await makeMember(world.centrex, tenant.domain, ADMIN, 'admin');
	api = await signIn(world.centrex, ADMIN);
});
after(() => world?.stop());

const home = () => `/t/${tenant.domain}`;

// The port stands, also while the server does not.
const server = () => ({web: {port: world.port}});

async function admin(options) {
	const person = await browser.person(server(), options);

	await person.signIn(ADMIN, PASSWORD);
	return person;
}

// A picture for who looks: CENTREX_PICTURES names a folder.
async function picture(person, name) {
	if (process.env.CENTREX_PICTURES)
		await person.page.screenshot({path: `${process.env.CENTREX_PICTURES}/${name}.png`, fullPage: true});
}

async function membersOf(queue) {
	const {items} = (await api.get(`${base}/queue-members?queue_id=${queue}&limit=100`)).json;

	return Object.fromEntries(items.map((row) => [row.extension, [row.tier, row.level]]));
}

test('a queue is created, gets members by search, and one is moved to tier 2 by keyboard', async () => {
	const anna = await admin();
	const {page} = anna;

	await anna.goto(`${home()}/queues`);
	await page.getByRole('button', {name: 'New queue'}).first().click();
	await page.getByRole('textbox', {name: 'Name'}).fill('Support');
	await page.getByRole('dialog').getByRole('button', {name: 'New queue'}).click();
	await page.getByRole('heading', {name: 'Support', level: 1}).waitFor();
	assert.match(page.url(), /\?tab=members$/);
	const {id} = (await api.get(`${base}/queues/Support`)).json;

	for (const number of ['101', '102']) {
		await page.getByRole('textbox', {name: 'Extension'}).fill(number);
		await page.getByRole('option', {name: number}).click();
		await page.getByRole('button', {name: 'Add', exact: true}).click();
		await page.getByRole('button', {name: `Move ${number}`}).waitFor();
	}
	assert.deepEqual(await membersOf(id), {101: [1, 1], 102: [1, 2]});
	await picture(anna, 'members');
	await anna.assertAccessible();

	const said = page.getByText(/102 is at place 1 of tier 2/);

	await page.getByRole('button', {name: 'Move 102'}).focus();
	await page.keyboard.press('Space');
	await page.getByText(/102 (picked up in tier 1|is at place 2 of tier 1)/).first().waitFor({state: 'attached'});
	await page.keyboard.press('ArrowDown');
	await said.first().waitFor({state: 'attached'});
	await page.keyboard.press('Space');
	await waitFor(async () => (await membersOf(id))[102]?.[0] === 2, '102 in tier 2', PATIENCE_MS);
	await page.getByRole('region', {name: 'Tier 2'}).getByText('102', {exact: true}).waitFor();

	// The same without dragging.
	await page.getByRole('button', {name: 'Menu of 102'}).click();
	await page.getByRole('menuitem', {name: 'To tier 1'}).click();
	await waitFor(async () => (await membersOf(id))[102]?.[0] === 1, '102 in tier 1', PATIENCE_MS);
	await page.getByRole('button', {name: 'Menu of 102'}).click();
	await page.getByRole('menuitem', {name: 'To a new tier 2'}).click();
	await waitFor(async () => (await membersOf(id))[102]?.[0] === 2, '102 in tier 2 again', PATIENCE_MS);
	await anna.close();
});

test('members are dragged by pointer inside a tier, to another and to a new one; outside of all and with Escape nothing changes', async () => {
	const queue = (await world.queue(tenant, {name: 'Dragged', members: {101: [1, 1], 102: [1, 2], 103: [1, 3]}})).id;
	const anna = await admin({viewport: {width: 1280, height: 1200}}); // nothing scrolls by itself
	const {page} = anna;
	const handle = (number) => page.getByRole('button', {name: `Move ${number}`});
	const tier = (n) => page.getByRole('region', {name: `Tier ${n}`});
	const sent = [];
	const middle = async (what) => {
		const {x, y, width, height} = await what.boundingBox();

		return [x + width / 2, y + height / 2];
	};
	const take = async (number) => {
		await handle(number).hover(); // where it stands still
		await page.mouse.down();
	};
	const over = async ([x, y], said) => {
		await page.mouse.move(x, y, {steps: 8});
		await page.mouse.move(x, y + 1);
		await page.getByRole('status').getByText(said, {exact: true}).waitFor({state: 'attached'});
	};
	// What is on the page, tier by tier: "101 102 | 103 | ".
	const shown = async () => (await page.getByRole('region', {name: /^Tier/}).evaluateAll((tiers) => tiers.map((one) =>
		[...one.querySelectorAll('li button[aria-roledescription]')].map((button) => /\d+/.exec(button.getAttribute('aria-label'))[0]).join(' ')))).join(' | ');
	const becomes = async (wanted) => {
		let last;

		await waitFor(async () => (last = await shown()) === wanted, () => `${wanted}, not ${last}`, PATIENCE_MS);
	};
	// On the page, told, and all of it told.
	const holds = async (wanted, members) => {
		let last;

		await becomes(wanted);
		await waitFor(async () => (last = JSON.stringify(await membersOf(queue))) === JSON.stringify(members), () => last, PATIENCE_MS);
		await page.locator('[aria-busy=false]').filter({has: tier(1)}).first().waitFor();
	};

	page.on('request', (request) => request.method() !== 'GET' && sent.push(request.url()));
	await anna.goto(`${home()}/queues/${queue}?tab=members`);
	await becomes('101 102 103 | ');

	await take(101);
	await over(await middle(handle(103)), '101 is at place 3 of tier 1.');
	await page.mouse.up();
	await holds('102 103 101 | ', {101: [1, 3], 102: [1, 1], 103: [1, 2]});

	await take(103);
	await over(await middle(tier(2)), '103 is at place 1 of tier 2.');
	await becomes('102 101 | 103'); // before it is dropped
	await page.mouse.up();
	await holds('102 101 | 103 | ', {101: [1, 3], 102: [1, 1], 103: [2, 1]});

	await take(102);
	await over(await middle(handle(103)), '102 is at place 2 of tier 2.');
	await page.mouse.up();
	await holds('101 | 103 102 | ', {101: [1, 3], 102: [2, 2], 103: [2, 1]});

	// Outside: beside all tiers, straight and by way of another one, which he has then left again.
	const order = await shown();
	const {x, y} = await tier(1).boundingBox();

	sent.length = 0;
	for (const way of [[], [[tier(3), '101 is at place 1 of tier 3.']], [[handle(102), '101 is at place 2 of tier 2.'], [tier(3), '101 is at place 1 of tier 3.']]]) {
		await take(101);
		for (const [stop, said] of way)
			await over(await middle(stop), said);
		await over([x - 10, y - 60], '101 is back where it was.');
		await becomes(order);
		await page.mouse.up();
		await becomes(order);
	}
	// Escape, over another tier and inside his own.
	for (const [number, to, said, seen] of [[101, tier(3), '101 is at place 1 of tier 3.', ' | 103 102 | 101'], [102, handle(103), '102 is at place 1 of tier 2.', order]]) {
		await take(number);
		await over(await middle(to), said);
		await becomes(seen);
		await page.keyboard.press('Escape');
		await page.getByRole('status').getByText(`${number} is back where it was.`, {exact: true}).waitFor({state: 'attached'});
		await becomes(order);
		await page.mouse.up();
	}
	// The only one of a tier stands at its edge: where that grows and shrinks he does not go to and fro.
	const below = await tier(2).boundingBox();

	await take(101);
	for (let dy = -24; dy < 24; dy += 2)
		await page.mouse.move(below.x + 60, below.y + dy);
	await page.keyboard.press('Escape');
	await page.mouse.up();
	await becomes(order);
	assert.deepEqual(sent, []);
	assert.deepEqual(await membersOf(queue), {101: [1, 3], 102: [2, 2], 103: [2, 1]});
	await anna.close();
});

test('a member whom the API does not move is put back, and it says so', async () => {
	const queue = (await world.queue(tenant, {name: 'Refusal', members: {101: [1, 1], 102: [1, 2]}})).id;
	const anna = await admin();
	const {page} = anna;

	anna.expects(REFUSED);
	await anna.goto(`${home()}/queues/${queue}?tab=members`);
	await page.getByRole('button', {name: 'Menu of 102'}).click();
	// Only the answer is the test's: what a database says that is away in this moment.
	await page.route('**/queue-members/**', (route) => route.request().method() === 'PATCH'
		? route.fulfill({status: 409, contentType: 'application/problem+json',
			body: JSON.stringify({type: 'about:blank', title: 'Conflict', status: 409, code: 'conflict', detail: 'the member is being changed by somebody else', errors: []})})
		: route.continue());
	await page.getByRole('menuitem', {name: 'To a new tier 2'}).click();
	await page.getByText('the member is being changed by somebody else').waitFor();
	await page.getByRole('region', {name: 'Tier 1'}).getByText('102', {exact: true}).waitFor();
	assert.deepEqual(await membersOf(queue), {101: [1, 1], 102: [1, 2]});
	await anna.close();
});

test('what somebody else changes of queues and their members is shown, without loading anything again', async () => {
	const {id: queue, number} = await world.queue(tenant, {name: 'Shared', members: {101: [1, 1]}});
	const anna = await admin();
	const {page} = anna;

	await anna.goto(`${home()}/queues/${queue}?tab=members`);
	await page.getByRole('button', {name: 'Move 101'}).waitFor();
	await api.post(`${base}/queue-members`, {queue_id: queue, extension_id: (await api.get(`${base}/extensions/102`)).json.id, tier: 1, level: 2});
	await page.getByRole('button', {name: 'Move 102'}).waitFor();
	await api.patch(`${base}/queues/${queue}`, {name: 'Shared by all'});
	await page.getByRole('heading', {name: 'Shared by all', level: 1}).waitFor();
	await page.getByRole('link', {name: 'Queues'}).click();
	await page.getByRole('link', {name: 'Shared by all'}).waitFor();
	await api.delete(`${base}/numbers/${number}`);
	assert.equal((await api.delete(`${base}/queues/${queue}`)).status, 204);
	await page.getByRole('link', {name: 'Shared by all'}).waitFor({state: 'detached'});
	await anna.close();
});

test('a caller waits, is seen on the queue and on the wallboard, is answered, and "Why?" tells of whom it passed over', async () => {
	const queue = await world.queue(tenant, {name: 'Line', members: {101: [1, 1], 102: [1, 2]}});

	await world.status(tenant, '102', 'logged_out');
	await world.status(tenant, '101', 'on_break');
	await makeUser(world.centrex, AGENT);
	await makeMember(world.centrex, tenant.domain, AGENT, 'agent');
	assert.equal((await api.patch(`${base}/extensions/101`, {user_id: AGENT})).status, 200);
	const anna = await admin();
	const ben = await admin({colorScheme: 'dark', locale: 'de-DE', viewport: {width: 1920, height: 1080}});

	await anna.goto(`${home()}/queues/${queue.id}`);
	await anna.page.getByText('Nobody is waiting').waitFor();
	await ben.goto(`${home()}/wallboard?queues=${queue.id}&waiting=1-5`);
	const card = ben.page.getByRole('region', {name: 'Line'});

	await card.getByText('Alles gut').or(card.getByText('Handeln')).first().waitFor();
	await world.flow(tenant, ['100', '101'], async (phones) => {
		const call = await enter(phones[100], queue, {name: '"Clara"'});
		const callers = anna.page.getByRole('table', {name: 'Callers'});
		const row = callers.getByRole('row', {name: /100 Clara/});

		await row.waitFor();
		await card.getByRole('img', {name: 'Hinsehen'}).first().waitFor();
		// The waits go on by themselves.
		const wait = row.getByRole('cell').nth(2);
		const first = await wait.textContent();

		await waitFor(async () => await wait.textContent() !== first, 'the wait to grow', PATIENCE_MS);
		assert.match(first, /^\d+:\d\d$/);
		await picture(anna, 'live');
		await picture(ben, 'wallboard');
		await anna.assertAccessible();
		await ben.assertAccessible();

		// The agent's break is ended here, and his phone rings.
		await anna.page.getByRole('button', {name: `Status of 101 ${AGENT}: On break. Change`}).click();
		await anna.page.getByRole('menuitem', {name: 'Available'}).click();
		const incoming = await phones[101].incoming();

		incoming.ring();
		await incoming.answer();
		await anna.page.getByRole('table', {name: 'Agents'}).getByRole('row', {name: `101 ${AGENT}`}).getByText('Talking').waitFor();
		await callers.getByRole('row', {name: new RegExp(`100 Clara.*Talking.*101 ${AGENT}`)}).waitFor();
		await hangUp(call, incoming);
	});
	await anna.page.getByText('Nobody is waiting').waitFor();
	await anna.page.getByRole('tab', {name: 'History'}).click();
	const history = anna.page.getByRole('table');

	await history.getByRole('row', {name: new RegExp(`100 Clara.*Answered.*101 ${AGENT}`)}).waitFor();
	await anna.page.getByRole('button', {name: 'Why? 100'}).click();
	await anna.page.getByText(`101 ${AGENT} answered and has the caller`).waitFor();
	await anna.page.getByText(/102.*is logged out/).first().waitFor();
	await anna.page.getByText(new RegExp(`101 ${AGENT}.*is on break`)).first().waitFor();
	assert.match(anna.page.url(), /tab=history/);
	await picture(anna, 'why');
	await anna.assertAccessible();
	await card.getByText('Heute angenommen').waitFor();
	await waitFor(async () => /Heute angenommen1/.test((await card.textContent()) ?? ''), 'the answered call on the wallboard', PATIENCE_MS);

	await anna.page.getByText('By day', {exact: true}).click();
	await anna.page.getByRole('table', {name: 'Callers by time'}).waitFor();
	await anna.page.getByText('By agent', {exact: true}).click();
	await anna.page.getByRole('table', {name: 'Figures of agents'}).getByRole('row', {name: `101 ${AGENT}`}).waitFor();
	await anna.assertAccessible();
	// Who has the extension is somebody's to change, and the members' list follows.
	await anna.page.getByRole('tab', {name: 'Members'}).click();
	await anna.page.getByRole('button', {name: `Move 101 ${AGENT}`}).waitFor();
	assert.equal((await api.patch(`${base}/extensions/101`, {user_id: null})).status, 200);
	await anna.page.getByRole('button', {name: 'Move 101', exact: true}).waitFor();
	await Promise.all([anna.close(), ben.close()]);
});

test('settings are saved by group, errors land on their field, and a queue that a number leads to says so before it goes', async () => {
	const queue = await world.queue(tenant, {name: 'Set'});
	const anna = await admin({colorScheme: 'dark', viewport: {width: 390, height: 844}});
	const {page} = anna;

	anna.expects(REFUSED);
	await anna.goto(`${home()}/queues/${queue.id}?tab=settings`);
	const waiting = page.getByRole('region', {name: 'Waiting and overflow'});

	await waiting.getByLabel('Longest wait').fill('300');
	await waiting.getByLabel('Led to').fill('99999');
	await waiting.getByRole('button', {name: 'Save'}).click();
	await waiting.getByText('must be an extension or a number of this tenant').waitFor();
	await waiting.getByLabel('Led to').fill('101');
	await waiting.getByRole('button', {name: 'Save'}).click();
	await waitFor(async () => {
		const {json} = await api.get(`${base}/queue-settings/${queue.id}`);

		return json.max_wait_time === 300 && json.overflow_number === '101';
	}, 'the settings', PATIENCE_MS);
	await picture(anna, 'settings-phone-dark');
	await anna.assertAccessible();
	assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true, 'no sideways scrolling');

	await page.getByRole('button', {name: 'Delete'}).first().click();
	await page.getByText(`Numbers lead to it: ${queue.number}. Let them lead elsewhere first.`).waitFor();
	await page.getByRole('dialog').getByRole('button', {name: 'Delete'}).click();
	await page.getByRole('alert').getByText(/where a number leads/).waitFor();
	assert.equal((await api.delete(`${base}/numbers/${queue.number}`)).status, 204);
	await page.getByRole('dialog').getByRole('button', {name: 'Delete'}).click();
	await waitFor(async () => (await api.get(`${base}/queues/${queue.id}`)).status === 404, 'the queue to go', PATIENCE_MS);
	await page.getByRole('heading', {name: 'Queues', level: 1}).waitFor();
	await anna.assertAccessible();
	await anna.close();
});

test('a screen on the wall needs nobody who is signed in, outlives the server, and ends with its token', async () => {
	const queue = await world.queue(tenant, {name: 'Wall', members: {103: [1, 1]}});
	const anna = await admin();

	await anna.goto(`${home()}/wallboard?queues=${queue.id}`);
	await anna.page.getByRole('button', {name: 'Link for a screen'}).click();
	await anna.page.getByRole('button', {name: 'Make a link'}).click();
	const link = await anna.page.getByText(/#board=ctx_/).textContent();

	await anna.assertAccessible();
	await anna.close();

	const screen = await browser.person(server(), {viewport: {width: 1280, height: 720}});

	screen.expects(AWAY);
	await screen.page.goto(link);
	const card = screen.page.getByRole('region', {name: 'Wall'});

	await card.waitFor();
	assert.equal(await screen.page.getByRole('button', {name: 'Link for a screen'}).count(), 0);
	await screen.assertAccessible();

	// What it shows is the only thing it may read.
	const token = /#board=(\S+)$/.exec(link)[1];
	const bearer = new Http(world.centrex).with({token});

	assert.equal((await bearer.get(`${base}/queues/figures`)).status, 200);
	assert.equal((await bearer.get(`${base}/extensions`)).status, 403);

	await world.centrex.stop();
	await screen.page.getByTestId('connection-lost').waitFor();
	await picture(screen, 'wallboard-lost');
	await card.waitFor(); // the figures stay
	await world.centrex.start();
	await screen.page.getByTestId('connection-lost').waitFor({state: 'detached'});
	api = await signIn(world.centrex, ADMIN);
	await world.status(tenant, '103', 'on_break');
	await waitFor(async () => /On break1/.test((await card.textContent()) ?? ''), 'the break on the wallboard', PATIENCE_MS);

	const {items} = (await api.get('/api/v1/me/tokens')).json;

	assert.equal((await api.delete(`/api/v1/me/tokens/${items.find(({role}) => role === 'wallboard').id}`)).status, 204);
	await screen.page.getByText('The link of this screen has ended').waitFor({timeout: 90_000});
	await screen.close();
});

test('the figures of a queue over time are a chart and a table in the tenant\'s days; hours of months are not asked for', async () => {
	const {id} = await world.queue(tenant, {name: 'Figures'});
	const quarters = [];

	for (let day = 5; day <= 18; day++)
		for (let hour = 8; hour < 18; hour++)
			quarters.push(`('2026-01-${String(day).padStart(2, '0')}T${String(hour).padStart(2, '0')}:00Z', '${id}', 12, ${8 - day % 3}, ${2 + day % 3}, 2, 6, 1, 240000, 90000, 65000, 960000, 14, 3)`);
	await world.sql(tenant, `insert into queue_quarters (at, queue_id, callers, answered, abandoned, overflowed, in_service_level, early, wait_ms,
		answer_ms, longest_wait_ms, talk_ms, offers, missed) values ${quarters.join(', ')}`);
	for (const [colorScheme, viewport] of [['light', {width: 1280, height: 900}], ['dark', {width: 390, height: 844}]]) {
		const anna = await admin({colorScheme, viewport, locale: 'de-DE'});
		const {page} = anna;

		await anna.goto(`${home()}/queues/${id}?tab=history&view=day&from=2026-01-05&to=2026-01-18`);
		const chart = page.getByRole('img', {name: 'Was aus Anrufern wurde, nach Zeit'});
		const bars = page.getByRole('table', {name: 'Was aus Anrufern wurde, nach Zeit'});

		await chart.waitFor();
		assert.equal(await bars.getByRole('row').count(), 15);
		assert.match(await bars.getByRole('row').nth(1).innerText(), /60\s+40\s+20/);
		// No bar nor word is cut off or over another.
		const spoilt = await chart.evaluate((svg) => {
			const {left, right} = svg.getBoundingClientRect();
			const words = [...svg.querySelectorAll('g > text[text-anchor=middle]')].map((one) => one.getBoundingClientRect());

			return words.filter((one, i) => one.left < left - 1 || one.right > right + 1 || (i > 0 && one.left < words[i - 1].right)).length;
		});

		await picture(anna, `chart-day-${colorScheme}`);
		await anna.assertAccessible();
		assert.equal(spoilt, 0, 'labels');
		assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true, 'no sideways scrolling');
		await page.getByText('Nach Stunde', {exact: true}).click();
		await waitFor(async () => await bars.getByRole('row').count() > 100, 'the hours', PATIENCE_MS);
		await picture(anna, `chart-hour-${colorScheme}`);
		await anna.assertAccessible();

		// Nothing is refused: what would be is not asked for.
		await page.getByLabel('Von', {exact: true}).fill('2025-06-01');
		await page.getByText('Nach Stunden lassen sich höchstens 93 Tage zeigen').waitFor();
		await picture(anna, `chart-long-${colorScheme}`);
		await anna.assertAccessible();
		await page.getByRole('button', {name: 'Nach Tagen zeigen'}).click();
		await chart.waitFor();
		assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('value')), 'day', 'the focus is where the choice is');
		await anna.close();
	}
});
