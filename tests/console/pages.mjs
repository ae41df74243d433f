// Every page of the console, as its features list them, and when one is ready to be looked at.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';
import {waitFor} from '../lib/wait.mjs';

const features = path.join(source, 'console/src/features');
const QUIET_MS = 250;

// [{area, path, role}] of features/*/routes.ts
export function allPages() {
	const pages = fs.readdirSync(features).flatMap((feature) => {
		const text = fs.readFileSync(path.join(features, feature, 'routes.ts'), 'utf8');

		return [...text.matchAll(/\{area: '(\w+)', path: '([^']+)',(?: role: '(\w+)',)?/g)]
			.map(([, area, route, role]) => ({feature, area, path: route, role}));
	});

	assert.ok(pages.length > 15, 'the pages are found in features/*/routes.ts');
	return pages;
}

// Their addresses in a tenant; given: what stands for $queue and the like. A page without that is left out.
export function addressOf({area, path: route}, domain, given = {}) {
	const filled = route.replace(/\$(\w+)/g, (whole, name) => given[name] ?? whole);

	if (filled.includes('$'))
		return undefined;
	return {public: `/${filled}`, own: `/${filled}`, operator: `/operator/${filled}`}[area] ?? `/t/${domain}/${filled}`;
}

// What is asked for and not answered yet, without the streams of events, which never are.
export function watchRequests(page) {
	const open = new Set();
	const counts = (request) => !/\/events(\?|$)/.test(request.url());

	page.on('request', (request) => counts(request) && open.add(request));
	for (const end of ['requestfinished', 'requestfailed'])
		page.on(end, (request) => open.delete(request));
	return open;
}

// Nothing is loading any more: no request, no skeleton, and that for a moment.
export async function ready(person) {
	const {page} = person;

	person.requests ??= watchRequests(page);
	let since;

	await waitFor(async () => {
		const busy = person.requests.size > 0 || await page.evaluate(() =>
			!document.querySelector('h1, h2, main, form') || !!document.querySelector('[aria-busy=true], .mantine-Loader-root'));

		since = busy ? undefined : since ?? Date.now();
		return since !== undefined && Date.now() - since >= QUIET_MS;
	}, () => `${page.url()} to have loaded; open: ${[...person.requests].map((request) => request.url()).join(' ')}`, 45_000);
}

export async function visit(person, address) {
	person.requests ??= watchRequests(person.page);
	await person.goto(address);
	await ready(person);
}

// What can be read or is said: texts, labels, placeholders and titles of what is shown.
export function wordsOf(page) {
	return page.evaluate(() => {
		const words = new Set();
		const shown = (element) => element.checkVisibility?.() ?? element.getClientRects().length > 0;
		const add = (text) => {
			const plain = text?.replace(/\s+/g, ' ').trim();

			if (plain)
				words.add(plain);
		};
		const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);

		for (let node = walker.nextNode(); node; node = walker.nextNode()) {
			if (node.nodeType === Node.TEXT_NODE) {
				if (node.parentElement && !/^(script|style|noscript)$/i.test(node.parentElement.tagName) && shown(node.parentElement))
					add(node.textContent);
			} else if (shown(node)) {
				for (const name of ['aria-label', 'placeholder', 'title', 'alt', 'aria-description'])
					add(node.getAttribute(name));
			}
		}
		add(document.title.replace(/ · Centrex$/, ''));
		return [...words];
	});
}

export const workOf = ({domain}) => ['/t', domain, 'work'].join('/');
