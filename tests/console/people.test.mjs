// People: signing in, the own profile, who belongs to a tenant, and who runs the installation.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {cookieOf, makeMember, makeUser, PASSWORD, signIn} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Http} from '../lib/http.mjs';

const NO_LIMITS = {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0};
const DOMAIN = 'acme.example';
const WORK = ['', 't', DOMAIN, 'work'].join('/');
const OPERATOR = 'operator@example.com';
const browser = useBrowser();
let centrex, api;

const of = (role) => `${role}@${DOMAIN}`;

before(async () => {
	centrex = await startCentrex({env: NO_LIMITS});
	await centrex.tenant(DOMAIN, ['101']);
	await makeUser(centrex, OPERATOR, {admin: true});
	for (const role of ['owner', 'admin', 'agent']) {
		await makeUser(centrex, of(role));
		await makeMember(centrex, DOMAIN, of(role), role);
	}
	api = await signIn(centrex, OPERATOR);
});
after(() => centrex?.stop());

// Somebody signed in, on that page, when it is there.
async function on(email, path, options) {
	const person = await browser.person(centrex, options);

	await person.signIn(email, PASSWORD);
	await person.goto(path);
	await person.page.getByRole('heading', {level: 1}).waitFor();
	return person;
}

async function accessibleInBoth(person) {
	for (const colorScheme of ['light', 'dark']) {
		await person.page.emulateMedia({colorScheme});
		await person.page.waitForFunction((wanted) => document.documentElement.dataset.mantineColorScheme === wanted
			&& document.querySelectorAll('[aria-busy=true]').length === 0
			&& document.getAnimations().every(({playState}) => playState !== 'running'), colorScheme);
		await person.assertAccessible();
	}
}

// The value that a list has, by typing into it and taking what is found.
async function choose(scope, label, option) {
	await scope.getByRole('textbox', {name: label}).or(scope.getByRole('combobox', {name: label})).first().click();
	await scope.page().getByRole('option', {name: option, exact: true}).click();
}

const dialogOf = (page) => {
	const dialog = page.getByRole('dialog');

	dialog.page = () => page;
	return dialog;
};

const csv = (text) => ({name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(text)});

