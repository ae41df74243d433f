// Pictures of every page for docs/screenshots: `node tests/console/screenshots.mjs` after a build.
// CENTREX_BIN chooses the program; CENTREX_PAGES: only pages whose name has that.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {source} from '../lib/centrex.mjs';
import {pixelsOf, smallPng} from '../lib/png.mjs';
import {makeDemo, DOMAIN} from './demo.mjs';
import {addressOf, allPages, visit} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const MODES = {
	light: {colorScheme: 'light', viewport: {width: 1280, height: 800}},
	dark: {colorScheme: 'dark', viewport: {width: 1280, height: 800}},
	phone: {colorScheme: 'light', viewport: {width: 380, height: 760}},
};
const MOST_BYTES = 3 << 20;
const target = path.join(source, 'docs/screenshots');
const wanted = process.env.CENTREX_PAGES ?? '';
const browser = useBrowser();

const nameOf = ({area, path: route}) => `${area === 'operator' ? 'operator-' : ''}${route.replace(/\/\$(\w+)/g, '-one')}`;

test('pictures of every page', async () => {
	const world = await ConsoleWorld.start();
	const open = [];

	try {
		const {tenant, people} = await makeDemo(world, browser);
		const reader = await browser.person(world.centrex);

		open.push(reader, ...Object.values(people));
		fs.mkdirSync(target, {recursive: true});
		for (const page of allPages().filter((one) => nameOf(one).includes(wanted))) {
			const who = {operator: 'operator', public: 'nobody'}[page.area] ?? (page.path === 'work' ? 'agent' : 'owner');
			const person = people[who];
			const address = addressOf(page, DOMAIN, {queue: tenant.Bookings.id, domain: DOMAIN});

			assert.ok(address, page.path);
			for (const [mode, {colorScheme, viewport}] of Object.entries(MODES)) {
				await person.page.setViewportSize(viewport);
				await person.page.emulateMedia({colorScheme});
				await visit(person, address);
				await person.page.waitForFunction(() => document.getAnimations().every(({playState}) => playState !== 'running'));
				const picture = await person.page.screenshot();
				const file = path.join(target, `${nameOf(page)}-${mode}.png`);

				fs.writeFileSync(file, smallPng(await pixelsOf(reader.page, picture)));
			}
		}
		const bytes = fs.readdirSync(target).reduce((sum, name) => sum + fs.statSync(path.join(target, name)).size, 0);

		console.log(`# ${fs.readdirSync(target).length} pictures, ${Math.round(bytes / 1024)} KiB`);
		assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
	} finally {
		await Promise.all(open.map((person) => person.close())); // before the server, whose end they would tell of
		await world.stop();
	}
});
