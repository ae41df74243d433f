// The place of who answers calls: his state, the call that rings, his queues, his calls, who is there.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';
import {workOf} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const browser = useBrowser();
const SHOTS = process.env.CENTREX_SHOTS; // a directory: what the pages look like
let world, acme;

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant('acme.pbx.test', 'Acme');
	await world.setting(acme, 'break_reasons', 'Lunch, Training');
	await world.setting(acme, 'recording', 'all');
});
after(() => world?.stop());

async function shot(person, name) {
	if (SHOTS)
		await person.page.screenshot({path: `${SHOTS}/${name}.png`});
}

async function inBothColours(person) {
	for (const colorScheme of ['light', 'dark']) {
		await person.page.emulateMedia({colorScheme});
		await person.page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
		await person.assertAccessible();
		await shot(person, colorScheme);
	}
	await person.page.emulateMedia({colorScheme: 'light'});
}

test('who has no extension, or is in no queue, is told what is missing and whom to ask', async () => {
	const bare = await world.person(browser, acme, 'agent', {email: 'bare@acme.pbx.test'});

	await bare.goto(workOf(acme));
	await bare.page.getByText('You have no extension here').waitFor();
	await bare.page.getByText('Ask an administrator of Acme to assign you an extension.').waitFor();
	await inBothColours(bare);
	await world.centrex.json('extension', 'update', '104', '--tenant', acme.domain, '--user-id', bare.email);
	await bare.page.getByText('You are in no queue').waitFor();
	await bare.page.getByText('Extension 104', {exact: true}).waitFor();
	await inBothColours(bare);
	await bare.close();

	const admin = await world.person(browser, acme, 'admin');

	await admin.goto(workOf(acme));
	await admin.page.getByRole('link', {name: 'To the extensions'}).waitFor();
	await admin.close();
});

test('a queue\'s call rings, is answered and wrapped up; the page shows each at once', async () => {
	await world.queue(acme, 'Support', '801', ['101'], {wrap_up_time: 600});
	const anna = await world.person(browser, acme, 'agent', {extension: '101', email: 'anna@acme.pbx.test'});
	const {page} = anna;
	const now = page.getByRole('region', {name: 'Now'});
	const queues = page.getByRole('region', {name: 'My queues'}).first();

	await anna.goto(workOf(acme));
	await page.getByText('Your phone is not connected', {exact: false}).waitFor();
	const [phone, other] = [await world.phone(acme, '101'), await world.phone(acme, '103')];
	await now.getByText('Ready for calls').waitFor();
	await page.getByText('Your phone is not connected', {exact: false}).waitFor({state: 'detached'});

	const call = await enter(other, {number: '801'}, {name: '"Berta Brandt"'});
	const ringing = page.getByTestId('ringing');
	await ringing.getByText('Berta Brandt').waitFor();
	await ringing.getByText('Queue Support').waitFor();
	assert.match(await page.title(), /Call: Berta Brandt/);
	await queues.getByRole('row', {name: /Support 1 /}).waitFor();
	await anna.assertAccessible();
	await shot(anna, 'ringing');
	const agent = await take(phone);
	await page.getByTestId('talking').getByText('Berta Brandt').waitFor();
	assert.doesNotMatch(await page.title(), /Call:/);
	await queues.getByRole('row', {name: /Support 0 –/}).waitFor();
	await hearEachOther(call, agent);
	await hangUp(call, agent);
	const wrapUp = page.getByTestId('wrap-up');
	await wrapUp.getByText(/^(10:00|9:\d\d) left$/).waitFor();
	await wrapUp.getByText('Berta Brandt', {exact: false}).waitFor();
	await inBothColours(anna);
	await wrapUp.getByRole('button', {name: 'Ready now'}).click();
	await now.getByText('Ready for calls').waitFor();

	// It is among today's calls, and its recording plays.
	const today = page.getByRole('region', {name: 'My calls today'}).first();
	await today.getByRole('button', {name: /Play recording: Berta Brandt/}).click();
	const audio = today.getByTestId('sound');
	await waitFor(() => audio.evaluate((element) => element.readyState >= 2 && element.currentTime > 0), 'the recording to play');
	await today.getByRole('slider', {name: 'Position in recording of the call with Berta Brandt'}).waitFor();
	await today.locator('[data-testid=waveform][data-drawn=yes]').waitFor();
	await today.getByRole('combobox', {name: 'Speed'}).selectOption('2');
	await waitFor(() => audio.evaluate((element) => element.playbackRate === 2), 'it to play faster');
	await world.leave(phone, other);
	await anna.close();
});