describe('signing in', () => {
	test('takes one where he wanted to go, and out again', async () => {
		const anna = await browser.person(centrex);
		const {page} = anna;

		await anna.goto(`/t/${DOMAIN}/people`);
		await page.getByLabel('E-mail').fill(of('admin'));
		await page.getByRole('textbox', {name: 'Password'}).fill(PASSWORD);
		await accessibleInBoth(anna);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', {name: 'Users and roles'}).waitFor();
		assert.equal(new URL(page.url()).pathname, `/t/${DOMAIN}/people`);
		await anna.goto('/sign-in');
		await page.waitForURL((url) => url.pathname === `/t/${DOMAIN}/dashboard`);
		await page.getByRole('button', {name: 'Your account'}).click();
		await page.getByRole('menuitem', {name: 'Sign out'}).click();
		await page.getByRole('heading', {name: 'Sign in'}).waitFor();
		await page.goBack();
		await page.getByRole('heading', {name: 'Sign in'}).waitFor();
	});

	test('with a wrong password says so on the field, in the person\'s language', async () => {
		const ben = await browser.person(centrex, {locale: 'de-DE'});
		const {page} = ben;

		ben.expects(/status of 401 .*\/api\/v1\/login$/);
		await ben.goto('/sign-in');
		await page.getByLabel('E-Mail').fill(of('admin'));
		await page.getByRole('textbox', {name: 'Passwort'}).fill('not this one');
		await page.getByRole('button', {name: 'Anmelden'}).click();
		await page.getByText('E-Mail oder Passwort ist falsch.').waitFor();
		const field = page.getByRole('textbox', {name: 'Passwort'});

		assert.equal(await field.getAttribute('aria-invalid'), 'true');
		await page.waitForFunction(() => document.activeElement?.getAttribute('type') === 'password');
		await accessibleInBoth(ben);
	});

	test('is helped by a link for who forgot his password, whoever he is', async () => {
		const carl = await browser.person(centrex);

		await carl.goto('/sign-in');
		await carl.page.getByRole('link', {name: 'Password forgotten?'}).click();
		await carl.page.getByLabel('E-mail').fill('nobody@example.com');
		await carl.page.getByRole('button', {name: 'Send the link'}).click();
		await carl.page.getByText(/If nobody@example.com is known here/).waitFor();
		await accessibleInBoth(carl);
	});

	test('for the first time is by a link that works once and leaves no trace in the address bar', async () => {
		const {json} = await api.post(`/api/v1/tenants/${DOMAIN}/members`, {email: 'new@acme.example', role: 'agent'});
		const path = new URL(json.invitation_url);
		const dora = await browser.person(centrex);
		const {page} = dora;

		await dora.goto(path.pathname + path.hash);
		await page.getByRole('heading', {name: 'Set your password'}).waitFor();
		await page.waitForFunction(() => location.hash === '' && !location.href.includes('#'));
		await accessibleInBoth(dora);
		dora.expects(/status of 400 .*accept$/);
		await page.getByRole('textbox', {name: 'Password'}).fill('short');
		await page.getByRole('button', {name: 'Set the password and sign in'}).click();
		await page.waitForFunction(() => document.querySelector('input[name=password]')?.getAttribute('aria-invalid') === 'true');
		await page.getByRole('textbox', {name: 'Password'}).fill(PASSWORD);
		await page.getByRole('button', {name: 'Set the password and sign in'}).click();
		await page.waitForURL((url) => url.pathname === WORK);
		const erik = await browser.person(centrex);

		erik.expects(/status of 404 .*accept$/);
		await erik.goto(path.pathname + path.hash);
		await erik.page.getByRole('textbox', {name: 'Password'}).fill('another password');
		await erik.page.getByRole('button', {name: 'Set the password and sign in'}).click();
		await erik.page.getByRole('heading', {name: 'This link does not work'}).waitFor();
		await accessibleInBoth(erik);
	});
});

describe('what is not for somebody is not there', () => {
	const REFUSED = {agent: ['people', 'audit', 'settings', 'extensions'], admin: ['audit']};

	for (const [role, pages] of Object.entries(REFUSED))
		test(`an ${role} cannot come to ${pages.join(', ')} or the operator's pages by the address`, async () => {
			const person = await on(of(role), '/profile');

			for (const path of [...pages.map((page) => `/t/${DOMAIN}/${page}`), '/operator/tenants', '/operator/users', '/operator/audit',
				`/operator/tenants/${DOMAIN}`, '/operator/nodes', '/operator/migrations', '/operator/isolation', '/operator/activity']) {
				await person.goto(path);
				await person.page.getByRole('heading', {name: 'This page does not exist'}).waitFor();
			}
		});
});

test('an administrator who is made an agent by somebody else loses his pages at once, and gets them back', async () => {
	await makeUser(centrex, 'moved@example.com');
	await makeMember(centrex, DOMAIN, 'moved@example.com', 'admin');
	const moved = await on('moved@example.com', `/t/${DOMAIN}/people`);
	const {page} = moved;
	const member = `/api/v1/tenants/${DOMAIN}/members/moved@example.com`;
	const nav = (label) => page.getByRole('navigation').getByRole('link', {name: label});

	moved.expects(/status of 403/);
	await page.evaluate(() => { window.sameDocument = true; });
	await nav('Settings').waitFor();
	assert.equal((await api.patch(member, {role: 'agent'})).status, 200);
	await page.getByRole('heading', {name: 'This page does not exist'}).waitFor();
	assert.equal(await nav('Settings').count(), 0);
	assert.equal((await api.patch(member, {role: 'admin'})).status, 200);
	await page.getByRole('heading', {name: 'Users and roles'}).waitFor();
	await nav('Settings').waitFor();
	assert.equal(await page.evaluate(() => window.sameDocument), true);
	await moved.close();
});

