// People in front of a browser: Debian's Chromium, headless, each with cookies and storage of his own.
//
//   const browser = useBrowser();                     once at the top of a test file
//   const anna = await browser.person(centrex);       {locale, colorScheme, viewport, timezoneId, ...} of
//                                                     Playwright's newContext
//   await anna.signIn(email, password);               by the API: the session's cookie is in the browser then
//   await anna.goto('/acme.pbx.test/extensions');     anna.page is Playwright's Page
//   anna.expects(/status of 422/);                    what the browser may complain of from here on
//   await anna.assertAccessible();                    axe: WCAG 2.1 A and AA, no violations
//   await anna.close();                               or at the end of the file
//
// After each test everybody must have gone without a fault: an error on the console, an exception
// nobody caught, a breach of the content security policy, a request to another origin. Who is not
// signed in gets a 401 where he asks who he is: that is no fault.
//
// Locators of anna.page wait by themselves; `waitFor` of tests/lib/wait.mjs for what is not on a page.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import {createRequire} from 'node:module';
import {after, afterEach, before} from 'node:test';

import {chromium} from 'playwright-core';

import {temporaryDirectory} from './processes.mjs';

const PATIENCE_MS = 45_000; // sanitizers, a loaded machine
const FLAGS = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
	'--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'];
// Chromium says so of every answer of 400 and above.
const NOBODY = /status of 401 .*\/api\/v1\/me$/;

const axe = () => fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export class Person {
	constructor(browser, centrex, options) {
		this.browser = browser;
		this.centrex = centrex;
		this.options = options;
		this.faults = [];
		this.allowed = [NOBODY];
	}

	// A restarted server may have another port; until it says so, the one before holds.
	get origin() {
		this.place = this.centrex.web ?? this.place ?? this.centrex;
		const {port, tls} = this.place;

		return `${tls ? 'https' : 'http'}://localhost:${port}`;
	}

	async open() {
		this.context = await this.browser.newContext({baseURL: this.origin, ignoreHTTPSErrors: true,
			reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'Europe/Berlin', ...this.options});
		this.context.setDefaultTimeout(PATIENCE_MS);
		this.context.on('page', (page) => this.watch(page));
		await this.context.addInitScript(() => {
			document.addEventListener('securitypolicyviolation', (event) => {
				console.error(`content security policy: ${event.violatedDirective} of ${event.blockedURI}` +
					` at ${event.sourceFile}:${event.lineNumber}`);
			});
		});
		this.page = await this.context.newPage();
		return this;
	}

	watch(page) {
		page.on('console', (message) => {
			if (message.type() === 'error')
				this.fault(`console: ${message.text()} ${message.location().url}`);
		});
		page.on('pageerror', (error) => this.fault(`page: ${error.stack ?? error}`));
		page.on('crash', () => this.fault('the page crashed'));
		page.on('request', (request) => {
			const {origin, protocol} = new URL(request.url());

			if (!['data:', 'blob:'].includes(protocol) && origin !== this.origin)
				this.fault(`request to another origin: ${request.url()}`);
		});
	}

	fault(text) {
		if (!this.allowed.some((pattern) => pattern.test(text)))
			this.faults.push(`${text} (on ${this.page?.url()})`);
	}

	// What may come from here on, as a pattern of the fault's text: /status of 422/, /ERR_CONNECTION/.
	expects(...patterns) {
		this.allowed.push(...patterns);
		return this;
	}

	goto(path, options) {
		return this.page.goto(this.origin + path, options);
	}

	async signIn(email, password) {
		const answer = await this.context.request.post(`${this.origin}/api/v1/login`,
			{data: {email, password}, headers: {origin: this.origin}, failOnStatusCode: false});

		assert.ok(answer.ok(), `${email} signs in: ${answer.status()} ${await answer.text()}`);
		return this;
	}

	// The page as it is, or one element of it: anna.assertAccessible('main').
	async assertAccessible(of = undefined) {
		await this.page.evaluate(axe());
		const {violations} = await this.page.evaluate((selector) => window.axe.run(selector ?? document,
			{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']}), of);
		const told = violations.map(({id, help, nodes}) =>
			`${id}: ${help}\n${nodes.slice(0, 5).map((node) => `  ${node.target.join(' ')}\n  ${node.html.slice(0, 160)}`).join('\n')}`);

		assert.equal(told.join('\n'), '', `accessible: ${this.page.url()}`);
	}

	assertNoFaults() {
		const faults = this.faults.splice(0);

		assert.equal(faults.join('\n'), '', 'what went wrong in the browser');
	}

	async close() {
		await this.context?.close();
		this.assertNoFaults();
	}
}

// Launched once a file, before its tests; checked after each, closed after all.
export function useBrowser({executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'} = {}) {
	const people = new Set();
	let browser;

	before(async () => {
		// A home of its own: nothing of the user's is read or written.
		const home = temporaryDirectory('browser');

		browser = await chromium.launch({executablePath, headless: true, chromiumSandbox: false, args: FLAGS,
			env: {...process.env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home},
			timeout: PATIENCE_MS});
	});
	afterEach(() => {
		for (const person of people)
			person.assertNoFaults();
	});
	after(async () => {
		try {
			for (const person of people)
				await person.close();
		} finally {
			await browser?.close();
		}
	});
	return {
		async person(centrex, options = {}) {
			const person = new Person(browser, centrex, options);

			people.add(person);
			return person.open();
		},
	};
}
