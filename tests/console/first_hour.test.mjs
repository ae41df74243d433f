// The whole first hour of a tenant, as people do it: the operator makes it, its owner sets it up, two
// softphones register, a caller is answered out of a queue, and his recording is heard.

import assert from 'node:assert/strict';
import path from 'node:path';
import {after, before, test} from 'node:test';

import {makeUser, PASSWORD} from '../http/people.mjs';
import {makeTone} from '../lib/audio.mjs';
import {startBaresip} from '../lib/baresip.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {ConsoleWorld} from './world.mjs';

const DOMAIN = 'acme.pbx.test';
const OPERATOR = 'operator@pbx.test';
const OWNER = 'olga@acme.pbx.test';
const AGENT = 'anton@acme.pbx.test';
const browser = useBrowser();
const phones = {};
let world, owner, agent;

before(async () => {
	world = await ConsoleWorld.start();
	await makeUser(world.centrex, OPERATOR, {admin: true});
});
after(async () => {
	await Promise.all(Object.values(phones).map((phone) => phone.stop?.()));
	await world?.stop();
});

async function heading(person, name) {
	await person.page.getByRole('heading', {level: 1, name}).waitFor();
}

async function go(person, name) {
	await person.page.getByRole('navigation', {name: 'Main'}).getByRole('link', {name, exact: true}).click();
	await heading(person, name);
}

// A new person opens the link that was handed to him, and chooses a password.
async function join(link) {
	const person = await browser.person(world.centrex);

	await person.goto(link.replace(/^https?:\/\/[^/]+/, ''));
	await person.page.getByRole('textbox', {name: 'Password'}).fill(PASSWORD);
	await person.page.getByRole('button', {name: 'Set the password and sign in'}).click();
	return person;
}

// Chooses from a list, by what stands in it.
async function choose(page, scope, label, option) {
	await scope.getByRole('textbox', {name: label}).or(scope.getByRole('combobox', {name: label})).first().click();
	await page.getByRole('option', {name: option}).first().click();
}

