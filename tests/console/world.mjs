// A Centrex with its console, a tenant with people, phones and queues, and people in browsers:
//
//   const world = await ConsoleWorld.start();
//   const acme = await world.tenant('acme.pbx.test', 'Acme');      with extensions 101 to 104
//   await world.queue(acme, 'Support', '801', ['101']);
//   const anna = await world.person(browser, acme, 'agent', {extension: '101'});   signed in, in a browser

import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';

const NO_LIMITS = {CENTREX_WEB_RATE_ADDRESS: 0, CENTREX_WEB_RATE_CREDENTIAL: 0, CENTREX_WEB_RATE_TENANT: 0};
const NUMBERS = ['101', '102', '103', '104'];

export class ConsoleWorld {
	static async start(options = {}) {
		const world = new ConsoleWorld();

		world.centrex = await startCentrex({...options, args: ['--drain-s', 1, ...options.args ?? []], env: {...NO_LIMITS, ...options.env}});
		world.open = new Set();
		return world;
	}

	async tenant(domain, name, numbers = NUMBERS) {
		const row = await this.centrex.json('tenant', 'create', '--name', name, '--domain', domain);
		const phones = {};

		for (const number of numbers)
			phones[number] = await this.centrex.extension(domain, number);
		return {id: row.id, domain, name, phones};
	}

	// Members are available at once; settings: of the queue.
	async queue(tenant, name, number, members, settings = {}) {
		const row = await this.centrex.json('queue', 'create', '--tenant', tenant.domain, '--name', name, '--strategy', 'ring-all');

		if (number)
			await this.centrex.json('number', 'create', '--tenant', tenant.domain, '--number', number, '--queue-id', row.id);
		for (const member of members) {
			await this.centrex.json('queue-member', 'create', '--tenant', tenant.domain, '--queue-id', row.id, '--extension-id', member);
			await this.centrex.json('agent', 'update', member, '--tenant', tenant.domain, '--status', 'available');
		}
		const given = Object.entries(settings).flatMap(([key, value]) => [`--${key.replaceAll('_', '-')}`, value]);

		if (given.length)
			await this.centrex.json('queue-settings', 'update', row.id, '--tenant', tenant.domain, ...given);
		return row;
	}

	// A user of that role, whose extension it is; signed in, in a browser of his own.
	async person(browser, tenant, role, {extension, email = `${role}@${tenant.domain}`, ...options} = {}) {
		await makeUser(this.centrex, email, {admin: role === 'operator'});
		if (role !== 'operator')
			await makeMember(this.centrex, tenant.domain, email, role);
		if (extension)
			await this.centrex.json('extension', 'update', extension, '--tenant', tenant.domain, '--user-id', email);
		const person = await browser.person(this.centrex, options);

		person.email = email;
		await person.signIn(email, PASSWORD);
		return person;
	}

	// A registered raw phone.
	async phone(tenant, number) {
		const phone = await Phone.open({account: tenant.phones[number], port: this.centrex.sip.udp});

		await phone.register();
		this.open.add(phone);
		return phone;
	}

	// They are not there any more.
	async leave(...phones) {
		await Promise.all(phones.map((phone) => phone.unregister()));
		for (const phone of phones) {
			phone.close();
			this.open.delete(phone);
		}
	}

	setting(tenant, name, value) {
		return this.centrex.json('setting', 'create', '--tenant', tenant.domain, '--name', name, '--value', JSON.stringify(value));
	}

	async stop() {
		await this.centrex?.stop();
		this.open?.forEach((phone) => phone.close());
	}
}
