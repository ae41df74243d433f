// The two tenants of the captures in a Centrex of a test's own, and FreeSWITCH's questions to it.

import fs from 'node:fs';
import path from 'node:path';

import {source, startCentrex} from '../lib/centrex.mjs';
import {RawHttp} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {psql, schemaOf} from '../http/cdrs_data.mjs';

export const CREDENTIALS = 'fs:s3cret'; // of the captures
export const captures = path.join(source, 'tests/freeswitch/captures');

// Extension by extension, the names with which the phones of the captures logged in.
export const USERS = {
	'cust1.pbx.test': {
		101: '1a7d3f52-6f0e-4d0b-9a55-0b5f5f1c1101',
		102: '2b8e4063-701f-4e1c-8b66-1c60602d1102',
		103: '3c9f5174-8120-4f2d-9c77-2d71713e1103',
	},
	'cust2.pbx.test': {
		101: '4da06285-9231-4a3e-ad88-3e82824f2101',
		102: '5eb17396-a342-4b4f-be99-4f9393502102',
	},
};

export const password = (domain, number) => `${domain.slice(0, 5)}-secret-of-phone-${number}`;

// Queue by queue: strategy, music, members with tier and level, number.
const QUEUES = {
	'cust1.pbx.test': [
		['support', 'ring-all', 'waltz.mp3', [[102, 1, 1], [103, 1, 2]], 7001],
		['sales', 'round-robin', 'default', [[102, 1, 1], [103, 1, 2]], 7002],
		['ondemand', 'ring-all', null, [], 7003],
		['Night desk', 'ring-all', 'silence', [[101, 2, 5]], 7004],
	],
	'cust2.pbx.test': [
		['support', 'ring-all', 'tango.mp3', [[101, 1, 1], [102, 1, 2]], 7001],
	],
};

// [id, category, name, number]
const SOUNDS = {
	'cust1.pbx.test': [
		['c1000000-0000-4000-8000-000000000001', 'moh', 'waltz.mp3', null],
		['c1000000-0000-4000-8000-000000000002', 'ivr', 'we are closed.wav', 7100],
	],
	'cust2.pbx.test': [
		['c2000000-0000-4000-8000-000000000001', 'moh', 'tango.mp3', null],
	],
};

const quoted = (value) => value === null ? 'null' : `'${String(value).replaceAll("'", "''")}'`;

function rows(domain) {
	const sql = [];

	for (const [number, uuid] of Object.entries(USERS[domain]))
		sql.push(`insert into extensions (extension_number, auth_username, auth_password)
			values ('${number}', '${uuid}', '${password(domain, number)}')`);
	for (const [id, category, name, number] of SOUNDS[domain]) {
		sql.push(`insert into media_files (id, category, original_name, file_path)
			values ('${id}', '${category}', ${quoted(name)}, '${id}/original.wav')`);
		if (number)
			sql.push(`insert into numbers (number, media_id) values ('${number}', '${id}')`);
	}
	for (const [name, strategy, music, members, number] of QUEUES[domain]) {
		const id = `(select id from queues where name = ${quoted(name)})`;

		sql.push(`insert into queues (name, strategy, moh_sound) values (${quoted(name)}, '${strategy}', ${quoted(music)})`,
			`insert into numbers (number, queue_id) values ('${number}', ${id})`);
		for (const [extension, tier, level] of members)
			sql.push(`insert into queue_members (queue_id, extension_id, tier, level) values (${id},
				(select id from extensions where extension_number = '${extension}'), ${tier}, ${level})`);
	}
	return sql;
}

// SQL of the owner in a tenant's schema, past every check of the API; processes are told as a unit of
// work tells them.
export async function write(centrex, tenant, sql) {
	return psql(centrex, `set search_path = ${schemaOf(tenant)}, public;
${sql};
select pg_notify('centrex', '${tenant.id}');`);
}

// {centrex, tenants: {[domain]: {id, domain}}, ask, post}; args: further ones of `centrex serve`.
export async function startTenants(args = []) {
	const centrex = await startCentrex({args: ['--freeswitch-credentials', CREDENTIALS,
		'--freeswitch-media', '/srv/media', ...args]});
	const tenants = {};

	for (const domain of Object.keys(USERS)) {
		tenants[domain] = await centrex.tenant(domain);
		await write(centrex, tenants[domain], rows(domain).join(';\n'));
	}
	for (const domain of Object.keys(USERS))
		await waitFor(async () => (await ask(centrex, 'directory', {key_value: domain, key: 'id', user: '102', domain}))
			.body.includes(USERS[domain][102]), `${domain} to be known`);
	return {centrex, tenants};
}

// One request on a connection of its own, as mod_xml_curl has it. body: bytes.
export async function post(centrex, where, body, headers = {}) {
	const raw = await RawHttp.open(centrex.web.freeswitch_port);
	const lines = Object.entries({Host: 'centrex', Authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}`,
		'User-Agent': 'freeswitch-xml/1.0', Accept: '*/*', 'Content-Length': body.length,
		'Content-Type': 'application/x-www-form-urlencoded', ...headers}).map(([name, value]) => `${name}: ${value}`);

	try {
		raw.write([`POST ${where} HTTP/1.1`, ...lines, '', ''].join('\r\n')).write(body);
		return await raw.response();
	} finally {
		raw.close();
	}
}

// fields: an object, or pairs where one is there twice.
export function ask(centrex, section, fields) {
	const pairs = Array.isArray(fields) ? fields : Object.entries(fields);
	const body = new URLSearchParams([['section', section], ...pairs]).toString();

	return post(centrex, `/freeswitch/${section}`, Buffer.from(body));
}

// A question that FreeSWITCH was seen to ask, byte for byte; path and host are ours.
export function replay(centrex, name) {
	const bytes = fs.readFileSync(path.join(captures, name));
	const end = bytes.indexOf('\r\n\r\n');
	const head = bytes.subarray(0, end).toString('latin1');
	const section = head.match(/^POST \/fs\/(\w+) HTTP\/1\.1\r\n/)[1];
	const headers = Object.fromEntries(head.split('\r\n').slice(1).map((line) => line.split(/: (.*)/s).slice(0, 2)));

	delete headers.Host;
	return post(centrex, `/freeswitch/${section}`, bytes.subarray(end + 4), headers);
}
