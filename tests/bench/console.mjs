// The console in Chromium, a tenant of 1,000 extensions, 10 queues and 10,000 calls: from the event of the
// mouse or the key to the first frame that shows an answer (what was asked for, or that it is under way), and
// to the frame that shows it all. Beside it the same list of 100 rows on a page without any framework: a click,
// a fetch of the same bytes from the same server, one innerHTML. And the first load, in bytes and in time.

import assert from 'node:assert/strict';

import {chromium} from 'playwright-core';

import {visit} from '../console/pages.mjs';
import {makeRecords, store} from '../http/cdrs_data.mjs';
import {makeUser, PASSWORD} from '../http/people.mjs';
import {Person} from '../lib/browser.mjs';
import {addPhones, domains, median, quick, startCentrex} from './lib.mjs';

const ROUNDS = quick ? 3 : 15;
const LOADS = quick ? 1 : 5;
const CALLS = quick ? 1000 : 10_000;
const BATCH = 1000;
const PATIENCE_MS = 30_000;
const QUEUES = 10;
const BUDGET_MS = 100;
const FIRST_LOAD_KIB = 300;
const [DOMAIN] = domains(1);
const at = (page) => `/t/${DOMAIN}/${page}`;

// {action: where it begins, how it is done, and what is there at its end}
const named = (role, name) => (page) => page.getByRole(role, {name}).first();
const heading = (text) => `[...document.querySelectorAll('h1')].some((one) => one.textContent === '${text}') && document.querySelector('#content tbody td')`;
const ACTIONS = {
	'open a page: Extensions': {on: at('settings'), click: named('link', 'Extensions'), end: heading('Extensions')},
	'open a page: Calls': {on: at('settings'), click: named('link', 'Calls'), end: heading('Calls')},
	'open a page: Queues': {on: at('settings'), click: named('link', 'Queues'), end: heading('Queues')},
	'sort 1,000 extensions': {on: at('extensions'), click: named('button', /^Number/), end: `document.querySelector('th[aria-sort=ascending]') && document.querySelector('#content tbody td button')`},
	'search among them': {on: at('extensions'), type: [named('searchbox', /^Search/), '1077'], end: `document.querySelectorAll('#content tbody td button').length === 10`},
	'open an extension': {on: at('extensions'), click: named('button', /^Open extension/), end: `document.querySelector('[role=dialog] form input')`},
	'new extension, the form': {on: at('extensions'), click: named('button', 'New extension'), end: `document.querySelector('[role=dialog] form input')`},
	'filter 10,000 calls': {on: at('calls'), choose: [named('textbox', 'Result'), named('option', 'Busy')], end: `location.search.includes('busy') && !document.querySelector('#content [aria-busy=true]') && document.querySelector('#content tbody td')`},
	'open a call': {on: at('calls'), click: named('button', /^Details/), end: `document.querySelector('#content dl') && !document.querySelector('#content tbody [aria-busy=true]')`},
	'another tab of a queue': {on: 'QUEUE', click: named('tab', 'Settings'), end: `document.querySelector('[role=tabpanel] form input')`},
};

// In the page: from the event's own time. A frame that was drawn is one after which a task could run.
function watch([type, end]) {
	const reached = new Function(`return ${end}`);
	const result = {};
	const drawn = (name, at) => requestAnimationFrame(() => setTimeout(() => {
		result[name] ??= performance.now() - at;
	}));

	window.measured = new Promise((resolve) => {
		document.addEventListener(type, ({timeStamp}) => {
			let first = false;
			const observer = new MutationObserver(() => {
				if (!first)
					drawn('first', timeStamp);
				first = true;
				if (reached()) {
					observer.disconnect();
					drawn('end', timeStamp);
					const told = setInterval(() => {
						if (result.end !== undefined) {
							clearInterval(told);
							resolve(result);
						}
					}, 5);
				}
			});

			observer.observe(document.body, {subtree: true, childList: true, attributes: true, characterData: true});
		}, {capture: true, once: true});
	});
}

async function act(page, {click, type, choose, end}) {
	if (choose)
		await choose[0](page).click();
	const target = (click ?? type?.[0] ?? choose[1])(page);

	await target.waitFor();
	// Moved to before: a pointer that comes changes the page as well.
	if (!type)
		await target.hover();
	else
		await target.focus();
	// Of what is typed, the last letter is what is answered to.
	if (type)
		await page.keyboard.type(type[1].slice(0, -1));
	await page.evaluate(watch, [type ? 'keydown' : 'click', end]);
	if (type)
		await page.keyboard.type(type[1].slice(-1));
	else
		await target.click();
	const result = await page.evaluate(async (wait) => Promise.race([window.measured, new Promise((resolve) => {
		setTimeout(resolve, wait);
	})]), PATIENCE_MS);

	assert.ok(result, `${end} at ${page.url()}`);
	return result;
}

