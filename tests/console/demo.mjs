// A tenant as it may be on a working day: people, phones, queues, calls of the day, and some of this moment.

import fs from 'node:fs';
import path from 'node:path';

import {makeMember, makeUser, PASSWORD} from '../http/people.mjs';
import {dice, psql, schemaOf, store} from '../http/cdrs_data.mjs';
import {makeTone} from '../lib/audio.mjs';
import {temporaryDirectory} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {enter, hangUp, hearEachOther, take} from '../sip/queues.mjs';

const PEOPLE = ['Anna Bauer', 'Ben Hoffmann', 'Clara Vogel', 'David Kern', 'Emma Lang', 'Felix Roth', 'Greta Sommer', 'Hannes Wolf',
	'Ida Berger', 'Jonas Frank', 'Karla Simon', 'Leo Martin'];
const CALLERS = ['Sophie Adler', 'Paul Richter', 'Maria Lindner', 'Tom Engel', 'Julia Brandt', 'Oskar Neumann', 'Lena Fuchs', 'Max Keller', '', ''];
export const DOMAIN = 'nordlicht.example';
export const QUEUES = [['Bookings', '801', ['101', '102', '103', '104']], ['Support', '802', ['103', '105', '106']], ['Groups', '803', ['107', '108']]];
// Callers from outside have no line here: they are phones that nobody has.
const LINES = ['30171', '30244', '40316', '40892', '89105'];
const MODELS = ['Yealink SIP-T54W 96.86.0.100', 'Snom D785/10.1.169.16', 'Poly VVX450 6.4.3', 'Linphone-Desktop/5.2.4', 'Grandstream GRP2614 1.0.11.64'];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
// How many calls begin in each hour of a working day, from eight in the morning.
const DAY = [14, 26, 34, 38, 27, 18, 31, 36, 30, 19];
const OPENS = 8;
const DAYS = 5;
const TALK_MS = 4000;
// A working day is as good here as there: one where it is afternoon, whenever this runs.
const ZONES = ['Europe/Berlin', 'Europe/Istanbul', 'Asia/Dubai', 'Asia/Kolkata', 'Asia/Bangkok', 'Asia/Tokyo', 'Australia/Sydney', 'Pacific/Auckland',
	'America/Los_Angeles', 'America/Denver', 'America/Chicago', 'America/New_York', 'America/Sao_Paulo', 'Atlantic/Azores'];
const WANTED_HOUR = 14.5;

const emailOf = (name) => `${name.toLowerCase().replace(' ', '.')}@${DOMAIN}`;

function hourIn(timeZone) {
	const [hour, minute] = new Intl.DateTimeFormat('en-GB', {timeZone, hour: '2-digit', minute: '2-digit'}).format(new Date()).split(':').map(Number);

	return hour + minute / 60;
}

const ZONE = ZONES.reduce((best, zone) => Math.abs(hourIn(zone) - WANTED_HOUR) < Math.abs(hourIn(best) - WANTED_HOUR) ? zone : best);

// A call of a working day: most are answered, by who is asked for or by an agent of the queue.
function callAt(roll, start, tenant) {
	const direction = ['inbound', 'inbound', 'inbound', 'outbound', 'internal'][roll(5)];
	const extension = () => String(101 + roll(PEOPLE.length));
	const outside = `+49${['30', '40', '89', '171', '221'][roll(5)]}${1_000_000 + roll(8_999_999)}`;
	const [queue, dialled, members] = QUEUES[[0, 0, 1, 1, 2][roll(5)]];
	const queued = direction === 'inbound' && roll(4) > 0;
	const from = direction === 'inbound' ? outside : extension();
	const to = direction === 'outbound' ? outside : queued ? dialled : extension();
	const disposition = ['answered', 'answered', 'answered', 'answered', 'answered', 'answered', 'answered', 'answered', 'no_answer', 'busy', 'cancelled'][roll(queued ? 8 : 11)];
	const given_up = queued && roll(12) === 0;
	const answered = disposition === 'answered' && !given_up;
	const wait = (queued ? 4000 : 3000) + roll(answered ? 16_000 : 40_000);
	const talk = answered ? 25_000 + roll(MINUTE_MS) + roll(6) * MINUTE_MS : 0;
	const by = answered && direction !== 'outbound' ? queued ? members[roll(members.length)] : to : null;
	const id = `018f0000-0000-7000-a000-${Array.from({length: 12}, () => '0123456789abcdef'[roll(16)]).join('')}`;

	return {
		id, caller_id_number: from, dest_number: to, context: 'default', direction, recording_path: null, sip_call_id: id, node: '', legs: [], sip_status: answered ? 200 : 487,
		caller_id_name: direction === 'inbound' ? CALLERS[roll(CALLERS.length)] : PEOPLE[Number(from) - 101],
		start_time: new Date(start).toISOString(), answer_time: answered ? new Date(start + wait).toISOString() : null, end_time: new Date(start + wait + talk).toISOString(),
		duration: Math.floor((wait + talk) / 1000), disposition: given_up ? 'cancelled' : disposition, cause: answered ? 'normal' : given_up ? 'cancelled' : disposition,
		hangup_by: roll(2) ? 'caller' : 'callee', answered_by: by, queue_id: queued ? tenant[queue].id : null,
		queued: queued && {queue, wait, talk, by},
	};
}