describe('the own profile', () => {
	test('names the tenant one comes from, which leads back', async () => {
		const emil = await on(of('agent'), '/profile');

		await emil.page.getByTestId('tenant-name').click();
		await emil.page.waitForURL((url) => url.pathname === WORK);
	});

	test('has the name and the navigation of where one was last, of several tenants or the installation', async () => {
		const GONE = /status of 40[34]/;

		await centrex.json('tenant', 'create', '--name', 'Bolt AG', '--domain', 'bolt.example', '--locale', 'de-CH');
		await makeUser(centrex, 'both@example.com');
		await makeMember(centrex, DOMAIN, 'both@example.com', 'agent');
		await makeMember(centrex, 'bolt.example', 'both@example.com', 'admin');
		const both = await on('both@example.com', '/t/bolt.example/people', {locale: 'en-US'});
		const olga = await on(OPERATOR, '/operator/tenants');
		const name = ({page}) => page.getByTestId('tenant-name').innerText();
		both.expects(GONE);
		olga.expects(GONE);
		const leads = (person, label) => person.page.getByRole('navigation').getByRole('link', {name: label}).getAttribute('href');

		for (const path of ['/profile', '/t/bolt.example/people', '/profile']) {
			await both.goto(path);
			await both.page.getByRole('heading', {level: 1}).waitFor();
			assert.match(await name(both), /^Bolt AG/);
			assert.equal(await leads(both, 'Users and roles'), '/t/bolt.example/people');
		}
		// Dates as that tenant writes them, for no language was chosen.
		await both.page.getByRole('region', {name: 'Sessions'}).getByText(/\b\d\d\.\d\d\.\d{4}\b/).first().waitFor();
		await both.goto(WORK);
		await both.page.getByRole('heading', {level: 1}).waitFor();
		await both.goto('/profile');
		await both.page.getByRole('navigation').getByRole('link', {name: 'My work'}).waitFor();
		assert.equal(await leads(both, 'My work'), WORK);
		assert.equal(await both.page.getByRole('navigation').getByRole('link', {name: 'Users and roles'}).count(), 0);

		await olga.goto('/profile');
		await olga.page.getByRole('heading', {name: 'Profile'}).waitFor();
		assert.equal(await name(olga), 'Installation');
		assert.equal(await leads(olga, 'Tenants'), '/operator/tenants');
		await olga.goto('/t/bolt.example/people');
		await olga.page.getByRole('heading', {name: 'Users and roles'}).waitFor();
		await olga.goto('/profile');
		await olga.page.getByRole('navigation').getByRole('link', {name: 'Users and roles'}).waitFor();
		assert.equal(await name(olga), 'Bolt AG');
		await accessibleInBoth(olga);
		// A tenant that is not one's own any more is not named any more.
		assert.equal((await api.delete('/api/v1/tenants/bolt.example/members/both@example.com')).status, 204);
		await both.goto('/t/bolt.example/people');
		await both.page.getByRole('heading', {name: 'This page does not exist'}).waitFor();
		await both.goto('/profile');
		await both.page.getByRole('heading', {name: 'Profile'}).waitFor();
		assert.doesNotMatch(await name(both), /Bolt/);
		await centrex.cli('tenant', 'delete', 'bolt.example', '--yes', 'bolt.example');
		await olga.goto('/profile');
		await olga.page.getByRole('heading', {name: 'Profile'}).waitFor();
		assert.doesNotMatch(await name(olga), /Bolt/);
		await Promise.all([both.close(), olga.close()]);
	});

	test('writes dates as in the language that was chosen, on the operator\'s pages, too', async () => {
		const olga = await on(OPERATOR, '/operator/users', {locale: 'en-US', timezoneId: 'America/New_York'});
		const {page} = olga;

		await page.getByRole('cell', {name: /^[A-Z][a-z]{2} \d+, \d{4}$/}).first().waitFor();
		await olga.goto('/profile');
		await page.getByText('Deutsch').click();
		await page.getByRole('region', {name: 'Sitzungen'}).getByText(/\b\d\d\.\d\d\.\d{4}\b/).first().waitFor();
		await olga.goto('/operator/users');
		await page.getByRole('cell', {name: /^\d\d\.\d\d\.\d{4}$/}).first().waitFor();
		await olga.close();
	});

	test('leads to signing in when the session has ended meanwhile, and back', async () => {
		await makeUser(centrex, 'gustav@example.com');
		const gustav = await on('gustav@example.com', '/profile');
		const {page} = gustav;
		const elsewhere = await signIn(centrex, 'gustav@example.com');
		const {items} = (await elsewhere.get('/api/v1/me/sessions')).json;

		for (const {id} of items.filter((session) => !session.current))
			await elsewhere.delete(`/api/v1/me/sessions/${id}`);
		gustav.expects(/status of 401 /);
		await page.getByRole('textbox', {name: 'Password until now'}).fill(PASSWORD);
		await page.getByRole('textbox', {name: 'New password'}).fill('a new password');
		await page.getByRole('button', {name: 'Change the password'}).click();
		await page.getByRole('heading', {name: 'Sign in'}).waitFor();
		await page.getByLabel('E-mail').fill('gustav@example.com');
		await page.getByRole('textbox', {name: 'Password'}).fill(PASSWORD);
		await page.keyboard.press('Enter');
		await page.getByRole('heading', {name: 'Profile'}).waitFor();
	});

	test('has a password that is changed, sessions that are ended, and a language', async () => {
		await makeUser(centrex, 'frida@example.com');
		const elsewhere = await signIn(centrex, 'frida@example.com');
		const frida = await on('frida@example.com', '/profile');
		const {page} = frida;

		await page.getByRole('region', {name: 'Sessions'}).getByRole('button', {name: /^End the session/}).click();
		await page.getByRole('region', {name: 'Sessions'}).getByRole('button', {name: /^End the session/}).waitFor({state: 'detached'});
		assert.equal((await elsewhere.get('/api/v1/me')).status, 401);
		await accessibleInBoth(frida);
		frida.expects(/status of 403 .*password$/);
		await page.getByRole('textbox', {name: 'Password until now'}).fill('not this');
		await page.getByRole('textbox', {name: 'New password'}).fill('a new password');
		await page.getByRole('button', {name: 'Change the password'}).click();
		await page.getByText('This is not your password.').waitFor();
		await page.getByRole('textbox', {name: 'Password until now'}).fill(PASSWORD);
		await page.getByRole('button', {name: 'Change the password'}).click();
		await page.getByText('The password is changed. All other sessions have ended.').waitFor();
		await signIn(centrex, 'frida@example.com', 'a new password');
		await page.getByText('Deutsch').click();
		await page.getByRole('heading', {name: 'Profil'}).waitFor();
		await page.reload();
		await page.getByRole('heading', {name: 'Profil'}).waitFor();
	});

	test('has tokens: one is made, shown once, works, and is revoked', async () => {
		const gina = await on(of('admin'), '/profile');
		const {page} = gina;
		const dialog = dialogOf(page);

		await page.getByRole('button', {name: 'New token'}).click();
		await dialog.getByRole('textbox', {name: 'Name'}).fill('reports');
		await choose(dialog, 'Tenant', DOMAIN);
		await choose(dialog, 'Role', 'Agent');
		await dialog.getByRole('button', {name: 'Make the token'}).click();
		const secret = await dialog.locator('code').innerText();

		assert.match(secret, /^ctx_[\w-]{43}$/);
		await accessibleInBoth(gina);
		const program = new Http(centrex).with({token: secret});

		assert.equal((await program.get('/api/v1/me')).status, 200);
		await dialog.getByRole('button', {name: 'Done'}).click();
		await page.getByRole('cell', {name: 'reports', exact: true}).waitFor();
		assert.equal(await page.getByText(secret).count(), 0, 'it is not shown again');
		await page.getByRole('button', {name: 'Revoke the token reports'}).click();
		await dialog.getByRole('button', {name: 'Revoke'}).click();
		await page.getByRole('cell', {name: 'reports', exact: true}).waitFor({state: 'detached'});
		assert.equal((await program.get('/api/v1/me')).status, 401);
	});
});

