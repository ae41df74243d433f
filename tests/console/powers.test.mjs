// What pages ask of a browser beyond showing them: the full screen, the lock that keeps it on, all of a large
// screen, sounds and notifications, and a console that was replaced while a page was open.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp} from '../sip/queues.mjs';
import {workOf} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const browser = useBrowser();
let world, acme, admin;

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant('acme.pbx.test', 'Acme');
	admin = await world.person(browser, acme, 'admin');
	await world.queue(acme, 'Support', '801', ['101']);
});
after(() => world?.stop());

test('a wallboard fills the screen and keeps it on while it is seen', async () => {
	const {page} = admin;

	await page.addInitScript(() => {
		const locks = {held: 0, taken: 0};

		window.locks = locks;
		navigator.wakeLock.request = async (kind) => {
			locks.held++;
			locks.taken++;
			locks.kind = kind;
			return {release: async () => { locks.held--; }};
		};
	});
	const locks = () => page.evaluate(() => window.locks);
	const becomes = (wanted) => waitFor(async () => JSON.stringify(await locks()) === JSON.stringify(wanted), async () => JSON.stringify(await locks()), 20_000);

	await admin.goto(`/t/${acme.domain}/wallboard`);
	await page.getByRole('button', {name: 'Full screen'}).click();
	await page.getByRole('button', {name: 'End full screen'}).waitFor();
	assert.equal(await page.evaluate(() => document.fullscreenElement === document.documentElement), true);
	await page.getByRole('button', {name: 'End full screen'}).click();
	await page.getByRole('button', {name: 'Full screen', exact: true}).click();
	// Escape is the browser's own: what it does is this.
	await page.getByRole('button', {name: 'End full screen'}).waitFor();
	await page.evaluate(() => document.exitFullscreen());
	await page.getByRole('button', {name: 'Full screen', exact: true}).waitFor();
	await becomes({held: 1, taken: 1, kind: 'screen'});
	// A browser takes the lock away from a page that is not seen; it is taken anew when it is seen again.
	await page.evaluate(() => {
		window.locks.held = 0;
		document.dispatchEvent(new Event('visibilitychange'));
	});
	await becomes({held: 1, taken: 2, kind: 'screen'});
	// It is dark whatever the system is, also when that changes with the time of day; other pages follow it.
	const looks = (wanted) => waitFor(() => page.evaluate((x) => document.documentElement.getAttribute('data-mantine-color-scheme') === x, wanted), `the page to be ${wanted}`, 20_000);

	for (const colorScheme of ['dark', 'light']) {
		await page.emulateMedia({colorScheme});
		// Whoever listens for it has heard it once the second frame comes.
		await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
		assert.equal(await page.evaluate((x) => matchMedia(`(prefers-color-scheme: ${x})`).matches, colorScheme), true);
		await looks('dark');
	}
	await page.getByRole('link', {name: 'Back to the console'}).click();
	await page.getByRole('heading', {name: 'Queues', level: 1}).waitFor();
	await becomes({held: 0, taken: 2, kind: 'screen'});
	await looks('light');
});

test('30 queues on a wall need no scrolling: they have pages, which can be held', async () => {
	const {page} = admin;

	for (let i = 1; i < 30; i++)
		await world.centrex.json('queue', 'create', '--tenant', acme.domain, '--name', `Team ${String(i).padStart(2, '0')}`, '--strategy', 'ring-all');
	for (const [width, height, pages] of [[1920, 1080, 2], [3840, 2160, 1], [1366, 768, 4]]) {
		await page.setViewportSize({width, height});
		await admin.goto(`/t/${acme.domain}/wallboard`);
		if (pages > 1) {
			await page.getByText(new RegExp(`^Page \\d of ${pages}$`)).waitFor();
			await page.getByRole('button', {name: 'Stay on this page'}).click();
			await page.getByRole('button', {name: 'Turn the pages'}).waitFor();
		}
		// It may have turned before it was held; the last page has what is left.
		const shown = pages > 1 ? Number((await page.getByText(/^Page \d of/).innerText()).split(' ')[1]) : 1;
		const full = Math.ceil(30 / pages), expected = Math.min(full, 30 - full * (shown - 1));
		const cards = page.getByRole('main').locator('section');
		let count;

		await waitFor(async () => {
			count = await cards.count();
			return count === expected;
		}, () => `${expected} cards, not ${count}`, 20_000);
		const over = await page.evaluate(() => {
			const main = document.querySelector('main');

			return [...main.querySelectorAll('section')].filter((card) => card.scrollHeight > card.clientHeight + 1 || card.scrollWidth > card.clientWidth + 1).length +
				(main.scrollHeight > main.clientHeight ? 1000 : 0);
		});

		assert.equal(over, 0, `${width} × ${height}`);
		await admin.assertAccessible();
		if (process.env.CENTREX_SHOTS)
			await page.screenshot({path: `${process.env.CENTREX_SHOTS}/wall-${width}.png`});
	}
	await page.setViewportSize({width: 1280, height: 720});
});

