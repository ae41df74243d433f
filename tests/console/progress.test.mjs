// Whatever somebody does, while the server has not answered the page shows that it is under way, and does
// not let the same be done twice. No clock is read: the answer is held back until all has been looked at.
// A new page, or a new action, is a row below; a part of the console that writes and has no row fails.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';

import {makeUser, PASSWORD} from '../http/people.mjs';
import {makeTone} from '../lib/audio.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {source} from '../lib/centrex.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';
import {hold, knowProgress, seenProgress} from './held.mjs';
import {addressOf, allPages, ready, visit} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const DOMAIN = 'acme.pbx.test';
const browser = useBrowser();
const people = {};
const ids = {};
let world, acme, tone;

const at = (page) => `/t/${DOMAIN}/${page}`;
const button = (name) => (page) => page.getByRole('button', {name}).first();
const item = (name) => (page) => page.getByRole('menuitem', {name});
const tab = (name) => (page) => page.getByRole('tab', {name});
const inDialog = (name) => (page) => page.getByRole('dialog').last().getByRole('button', {name, exact: true});
const text = (name) => (page) => page.getByRole('textbox', {name}).or(page.getByRole('searchbox', {name})).last();
const click = async (page, ...found) => {
	for (const find of found)
		await find(page).click();
};
const fill = async (page, values) => {
	for (const [name, value] of Object.entries(values))
		await text(name)(page).fill(value);
};
const choose = async (page, name, option) => {
	await page.getByRole('combobox', {name}).or(page.getByRole('textbox', {name})).last().click();
	await page.getByRole('option', {name: option}).first().click();
};
const file = (name, content) => ({name, mimeType: 'text/csv', buffer: Buffer.from(content)});
const csvInto = (page, ...given) => page.getByRole('dialog').locator('input[type=file]').setInputFiles(file(...given));

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant(DOMAIN, 'Acme', ['101', '102', '103', '104', '105']);
	await world.tenant('beta.pbx.test', 'Beta', ['101']);
	await world.setting(acme, 'recording', 'all');
	await world.setting(acme, 'break_reasons', 'Lunch');
	ids.queue = (await world.queue(acme, 'Support', '801', ['101', '102', '104'])).id;
	await world.queue(acme, 'Doomed', undefined, []);
	people.operator = await world.person(browser, acme, 'operator', {email: 'operator@pbx.test'});
	people.owner = await world.person(browser, acme, 'owner', {extension: '101'});
	people.nobody = await browser.person(world.centrex);
	people.leaver = await world.person(browser, acme, 'agent', {email: 'leaver@acme.pbx.test'});
	await makeUser(world.centrex, 'spare@pbx.test');
	await people.owner.signIn(people.owner.email, PASSWORD); // a second session, which is ended
	await people.leaver.signIn(people.leaver.email, PASSWORD);
	people.leaver.expects(/status of 401/); // his sessions are ended under his page
	const token = (body) => people.owner.context.request.post(`${people.owner.origin}/api/v1/me/tokens`, {headers: {origin: people.owner.origin}, data: {tenant: acme.id, role: 'agent', ...body}});

	await token({name: 'first'});
	await token({name: 'second'});
	tone = await makeTone(path.join(temporaryDirectory('music'), 'waltz.wav'), 440, 4);
	await people.owner.context.request.post(`${people.owner.origin}/api/v1/tenants/${acme.id}/media`, {headers: {origin: people.owner.origin},
		multipart: {category: 'moh', file: {name: 'old.wav', mimeType: 'audio/wav', buffer: fs.readFileSync(tone)}}});
	// A call that is over and was recorded, and one of this moment.
	const [phone, caller, other] = [await world.phone(acme, '101'), await world.phone(acme, '103'), await world.phone(acme, '105')];
	const call = await enter(caller, {number: '801'}, {name: '"Berta Brandt"'});
	const answered = await take(phone);

	await hearEachOther(call, answered);
	await hangUp(call, answered);
	await waitFor(async () => (await world.centrex.json('cdr', 'list', '--tenant', DOMAIN)).some(({recording_path: kept}) => kept), 'the call to be recorded');
	await world.centrex.json('agent', 'update', '101', '--tenant', DOMAIN, '--status', 'on_break');
	ids.phone = await world.phone(acme, '104');
	await enter(other, {number: '801'}, {name: '"Carl Clausen"'});
});
after(() => world?.stop());

