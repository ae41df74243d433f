// Call records as FreeSWITCH sends them, made of the captures (tests/freeswitch/captures).

import fs from 'node:fs';
import path from 'node:path';

import {source} from '../lib/centrex.mjs';

const captures = path.join(source, 'tests/freeswitch/captures');
const UUID = /(?<![0-9a-f])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9a-f])/g;

// All of them: {name ('call-answered-xml-a-leg'), uuid (of the query), leg, type, body, form: 'xml' or
// 'json'}.
export function records() {
	return fs.readdirSync(captures).filter((file) => /-(xml|json)-.*\.http$/.test(file)).sort().map(read);
}

function read(file) {
	const text = fs.readFileSync(path.join(captures, file), 'utf8');
	const at = text.indexOf('\r\n\r\n');
	const uuid = /\?uuid=(\S+)/.exec(text)[1];

	return {
		name: file.replace(/^\d+-|\.http$/g, ''),
		uuid,
		leg: uuid.replace(/^a_/, ''),
		type: /^content-type: (.*)\r$/im.exec(text)[1],
		body: text.slice(at + 4),
		form: /-(xml|json)-/.exec(file)[1],
	};
}

// The same of another call: each UUID that is a channel's here begins otherwise. n: below 65536.
export function another(record, n, channels) {
	const other = (text) => text.replace(UUID, (uuid) => !channels.has(uuid) ? uuid :
		`${n.toString(16).padStart(4, '0')}${uuid.slice(4)}`);

	return {...record, uuid: other(record.uuid), leg: other(record.leg), body: other(record.body)};
}

// Each way the two modules have to send it: {what, type, body}.
export function encodings({form, body}) {
	if (form === 'xml')
		return [
			{what: 'text/xml', type: 'text/xml', body},
			{what: 'plain form', type: 'application/x-www-form-plaintext', body: `cdr=${body}`},
			{what: 'form', type: 'application/x-www-form-urlencoded', body: `cdr=${encodeURIComponent(body)}`},
			{what: 'XML said to be a form', type: 'application/x-www-form-urlencoded', body},
			{what: 'a file of the error directory', type: '', body: encodeURIComponent(body)},
		];
	const json = JSON.parse(body);

	for (const [name, value] of Object.entries(json.variables))
		json.variables[name] = decodeURIComponent(value);
	return [
		{what: 'JSON', type: 'application/json', body},
		{what: 'JSON with plain values', type: 'application/json', body: JSON.stringify(json)},
	];
}