test('the operator signs in and makes a tenant with its owner, who gets a link', async () => {
	const operator = await browser.person(world.centrex);
	const {page} = operator;

	await operator.goto('/');
	await page.getByRole('textbox', {name: 'E-mail'}).fill(OPERATOR);
	await page.getByRole('textbox', {name: 'Password'}).fill(PASSWORD);
	await page.getByRole('button', {name: 'Sign in', exact: true}).click();
	await heading(operator, 'Tenants');
	await page.getByRole('button', {name: 'New tenant'}).first().click();
	const form = page.getByRole('dialog', {name: 'New tenant'});
	await form.getByRole('textbox', {name: 'Name'}).fill('Acme');
	await form.getByRole('textbox', {name: 'Domain'}).fill(DOMAIN);
	await form.getByRole('textbox', {name: 'E-mail of the first owner'}).fill(OWNER);
	await form.getByRole('button', {name: 'Make the tenant'}).click();
	const link = await form.getByText(/\/invitation#/).innerText();
	owner = await join(link);
	await heading(owner, 'Dashboard');
	await owner.page.getByText('Acme', {exact: true}).first().waitFor();
	await operator.close();
});

test('the owner adds extensions, and reads what their phones need', async () => {
	const {page} = owner;

	await go(owner, 'Extensions');
	for (const number of ['101', '103']) {
		await page.getByRole('button', {name: 'New extension'}).first().click();
		const form = page.getByRole('dialog', {name: 'New extension'});
		await form.getByLabel('Number').fill(number);
		await form.getByRole('button', {name: 'New extension'}).click();
		const details = page.getByRole('dialog', {name: `Extension ${number}`});
		await details.getByRole('button', {name: 'Copy Password'}).waitFor();
		const [domain, username, password] = await details.locator('code').allInnerTexts();
		assert.equal(domain, DOMAIN);
		phones[number] = {number, username, password, domain};
		await details.getByRole('button', {name: 'Close'}).click();
		await details.waitFor({state: 'detached'});
	}
});

test('a person is invited, becomes an agent, and is told what is missing until he has a phone', async () => {
	const {page} = owner;

	await go(owner, 'Users and roles');
	await page.getByRole('button', {name: 'Add a person'}).first().click();
	const form = page.getByRole('dialog', {name: 'Add a person'});
	await form.getByRole('textbox', {name: 'E-mail'}).fill(AGENT);
	await choose(page, form, 'Role', 'Agent');
	await form.getByRole('button', {name: 'Add', exact: true}).click();
	const shown = form.getByText(/\/invitation#/);
	const pending = form.getByText(/Who runs the installation can make a link/);
	await shown.or(pending).first().waitFor();
	// Only who runs the installation may have a link that is as good as a password.
	agent = await join(await shown.count() ? await shown.innerText() : await linkByOperator());
	await heading(agent, 'My work');
	await agent.page.getByText('You have no extension here').waitFor();
	await page.getByRole('dialog').getByRole('button', {name: 'Close'}).click();
	await go(owner, 'Extensions');
	await page.getByRole('button', {name: 'Open extension 101'}).click();
	const details = page.getByRole('dialog', {name: 'Extension 101'});
	await choose(page, details, 'User', AGENT);
	await details.getByRole('button', {name: 'Save'}).click();
	await agent.page.getByText('You are in no queue').waitFor();
});

async function linkByOperator() {
	const operator = await browser.person(world.centrex);
	const {page} = operator;

	await operator.signIn(OPERATOR, PASSWORD);
	await operator.goto('/operator/users');
	await page.getByRole('button', {name: `Actions for ${AGENT}`}).click();
	await page.getByRole('menuitem', {name: 'Link for a password'}).click();
	await page.getByRole('dialog').getByRole('button', {name: 'Make the link'}).click();
	const link = await page.getByRole('dialog').getByText(/\/invitation#/).innerText();
	await operator.close();
	return link;
}

test('music is uploaded, a queue made that plays it, with a member and a number, and calls are recorded', async () => {
	const {page} = owner;
	const waltz = await makeTone(path.join(temporaryDirectory('music'), 'waltz.wav'), 660, 5);

	await go(owner, 'Audio');
	await page.locator('input[type=file]').setInputFiles(waltz);
	await page.getByText('waltz.wav is uploaded').waitFor();

	await go(owner, 'Queues');
	await page.getByRole('button', {name: 'New queue'}).first().click();
	const form = page.getByRole('dialog', {name: 'New queue'});
	await form.getByRole('textbox', {name: 'Name'}).fill('Support');
	await form.getByRole('button', {name: 'New queue'}).click();
	await heading(owner, 'Support');
	await choose(page, page, 'Extension', /101/);
	await page.getByRole('button', {name: 'Add', exact: true}).click();
	await page.getByRole('button', {name: 'Move 101'}).waitFor();
	await page.getByRole('tab', {name: 'Settings'}).click();
	const music = page.getByRole('region', {name: 'Music'});
	await choose(page, music, 'What callers hear', 'waltz.wav');
	await music.getByRole('button', {name: 'Save'}).click();
	await page.getByText('Saved').first().waitFor();
	await waitFor(async () => (await world.centrex.json('queue', 'show', 'Support', '--tenant', DOMAIN)).moh_sound?.length > 10, 'the queue\'s music');

	await go(owner, 'Numbers');
	await page.getByRole('button', {name: 'New number'}).first().click();
	const number = page.getByRole('dialog', {name: 'New number'});
	await number.getByRole('textbox', {name: 'Number', exact: true}).fill('801');
	await choose(page, number, 'Leads to', 'Queue');
	await choose(page, number, 'Queue', 'Support');
	await number.getByRole('button', {name: 'New number'}).click();
	await page.getByRole('button', {name: 'Open number 801'}).waitFor();

	await go(owner, 'Settings');
	const recording = page.getByRole('region', {name: 'Recording'});
	await choose(page, recording, 'Which calls are recorded', 'All calls');
	await recording.getByRole('button', {name: 'Save'}).click();
	await page.getByText('Saved').first().waitFor();
	await waitFor(async () => /"?all"?/.test(JSON.stringify((await world.centrex.json('setting', 'show', 'recording', '--tenant', DOMAIN)).value)), 'the setting');
});

test('two phones register: the list shows both online', async () => {
	const port = world.centrex.sip.udp;

	await go(owner, 'Extensions');
	for (const number of ['101', '103']) {
		phones[number] = await startBaresip({phone: phones[number], port, hertz: number === '101' ? 440 : 880});
		await phones[number].registered();
		await owner.page.getByRole('row').filter({has: owner.page.getByRole('button', {name: `Open extension ${number}`})}).getByText('Online').waitFor();
	}
});

test('a queue\'s call rings in the workspace, is answered, shows on the wallboard, and ends', async () => {
	const wall = await owner.context.newPage();
	const card = wall.getByRole('region', {name: 'Support'});
	const busy = (n) => card.getByText('Busy', {exact: true}).locator('xpath=following-sibling::*').getByText(String(n), {exact: true});

	await wall.goto(`${owner.origin}/t/${DOMAIN}/wallboard`);
	await busy(0).waitFor();
	await agent.page.getByRole('button', {name: 'Available', exact: true}).click();
	await agent.page.getByText('Ready for calls').waitFor();
	await phones[103].dial('801');
	await agent.page.getByTestId('ringing').getByText('103').first().waitFor();
	await agent.page.getByTestId('ringing').getByText('Queue Support').waitFor();
	await phones[101].event('CALL_INCOMING');
	await phones[101].accept();
	await agent.page.getByTestId('talking').getByText('103').first().waitFor();
	await busy(1).waitFor();
	await phones[103].event('CALL_ESTABLISHED');
	await waitFor(async () => /^0:(0[3-9]|[1-5]\d)$/.test(await agent.page.getByTestId('talking').getByRole('timer').innerText()), 'three seconds of talk');
	await phones[103].hangup();
	await agent.page.getByTestId('wrap-up').getByText(/left/).waitFor();
	await agent.page.getByRole('button', {name: 'Ready now'}).click();
	await busy(0).waitFor();
	await card.getByText('Answered today').locator('xpath=following-sibling::*').getByText('1').waitFor();
	await wall.close();
});

test('the call is found in Calls, and its recording plays', async () => {
	const {page} = owner;

	await go(owner, 'Calls');
	await page.getByRole('button', {name: /^Details: 103 to 801/}).first().click();
	await page.getByRole('button', {name: /^Play recording/}).first().click();
	const audio = page.getByTestId('sound').first();
	await waitFor(() => audio.evaluate((element) => element.currentTime > 0.5 && !element.error), 'the recording to go on');
	assert.ok(await audio.evaluate((element) => element.duration) >= 2, 'as long as the talk');
	// The agent hears his own, too.
	await agent.page.getByRole('button', {name: /^Play recording/}).first().click();
	const own = agent.page.getByTestId('sound').first();
	await waitFor(() => own.evaluate((element) => element.currentTime > 0.2), 'his recording to go on');
});
