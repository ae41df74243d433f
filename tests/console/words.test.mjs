// What the server says of faults, on the pages of somebody who reads German.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';

const browser = useBrowser();
const ADMIN = 'admin@acme.example';
let centrex, tenant;

before(async () => {
	centrex = await startCentrex({env: {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0}});
	tenant = await centrex.tenant('acme.example', ['101', '102']);
	await makeUser(centrex, ADMIN);
	await makeMember(centrex, tenant.domain, ADMIN, 'admin');
	await centrex.json('number', 'create', '--tenant', tenant.domain, '--number', '+4930', '--extension-id', '101');
});
after(() => centrex?.stop());

async function on(page) {
	const ben = await browser.person(centrex, {locale: 'de-DE'});

	await ben.signIn(ADMIN, PASSWORD);
	await ben.goto(`/t/${tenant.domain}/${page}`);
	await ben.page.getByRole('heading', {level: 1}).waitFor();
	return ben;
}

test('a field says in German what is wrong with it', async () => {
	const ben = await on('extensions');
	const {page} = ben;

	ben.expects(/status of 409/);
	await page.getByRole('button', {name: 'Neue Nebenstelle'}).click();
	const drawer = page.getByRole('dialog');
	const number = drawer.getByLabel('Nummer');

	await number.fill('101');
	await drawer.getByRole('button', {name: 'Neue Nebenstelle'}).click();
	await drawer.getByText('ist schon vergeben').waitFor();
	assert.equal(await number.getAttribute('aria-invalid'), 'true');
	await ben.assertAccessible();
	await ben.close();
});

test('the preview of an import says in German what is wrong with each row', async () => {
	const ben = await on('extensions');
	const {page} = ben;

	await page.getByRole('button', {name: 'Importieren'}).click();
	const drawer = page.getByRole('dialog', {name: 'Nebenstellen importieren'});

	await drawer.locator('input[type=file]').setInputFiles({name: 'phones.csv', mimeType: 'text/csv',
		buffer: Buffer.from('extension_number,user_id\nabc,\n101,\n201,nobody@acme.example\n')});
	const faults = drawer.getByRole('table', {name: 'Fehler'});
	const row = (text) => faults.getByRole('row').filter({hasText: text});

	await row('abc').getByText('muss 2 bis 5 Ziffern haben').waitFor();
	await row('101').getByText('ist schon vergeben').waitFor();
	await row('nobody@acme.example').getByText('muss Mitglied des Mandanten sein').waitFor();
	await ben.close();
});

test('the test of a number says in German how it was decided, and in English once that is chosen', async () => {
	const ben = await on('numbers');
	const {page} = ben;
	const trial = page.getByRole('dialog');

	await page.getByRole('button', {name: '+4930 prüfen'}).click();
	await trial.getByRole('button', {name: 'Prüfen'}).click();
	await trial.getByText('+4930 ist eine Rufnummer, die zur Nebenstelle 101 führt').waitFor();
	await ben.assertAccessible();
	await page.evaluate(() => localStorage.setItem('centrex.language', 'en'));
	await page.reload();
	await page.getByRole('button', {name: 'Test +4930'}).click();
	await trial.getByRole('button', {name: 'Test'}).click();
	await trial.getByText('+4930 is a number that leads to extension 101').waitFor();
	await ben.close();
});
