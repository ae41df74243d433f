// What an administrator keeps: extensions and their phones, numbers, audio, settings.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeMember, makeUser, PASSWORD, signIn} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';

const browser = useBrowser();
const ADMIN = 'admin@acme.example';
let centrex, tenant, api;

before(async () => {
	centrex = await startCentrex({env: {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0}});
	tenant = await centrex.tenant('acme.example', ['101', '102']);
	await makeUser(centrex, ADMIN);
	await makeMember(centrex, tenant.domain, ADMIN, 'admin');
	api = await signIn(centrex, ADMIN);
});
after(() => centrex?.stop());

const at = (path) => `/api/v1/tenants/${tenant.domain}${path}`;

// Somebody signed in, on that page.
async function on(page, options) {
	const anna = await browser.person(centrex, options);

	await anna.signIn(ADMIN, PASSWORD);
	await anna.goto(`/t/${tenant.domain}/${page}`);
	await anna.page.getByRole('heading', {level: 1}).waitFor();
	return anna;
}

async function accessibleInBoth(anna) {
	for (const colorScheme of ['light', 'dark']) {
		await anna.page.emulateMedia({colorScheme});
		await anna.page.waitForFunction((wanted) => document.documentElement.dataset.mantineColorScheme === wanted
			&& document.getAnimations().every(({playState}) => playState !== 'running'), colorScheme);
		await anna.assertAccessible();
	}
}

test('an extension is created, its credentials are shown, and made anew', async () => {
	const anna = await on('extensions');
	const {page} = anna;
	const list = page.getByRole('region', {name: 'Extensions'});

	await list.getByRole('button', {name: 'Open extension 101'}).waitFor();
	await accessibleInBoth(anna);
	await page.getByRole('button', {name: 'New extension'}).click();
	const drawer = page.getByRole('dialog');

	anna.expects(/status of 4(00|09)/);
	await drawer.getByLabel('Number').fill('101');
	await drawer.getByRole('button', {name: 'New extension'}).click();
	await drawer.getByText(/already/).waitFor();
	assert.equal(await drawer.getByLabel('Number').getAttribute('aria-invalid'), 'true', 'the error is on its field');
	await drawer.getByLabel('Number').fill('103');
	await drawer.getByRole('textbox', {name: 'User'}).click();
	await page.getByRole('option', {name: ADMIN}).click();
	await drawer.getByRole('button', {name: 'New extension'}).click();
	const details = page.getByRole('dialog', {name: 'Extension 103'});

	await details.getByText('Extension 103 is there').waitFor();
	const {json: made} = await api.get(at('/extensions/103?secrets=yes'));

	await details.getByText(made.auth_password).waitFor();
	assert.equal(made.email, ADMIN);
	assert.equal(await details.getByRole('textbox', {name: 'User'}).inputValue(), ADMIN);
	await details.getByRole('img', {name: 'QR code of the credentials'}).waitFor();
	await accessibleInBoth(anna);
	await details.getByRole('button', {name: 'New credentials'}).click();
	const confirm = page.getByRole('dialog', {name: 'New credentials for extension 103?'});

	await confirm.getByText('must be set up again').waitFor();
	await confirm.getByRole('button', {name: 'Make new credentials'}).click();
	await details.getByText('These are the new credentials').waitFor();
	const {json: now} = await api.get(at('/extensions/103?secrets=yes'));

	assert.notEqual(now.auth_password, made.auth_password);
	await details.getByText(now.auth_password).waitFor();
	await anna.close();
});

test('a phone that registers turns its dot, without loading anything again', async () => {
	const anna = await on('extensions');
	const {page} = anna;
	const row = page.getByRole('row').filter({has: page.getByRole('button', {name: 'Open extension 102'})});

	await row.getByText('Offline').waitFor();
	const phone = await Phone.open({account: tenant.phones[102], port: centrex.sip.udp});

	await phone.register();
	await row.getByText('Online').waitFor();
	await row.getByText('127.0.0.1').waitFor();
	await phone.unregister();
	await row.getByText('Offline').waitFor();
	phone.close();
	await anna.close();
});