test('breaks have the tenant\'s reasons, and every state stands with its time', async () => {
	const anna = await world.person(browser, acme, 'agent', {extension: '102', email: 'otto@acme.pbx.test'});
	const {page} = anna;

	await world.queue(acme, 'Sales', '802', ['102']);
	await anna.goto(workOf(acme));
	const status = page.getByRole('region', {name: 'Status'});
	await status.getByRole('button', {name: 'Available', pressed: true}).waitFor();
	await status.getByRole('button', {name: 'Break'}).click();
	await page.getByRole('menuitem', {name: 'Training'}).click();
	await status.getByRole('button', {name: 'Break', pressed: true}).waitFor();
	await status.getByText('Training').waitFor();
	await waitFor(async () => (await world.centrex.json('agent', 'show', '102', '--tenant', acme.domain)).reason === 'Training', 'the reason');
	await waitFor(async () => /^0:0[2-9]$/.test(await status.getByRole('timer').innerText()), 'the time to go on');
	// Set elsewhere, it is seen here.
	await world.centrex.json('agent', 'update', '102', '--tenant', acme.domain, '--status', 'available');
	await status.getByRole('button', {name: 'Available', pressed: true}).waitFor();
	await status.getByRole('button', {name: 'Log out'}).click();
	await page.getByText('Logged out: no queue rings you').waitFor();
	await anna.close();
});

test('the directory finds numbers and names, and shows who is there', async () => {
	const eva = await world.person(browser, acme, 'agent', {extension: '103', email: 'eva@acme.pbx.test'});
	const {page} = eva;

	await eva.goto(workOf(acme));
	const directory = page.getByRole('table', {name: 'Directory'});
	await directory.getByRole('row', {name: /101 anna@acme.pbx.test Offline/}).waitFor();
	const phone = await world.phone(acme, '101');
	await directory.getByRole('row', {name: /101 anna@acme.pbx.test Online/}).waitFor();
	await page.getByRole('searchbox', {name: 'Search name or number'}).fill('otto');
	await directory.getByRole('row', {name: /102 otto@acme.pbx.test/}).waitFor();
	await waitFor(async () => await directory.getByRole('row').count() === 2, 'only who is searched for');
	await page.getByRole('searchbox', {name: 'Search name or number'}).fill('nobody there');
	await page.getByText('Nothing found').waitFor();
	await world.leave(phone);
	await eva.close();
});

test('on a phone\'s screen what one acts on is at the bottom, and large enough for a thumb', async () => {
	const ida = await world.person(browser, acme, 'agent', {email: 'ida@acme.pbx.test', viewport: {width: 380, height: 740}});
	const {page} = ida;

	await world.centrex.json('extension', 'update', '101', '--tenant', acme.domain, '--user-id', ida.email);
	await ida.goto(workOf(acme));
	const button = page.getByRole('button', {name: 'Available', exact: true});
	await button.waitFor();
	const box = await button.boundingBox();
	assert.ok(box.height >= 44 && box.y > 740 / 2 && box.y + box.height <= 740, JSON.stringify(box));
	assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), 'nothing is wider than the screen');
	await page.getByRole('row').first().waitFor();
	await ida.assertAccessible();
	await shot(ida, 'phone');
	const [phone, other] = [await world.phone(acme, '101'), await world.phone(acme, '103')];
	const call = await enter(other, {number: '801'}, {name: '"Berta Brandt"'});
	await page.getByTestId('ringing').getByText('Berta Brandt').waitFor();
	await shot(ida, 'phone-ringing');
	await ida.assertAccessible();
	await call.bye();
	await page.getByTestId('ringing').waitFor({state: 'detached'});
	await world.leave(phone, other);
	await ida.close();
});
