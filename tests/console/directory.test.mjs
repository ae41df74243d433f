// What an administrator keeps: extensions and their phones, numbers, audio, settings.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {makeMember, makeUser, PASSWORD, signIn} from '../http/people.mjs';
import {makeTone} from '../lib/audio.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

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

test('audio is uploaded, drawn, played, and where it is used is said', async () => {
	const folder = temporaryDirectory('sounds');
	const tone = await makeTone(path.join(folder, 'waltz.wav'), 440, 20);
	const broken = path.join(folder, 'broken.wav');
	const anna = await on('media');
	const {page} = anna;
	const drop = page.locator('input[type=file]');

	fs.writeFileSync(broken, 'no sound at all');
	await page.getByText('No audio yet').waitFor();
	anna.expects(/status of 4(00|22)/);
	await drop.setInputFiles([tone, broken]);
	await page.getByText('waltz.wav is uploaded').waitFor();
	await page.getByText(/broken\.wav was not taken: /).waitFor();
	await page.getByText(/of .* used/).waitFor();
	await page.getByRole('button', {name: 'Open waltz.wav'}).waitFor();
	await accessibleInBoth(anna);
	const {json: {items: [media]}} = await api.get(at('/media'));

	await api.put(at('/settings/hold_music'), {value: media.id});
	await page.getByRole('button', {name: 'Open waltz.wav'}).click();
	const details = page.getByRole('dialog', {name: 'waltz.wav'});

	await details.locator('[data-drawn=yes]').waitFor();
	await details.getByText('Music on hold of the whole tenant').waitFor();
	const slider = details.getByRole('slider', {name: 'Position in waltz.wav'});

	await waitFor(async () => await slider.getAttribute('aria-valuemax') === '20', 'its length');
	// The drawer takes the focus once when it has come.
	await waitFor(async () => {
		await slider.press('End');
		return await slider.getAttribute('aria-valuetext') === '0:19 of 0:20';
	}, 'its end');
	await slider.press('ArrowLeft');
	assert.equal(await slider.getAttribute('aria-valuetext'), '0:14 of 0:20');
	await details.getByLabel('Speed').selectOption('2');
	await details.getByRole('button', {name: 'Play waltz.wav'}).click();
	await waitFor(() => details.getByTestId('sound').evaluate((sound) => sound.currentTime > 15.5), 'the sound to go on', 30_000);
	await accessibleInBoth(anna);
	await details.getByRole('button', {name: 'Delete'}).click();
	await page.getByRole('dialog', {name: 'Delete waltz.wav?'}).getByText('Still used').waitFor();
	anna.expects(/status of 409/);
	await page.getByRole('dialog', {name: 'Delete waltz.wav?'}).getByRole('button', {name: 'Delete'}).click();
	await page.getByText('music on hold of the setting').waitFor();
	await anna.close();
});

test('a number leads somewhere, can be tested, and says what is wrong where it is wrong', async () => {
	const anna = await on('numbers');
	const {page} = anna;

	await api.post(at('/queues'), {name: 'Support'});
	await page.getByText('No number yet').waitFor();
	await page.getByRole('button', {name: 'New number'}).click();
	const drawer = page.getByRole('dialog', {name: 'New number'});

	await drawer.getByLabel('Number').fill('+4930');
	await drawer.getByRole('textbox', {name: 'Leads to'}).click();
	await page.getByRole('option', {name: 'Queue'}).click();
	await drawer.getByRole('textbox', {name: 'Queue'}).click();
	await page.getByRole('option', {name: 'Support'}).click();
	await accessibleInBoth(anna);
	await drawer.getByRole('button', {name: 'New number'}).click();
	await page.getByRole('cell', {name: 'Queue Support'}).waitFor();
	anna.expects(/status of 4(00|09)/);
	await page.getByRole('button', {name: 'New number'}).click();
	await drawer.getByLabel('Number').fill('101');
	await drawer.getByRole('textbox', {name: 'Extension'}).click();
	await page.getByRole('option', {name: '102'}).click();
	await drawer.getByRole('button', {name: 'New number'}).click();
	await waitFor(async () => await drawer.getByLabel('Number').getAttribute('aria-invalid') === 'true', 'an error on the field');
	await page.keyboard.press('Escape');
	await page.getByRole('button', {name: 'Test +4930'}).click();
	const trial = page.getByRole('dialog', {name: 'Test a number'});

	await trial.getByRole('button', {name: 'Test'}).click();
	await trial.getByText('Waits in queue Support').waitFor();
	await trial.getByRole('listitem').first().waitFor();
	await accessibleInBoth(anna);
	await page.keyboard.press('Escape');
	await page.getByRole('button', {name: 'Open number +4930'}).click();
	await page.getByRole('dialog', {name: 'Number +4930'}).getByRole('button', {name: 'Delete'}).click();
	await page.getByRole('dialog', {name: 'Delete number +4930?'}).getByText('do not reach Queue Support').waitFor();
	await page.getByRole('dialog', {name: 'Delete number +4930?'}).getByRole('button', {name: 'Delete'}).click();
	await page.getByText('No number yet').waitFor();
	await anna.close();
});

