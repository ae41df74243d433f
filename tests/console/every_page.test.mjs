// What holds for every page: both languages, for everybody in light and dark, and quick to begin with.

import assert from 'node:assert/strict';
import os from 'node:os';
import {after, before, describe, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';
import {addressOf, allPages, visit, wordsOf, workOf} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const FIRST_LOAD_BYTES = 300 << 10;
// The same in both languages.
const BOTH = new Set(['Centrex', 'Status', 'Name', 'English', 'Deutsch', 'Audio', 'E-mail', 'SIP', 'CSV', 'Agent', 'Version', 'System', 'Token',
	'Tokens', 'Details', 'Code', 'Port', 'Transport', 'Filter', 'Test', 'Start', 'Export', 'Import', 'Team', 'Installation', 'Tier', 'Ok', 'OK', 'Server',
	'Standard', 'Region', 'IP', 'Format', 'Position', 'PostgreSQL', 'WAV', 'Opus', 'Stereo', 'Mono', 'Dashboard', 'Queue', 'web', 'sip', 'Musik', 'min', 'Normal',
	'Wallboard', 'Wallboard · Acme', 'Web', os.hostname(), 'Domain', 'Live', 'Text', 'Browser', 'Index', 'Schema', 'Link', 'Administrator', 'Admin']);
// What the tenant or the installation itself wrote, not the console.
const DATA = [/@|\.test\b|\.example\b|localhost/, /^[^a-z]*$/i, /^[\d.:,%+\-–/ ×hmsKMGiB]+$/, /^Acme\b|Support|Berta|Lunch/, /^(ring-all|round-robin)$/,
	/[0-9a-f]{8}-[0-9a-f]{4}/, /^Europe\/|^(UTC|[A-Z][a-z]+\/[A-Za-z_]+)/, /^centrex\b/i, /^v?\d+\.\d+/, /\d:\d\d( [AP]M)?$/, /^\d{1,2}\.? [A-Z][a-z]{2} 20\d\d$|^[A-Z][a-z]{2} \d{1,2}, 20\d\d$/, /^(root|recording)$/, /^Mozilla\/|^Chrome\b/, /^\*\d+/, /^(en|de)(-[A-Z]{2})?$/];
const browser = useBrowser();
const people = {};
let world, acme, queue;

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant('acme.pbx.test', 'Acme');
	await world.setting(acme, 'recording', 'all');
	queue = await world.queue(acme, 'Support', '801', ['101']);
	people.operator = await world.person(browser, acme, 'operator', {email: 'operator@pbx.test'});
	people.owner = await world.person(browser, acme, 'owner', {extension: '101'});
	people.nobody = await browser.person(world.centrex);
	// A call, so that lists have something to show.
	const [phone, caller] = [await world.phone(acme, '101'), await world.phone(acme, '103')];
	const call = await enter(caller, {number: '801'}, {name: '"Berta Brandt"'});
	const answered = await take(phone);

	await hearEachOther(call, answered);
	await hangUp(call, answered);
	await world.leave(caller);
	world.phone101 = phone;
});
after(() => world?.stop());

const personOf = (page) => people[{operator: 'operator', public: 'nobody'}[page.area] ?? 'owner'];
const pages = allPages().map((page) => ({...page, address: addressOf(page, 'acme.pbx.test', {queue: 'QUEUE', domain: 'acme.pbx.test'})}))
	.filter(({address}) => address);

const open = (page) => visit(personOf(page), page.address.replace('QUEUE', queue.id));

async function speak(person, language) {
	await person.page.evaluate((chosen) => localStorage.setItem('centrex.language', chosen), language);
}

describe('every page in German has no English word left', () => {
	for (const page of pages) {
		test(page.address, async () => {
			const person = personOf(page);

			await open(page);
			await speak(person, 'en');
			await open(page);
			const english = new Set(await wordsOf(person.page));
			assert.equal(await person.page.evaluate(() => document.documentElement.lang), 'en');
			await speak(person, 'de');
			await open(page);
			assert.equal(await person.page.evaluate(() => document.documentElement.lang), 'de');
			const left = (await wordsOf(person.page)).filter((word) => english.has(word) && /[a-z]{2}/i.test(word)
				&& !BOTH.has(word) && !DATA.some((pattern) => pattern.test(word)));
			await speak(person, 'en');
			assert.deepEqual(left, []);
		});
	}
});

describe('every page is accessible, in light and in dark', () => {
	for (const page of pages) {
		test(page.address, async () => {
			const person = personOf(page);

			for (const colorScheme of ['light', 'dark']) {
				await person.page.emulateMedia({colorScheme});
				await open(page);
				// What hangs on a wall is dark always.
				await person.page.locator(`html[data-mantine-color-scheme=${page.area === 'screen' ? 'dark' : colorScheme}]`).waitFor();
				await person.assertAccessible();
			}
		});
	}
});

describe('every page fits a phone\'s screen', () => {
	for (const page of pages) {
		test(page.address, async () => {
			const person = personOf(page);

			await person.page.setViewportSize({width: 380, height: 740});
			await open(page);
			const wider = await person.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
			await person.page.setViewportSize({width: 1280, height: 720});
			assert.ok(wider <= 0, `${wider} pixels wider than the screen`);
		});
	}
});

test('the first page comes with less than 300 KB', async () => {
	for (const [person, address] of [[await browser.person(world.centrex), '/sign-in'], [people.owner, workOf(acme)]]) {
		const session = await person.context.newCDPSession(person.page);
		let bytes = 0;

		await session.send('Network.enable');
		await session.send('Network.setCacheDisabled', {cacheDisabled: true});
		session.on('Network.loadingFinished', ({encodedDataLength}) => {
			bytes += encodedDataLength;
		});
		await visit(person, address);
		await session.detach();
		console.log(`# ${address}: ${Math.round(bytes / 1024)} KiB`);
		assert.ok(bytes > 0 && bytes < FIRST_LOAD_BYTES, `${address}: ${bytes} bytes`);
	}
});