describe('users and roles', () => {
	test('somebody is added and gets a link, is given another role, and is removed with what goes named', async () => {
		const hugo = await on(OPERATOR, `/t/${DOMAIN}/people`);
		const {page} = hugo;
		const dialog = dialogOf(page);

		await page.getByRole('cell', {name: of('owner'), exact: true}).waitFor();
		await accessibleInBoth(hugo);
		await page.getByRole('button', {name: 'Add a person'}).click();
		await dialog.getByLabel('E-mail').fill('ida@acme.example');
		await choose(dialog, 'Role', 'Agent');
		await dialog.getByRole('button', {name: 'Add', exact: true}).click();
		assert.match(await dialog.locator('code').innerText(), /\/invitation#[\w-]{43}$/);
		await accessibleInBoth(hugo);
		await dialog.getByRole('button', {name: 'Done'}).click();
		await centrex.json('extension', 'update', '101', '--tenant', DOMAIN, '--user-id', 'ida@acme.example');
		const row = page.getByRole('row').filter({hasText: 'ida@acme.example'});

		await row.getByRole('button', {name: 'Actions for ida@acme.example'}).click();
		await page.getByRole('menuitem', {name: 'Change the role'}).click();
		await choose(dialog, 'Role', 'Administrator');
		await dialog.getByRole('button', {name: 'Save'}).click();
		await row.getByText('Administrator').waitFor();
		await row.getByRole('button', {name: 'Actions for ida@acme.example'}).click();
		await page.getByRole('menuitem', {name: 'Remove'}).click();
		await dialog.getByText('Extension 101 belongs to nobody then').waitFor();
		await dialog.getByRole('button', {name: 'Remove'}).click();
		await row.waitFor({state: 'detached'});
	});

	test('a role that somebody else changed meanwhile is not overwritten, but loaded again', async () => {
		await makeUser(centrex, 'raced@example.com');
		await makeMember(centrex, DOMAIN, 'raced@example.com', 'agent');
		const nora = await on(of('owner'), `/t/${DOMAIN}/people?q=raced`);
		const {page} = nora;
		const dialog = dialogOf(page);
		const member = `/api/v1/tenants/${DOMAIN}/members/raced@example.com`;

		nora.expects(/status of 412/);
		await page.getByRole('button', {name: 'Actions for raced@example.com'}).click();
		await page.getByRole('menuitem', {name: 'Change the role'}).click();
		await choose(dialog, 'Role', 'Administrator');
		assert.equal((await api.patch(member, {role: 'owner'})).status, 200);
		await page.getByRole('row', {name: /raced@example.com/}).getByText('Owner').waitFor();
		await dialog.getByRole('button', {name: 'Save'}).click();
		await dialog.getByRole('alert').getByText(/changed this meanwhile/).waitFor();
		await nora.assertAccessible();
		assert.equal((await api.get(member)).json.role, 'owner');
		await dialog.getByRole('button', {name: 'Load again'}).click();
		await dialog.getByRole('alert').waitFor({state: 'detached'});
		await choose(dialog, 'Role', 'Agent');
		await dialog.getByRole('button', {name: 'Save'}).click();
		await dialog.waitFor({state: 'detached'});
		assert.equal((await api.get(member)).json.role, 'agent');
		await nora.close();
	});

	test('an error of the API lands on its field', async () => {
		const jana = await on(of('admin'), `/t/${DOMAIN}/people`);
		const dialog = dialogOf(jana.page);

		jana.expects(/status of 400 .*members$/);
		await jana.page.getByRole('button', {name: 'Add a person'}).click();
		await dialog.getByLabel('E-mail').fill('no address');
		await choose(dialog, 'Role', 'Agent');
		await dialog.getByRole('button', {name: 'Add', exact: true}).click();
		await jana.page.waitForFunction(() => document.querySelector('[role=dialog] input[name=email]')?.getAttribute('aria-invalid') === 'true');
		assert.equal(await jana.page.getByRole('option', {name: 'Owner', exact: true}).count(), 0, 'an admin makes nobody an owner');
	});

	test('a CSV file shows what is wrong with which row, and makes all rows once nothing is', async () => {
		const karl = await on(OPERATOR, `/t/${DOMAIN}/people`);
		const {page} = karl;
		const dialog = dialogOf(page);
		const file = dialog.locator('input[type=file]');
		const members = async () => (await api.get(`/api/v1/tenants/${DOMAIN}/members?limit=500`)).json.items.map(({email}) => email);
		const before = (await members()).length;

		await page.getByRole('button', {name: 'Import CSV'}).click();
		await accessibleInBoth(karl);
		await file.setInputFiles(csv('email;role\r\nlisa@acme.example;agent\r\nnobody;agent\r\nmax@acme.example;king\r\n'));
		await dialog.getByText('2 faults in 3 rows').waitFor();
		const faults = await dialog.getByRole('table', {name: 'Faults'}).getByRole('row').allInnerTexts();

		assert.deepEqual(faults.slice(1).map((row) => row.split(/\s*\t\s*/).slice(0, 3)), [['3', 'email', 'nobody'], ['4', 'role', 'king']]);
		assert.equal(await dialog.getByRole('button', {name: /^Import/}).count(), 0);
		assert.equal((await members()).length, before, 'a preview makes nothing');
		await accessibleInBoth(karl);
		await dialog.getByRole('button', {name: 'Choose another file'}).click();
		await file.setInputFiles(csv('email;role\r\nlisa@acme.example;agent\r\nmax@acme.example;admin\r\n'));
		await dialog.getByText('2 rows, nothing wrong').waitFor();
		await accessibleInBoth(karl);
		await dialog.getByRole('button', {name: 'Import 2 rows'}).click();
		await dialog.getByText('2 rows were imported.').waitFor();
		const [links] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', {name: 'Save the list'}).click()]);

		assert.equal(links.suggestedFilename(), 'members.csv');
		assert.ok((await members()).includes('max@acme.example'));
		await dialog.getByRole('button', {name: 'Close', exact: true}).last().click();
		await page.getByRole('cell', {name: 'max@acme.example', exact: true}).waitFor();
	});

	test('fits a phone, in German', async () => {
		const mia = await on(of('owner'), `/t/${DOMAIN}/people`, {locale: 'de-DE', viewport: {width: 380, height: 800}});

		await mia.page.getByRole('cell', {name: of('agent'), exact: true}).waitFor();
		await mia.page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth);
		await accessibleInBoth(mia);
	});
});

