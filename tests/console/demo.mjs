// A tenant as it may be on a morning: people, phones, queues, calls of the day, and some of this moment.

import fs from 'node:fs';
import path from 'node:path';

import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {dice, makeRecords, store} from '../http/cdrs_data.mjs';
import {makeTone} from '../lib/audio.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';

const PEOPLE = ['Anna Bauer', 'Ben Hoffmann', 'Clara Vogel', 'David Kern', 'Emma Lang', 'Felix Roth', 'Greta Sommer', 'Hannes Wolf',
	'Ida Berger', 'Jonas Frank', 'Karla Simon', 'Leo Martin'];
const CALLERS = ['Sophie Adler', 'Paul Richter', 'Maria Lindner', 'Tom Engel', 'Julia Brandt', 'Oskar Neumann', 'Lena Fuchs', 'Max Keller', '', ''];
export const DOMAIN = 'nordlicht.example';
export const QUEUES = [['Bookings', '801', ['101', '102', '103', '104']], ['Support', '802', ['103', '105', '106']], ['Groups', '803', ['107', '108']]];
const HOUR_MS = 3_600_000;

const emailOf = (name) => `${name.toLowerCase().replace(' ', '.')}@${DOMAIN}`;

// The day so far, from eight in the morning or the last hours.
async function history(world, tenant) {
	const roll = dice(7);
	const now = Date.now();
	const records = makeRecords(220, {seed: 11, from: now - 5 * HOUR_MS, to: now - 60_000, queues: QUEUES.map(([name]) => tenant[name].id)});

	for (const record of records) {
		record.caller_id_name = /^\d{3}$/.test(record.caller_id_number) ? PEOPLE[Number(record.caller_id_number) - 101] ?? '' : CALLERS[roll(CALLERS.length)];
		// A talk of some minutes that is over.
		if (record.answer_time) {
			const end = Math.min(Date.parse(record.answer_time) + 20_000 + roll(460_000), now - 5000);

			record.answer_time = new Date(Math.min(Date.parse(record.answer_time), end)).toISOString();
			record.end_time = new Date(end).toISOString();
			record.duration = Math.floor((end - Date.parse(record.start_time)) / 1000);
		}
	}
	await store(world.centrex, tenant, records);
}

async function upload(person, tenant) {
	const directory = temporaryDirectory('music');

	for (const [name, hertz, seconds, category] of [['harbour-waltz.wav', 330, 24, 'moh'], ['northern-lights.wav', 440, 40, 'moh'], ['closed-today.wav', 520, 9, 'ivr']]) {
		const file = await makeTone(path.join(directory, name), hertz, seconds);

		await person.context.request.post(`${person.origin}/api/v1/tenants/${tenant.domain}/media`, {
			headers: {origin: person.origin}, multipart: {category, file: {name, mimeType: 'audio/wav', buffer: fs.readFileSync(file)}}});
	}
}

// Calls of which something stays: answered, recorded, and one that hung up.
async function calls(world, tenant, phones) {
	for (const [queue, agent, name] of [['801', '101', 'Sophie Adler'], ['802', '105', 'Paul Richter'], ['801', '102', 'Maria Lindner'], ['801', '101', 'Lena Fuchs']]) {
		for (const phone of ['101', '102', '103', '104', '105', '106'])
			await world.centrex.json('agent', 'update', phone, '--tenant', tenant.domain, '--status', phone === agent ? 'available' : 'on_break');
		const call = await enter(phones[111], {number: queue}, {name: `"${name}"`});
		const answered = await take(phones[agent]);

		await hearEachOther(call, answered);
		await hangUp(call, answered);
		await world.centrex.json('agent', 'update', agent, '--tenant', tenant.domain, '--status', 'available');
	}
	const given = await enter(phones[111], {number: '803'}, {name: '"Oskar Neumann"'});

	await given.bye();
}

export async function makeDemo(world, browser) {
	const {centrex} = world;
	const numbers = PEOPLE.map((_, i) => String(101 + i));
	const tenant = await world.tenant(DOMAIN, 'Nordlicht Reisen', numbers);

	await centrex.json('tenant', 'update', DOMAIN, '--timezone', 'Europe/Berlin', '--locale', 'en-GB');
	for (const [domain, name] of [['kanzlei-weber.example', 'Kanzlei Weber'], ['stadtwerke.example', 'Stadtwerke Süd'], ['praxis-am-park.example', 'Praxis am Park']])
		await world.tenant(domain, name, ['101', '102']);
	for (const [i, name] of PEOPLE.entries()) {
		await makeUser(centrex, emailOf(name));
		await makeMember(centrex, DOMAIN, emailOf(name), i === 11 ? 'owner' : i === 10 ? 'admin' : 'agent');
		await centrex.json('extension', 'update', numbers[i], '--tenant', DOMAIN, '--user-id', emailOf(name));
	}
	await world.setting(tenant, 'recording', 'all');
	await world.setting(tenant, 'break_reasons', 'Lunch, Training, Back office');
	for (const [name, number, members] of QUEUES)
		tenant[name] = await world.queue(tenant, name, number, members, {wrap_up_time: 0, agent_ring_time: 600, max_no_answer: 0});
	for (const [number, queue] of [['+493055500100', 'Bookings'], ['+493055500200', 'Support'], ['+493055500300', 'Groups']])
		await centrex.json('number', 'create', '--tenant', DOMAIN, '--number', number, '--queue-id', queue);
	await history(world, tenant);
	const phones = {};

	for (const number of numbers.slice(0, 11))
		phones[number] = await world.phone(tenant, number);
	await calls(world, tenant, phones);

	await makeUser(centrex, 'operator@centrex.example', {admin: true});
	const people = {};
	for (const [who, email] of [['owner', emailOf(PEOPLE[11])], ['agent', emailOf(PEOPLE[0])], ['operator', 'operator@centrex.example'], ['nobody', null]]) {
		people[who] = await browser.person(centrex);
		if (email)
			await people[who].signIn(email, PASSWORD);
	}
	await upload(people.owner, tenant);
	await centrex.cli('verify-isolation', '--url', people.owner.origin).catch(() => undefined);

	// Of this moment: one talks, one rings at Anna's, two wait.
	for (const [number, status, reason] of [['101', 'on_break', 'Lunch'], ['102', 'available', ''], ['103', 'on_break', 'Training'], ['104', 'logged_out', ''],
		['105', 'on_break', 'Lunch'], ['106', 'on_break', 'Back office'], ['107', 'available', '']])
		await centrex.json('agent', 'update', number, '--tenant', DOMAIN, '--status', status, ...(reason ? ['--reason', reason] : []));
	const talking = await enter(phones[110], {number: '801'}, {name: '"Julia Brandt"'});
	const answered = await take(phones[102]);

	talking.rtp.start();
	answered.rtp.start();
	const support = [await enter(phones[109], {number: '802'}, {name: '"Tom Engel"'}), await enter(phones[111], {number: '802'}, {name: '"Max Keller"'})];
	await centrex.json('agent', 'update', '101', '--tenant', DOMAIN, '--status', 'available');
	const ringing = await enter(phones[108], {number: '801'}, {name: '"Sophie Adler"'});

	await waitFor(async () => (await centrex.json('agent', 'show', '101', '--tenant', DOMAIN)).state === 'ringing', 'Anna\'s phone to ring');
	return {tenant, people, open: [talking, answered, ringing, ...support]};
}
