// The first steps of a tenant without a mouse: everything is reached with Tab, one sees where one is, and
// after a dialog one is where one was.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';
import {Keys} from './keys.mjs';
import {ready} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const DOMAIN = 'acme.pbx.test';
const OWNER = `owner@${DOMAIN}`;
const browser = useBrowser();
let world, acme, anna, page, keys;

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant(DOMAIN, 'Acme');
	await makeUser(world.centrex, OWNER);
	await makeMember(world.centrex, DOMAIN, OWNER, 'owner');
	await makeUser(world.centrex, `agent@${DOMAIN}`);
	await makeMember(world.centrex, DOMAIN, `agent@${DOMAIN}`, 'agent');
	await world.setting(acme, 'recording', 'all');
	await world.queue(acme, 'Support', '801', ['101']);
	const [phone, caller] = [await world.phone(acme, '101'), await world.phone(acme, '103')];
	const call = await enter(caller, {number: '801'}, {name: '"Berta Brandt"'});
	const answered = await take(phone);

	await hearEachOther(call, answered);
	await hangUp(call, answered);
	await waitFor(async () => (await world.centrex.json('cdr', 'list', '--tenant', DOMAIN)).some(({recording_path: kept}) => kept), 'the call to be recorded');
	anna = await browser.person(world.centrex);
	({page} = anna);
	keys = new Keys(page);
});
after(() => world?.stop());

const inMenu = () => page.waitForFunction(() => document.activeElement?.closest('[role=menu]'));

// By the navigation, from the top of the page.
async function go(link, title) {
	await page.evaluate(() => document.activeElement?.blur());
	await keys.to(link, 'Shift+Tab');
	await keys.press('Enter');
	await keys.isAt(title);
	await ready(anna);
	assert.equal(await page.title(), `${title} · Centrex`);
}

test('signs in, and is at the title of the first page', async () => {
	await anna.goto('/sign-in');
	await keys.isAt('E-mail');
	await keys.type(OWNER);
	await keys.to('Password');
	await keys.type(PASSWORD);
	await keys.press('Enter');
	await keys.isAt('Dashboard');
});

test('goes past the navigation to the content', async () => {
	await page.reload();
	await ready(anna);
	await keys.to('To the content');
	await keys.press('Enter');
	await page.waitForFunction(() => document.activeElement?.id === 'content');
	await keys.press('Tab');
	assert.ok(await page.evaluate(() => document.activeElement?.closest('main')), 'the next stop is in the content');
});

test('creates an extension and is back at the button', async () => {
	await go('Extensions', 'Extensions');
	await keys.to('New extension');
	await keys.press('Enter');
	await keys.isAt('Number');
	await keys.type('110');
	await keys.press('Enter');
	await page.getByText('Extension 110 is there.').waitFor();
	await page.waitForFunction(() => document.activeElement?.closest('[role=dialog]'));
	await keys.press('Escape');
	await keys.isAt('New extension');
});

test('makes a queue, adds two members and puts the second before the first', async () => {
	await go('Queues', 'Queues');
	await keys.to('New queue');
	await keys.press('Enter');
	await keys.isAt('Name');
	await keys.type('Sales');
	await keys.to('Who rings');
	await keys.press('ArrowDown', 'ArrowDown', 'Enter');
	await keys.to('New queue');
	await keys.press('Enter');
	await page.getByRole('heading', {level: 1, name: 'Sales'}).waitFor();
	await ready(anna);
	for (const number of ['101', '102']) {
		await keys.to('Extension');
		await keys.type(number);
		await waitFor(async () => /^\D*$/.test((await page.getByRole('option').allTextContents()).join(' ').replaceAll(number, '')), 'only what was searched');
		await keys.press('ArrowDown', 'Enter');
		await keys.to('Add');
		await keys.press('Enter');
		await page.getByRole('button', {name: new RegExp(`^Menu of .*${number}`)}).waitFor();
		await ready(anna);
	}
	const order = () => page.getByRole('list', {name: 'Members of tier 1'}).getByRole('listitem').allTextContents();

	await keys.to(/^Move .*102/, 'Shift+Tab');
	await keys.press('Space');
	await page.getByText(/102.*(picked up in tier 1|is at place 2 of tier 1)/).first().waitFor({state: 'attached'});
	await keys.press('ArrowUp');
	await page.getByText(/102.* is at place 1 of tier 1\./).first().waitFor({state: 'attached'});
	await keys.press('Space');
	await waitFor(async () => /102/.test((await order())[0]), 'the second to stand first');
	await keys.isAt(/^Move .*102/);
	await ready(anna);
});

test('opens and closes a menu, and a dialog that came from it, and is back at its button', async () => {
	await keys.to(/^Menu of .*102/);
	await keys.press('Enter');
	await inMenu();
	await keys.press('Escape');
	await keys.isAt(/^Menu of .*102/);
	await keys.press('Enter');
	await inMenu();
	await keys.press('ArrowDown', 'ArrowUp', 'Enter'); // the first, and from there the last
	await page.getByRole('dialog', {name: /^Remove .*102/}).waitFor();
	await keys.press('Escape');
	await keys.isAt(/^Menu of .*102/);
});

test('opens a call, plays its recording, seeks, and thinks better of deleting it', async () => {
	await go('Calls', 'Calls');
	await keys.to(/^Details: 103/);
	await keys.press('Enter');
	await ready(anna);
	await keys.to(/^Play recording/);
	await keys.press('Space');
	await keys.isAt(/^Pause recording/);
	await keys.press('Space');
	await keys.to(/^Position in recording/);
	const place = () => page.evaluate(() => Number(document.activeElement.getAttribute('aria-valuenow')));

	await keys.press('Home');
	await waitFor(async () => await place() === 0, 'the recording to be at its beginning');
	await keys.press('End');
	await waitFor(async () => await place() > 0, 'the recording to be at its end');
	await keys.to('Delete recording');
	await keys.press('Enter');
	await page.getByRole('dialog').waitFor();
	await keys.press('Escape');
	await keys.isAt('Delete recording');
});

test('closes by Escape what a row\'s menu opened, and is back at the row', async () => {
	await go('Users and roles', 'Users and roles');
	await keys.to(`Actions for agent@${DOMAIN}`);
	await keys.press('Enter');
	await inMenu();
	await keys.press('ArrowDown', 'Enter');
	await page.getByRole('dialog').waitFor();
	await keys.press('Escape');
	await keys.isAt(`Actions for agent@${DOMAIN}`);
});

test('sorts a list and stays at the column', async () => {
	await go('Extensions', 'Extensions');
	await keys.to(/^Number/);
	await keys.press('Enter');
	await page.locator('th[aria-sort=ascending]').waitFor();
	await ready(anna);
	await keys.isAt(/^Number/);
});

test('deletes an extension, and the focus is not lost with its row', async () => {
	await keys.to('Open extension 110');
	await keys.press('Enter');
	await page.getByRole('dialog', {name: 'Extension 110'}).waitFor();
	await ready(anna);
	await keys.to('Delete');
	await keys.press('Enter');
	await page.getByRole('dialog', {name: 'Delete extension 110?'}).waitFor();
	await ready(anna);
	await keys.to('Delete');
	await keys.press('Enter');
	await page.getByRole('button', {name: 'Open extension 110'}).waitFor({state: 'detached'});
	await waitFor(async () => {
		const focus = await keys.focus();

		return focus && await page.evaluate(() => !!document.activeElement?.closest('main'));
	}, 'the focus to be in the page');
});
