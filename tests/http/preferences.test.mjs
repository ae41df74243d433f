// How a tenant wants dates shown and why its agents take breaks: what every page of its people needs.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {refused, startTenants} from './tenants.mjs';

let world;

before(async () => {
	world = await startTenants();
});
after(() => world?.stop());

const preferences = async (who = world.agent) => (await who.get(world.mine('/preferences'))).json;

test('an agent reads the tenant\'s name, language and time zone, and reasons for a break', async () => {
	const {id, domain} = world.tenant;

	assert.deepEqual(await preferences(), {id, domain, name: domain, locale: 'en', timezone: 'UTC', break_reasons: []});
	await world.admin.patch(world.mine(), {locale: 'de-AT', timezone: 'Europe/Vienna', name: 'Erste'});
	await world.admin.put(world.mine('/settings/break_reasons'), {value: 'Mittag, Schulung ,Tee'});
	assert.deepEqual(await preferences(), {id, domain, name: 'Erste', locale: 'de-AT', timezone: 'Europe/Vienna',
		break_reasons: ['Mittag', 'Schulung', 'Tee']});
	await world.admin.put(world.mine('/settings/break_reasons'), {value: ''});
	assert.deepEqual((await preferences(world.operator)).break_reasons, []);
});

test('a zone or language that does not exist is refused by name', async () => {
	refused(await world.admin.patch(world.mine(), {timezone: 'Europe/Wien'}), 400, 'timezone', /time zone/);
	refused(await world.admin.patch(world.mine(), {locale: 'de_AT'}), 400, 'locale', /language tag/);
});

test('of another tenant nothing is there', async () => {
	refused(await world.neighbour.get(world.mine('/preferences')), 404);
	refused(await world.agent.get(world.theirs('/preferences')), 404);
});