test('the audit log of a tenant shows who did what, and a row\'s before and after; its filters are in the address bar', async () => {
	const owner = await signIn(centrex, of('owner'));
	const extension = `/api/v1/tenants/${DOMAIN}/extensions/101`;

	assert.equal((await owner.patch(extension, {context: 'office'})).status, 200);
	const nora = await on(of('owner'), `/t/${DOMAIN}/audit`);
	const {page} = nora;

	await page.getByRole('combobox', {name: 'Object'}).or(page.getByRole('textbox', {name: 'Object'})).first().click();
	await page.getByRole('option', {name: 'extension', exact: true}).click();
	await page.waitForURL((url) => url.searchParams.get('resource') === 'extension');
	await page.reload();
	const row = page.getByRole('row').filter({hasText: 'Changed'}).filter({hasText: of('owner')});

	await row.getByRole('button', {name: 'Show what changed'}).click();
	const change = page.getByRole('table', {name: 'What changed'}).getByRole('row').filter({hasText: 'context'});

	assert.deepEqual((await change.getByRole('cell').allInnerTexts()).map((x) => x.trim()), ['context', 'default', 'office']);
	assert.equal(await page.getByRole('row').filter({hasText: 'member'}).count(), 0);
	await accessibleInBoth(nora);
	// By name, whoever and whatever it was; and only of one person.
	await owner.post(`/api/v1/tenants/${DOMAIN}/queues`, {name: 'Audited'});
	await owner.post(`/api/v1/tenants/${DOMAIN}/queue-members`, {queue_id: 'Audited', extension_id: '101'});
	assert.equal((await owner.patch(`/api/v1/tenants/${DOMAIN}/members/${of('agent')}`, {role: 'agent'})).status, 200);
	assert.equal((await (await signIn(centrex, of('admin'))).patch(extension, {context: 'default'})).status, 200);
	await nora.goto(`/t/${DOMAIN}/audit?action=create`);
	await page.getByRole('row', {name: /member of a queue Audited \/ 101/}).waitFor();
	await nora.goto(`/t/${DOMAIN}/audit`);
	await page.getByRole('row', {name: new RegExp(`${of('owner')} Changed membership ${of('agent')}`)}).first().waitFor();
	await page.getByRole('button', {name: of('admin'), exact: true}).first().click();
	await page.waitForURL((url) => url.searchParams.has('actor'));
	await page.getByRole('button', {name: of('owner'), exact: true}).first().waitFor({state: 'detached'});
	await page.getByRole('button', {name: `Only ${of('admin')}: show everybody’s again`}).click();
	await page.getByRole('button', {name: of('owner'), exact: true}).first().waitFor();
});

