// Two tenants in two browsers: neither sees anything of the other. Roles hold by URL, too. And what a
// page shows after the server was away is what is.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {useBrowser} from '../lib/browser.mjs';
import {freePort} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';
import {addressOf, allPages, visit, wordsOf, workOf} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const GONE = /status of (401|403|404)/; // what the browser says of a refusal
const AWAY = [/ERR_(CONNECTION|EMPTY|INCOMPLETE|NETWORK)/, /status of 50[23]/];
const browser = useBrowser();
const marks = {'acme.pbx.test': /acme|Anvil/i, 'globex.pbx.test': /globex|Gadget/i};
let world, acme, globex;

// A tenant whose every text tells whose it is; all numbers are the same in both.
async function tenant(domain, name, thing) {
	const made = await world.tenant(domain, name);

	await world.setting(made, 'recording', 'all');
	made.queue = await world.queue(made, `${thing} sales`, '801', ['101']);
	made.owner = await world.person(browser, made, 'owner');
	made.agent = await world.person(browser, made, 'agent', {extension: '101'});
	made.thing = thing;
	return made;
}

async function waitingCall(made) {
	const caller = await world.phone(made, '103');

	return {caller, call: await enter(caller, {number: '801'}, {name: `"${made.thing} buyer"`})};
}