const pages = allPages();
const whoSees = ({area}) => ({operator: 'operator', public: 'nobody'})[area] ?? 'owner';

// Reads: what is asked for is shown as being on its way.
const READS = [
	{on: at('extensions'), does: 'search', path: /extensions\?.*q=10/, act: (page) => text('Search by number or e-mail address')(page).fill('10')},
	{on: at('extensions'), does: 'sort', path: /extensions\?.*sort=/, act: (page) => click(page, button('Number'))},
	{on: at('extensions'), does: 'open a row', path: /\/extensions\/[^/?]+$/, act: (page) => click(page, button('Open extension 102'))},
	{on: at('extensions'), does: 'show credentials', path: /secrets=yes/, prepare: (page) => click(page, button('Open extension 102')), act: (page) => click(page, button('Show credentials'))},
	{on: at('extensions'), does: 'ask before deleting', path: /queue-members\?/, prepare: (page) => click(page, button('Open extension 102')), act: (page) => click(page, inDialog('Delete'))},
	{on: at('queues'), does: 'search', path: /queues\?.*q=Sup/, act: (page) => text('Search queues')(page).fill('Sup')},
	{on: at('queues'), does: 'open a row', path: /\/queues\/[0-9a-f-]{36}$/, act: (page) => page.getByRole('link', {name: 'Support'}).click()},
	{on: 'QUEUE', does: 'switch to the members', path: /queue-members\?/, act: (page) => click(page, tab('Members'))},
	{on: 'QUEUE', does: 'switch to the settings', path: /queue-settings\//, act: (page) => click(page, tab('Settings'))},
	{on: 'QUEUE', does: 'switch to the history', path: /queue-calls\?/, act: (page) => click(page, tab('History'))},
	{on: 'QUEUE', does: 'ask why somebody waits', path: /explain/, act: (page) => click(page, button('Why?'))},
	{on: 'QUEUE?tab=history', does: 'show figures by hour', path: /queues\/statistics/, act: (page) => page.getByText('By hour', {exact: true}).click()},
	{on: 'QUEUE?tab=history&view=day', does: 'choose a day', path: /queues\/statistics/, act: (page) => page.getByLabel('From').fill('2026-01-05')},
	{on: 'QUEUE?tab=settings', does: 'search music', path: /media\?.*q=old/, act: (page) => text('What callers hear')(page).fill('old')},
	{on: at('calls'), does: 'filter', path: /cdrs\?.*disposition=/, act: (page) => choose(page, 'Result', 'Answered')},
	{on: at('calls'), does: 'search', path: /cdrs\?.*name=Berta/, act: (page) => text('Number or name')(page).fill('Berta')},
	{on: at('calls'), does: 'sort', path: /cdrs\?.*sort=start_time/, act: (page) => click(page, button('Time'))},
	{on: at('calls'), does: 'open a call', path: /\/cdrs\/[^/?]+$/, act: (page) => page.getByRole('button', {name: /^Details: 103/}).click()},
	{on: at('calls'), does: 'play a recording', path: /\/recording/, prepare: (page) => page.getByRole('button', {name: /^Details: 103/}).click(), early: true,
		act: (page) => page.getByRole('button', {name: /^Play/}).click()},
	{on: at('calls'), does: 'export', path: /\/cdrs\/export/, act: (page) => click(page, button('Export'))},
	{on: at('numbers'), does: 'search', path: /numbers\?.*q=80/, act: (page) => text('Search by number')(page).fill('80')},
	{on: at('numbers'), does: 'test a number', path: /\/route\?/, prepare: (page) => click(page, button('Test 801')), act: (page) => click(page, inDialog('Test'))},
	{on: at('media'), does: 'search', path: /media\?.*q=ol/, act: (page) => text('Search by name')(page).fill('ol')},
	{on: at('media'), does: 'filter', path: /media\?.*category=ivr/, act: (page) => page.getByText('Announcement').last().click()},
	{on: at('media'), does: 'open a row', path: /\/media\/[^/?]+$/, act: (page) => click(page, button('Open old.wav'))},
	{on: at('people'), does: 'search', path: /members\?.*q=le/, act: (page) => text('Search people')(page).fill('le')},
	{on: at('people'), does: 'filter', path: /members\?.*role=owner/, act: (page) => choose(page, 'Role', 'Owner')},
	{on: at('audit'), does: 'filter', path: /audit\?.*action=update/, act: (page) => choose(page, 'Action', 'Changed')},
	{on: '/operator/tenants', does: 'search', path: /tenants\?.*q=be/, act: (page) => text('Search tenants')(page).fill('be')},
	{on: '/operator/tenants', does: 'open a tenant', path: /\/preferences/, act: (page) => page.getByRole('link', {name: 'Open Beta'}).click()},
	{on: '/operator/tenants', does: 'search in the menu of tenants', path: /tenants\?.*q=bet/, prepare: (page) => page.getByTestId('tenant-name').click(),
		act: (page) => page.getByRole('menu').getByRole('textbox').fill('bet')},
	{on: '/operator/users', does: 'search', path: /users\?.*q=spa/, act: (page) => text('Search users')(page).fill('spa')},
	{on: '/operator/nodes', does: 'open a row', path: /nodes\/\w+\/.+/, act: (page) => click(page, button('Show all figures'))},
];

// Writes: and besides, what was asked for once is not asked for twice.
const WRITES = [
	{on: '/sign-in', does: 'sign in', post: /login$/, as: 'nobody', prepare: (page) => fill(page, {'E-mail': 'spare@pbx.test', Password: PASSWORD}), act: button('Sign in')},
	{on: '/profile', does: 'sign out', post: /logout$/, as: 'nobody', prepare: (page) => click(page, button('Your account')), act: item('Sign out')},
	{on: '/forgotten', does: 'ask for a link', post: /password-reset$/, as: 'nobody', prepare: (page) => fill(page, {'E-mail': 'spare@pbx.test'}), act: button('Send the link')},
	{on: '/profile', does: 'change the password', patch: /me\/password$/, prepare: (page) => fill(page, {'Password until now': PASSWORD, 'New password': PASSWORD}), act: button('Change the password')},
	{on: '/profile', does: 'end a session', delete: /me\/sessions\//, as: 'leaver', act: (page) => page.getByRole('button', {name: /^End the session/}).first()},
	{on: '/profile', does: 'make a token', post: /me\/tokens$/, prepare: async (page) => {
		await click(page, button('New token'));
		await fill(page, {Name: 'third'});
		await choose(page, 'Tenant', 'Acme');
		await choose(page, 'Role', 'Agent');
	}, act: inDialog('Make the token')},
	{on: '/profile', does: 'revoke a token', delete: /me\/tokens\//, prepare: (page) => click(page, button('Revoke the token first')), act: inDialog('Revoke')},
	{on: '/operator/tenants', does: 'make a tenant', post: /tenants$/, prepare: async (page) => {
		await click(page, button('New tenant'));
		await fill(page, {Name: 'Gamma', Domain: 'gamma.pbx.test'});
	}, act: inDialog('Make the tenant')},
	{on: '/operator/tenants/beta.pbx.test', does: 'save', patch: /tenants\/[^/]+$/, prepare: (page) => fill(page, {Name: 'Beta 2'}), act: button('Save')},
	{on: '/operator/tenants/beta.pbx.test', does: 'change limits', patch: /limits$/, prepare: async (page) => {
		await click(page, button('Change limits'));
		await fill(page, {Queues: '7'});
	}, act: inDialog('Save')},
	{on: '/operator/tenants/beta.pbx.test', does: 'delete a tenant', delete: /tenants\/[^/?]+/, prepare: async (page) => {
		await click(page, button('Delete'));
		await fill(page, {'Type beta.pbx.test to confirm': 'beta.pbx.test'});
	}, act: inDialog('Delete')},
	{on: '/operator/users', does: 'make a user', post: /users$/, prepare: async (page) => {
		await click(page, button('New user'));
		await fill(page, {'E-mail': 'fresh@pbx.test'});
	}, act: inDialog('Make the user')},
	{on: '/operator/users', does: 'make a link', post: /invitation$/, prepare: (page) => click(page, button('Actions for spare@pbx.test'), item('Link for a password')), act: inDialog('Make the link')},
	{on: '/operator/users', does: 'end a session', delete: /sessions\//, prepare: (page) => click(page, button('Actions for leaver@acme.pbx.test'), item('Sessions')),
		act: (page) => page.getByRole('dialog').getByRole('button', {name: /^End the session/}).first()},
	{on: '/operator/users', does: 'delete a user', delete: /users\//, prepare: (page) => click(page, button('Actions for spare@pbx.test'), item('Delete')), act: inDialog('Delete')},
	{on: at('extensions'), does: 'create', post: /extensions$/, prepare: async (page) => {
		await click(page, button('New extension'));
		await page.getByRole('dialog').getByLabel('Number').fill('120');
	}, act: inDialog('New extension')},
	{on: at('extensions'), does: 'save', patch: /extensions\//, prepare: async (page) => {
		await click(page, button('Open extension 120'));
		await page.getByRole('dialog').getByLabel('Number').fill('121');
	}, act: inDialog('Save')},
	{on: at('extensions'), does: 'rotate', post: /rotate-credentials$/, prepare: (page) => click(page, button('Open extension 121'), inDialog('New credentials')), act: inDialog('Make new credentials')},
	{on: at('extensions'), does: 'delete', delete: /extensions\//, prepare: (page) => click(page, button('Open extension 121'), inDialog('Delete')), act: inDialog('Delete')},
	{on: at('extensions'), does: 'check a file', post: /import\?.*dry_run/, prepare: (page) => click(page, button('Import')), run: (page) => csvInto(page, 'a.csv', 'extension_number\n130\n')},
	{on: at('extensions'), does: 'import', post: /import\?(?!.*dry_run)/, prepare: async (page) => {
		await click(page, button('Import'));
		await csvInto(page, 'a.csv', 'extension_number\n131\n');
	}, act: inDialog('Import 1 rows')},
	{on: at('queues'), does: 'create', post: /queues$/, prepare: async (page) => {
		await click(page, button('New queue'));
		await fill(page, {Name: 'Fresh'});
		await choose(page, 'Who rings', 'All at once');
	}, act: inDialog('New queue')},
	{on: at('queues'), does: 'delete', delete: /queues\//, prepare: (page) => click(page, button('More about Doomed'), item('Delete')), act: inDialog('Delete')},
	{on: 'QUEUE', does: 'set an agent\'s status', patch: /agents\//, prepare: (page) => page.getByRole('button', {name: /^Status of .*104/}).click(), act: item('Logged out')},
	{on: 'QUEUE?tab=members', does: 'add a member', post: /queue-members$/, prepare: (page) => choose(page, 'Extension', /103/), act: button('Add')},
	{on: 'QUEUE?tab=members', does: 'move a member', patch: /queue-members\//, prepare: (page) => page.getByRole('button', {name: /^Menu of .*104/}).click(), act: item('Move up')},
	{on: 'QUEUE?tab=members', does: 'remove a member', delete: /queue-members\//, prepare: async (page) => {
		await page.getByRole('button', {name: /^Menu of .*103/}).click();
		await click(page, item('Remove from the queue'));
	}, act: inDialog('Remove')},
	{on: 'QUEUE?tab=settings', does: 'save settings', patch: /queue-settings\//, prepare: (page) => page.getByLabel('Longest wait').fill('99'),
		act: (page) => page.getByRole('region', {name: 'Waiting and overflow'}).getByRole('button', {name: 'Save'})},
	{on: 'QUEUE?tab=settings', does: 'save the music', patch: /queues\//, prepare: (page) => choose(page, 'What callers hear', 'Silence'),
		act: (page) => page.getByRole('region', {name: 'Music'}).getByRole('button', {name: 'Save'})},
	{on: at('numbers'), does: 'create', post: /numbers$/, prepare: async (page) => {
		await click(page, button('New number'));
		await page.getByRole('dialog').getByRole('textbox', {name: 'Number'}).fill('+4930123');
		await choose(page, 'Extension', /102/);
	}, act: inDialog('New number')},
	{on: at('numbers'), does: 'save', patch: /numbers\//, prepare: async (page) => {
		await click(page, button('Open number +4930123'));
		await page.getByRole('dialog').getByRole('textbox', {name: 'Number'}).fill('+4930124');
	}, act: inDialog('Save')},
	{on: at('numbers'), does: 'delete', delete: /numbers\//, prepare: (page) => click(page, button('Open number +4930124'), inDialog('Delete')), act: inDialog('Delete')},
	{on: at('media'), does: 'upload', post: /media$/, run: (page) => page.locator('input[type=file]').first().setInputFiles(tone)},
	{on: at('media'), does: 'save', patch: /media\//, prepare: async (page) => {
		await click(page, button('Open old.wav'));
		await page.getByRole('dialog').getByLabel('Name').fill('older.wav');
	}, act: inDialog('Save')},
	{on: at('media'), does: 'delete', delete: /media\//, prepare: (page) => click(page, button('Open older.wav'), inDialog('Delete')), act: inDialog('Delete')},
	{on: at('people'), does: 'add', post: /members$/, prepare: async (page) => {
		await click(page, button('Add a person'));
		await fill(page, {'E-mail': 'added@acme.pbx.test'});
		await choose(page, 'Role', 'Agent');
	}, act: inDialog('Add')},
	{on: at('people'), does: 'change a role', patch: /members\//, prepare: async (page) => {
		await click(page, button('Actions for added@acme.pbx.test'), item('Change the role'));
		await choose(page, 'Role', 'Administrator');
	}, act: inDialog('Save')},
	{on: at('people'), does: 'remove', delete: /members\//, prepare: (page) => click(page, button('Actions for added@acme.pbx.test'), item('Remove')), act: inDialog('Remove')},
	{on: at('people'), does: 'import', post: /import\?(?!.*dry_run)/, prepare: async (page) => {
		await click(page, button('Import CSV'));
		await csvInto(page, 'a.csv', 'email,role\nimported@acme.pbx.test,agent\n');
	}, act: inDialog('Import 1 rows')},
	{on: at('people'), does: 'revoke a token', delete: /tokens\//, prepare: (page) => click(page, button('Revoke the token second')), act: inDialog('Revoke')},
	{on: at('settings'), does: 'save the tenant', patch: /tenants\/[^/]+$/, prepare: (page) => page.getByRole('region', {name: 'Tenant'}).getByLabel('Name').fill('Acme 2'),
		act: (page) => page.getByRole('region', {name: 'Tenant'}).getByRole('button', {name: 'Save'})},
	{on: at('settings'), does: 'save a setting', put: /settings\//, prepare: (page) => page.getByLabel('How long phones ring').fill('25'),
		act: (page) => page.getByRole('region', {name: 'Calls'}).getByRole('button', {name: 'Save'})},
	{on: at('work'), does: 'take a break', patch: /agents\//, act: (page) => page.getByRole('button', {name: 'Log out'})},
	{on: at('wallboard'), does: 'make a link', post: /me\/tokens$/, prepare: (page) => click(page, button('Link for a screen')), act: inDialog('Make a link')},
	{on: at('calls'), does: 'hang up', post: /hang-up$/, prepare: async (page) => {
		await ids.phone.register(); // which may have run out meanwhile
		await enter(ids.phone, {number: '801'});
		await page.getByRole('button', {name: /^Hang up: 104/}).click();
	}, act: inDialog('Hang up')},
	{on: at('calls'), does: 'delete a recording', delete: /recording$/, prepare: (page) => click(page, (p) => p.getByRole('button', {name: /^Details: 103/}), button('Delete recording')), act: inDialog('Delete recording')},
];
const METHODS = ['post', 'put', 'patch', 'delete'];

const addressIn = (on) => on.replace('QUEUE', at(`queues/${ids.queue}`));
const whoIs = ({as, on}) => people[as ?? (on.startsWith('/operator') ? 'operator' : 'owner')];

// What is shown while the answer is held back; then it comes, and the page is at rest again.
async function whileHeld(person, {method, path: asked, early}, {prepare, act, again}) {
	const {page} = person;
	const early_held = early && await hold(page, {method, path: asked});

	await prepare?.(page);
	if (!early)
		await ready(person);
	const held = early_held || await hold(page, {method, path: asked});

	try {
		await knowProgress(page);
		await act(page);
		await held.asked();
		await waitFor(async () => (await seenProgress(page)).length > 0, `the page to show that ${method} ${asked} is under way`);
		await again?.(page);
		const {count} = held;

		await held.release();
		await ready(person);
		return count;
	} finally {
		await held.end();
	}
}

describe('a page that is opened is on its way', () => {
	for (const page of pages.filter(({area}) => area !== 'public')) {
		const name = addressOf(page, DOMAIN, {queue: 'QUEUE', domain: DOMAIN});

		test(name, async () => {
			const person = people[whoSees(page)];
			const start = page.area === 'operator' ? '/operator/isolation' : '/profile';

			await visit(person, start);
			const held = await hold(person.page, {method: 'GET', path: /^\/api\/v1\/(?!me$|.*\/events)/});

			try {
				await person.goto(name.replace('QUEUE', ids.queue), {waitUntil: 'commit'});
				await held.asked();
				await waitFor(async () => (await seenProgress(person.page)).length > 0, `${name} to show that it loads`);
			} finally {
				await held.end();
			}
			await ready(person);
		});
	}
});

test('a page whose code is on its way shows it where the link was followed', async () => {
	const {page} = people.owner;

	await visit(people.owner, at('calls'));
	const held = await hold(page, {method: 'GET', path: /^\/assets\/.*\.js$/});

	try {
		await page.getByRole('link', {name: 'Numbers', exact: true}).click();
		await held.asked();
		await page.getByRole('progressbar', {name: 'The page is loading'}).waitFor();
	} finally {
		await held.end();
	}
	await page.getByRole('heading', {level: 1, name: 'Numbers'}).waitFor();
	await page.getByRole('progressbar', {name: 'The page is loading'}).waitFor({state: 'detached'});
});

describe('what is asked for is shown as being on its way', () => {
	for (const row of READS) {
		test(`${row.on}: ${row.does}`, async () => {
			const person = whoIs(row);

			await visit(person, addressIn(row.on));
			await whileHeld(person, {method: 'GET', path: row.path, early: row.early}, {prepare: row.prepare, act: row.act});
		});
	}
});

describe('what is done is shown as being under way, and not done twice', () => {
	for (const row of WRITES) {
		const method = METHODS.find((one) => row[one]);

		test(`${row.on}: ${row.does}`, async () => {
			const person = whoIs(row);
			const twice = async (page) => {
				// Whatever is still there of the button, by its click and by the keys.
				const left = await row.act(page).elementHandle({timeout: 500}).catch(() => null);

				await left?.evaluate((element) => element.click());
				await page.keyboard.press('Enter');
			};

			await visit(person, addressIn(row.on));
			const count = await whileHeld(person, {method: method.toUpperCase(), path: row[method]},
				{prepare: row.prepare, act: row.run ?? ((page) => row.act(page).click()), again: row.act && twice});
			assert.equal(count, 1);
		});
	}
});

test('every part of the console that writes has its row', () => {
	const features = path.join(source, 'console/src/features');
	const writes = /send(Tagged)?(<[^>]*>)?\('(POST|PUT|PATCH|DELETE)'|api\.(POST|PUT|PATCH|DELETE)\(|useWrites\(|XMLHttpRequest/;
	const featureOf = (address) => pages.find((page) => {
		const given = new RegExp(`^${addressOf(page, '[^/]+', {queue: '[^/?]+', domain: '[^/?]+'})}(\\?.*)?$`);

		return given.test(address.replace('QUEUE', at('queues/x')));
	})?.feature;
	const rows = new Set(WRITES.map(({on}) => featureOf(on)));
	const missing = fs.readdirSync(features).filter((feature) => fs.readdirSync(path.join(features, feature))
		.some((name) => /\.tsx?$/.test(name) && !/\.test\./.test(name) && writes.test(fs.readFileSync(path.join(features, feature, name), 'utf8'))) && !rows.has(feature));

	assert.deepEqual(missing, []);
});