describe('who runs the installation', () => {
	test('makes a tenant with its owner in one step, sets its limits and deletes it by typing its domain', async () => {
		const olga = await on(OPERATOR, '/operator/tenants');
		const {page} = olga;
		const dialog = dialogOf(page);

		await page.getByRole('cell', {name: DOMAIN, exact: true}).first().waitFor();
		await accessibleInBoth(olga);
		olga.expects(/status of 409 .*tenants$/);
		await page.getByRole('button', {name: 'New tenant'}).click();
		await dialog.getByRole('textbox', {name: 'Name'}).fill('Umbrella');
		await dialog.getByLabel('Domain').fill(DOMAIN);
		await dialog.getByLabel('E-mail of the first owner').fill('boss@umbrella.example');
		await dialog.getByRole('button', {name: 'Make the tenant'}).click();
		await page.waitForFunction(() => document.querySelector('input[name=domain]')?.getAttribute('aria-invalid') === 'true');
		await dialog.getByLabel('Domain').fill('umbrella.example');
		await dialog.getByRole('button', {name: 'Make the tenant'}).click();
		const link = new URL(await dialog.locator('code').innerText());

		await accessibleInBoth(olga);
		const accepted = await new Http(centrex).post('/api/v1/invitations/accept', {secret: link.hash.slice(1), password: PASSWORD});

		assert.deepEqual(accepted.json.memberships.map(({domain, role}) => [domain, role]), [['umbrella.example', 'owner']]);
		assert.ok(cookieOf(accepted));
		await dialog.getByRole('button', {name: 'Done'}).click();
		await page.getByRole('link', {name: 'Umbrella', exact: true}).click();
		await page.getByRole('heading', {name: 'Umbrella'}).waitFor();
		await page.getByText('boss@umbrella.example').waitFor();
		await page.getByRole('button', {name: 'Change limits'}).click();
		await dialog.getByLabel('Extensions').fill('12');
		await dialog.getByRole('button', {name: 'Save'}).click();
		await page.getByRole('row', {name: /Extensions/}).getByText('12', {exact: true}).waitFor();
		await accessibleInBoth(olga);
		await page.getByRole('button', {name: 'Delete'}).click();
		await dialog.getByText('0 extensions: their phones stop working at once').waitFor();
		assert.equal(await dialog.getByRole('button', {name: 'Delete'}).isDisabled(), true);
		await dialog.getByLabel('Type umbrella.example to confirm').fill('umbrella.example');
		await dialog.getByRole('button', {name: 'Delete'}).click();
		await page.waitForURL((url) => url.pathname === '/operator/tenants');
		await page.getByRole('link', {name: 'Umbrella', exact: true}).waitFor({state: 'detached'});
		assert.equal((await api.get('/api/v1/tenants/umbrella.example')).status, 404);
	});

	test('makes a user, hands on a link, and deletes the user', async () => {
		const paul = await on(OPERATOR, '/operator/users');
		const {page} = paul;
		const dialog = dialogOf(page);

		await page.getByRole('cell', {name: of('owner'), exact: true}).waitFor();
		await accessibleInBoth(paul);
		await page.getByRole('button', {name: 'New user'}).click();
		await dialog.getByLabel('E-mail').fill('quinn@example.com');
		await dialog.getByRole('button', {name: 'Make the user'}).click();
		await dialog.getByRole('button', {name: 'Make the link'}).click();
		const link = new URL(await dialog.locator('code').innerText());

		assert.equal((await new Http(centrex).post('/api/v1/invitations/accept', {secret: link.hash.slice(1), password: PASSWORD})).status, 200);
		await dialog.getByRole('button', {name: 'Close', exact: true}).click();
		await page.getByRole('button', {name: 'Actions for quinn@example.com'}).click();
		await page.getByRole('menuitem', {name: 'Delete'}).click();
		await dialog.getByText('The membership in every tenant').waitFor();
		await dialog.getByRole('button', {name: 'Delete'}).click();
		await page.getByRole('cell', {name: 'quinn@example.com', exact: true}).waitFor({state: 'detached'});
	});

	test('hears of tenants and nodes as they come, without asking', async () => {
		const simon = await on(OPERATOR, '/operator/tenants');
		const {page} = simon;

		await page.getByRole('link', {name: DOMAIN}).first().waitFor();
		await centrex.json('tenant', 'create', '--name', 'Elsewhere', '--domain', 'elsewhere.example');
		await page.getByRole('link', {name: 'Elsewhere', exact: true}).waitFor();
		await centrex.cli('tenant', 'delete', 'elsewhere.example', '--yes', 'elsewhere.example');
		await page.getByRole('link', {name: 'Elsewhere', exact: true}).waitFor({state: 'detached'});
	});

	for (const [path, heading, shown] of [
		['nodes', 'Nodes', (page) => page.getByRole('cell', {name: 'OK', exact: true}).first()],
		['migrations', 'Migrations', (page) => page.getByText('Up to date')],
		['isolation', 'Isolation', (page) => page.getByText('No run yet')],
		['activity', 'Calls and phones', (page) => page.getByText('No calls and no phones now')],
		['audit', 'Audit', (page) => page.getByText('Signed in').first()],
	])
		test(`sees the page ${heading}, in both looks and on a phone`, async () => {
			const rosa = await on(OPERATOR, `/operator/${path}`);

			await rosa.page.getByRole('heading', {name: heading}).waitFor();
			await shown(rosa.page).waitFor();
			await accessibleInBoth(rosa);
			await rosa.page.setViewportSize({width: 380, height: 800});
			await rosa.page.waitForFunction(() => document.documentElement.scrollWidth <= window.innerWidth);
			await rosa.assertAccessible();
			await rosa.close();
		});
});