const p95 = (values) => [...values].sort((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1];
const ms = (value) => value.toFixed(0);

// A page of its own, with the answer that the console gets: as little as a browser can do.
const PLAIN = `<!doctype html><title>plain</title><button>Load</button><main id="content"><h1>Plain</h1></main><script>
document.querySelector('button').onclick = async () => {
	const {items} = await (await fetch(new URLSearchParams(location.search).get('of'))).json();
	document.querySelector('main').innerHTML = '<table><tbody>' + items.map((row) => '<tr><td>' + Object.values(row).join('</td><td>') + '</td></tr>').join('') + '</tbody></table>';
};
</script>`;

async function firstLoads(person) {
	const session = await person.context.newCDPSession(person.page);
	const times = [];
	const answers = new Set();
	let program, data;

	await session.send('Network.enable');
	await session.send('Network.setCacheDisabled', {cacheDisabled: true});
	session.on('Network.responseReceived', ({requestId, response}) => {
		if (new URL(response.url).pathname.startsWith('/api/'))
			answers.add(requestId);
	});
	session.on('Network.loadingFinished', ({requestId, encodedDataLength}) => {
		if (answers.has(requestId))
			data += encodedDataLength;
		else
			program += encodedDataLength;
	});
	for (let i = 0; i < LOADS; i++) {
		program = data = 0;
		await person.goto(at('extensions'), {waitUntil: 'commit'});
		await person.page.waitForFunction(() => document.querySelector('#content tbody td button'));
		times.push(await person.page.evaluate(() => new Promise((resolve) => {
			requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
		})));
	}
	await session.detach();
	return {program: program / 1024, data: data / 1024, ms: median(times)};
}

const centrex = await startCentrex();
const browser = await chromium.launch({executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, chromiumSandbox: false, args: ['--disable-gpu']});

try {
	await addPhones(centrex, [DOMAIN], 1000);
	const {id: tenant} = await centrex.json('tenant', 'show', DOMAIN);
	const queues = [];

	for (let i = 0; i < QUEUES; i++)
		queues.push((await centrex.json('queue', 'create', '--tenant', DOMAIN, '--name', `Queue ${i}`, '--strategy', 'ring-all')).id);
	for (let i = 0; i < CALLS; i += BATCH)
		await store(centrex, {id: tenant}, makeRecords(BATCH, {seed: i + 1, from: Date.now() - 30 * 86_400_000, to: Date.now() - 60_000, queues}));
	await makeUser(centrex, 'bench@pbx.test', {admin: true});
	const person = await new Person(browser, centrex, {viewport: {width: 1280, height: 800}}).open();
	const {page} = person;

	await person.signIn('bench@pbx.test', PASSWORD);
	const results = Object.fromEntries([...Object.keys(ACTIONS), 'plain'].map((name) => [name, []]));
	const list = `${person.origin}/api/v1/tenants/${tenant}/extensions?limit=100`;

	await page.route('**/plain.html*', (route) => route.fulfill({contentType: 'text/html', body: PLAIN}));
	for (let round = 0; round <= ROUNDS; round++) {
		for (const [name, action] of Object.entries(ACTIONS)) {
			await visit(person, action.on.replace('QUEUE', at(`queues/${queues[0]}`)));
			results[name].push(await act(page, action));
		}
		await person.goto(`/plain.html?of=${encodeURIComponent(list)}`);
		results.plain.push(await act(page, {click: named('button', 'Load'), end: `document.querySelectorAll('#content tr').length === 100`}));
		console.log(`  round ${round}`);
	}
	const load = await firstLoads(person);

	assert.equal(person.faults.length, 0, person.faults.join('\n'));
	console.log(`\nThe console, ${ROUNDS} rounds after one that warms up; milliseconds from the event to a frame that was drawn`);
	console.log('| action | first answer, p50 | p95 | all there, p50 | p95 |\n| --- | --- | --- | --- | --- |');
	for (const [name, all] of Object.entries(results)) {
		const [first, end] = ['first', 'end'].map((what) => all.slice(1).map((one) => one[what]));

		console.log(`| ${name === 'plain' ? 'a plain page, 100 rows' : name} | ${ms(median(first))} | ${ms(p95(first))}${p95(first) > BUDGET_MS ? ' (over 100)' : ''} | ${ms(median(end))} | ${ms(p95(end))} |`);
	}
	console.log(`\nfirst load of Extensions, nothing cached: ${load.program.toFixed(0)} KiB (budget ${FIRST_LOAD_KIB}) and ${load.data.toFixed(0)} KiB of answers, usable after ${ms(load.ms)} ms (median of ${LOADS})`);
	await person.close();
} finally {
	await browser.close();
	await centrex.stop();
}