test('settings are shown, checked, kept, and removed where they are as usual', async () => {
	const anna = await on('settings');
	const {page} = anna;
	const calls = page.getByRole('region', {name: 'Calls'});
	const known = async (name) => (await api.get(at(`/settings/${name}`))).json?.value;

	await calls.getByLabel('How long phones ring').fill('5000');
	anna.expects(/status of 40[04]/);
	await calls.getByRole('button', {name: 'Save'}).click();
	await calls.getByText('must be', {exact: false}).waitFor();
	assert.equal(await calls.getByLabel('How long phones ring').getAttribute('aria-invalid'), 'true');
	await calls.getByLabel('How long phones ring').fill('25');
	await calls.getByRole('button', {name: 'Save'}).click();
	await waitFor(async () => await known('ring_s') === 25, 'the setting');
	await calls.getByLabel('How long phones ring').fill('');
	await calls.getByRole('button', {name: 'Save'}).click();
	await waitFor(async () => await known('ring_s') === undefined, 'it to be as usual again');
	const breaks = page.getByRole('region', {name: 'Breaks'});

	await breaks.getByRole('textbox', {name: 'Reasons for a break'}).fill('Lunch');
	await page.keyboard.press('Enter');
	await page.keyboard.type('Tea time');
	await page.keyboard.press('Enter');
	await breaks.getByRole('button', {name: 'Save'}).click();
	await waitFor(async () => await known('break_reasons') === 'Lunch,Tea time', 'the reasons');
	const general = page.getByRole('region', {name: 'Tenant'});

	await general.getByText('2:05').waitFor();
	await general.getByRole('textbox', {name: 'Time zone'}).fill('Tokyo');
	await page.getByRole('option', {name: 'Asia/Tokyo'}).click();
	await general.getByRole('button', {name: 'Save'}).click();
	await general.getByText('11:05').waitFor();
	await accessibleInBoth(anna);
	// What somebody else changes is shown without loading anything again.
	await api.patch(at(''), {name: 'Acme Ltd'});
	await page.getByTestId('tenant-name').getByText('Acme Ltd').waitFor();
	await waitFor(async () => await general.getByLabel('Name').inputValue() === 'Acme Ltd', 'the name in the form');
	await anna.close();
});

test('a file with faults says which, and one without makes all of its rows', async () => {
	const anna = await on('extensions');
	const {page} = anna;
	const csv = (...rows) => ({name: 'phones.csv', mimeType: 'text/csv', buffer: Buffer.from(['extension_number,user_id', ...rows].join('\n'))});

	await page.getByRole('button', {name: 'Import'}).click();
	const drawer = page.getByRole('dialog', {name: 'Import extensions'});
	const file = drawer.locator('input[type=file]');

	await file.setInputFiles(csv('201,', '101,', 'abc,'));
	const faults = drawer.getByRole('table', {name: 'Faults'});

	await faults.getByRole('row').filter({hasText: 'abc'}).getByText('must be 2 to 5 digits').waitFor();
	await faults.getByRole('row').filter({hasText: '101'}).waitFor();
	await accessibleInBoth(anna);
	await drawer.getByRole('button', {name: 'Choose another file'}).click();
	await file.setInputFiles(csv('201,', '202,'));
	await drawer.getByRole('button', {name: 'Import 2 rows'}).click();
	await drawer.getByText('2 rows were imported.').waitFor();
	await drawer.getByRole('button', {name: 'Save the list'}).waitFor();
	await page.keyboard.press('Escape');
	await page.getByRole('button', {name: 'Open extension 202'}).waitFor();
	await anna.close();
});

test('what goes with an extension is named before it goes', async () => {
	const anna = await on('extensions');
	const {page} = anna;

	await api.post(at('/queues'), {name: 'Sales'});
	await api.post(at('/queue-members'), {queue_id: 'Sales', extension_id: '201'});
	await page.getByRole('button', {name: 'Open extension 201'}).click();
	await page.getByRole('dialog', {name: 'Extension 201'}).getByRole('button', {name: 'Delete'}).click();
	const confirm = page.getByRole('dialog', {name: 'Delete extension 201?'});

	await confirm.getByText('its place in queue Sales').waitFor();
	await confirm.getByRole('button', {name: 'Delete'}).click();
	await page.getByRole('button', {name: 'Open extension 201'}).waitFor({state: 'detached'});
	await anna.close();
});
