// What the server says is said in the language of who asks (Accept-Language), and in English to all
// whose language it does not speak.

import assert from 'node:assert/strict';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http} from '../lib/http.mjs';
import {make, startTenants} from './tenants.mjs';

let world, admin, german;

before(async () => {
	world = await startTenants();
	({admin} = world);
	german = admin.with({headers: {'accept-language': 'de-CH,de;q=0.9,en;q=0.5'}});
	await make(admin, world.mine('/extensions'), {extension_number: '101'});
	await make(admin, world.mine('/numbers'), {number: '+4930123', extension_id: '101'});
});
after(() => world?.stop());

// An answer of this status, in this language, that says this; of its field where there is one.
function says(answer, status, language, message, field) {
	assert.equal(answer.status, status, answer.text);
	assert.equal(answer.headers['content-language'], language);
	assert.match(answer.headers.vary ?? '', /accept-language/i);
	assert.equal(answer.json.detail, field ? `${field}: ${message}` : message);
	if (field)
		assert.deepEqual(answer.json.errors[0], {field, message});
}

describe('a fault is told in German', () => {
	test('for a bad value', async () => {
		says(await german.post(world.mine('/extensions'), {extension_number: '1'}), 400, 'de',
			'muss 2 bis 5 Ziffern haben', 'extension_number');
		says(await german.post(world.mine('/extensions'), {}), 400, 'de', 'fehlt', 'extension_number');
	});

	test('for what people typed, as they typed it', async () => {
		says(await german.post(world.mine('/numbers'), {number: '77', queue_id: '"ä" %s &1 there is no'}), 400, 'de',
			'die Warteschlange "ä" %s &1 there is no ist nicht vorhanden', 'queue_id');
		says(await german.get(world.mine('/extensions?sort=%25s')), 400, 'de',
			`muss eines davon sein: ${(await admin.get(world.mine('/extensions?sort=%25s'))).json.errors[0].message
				.replace(/^must be one of: /, '').replace(/; - before it: descending$/, '')}; mit - davor: absteigend`, 'sort');
	});

	test('for a value that is cut within a character', async () => {
		const answer = await german.post(world.mine('/numbers'), {number: '77', queue_id: `x${'ä'.repeat(99)}`});

		assert.equal(answer.status, 400, answer.text);
		assert.match(answer.json.errors[0].message, /^die Warteschlange xä+\ufffd ist nicht vorhanden$/);
	});

	test('for a conflict', async () => {
		says(await german.post(world.mine('/extensions'), {extension_number: '101'}), 409, 'de',
			'ist schon vergeben', 'extension_number');
	});

	test('for what is not there, and for what the role may not', async () => {
		says(await german.get(world.mine('/extensions/999')), 404, 'de',
			'die Nebenstelle 999 ist nicht vorhanden', 'extension_number');
		says(await world.agent.with({headers: {'accept-language': 'de'}})
			.post(world.mine('/extensions'), {extension_number: '102'}), 403, 'de', 'dafür ist diese Rolle nötig: Administrator');
	});

	test('for what is too large', async () => {
		says(await german.post(world.mine('/extensions'), Buffer.alloc(2 << 20, 32),
			{headers: {'content-type': 'application/json'}}), 413, 'de', 'der Inhalt der Anfrage ist zu groß');
	});

	test('for a wrong password', async () => {
		says(await new Http(world.centrex).post('/api/v1/login', {email: 'admin@first.example', password: 'wrong'},
			{headers: {'accept-language': 'de'}}), 401, 'de', 'die E-Mail-Adresse oder das Passwort ist falsch');
	});

	test('before it is known what is asked for', async () => {
		says(await german.get('/api/v1/nothing'), 404, 'de', 'diesen Pfad gibt es nicht');
	});

	test('for a setting whose rule is inside the message', async () => {
		says(await german.post(world.mine('/settings'), {name: 'ring_s', value: 0}), 400, 'de',
			'ring_s: muss eine ganze Zahl von 1 bis 600 sein', 'value');
	});
});

test('the faults of an import are told in German, each with its row and column', async () => {
	const csv = 'extension_number,user_id\n1,\n101,\n202,nobody@first.example\n203,a,b\n';
	const send = (query) => german.post(`${world.mine('/extensions/import')}${query}`, csv, {headers: {'content-type': 'text/csv'}});
	const expected = [
		{row: 2, field: 'extension_number', message: 'muss 2 bis 5 Ziffern haben'},
		{row: 3, field: 'extension_number', message: 'ist schon vergeben'},
		{row: 4, field: 'user_id', message: 'muss Mitglied des Mandanten sein'},
		{row: 5, field: '', message: 'hat mehr Zellen, als die erste Zeile Spalten nennt'},
	];
	const dry = await send('?dry_run=yes');

	assert.equal(dry.status, 200, dry.text);
	assert.equal(dry.headers['content-language'], 'de');
	assert.deepEqual(dry.json.errors, expected);
	const refused = await send('');

	says(refused, 422, 'de', '4 Fehler in 4 Zeilen; nichts wurde angelegt');
	assert.deepEqual(refused.json.errors, expected);
});

test('the steps of a route are told in German', async () => {
	const {status, headers, json} = await german.get(world.mine('/route?to=%2B4930123'));

	assert.equal(status, 200);
	assert.equal(headers['content-language'], 'de');
	assert.match(headers.vary, /accept-language/i);
	assert.deepEqual(json.trace, [
		'gewählt: "+4930123", von außen',
		'+4930123 ist keine Nebenstelle von first.example',
		'+4930123 ist eine Rufnummer, die zur Nebenstelle 101 führt',
		'Nebenstelle 101 hat 0 angemeldete Telefone',
		'abweisen: unregistered (kein Telefon der Nebenstelle ist angemeldet)',
	]);
	assert.equal(json.cause, 'unregistered');
	assert.deepEqual((await german.get(world.mine('/route?to=%22%C3%A4'))).json.trace.at(-2),
		'wählen lassen sich nur Ziffern, * und #, davor ein +');
});

test('who speaks another language, or says nothing that can be read, is told in English', async () => {
	for (const language of [undefined, 'fr', 'fr-CH, fr;q=0.9, *;q=0.5', 'en-US,en;q=0.9,de;q=0.8', 'de;q=0', 'deu',
		',;=,;;q', 'de;q=x', 'de;q=99', `${'x'.repeat(4000)},`, '\u00ff\u00fe']) {
		const who = language === undefined ? admin : admin.with({headers: {'accept-language': language}});

		says(await who.post(world.mine('/extensions'), {extension_number: '1'}), 400, 'en',
			'must be 2 to 5 digits', 'extension_number');
		assert.equal((await who.get(world.mine('/route?to=101'))).json.trace[0], 'dialled "101" from outside');
	}
});

test('an answer without words has no language', async () => {
	const {headers} = await german.get(world.mine('/extensions'));

	assert.equal(headers['content-language'], undefined);
	assert.doesNotMatch(headers.vary ?? '', /accept-language/i);
});

test('who asks too often is told in German', async () => {
	const centrex = await startCentrex({env: {CENTREX_WEB_RATE_ADDRESS: 1}});

	try {
		const http = new Http(centrex, {'accept-language': 'de'});
		let answer;

		do
			answer = await http.get('/api/v1/me');
		while (answer.status === 401);
		assert.equal(answer.status, 429, answer.text);
		assert.match(answer.json.detail, /^zu viele Anfragen; warten Sie \d+ s$/);
		assert.equal(answer.headers['content-language'], 'de');
	} finally {
		await centrex.stop();
	}
});