test('a call sounds and notifies only who asked for it, and no more once somebody has it', async () => {
	const anna = await world.person(browser, acme, 'agent', {extension: '104', email: 'anna@acme.pbx.test', permissions: ['notifications']});
	const {page} = anna;

	await world.queue(acme, 'Sales', '802', ['104']);
	await page.addInitScript(() => {
		window.told = [];
		window.shut = 0;
		window.tones = 0;
		window.Notification = class {
			static permission = 'granted';
			static requestPermission = async () => 'granted';
			constructor(title, {body}) { window.told.push(`${title} | ${body}`); }
			close() { window.shut++; }
		};
		const start = OscillatorNode.prototype.start;

		OscillatorNode.prototype.start = function (...args) {
			window.tones++;
			return start.apply(this, args);
		};
		document.hasFocus = () => window.inFront === true;
	});
	const heard = () => page.evaluate(() => ({told: window.told.at(-1) ?? null, open: window.told.length - window.shut, tones: window.tones > 0}));
	const becomes = (wanted) => waitFor(async () => JSON.stringify(await heard()) === JSON.stringify(wanted), async () => `${JSON.stringify(wanted)}, not ${JSON.stringify(await heard())}`, 20_000);
	const begin = async (front, choices) => {
		await anna.goto(workOf(acme));
		await page.evaluate((is) => { window.inFront = is; }, front);
		for (const [name, on] of Object.entries(choices))
			await page.getByRole('switch', {name}).setChecked(on, {force: true});
	};
	const [phone, other] = [await world.phone(acme, '104'), await world.phone(acme, '103')];
	const ring = async (check) => {
		await page.getByRole('region', {name: 'Now'}).getByText('Ready for calls').waitFor();
		const call = await enter(other, {number: '802'}, {name: '"Berta Brandt"'});

		const incoming = await phone.incoming();

		incoming.ring();
		await page.getByTestId('ringing').getByText('Berta Brandt').waitFor();
		await check();
		return {call, incoming};
	};
	const giveUp = async ({call, incoming}) => {
		const over = incoming.expect('CANCEL');

		await call.bye();
		await over;
		await page.getByTestId('ringing').waitFor({state: 'detached'});
	};

	await begin(false, {Sound: false, Notification: false});
	await giveUp(await ring(() => becomes({told: null, open: 0, tones: false})));
	await begin(false, {Sound: true, Notification: true});
	await giveUp(await ring(() => becomes({told: 'Call: Berta Brandt | Queue Sales', open: 1, tones: true})));
	await becomes({told: 'Call: Berta Brandt | Queue Sales', open: 0, tones: true});
	// In front of one's eyes the page itself is enough; its sound is not of a window.
	await begin(true, {Sound: true, Notification: true});
	const {call, incoming} = await ring(() => becomes({told: null, open: 0, tones: true}));

	await incoming.answer();
	await page.getByTestId('talking').waitFor();
	await hangUp(call, incoming);
	await world.leave(phone, other);
	await anna.close();
});

test('a console that was replaced while a page was open is loaded by the next step', async () => {
	const {page} = admin;

	admin.expects(/status of 404/, /Failed to fetch dynamically imported module/, /Failed to load module script/, /dynamically imported/);
	await admin.goto(`/t/${acme.domain}/queues`);
	await page.getByRole('heading', {name: 'Queues', level: 1}).waitFor();
	await page.evaluate(() => { window.old = true; });
	// Its files are gone: a server with another build has others.
	let gone = 0;

	await page.route('**/assets/numbers*.js', (route) => gone++ < 1 ? route.fulfill({status: 404, body: ''}) : route.continue());
	await page.getByRole('link', {name: 'Numbers'}).click();
	await page.getByRole('heading', {name: 'Numbers', level: 1}).waitFor();
	assert.equal(await page.evaluate(() => window.old), undefined);
	assert.ok(gone >= 1);

	// Where loading anew does not help it says so, and leaves it to the person.
	await page.route('**/assets/media*.js', (route) => route.fulfill({status: 404, body: ''}));
	await page.getByRole('link', {name: 'Audio'}).click();
	await page.getByText('This page could not be loaded').waitFor();
	await page.unroute('**/assets/media*.js');
	await page.getByRole('button', {name: 'Load again'}).click();
	await page.getByRole('heading', {name: 'Audio', level: 1}).waitFor();
});