// Everything the API told this browser from now on.
function record(person) {
	const told = [];

	person.page.on('response', (response) => {
		if (/\/api\/v1\//.test(response.url()) && !/\/events/.test(response.url()))
			told.push(response.text().catch(() => ''));
	});
	return async () => (await Promise.all(told)).join('\n');
}

before(async () => {
	const port = await freePort();

	world = await ConsoleWorld.start({args: ['--web-port', port]});
	acme = await tenant('acme.pbx.test', 'Acme Anvils', 'Anvil');
	globex = await tenant('globex.pbx.test', 'Globex Gadgets', 'Gadget');
});
after(() => world?.stop());

test('while the other tenant has calls, no page of this one shows or is told any of it', async () => {
	const calls = await Promise.all([acme, globex].map(waitingCall));

	await Promise.all([[acme, globex], [globex, acme]].map(async ([mine, other]) => {
		const told = record(mine.owner);

		for (const page of allPages().filter(({area}) => ['tenant', 'screen'].includes(area))) {
			const address = addressOf(page, mine.domain, {queue: mine.queue.id});

			if (!address)
				continue;
			await visit(mine.owner, address);
			const words = (await wordsOf(mine.owner.page)).join('\n');
			assert.doesNotMatch(words, /This page does not exist/, address);
			assert.doesNotMatch(words, marks[other.domain], address);
		}
		const answers = await told();
		assert.match(answers, marks[mine.domain]);
		for (const foreign of [marks[other.domain], new RegExp(other.id), new RegExp(other.queue.id)])
			assert.doesNotMatch(answers, foreign);
	}));
	for (const {caller, call} of calls) {
		await call.bye();
		await world.leave(caller);
	}
});

test('who runs the installation opens a tenant and sees who calls whom, and its phones, as they come and go; nobody else does', async () => {
	const olga = await world.person(browser, acme, 'operator');
	const {page} = olga;
	const {caller, call} = await waitingCall(acme);

	await visit(olga, '/operator/activity');
	await page.getByRole('button', {name: `Show calls and phones of ${acme.name}`}).click();
	const calls = page.getByRole('table', {name: 'Calls now'});
	const phones = page.getByRole('table', {name: 'Phones'});

	await calls.getByRole('row', {name: /Waiting 103 Anvil buyer 801 Anvil sales/}).waitFor();
	await phones.getByRole('row', {name: /^103 127\.0\.0\.1:\d+ udp/}).waitFor();
	// The other is in the list, too, for as long as it has phones: by its names, and with nothing in it.
	const names = [globex.name, globex.domain, `Show calls and phones of ${globex.name}`];

	assert.doesNotMatch((await wordsOf(page)).filter((word) => !names.includes(word)).join('\n'), marks[globex.domain]);
	await olga.assertAccessible();
	// A search in what the tenant has now.
	await page.getByRole('textbox', {name: `Search calls and phones of ${acme.name}`}).fill('nobody');
	await page.getByText('Nothing found').first().waitFor();
	await page.getByRole('textbox', {name: `Search calls and phones of ${acme.name}`}).fill('Anvil');
	await calls.getByRole('row', {name: /Anvil buyer/}).waitFor();
	await page.getByRole('textbox', {name: `Search calls and phones of ${acme.name}`}).fill('');
	const other = await world.phone(acme, '104');

	await phones.getByRole('row', {name: /^104 /}).waitFor();
	await call.bye();
	await page.getByText('Nobody is on the phone.').waitFor();
	await world.leave(other);
	await phones.getByRole('row', {name: /^104 /}).waitFor({state: 'detached'});
	await world.leave(caller);
	for (const person of [acme.owner, acme.agent]) {
		person.expects(GONE);
		await visit(person, `/operator/activity?open=${globex.domain}`);
		await person.page.getByRole('heading', {name: 'This page does not exist'}).waitFor();
	}
	await olga.close();
});

test('a call rings in one workspace and shows in no other tenant; nor does presence', async () => {
	await Promise.all([acme, globex].map(({agent, domain}) => visit(agent, workOf({domain}))));
	const phone = await world.phone(acme, '101');
	const {caller, call} = await waitingCall(acme);

	await acme.agent.page.getByTestId('ringing').getByText('Anvil buyer').waitFor();
	const answered = await take(phone);
	await acme.agent.page.getByTestId('talking').waitFor();
	await hearEachOther(call, answered);
	await hangUp(call, answered);
	// Something of its own afterwards: what came before would be there by then.
	await world.centrex.json('agent', 'update', '101', '--tenant', globex.domain, '--status', 'on_break', '--reason', 'Later');
	await globex.agent.page.getByText('Later').waitFor();
	const words = await wordsOf(globex.agent.page);
	assert.doesNotMatch(words.join('\n'), marks[acme.domain]);
	assert.ok(words.includes('Your phone is not connected. Switch it on: until then no queue rings you.'), words.join('\n'));
	assert.equal(await globex.agent.page.getByTestId('ringing').count() + await globex.agent.page.getByTestId('talking').count(), 0);
	assert.ok(words.includes('No calls yet today'));
	await world.leave(phone, caller);
});

test('the other tenant\'s addresses are pages that do not exist, and its recording is not there', async () => {
	const {owner} = globex;
	const [call] = await waitFor(async () => {
		const list = await world.centrex.json('cdr', 'list', '--tenant', acme.domain);
		const recorded = (list.items ?? list).filter(({recording_path}) => recording_path);

		return recorded.length > 0 && recorded;
	}, 'the recorded call', 30_000);

	owner.expects(GONE);
	for (const page of allPages().filter(({area}) => ['tenant', 'screen'].includes(area))) {
		const address = addressOf(page, acme.domain, {queue: acme.queue.id});

		if (!address)
			continue;
		await owner.goto(address);
		await owner.page.getByText('This page does not exist').waitFor();
		assert.doesNotMatch((await wordsOf(owner.page)).join('\n'), /Anvil/);
	}
	for (const [person, status] of [[globex.owner, 404], [globex.agent, 404], [acme.owner, 200], [acme.agent, 200]]) {
		const answer = await person.context.request.get(`${person.origin}/api/v1/tenants/${acme.domain}/cdrs/${call.id}/recording`);

		assert.equal(answer.status(), status, person.email);
		assert.equal((await person.context.request.get(`${person.origin}/api/v1/tenants/${globex.domain}/cdrs/${call.id}/recording`)).status(), 404);
	}
	// Its own tenant, with the other's queue.
	await visit(owner, `/t/${globex.domain}/queues/${acme.queue.id}`);
	assert.doesNotMatch((await wordsOf(owner.page)).join('\n'), /Anvil/);
});

test('an agent reaches no page of an administrator by its address, an administrator none of the operator', async () => {
	const {agent, owner} = acme;

	agent.expects(GONE);
	owner.expects(GONE);
	for (const page of allPages()) {
		const address = addressOf(page, acme.domain, {queue: acme.queue.id, domain: acme.domain});
		const forAgents = ['public', 'own'].includes(page.area) || (page.area !== 'operator' && ['agent', 'wallboard'].includes(page.role ?? 'agent'));

		if (!address || page.area === 'public')
			continue;
		await visit(agent, address);
		assert.equal(await agent.page.getByText('This page does not exist').count(), forAgents ? 0 : 1, `${address} for an agent`);
		if (page.area === 'operator') {
			await visit(owner, address);
			await owner.page.getByText('This page does not exist').waitFor();
		}
	}
	await visit(agent, '/');
	const navigation = agent.page.getByRole('navigation', {name: 'Main'});
	assert.deepEqual(await navigation.getByRole('link').allInnerTexts(), ['My work', 'Wallboard', 'Calls']);
});

test('the server goes and comes back: the page says so, recovers, and has missed and doubled nothing', async () => {
	const {agent} = acme;
	const lost = agent.page.getByTestId('connection-lost');
	const rows = agent.page.getByRole('table', {name: 'Directory'}).getByRole('row');

	await visit(agent, workOf(acme));
	await rows.getByText('104').waitFor();
	for (const person of [agent, acme.owner, globex.agent, globex.owner])
		person.expects(...AWAY);
	const phone = await world.phone(acme, '101');
	const pid = world.centrex.kill('web', 'SIGSTOP');
	const {caller, call} = await waitingCall(acme); // while nobody can be told
	await world.centrex.extension(acme.domain, '150');
	process.kill(pid, 'SIGKILL');
	await lost.waitFor();
	await lost.waitFor({state: 'detached'});
	await agent.page.getByTestId('ringing').getByText('Anvil buyer').waitFor();
	await rows.getByText('150', {exact: true}).waitFor();
	assert.equal(await rows.getByText('150', {exact: true}).count(), 1);
	assert.equal(await agent.page.getByTestId('ringing').count(), 1);
	const answered = await take(phone);
	await agent.page.getByTestId('talking').waitFor();
	await hearEachOther(call, answered);
	await hangUp(call, answered);
	// Live again, without a reload: the record of the call comes, once.
	const today = agent.page.getByRole('region', {name: 'My calls today'}).first();
	await today.getByRole('listitem').nth(1).waitFor();
	assert.equal(await today.getByRole('listitem').count(), 2);
	await world.leave(phone, caller);
});
