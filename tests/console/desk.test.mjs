// The place of who answers calls when more than one thing goes on: two calls at once, two tenants, and a
// phone that is lost.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {makeMember} from '../http/people.mjs';
import {useBrowser} from '../lib/browser.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, take} from '../sip/queues.mjs';
import {workOf} from './pages.mjs';
import {ConsoleWorld} from './world.mjs';

const browser = useBrowser();
let world, acme, globex;

before(async () => {
	world = await ConsoleWorld.start();
	acme = await world.tenant('acme.pbx.test', 'Acme');
	globex = await world.tenant('globex.pbx.test', 'Globex');
	await world.queue(acme, 'Support', '801', ['101'], {wrap_up_time: 600});
});
after(() => world?.stop());

test('who talks to a queue\'s caller and is called directly sees both calls, and each goes by itself', async () => {
	const anna = await world.person(browser, acme, 'agent', {extension: '101', email: 'anna@acme.pbx.test'});
	const {page} = anna;
	const [talking, ringing] = [page.getByTestId('talking'), page.getByTestId('ringing')];

	await anna.goto(workOf(acme));
	const [phone, caller, colleague] = [await world.phone(acme, '101'), await world.phone(acme, '103'), await world.phone(acme, '104')];
	await page.getByText('Ready for calls').waitFor();
	const queued = await enter(caller, {number: '801'}, {name: '"Berta Brandt"'});
	const first = await take(phone);
	await talking.getByText('Berta Brandt').waitFor();

	const direct = await colleague.invite('101', {name: '"Otto Ohm"'});
	const second = await phone.incoming();
	second.ring();
	await ringing.getByText('Otto Ohm').waitFor();
	await talking.getByText('Berta Brandt').waitFor();
	await talking.getByText('Queue Support').waitFor();
	assert.equal(await ringing.getByText('Queue', {exact: false}).count(), 0);
	assert.match(await page.title(), /Call: Otto Ohm/);
	await anna.assertAccessible();
	if (process.env.CENTREX_SHOTS)
		await page.screenshot({path: `${process.env.CENTREX_SHOTS}/two-calls.png`});

	await second.answer();
	await direct.answered();
	await talking.getByText('Otto Ohm').waitFor();
	await ringing.waitFor({state: 'detached'});
	assert.equal(await talking.count(), 2);
	assert.doesNotMatch(await page.title(), /Call:/);
	// The queue's call ends first: its wrap-up does not hide the one that goes on.
	await hangUp(queued, first);
	await page.getByTestId('wrap-up').getByText('Berta Brandt', {exact: false}).waitFor();
	await talking.getByText('Otto Ohm').waitFor();
	assert.equal(await talking.count(), 1);
	await hangUp(direct, second);
	await talking.waitFor({state: 'detached'});
	await page.getByTestId('wrap-up').getByRole('button', {name: 'Ready now'}).click();
	await page.getByText('Ready for calls').waitFor();
	await world.leave(phone, caller, colleague);
	await anna.close();
});

test('a phone that is lost while it rings takes the call off the page, which says that no phone is connected', async () => {
	const paul = await world.person(browser, acme, 'agent', {extension: '102', email: 'paul@acme.pbx.test'});
	const {page} = paul;
	const ringing = page.getByTestId('ringing');
	const lost = page.getByText('Your phone is not connected', {exact: false});

	await world.queue(acme, 'Sales', '802', ['102']);
	await paul.goto(workOf(acme));
	const [phone, caller] = [await world.phone(acme, '102'), await world.phone(acme, '103')];
	await page.getByText('Ready for calls').waitFor();
	for (const [who, start, end] of [
		['Berta Brandt', (name) => enter(caller, {number: '802'}, {name}), (call) => call.bye()],
		['Carl Cramer', (name) => caller.invite('102', {name}), (call) => call.cancel()],
	]) {
		const call = await start(`"${who}"`);

		(await phone.incoming()).ring();
		await ringing.getByText(who).waitFor();
		assert.equal(await lost.count(), 0);
		await phone.unregister();
		await lost.waitFor();
		await ringing.waitFor({state: 'detached'});
		assert.doesNotMatch(await page.title(), /Call:/);
		await paul.assertAccessible();
		await end(call);
		await phone.register();
		await lost.waitFor({state: 'detached'});
		await page.getByText('Ready for calls').waitFor();
	}
	await world.leave(phone, caller);
	await paul.close();
});

test('who works in two tenants sees the status, queues and calls of the one he is in, and nothing of the other', async () => {
	const eva = await world.person(browser, acme, 'agent', {extension: '104', email: 'eva@acme.pbx.test'});
	const {page} = eva;
	const status = page.getByRole('region', {name: 'Status'});
	const queues = page.getByRole('region', {name: 'My queues'}).first();
	const pressed = (name) => status.getByRole('button', {name, pressed: true});

	await world.queue(acme, 'Anvils', '803', ['104']);
	await makeMember(world.centrex, globex.domain, eva.email, 'agent');
	await world.centrex.json('extension', 'update', '102', '--tenant', globex.domain, '--user-id', eva.email);
	await world.queue(globex, 'Gadgets', '803', ['102']);
	const [here, there, caller] = [await world.phone(acme, '104'), await world.phone(globex, '102'), await world.phone(globex, '103')];

	await eva.goto(workOf(acme));
	await page.getByText('Extension 104', {exact: true}).waitFor();
	await status.getByRole('button', {name: 'Break'}).click();
	await pressed('Break').waitFor();

	// The other one's call rings the other one's phone; not here.
	const call = await enter(caller, {number: '803'}, {name: '"Gerda Gadget"'});
	(await there.incoming()).ring();
	await page.getByTestId('tenant-name').click();
	await page.getByRole('menuitem', {name: /Globex/}).click();
	await page.getByText('Extension 102', {exact: true}).waitFor();
	await page.getByTestId('ringing').getByText('Gerda Gadget').waitFor();
	await pressed('Available').waitFor();
	await queues.getByRole('row', {name: /Gadgets 1 /}).waitFor();
	assert.doesNotMatch(await page.getByRole('main').innerText(), /Anvils|On break/);

	await page.getByTestId('tenant-name').click();
	await page.getByRole('menuitem', {name: /Acme/}).click();
	await page.getByText('Extension 104', {exact: true}).waitFor();
	await pressed('Break').waitFor();
	await queues.getByRole('row', {name: /Anvils 0 /}).waitFor();
	assert.doesNotMatch(await page.getByRole('main').innerText(), /Gerda|Gadget/);
	assert.doesNotMatch(await page.title(), /Gerda/);
	await eva.assertAccessible();
	// What is chosen here holds here.
	await status.getByRole('button', {name: 'Log out'}).click();
	await pressed('Log out').waitFor();
	await waitFor(async () => (await world.centrex.json('agent', 'show', '104', '--tenant', acme.domain)).status === 'logged_out', 'the status here');
	assert.equal((await world.centrex.json('agent', 'show', '102', '--tenant', globex.domain)).status, 'available');
	await call.bye();
	await world.leave(here, there, caller);
	await eva.close();
});