// The working days before, and today so far.
async function history(world, tenant) {
	const roll = dice(7);
	const now = Date.now();
	const opened = now - (hourIn(ZONE) - OPENS) * HOUR_MS;
	const records = Array.from({length: DAYS}, (_, day) => DAY.flatMap((calls, hour) => Array.from({length: calls},
		() => callAt(roll, opened - day * 24 * HOUR_MS + hour * HOUR_MS + roll(HOUR_MS), tenant)))).flat().filter(({end_time: end}) => Date.parse(end) < now - MINUTE_MS);

	await store(world.centrex, tenant, records.map(({queued: _, ...record}) => record));
	const rows = records.filter(({queued}) => queued).map(({id, start_time: start, end_time: end, answer_time: answered, caller_id_number: number, caller_id_name: name, queue_id: queue, queued}) => ({
		id: id.replace('018f', '018e'), cdr_id: id, queue_id: queue, queue_name: queued.queue, caller_number: number, caller_name: name, joined_at: start, left_at: answered ?? end, answered_at: answered, ended_at: end,
		outcome: answered ? 'answered' : 'abandoned', answered_by: queued.by, offers: 1, wait_ms: queued.wait, talk_ms: queued.talk, in_service_level: !!answered}));

	await psql(world.centrex, `set search_path = ${schemaOf(tenant)};
insert into queue_calls (id, cdr_id, queue_id, queue_name, caller_number, caller_name, joined_at, left_at, answered_at, ended_at, outcome, answered_by, offers, wait_ms, talk_ms, in_service_level)
select id, cdr_id, queue_id, queue_name, caller_number, caller_name, joined_at, left_at, answered_at, ended_at, outcome, answered_by, offers, wait_ms, talk_ms, in_service_level
from json_populate_recordset(null::queue_calls, '${JSON.stringify(rows).replaceAll("'", "''")}');`);
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
		const call = await enter(phones[LINES[4]], {number: queue}, {name: `"${name}"`});
		const answered = await take(phones[agent]);

		await hearEachOther(call, answered);
		await delay(TALK_MS);
		await hangUp(call, answered);
		await world.centrex.json('agent', 'update', agent, '--tenant', tenant.domain, '--status', 'available');
	}
	const given = await enter(phones[LINES[4]], {number: '803'}, {name: '"Oskar Neumann"'});

	await given.bye();
}

export async function makeDemo(world, browser) {
	const {centrex} = world;
	const numbers = PEOPLE.map((_, i) => String(101 + i));
	const tenant = await world.tenant(DOMAIN, 'Nordlicht Reisen', [...numbers, ...LINES]);

	await centrex.json('tenant', 'update', DOMAIN, '--timezone', ZONE, '--locale', 'en-GB');
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

	for (const [i, number] of [...numbers.slice(0, 11), ...LINES].entries()) {
		phones[number] = await world.phone(tenant, number);
		await phones[number].register({headers: [['User-Agent', MODELS[i % MODELS.length]]]});
	}
	await calls(world, tenant, phones);

	await makeUser(centrex, 'operator@centrex.example', {admin: true});
	const people = {};
	for (const [who, email] of [['owner', emailOf(PEOPLE[11])], ['agent', emailOf(PEOPLE[0])], ['operator', 'operator@centrex.example'], ['nobody', null]]) {
		people[who] = await browser.person(centrex);
		if (email)
			await people[who].signIn(email, PASSWORD);
	}
	await upload(people.owner, tenant);
	await centrex.cli('verify-isolation', {timeoutMs: 300_000});

	// Of this moment: one talks, one rings at Anna's, two wait.
	for (const [number, status, reason] of [['101', 'on_break', 'Lunch'], ['102', 'available', ''], ['103', 'on_break', 'Training'], ['104', 'logged_out', ''],
		['105', 'on_break', 'Lunch'], ['106', 'on_break', 'Back office'], ['107', 'available', '']])
		await people.owner.context.request.patch(`${people.owner.origin}/api/v1/tenants/${DOMAIN}/agents/${number}`, {headers: {origin: people.owner.origin}, data: {status, reason}});
	const talking = await enter(phones[LINES[0]], {number: '801'}, {name: '"Julia Brandt"'});
	const answered = await take(phones[102]);

	talking.rtp.start();
	answered.rtp.start();
	const support = [await enter(phones[LINES[1]], {number: '802'}, {name: '"Tom Engel"'}), await enter(phones[LINES[2]], {number: '802'}, {name: '"Max Keller"'})];
	await centrex.json('agent', 'update', '101', '--tenant', DOMAIN, '--status', 'available');
	const ringing = await enter(phones[LINES[3]], {number: '801'}, {name: '"Sophie Adler"'});

	await waitFor(async () => (await centrex.json('agent', 'show', '101', '--tenant', DOMAIN)).state === 'ringing', 'Anna\'s phone to ring');
	return {tenant, people, open: [talking, answered, ringing, ...support]};
}
