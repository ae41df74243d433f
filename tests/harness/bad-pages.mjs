// Not a test file of the product: run by browser.test.mjs, which expects all but the first to fail.

import http from 'node:http';
import {after, before, describe, it, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';

const pages = {
	'/': '<p>good</p>',
	'/api/v1/me': '',
	'/style': '<p style="color: red">inline</p>',
	'/elsewhere': '<img alt="" src="https://example.com/x.png">',
	'/script': '<script src="/x.js"></script>',
	'/x.js': 'Promise.reject(new Error("nobody caught this"))',
	'/label': '<main><input></main>',
};
const browser = useBrowser();
let server, where;

before(async () => {
	server = http.createServer(({url}, answer) => {
		answer.statusCode = url.startsWith('/api') ? 401 : url in pages ? 200 : url === '/favicon.ico' ? 204 : 404;
		answer.setHeader('content-type', url.endsWith('.js') ? 'text/javascript' : 'text/html');
		answer.setHeader('content-security-policy', "default-src 'none'; script-src 'self'; connect-src 'self'");
		answer.end(url.endsWith('.js') ? pages[url]
			: `<!doctype html><html lang="en"><title>A page</title><h1>Page</h1>${pages[url] ?? ''}</html>`);
	});
	await new Promise((done) => { server.listen(0, 'localhost', done); });
	where = {port: server.address().port};
});
after(() => server?.close());

async function visit(path) {
	const person = await browser.person(where);

	await person.goto(path, {waitUntil: 'networkidle'});
	return person;
}

test('good', async () => {
	const person = await visit('/');

	await person.page.evaluate(() => fetch('/api/v1/me'));
	await person.assertAccessible();
	await person.page.waitForFunction(() => document.title === 'A page');
});
test('expected', async () => {
	const person = await visit('/');

	person.expects(/status of 404/);
	await person.goto('/nothing');
});
for (const path of ['/style', '/elsewhere', '/script', '/nothing'])
	test(`bad ${path}`, () => visit(path));
describe('in a suite', () => { it('bad too', () => visit('/script')); });
test('not accessible', async () => (await visit('/label')).assertAccessible());
