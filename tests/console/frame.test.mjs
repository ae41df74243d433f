// The console in a browser, before anybody has signed in: it comes up, and nothing goes wrong in it.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {waitFor} from '../lib/wait.mjs';

const browser = useBrowser();
let centrex;

before(async () => { centrex = await startCentrex({demo: true}); });
after(() => centrex?.stop());

test('who is not signed in is asked to, wherever he goes, and comes back there', async () => {
	const anna = await browser.person(centrex);

	await anna.goto('/t/cust1.pbx.test/extensions');
	await anna.page.locator('input[type=password]').waitFor();
	const url = new URL(anna.page.url());

	assert.equal(url.pathname, '/sign-in');
	assert.equal(url.searchParams.get('next'), '/t/cust1.pbx.test/extensions');
	await anna.assertAccessible();
});

test('the page can be loaded again anywhere, in German, in the dark, on a phone', async () => {
	const ben = await browser.person(centrex, {locale: 'de-DE', colorScheme: 'dark', viewport: {width: 390, height: 844}});

	await ben.goto('/t/cust1.pbx.test');
	await ben.page.locator('input[type=password]').waitFor();
	await ben.page.reload();
	await ben.page.locator('input[type=password]').waitFor();
	await ben.assertAccessible();
	assert.equal(await ben.page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), true);
});

test('styles that a script makes carry the nonce of the page', async () => {
	const carl = await browser.person(centrex);

	await carl.goto('/sign-in');
	await carl.page.locator('input[type=password]').waitFor();
	// A browser hides the attribute from scripts and styles; the property has it.
	const nonces = await waitFor(async () => {
		const found = await carl.page.evaluate(() => [...document.querySelectorAll('style')].map((style) => style.nonce));

		return found.length && found;
	}, 'styles', 45_000);
	const wanted = await carl.page.evaluate(() => document.querySelector('meta[name=csp-nonce]').content);

	assert.deepEqual([...new Set(nonces)], [wanted]);
});
