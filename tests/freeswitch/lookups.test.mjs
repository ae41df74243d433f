// What FreeSWITCH never asks, and must not be told: broken forms, other tenants' things, names that would
// become code. HTTP 200 and "not found" each time (only 200 counts for mod_xml_curl), and nothing breaks.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {USERS, ask, password, post, startTenants, write} from './tenants.mjs';

const NOT_FOUND = '<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>\n';
const [C1, C2] = Object.keys(USERS);
const SECTIONS = ['directory', 'dialplan', 'configuration'];

let centrex, tenants;

before(async () => { ({centrex, tenants} = await startTenants()); });
after(() => centrex?.stop());

function assertNotFound(answer, what) {
	assert.equal(answer.status, 200, `${what}: ${answer.body}`);
	assert.equal(answer.body, NOT_FOUND, what);
}

const raw = (section, text) => post(centrex, `/freeswitch/${section}`, Buffer.from(text, 'latin1'));
const directory = (fields) => ask(centrex, 'directory', fields);
const dialplan = (context, user, dialled) => ask(centrex, 'dialplan',
	{'Hunt-Context': context, 'Hunt-Destination-Number': dialled, variable_user_name: user});
const queue = (name) => ask(centrex, 'configuration', {key_value: 'callcenter.conf', 'CC-Queue': name});

// A REGISTER as sofia_reg.c asks about it, each field to be put another way.
const register = (fields) => directory({key_value: fields.domain ?? C1, action: 'sip_auth',
	sip_auth_username: USERS[C1][101], sip_auth_realm: fields.domain ?? C1, sip_to_user: '101',
	sip_to_host: C1, sip_from_user: '101', sip_from_host: C1, sip_auth_method: 'REGISTER', key: 'id',
	user: fields.sip_auth_username ?? USERS[C1][101], domain: C1, ...fields});

test('what it compares itself with is served: its own phone logs in', async () => {
	assert.match((await register({})).body, new RegExp(`<user id="${USERS[C1][101]}"`));
});

test('any field missing, and nothing is found', async () => {
	for (const missing of ['sip_auth_username', 'sip_auth_realm', 'sip_to_user', 'sip_to_host', 'sip_auth_method', 'key'])
		assertNotFound(await register({[missing]: ''}), missing);
	for (const section of SECTIONS) {
		assertNotFound(await raw(section, ''), section);
		assertNotFound(await raw(section, `section=${section}`), section);
		assertNotFound(await raw(section, '&&&=&==&%&'), section);
	}
});

test('of a field that is there twice the last counts', async () => {
	const asked = [['key_value', C1], ['action', 'message-count'], ['key', 'id'], ['user', '999'], ['domain', C2],
		['key', 'number-alias'], ['user', '102'], ['domain', C1]];

	assert.match((await directory(asked)).body, new RegExp(USERS[C1][102]));
	assertNotFound(await directory([...asked, ['user', '999']]), 'user');
	assertNotFound(await directory([...asked, ['domain', C2]]), 'domain');
	assertNotFound(await directory([...asked, ['section', 'dialplan']]), 'section');
});

test('a section is answered at its own address only', async () => {
	for (const section of SECTIONS)
		for (const other of SECTIONS.filter((name) => name !== section))
			assertNotFound(await raw(section, `section=${other}&key_value=${C1}&key=id&user=101&domain=${C1}` +
				`&Hunt-Context=${C1}&Hunt-Destination-Number=101`), `${other} at ${section}`);
});

test('a megabyte in any field is nothing, and in a field that nobody wants it is no matter', async () => {
	const long = 'a'.repeat(1 << 20);
	const good = {key_value: C1, key: 'id', user: '101', domain: C1};

	for (const name of ['key_value', 'action', 'purpose', 'key', 'user', 'domain', 'section'])
		assertNotFound(await directory([...Object.entries(good), [name, long]]), name);
	assertNotFound(await dialplan(long, USERS[C1][101], '102'), 'context');
	assertNotFound(await dialplan(C1, USERS[C1][101], long), 'dialled');
	assertNotFound(await queue(long), 'queue');
	assert.match((await directory({variable_sdp: long, ...good})).body, new RegExp(USERS[C1][101]));
	assert.match((await directory({...good, [long]: long})).body, new RegExp(USERS[C1][101]));
});

test('bytes that are no UTF-8 and broken percent-encoding are nothing', async () => {
	const good = `section=directory&key_value=${C1}&key=id&domain=${C1}`;

	for (const user of ['%', '%1', '%zz', '10%', '101%00', '%ff', '\xff', '%C0%B1', '%ED%A0%80', '101%00102', '\0'])
		assertNotFound(await raw('directory', `${good}&user=${user}`), JSON.stringify(user));
	assert.match((await raw('directory', `${good}&x=%zz&y=\xff\0&user=%31%30%31`)).body, new RegExp(USERS[C1][101]));
	for (const where of ['Hunt-Context', 'Hunt-Destination-Number'])
		assertNotFound(await raw('dialplan', `section=dialplan&Hunt-Context=${C1}&${where}=%f`), where);
});

test('a domain that is nobody\'s is nothing', async () => {
	for (const domain of ['nosuch.test', '', '.', '..', '*', `${C1}x`, `x${C1}`, `${C1}..`, `${C1}\n`, `${C1} `, 'a'.repeat(300),
		'127.0.0.1', '${domain}', `${C1}'--`]) {
		assertNotFound(await directory({key_value: domain, domain}), domain);
		assertNotFound(await directory({key_value: domain, key: 'id', user: '101', domain}), domain);
		assertNotFound(await dialplan(domain, USERS[C1][101], '102'), domain);
	}
	// but by another way to write it, and with the name it was asked for, it is somebody's
	for (const domain of [C1.toUpperCase(), `${C1}.`])
		assert.match((await directory({key_value: domain, key: 'id', user: '101', domain})).body,
			new RegExp(`<domain name="${domain}">[^]*${USERS[C1][101]}`));
});

test('from tenant to tenant nothing is found, in either direction and by any way', async () => {
	for (const [own, other] of [[C1, C2], [C2, C1]]) {
		const uuid = USERS[own][101];
		const as = {sip_auth_username: uuid, user: uuid};

		// its own name in the other's domain, and the other way round
		for (const fields of [
			{key_value: other, domain: other, sip_auth_realm: other, sip_to_host: other, sip_from_host: other},
			{key_value: own, domain: own, sip_auth_realm: own, sip_to_host: other, sip_from_host: own},
			{key_value: own, domain: own, sip_auth_realm: other, sip_to_host: own, sip_from_host: own},
			{key_value: own, domain: other, sip_auth_realm: own, sip_to_host: own, sip_from_host: own},
			{key_value: own, domain: own, sip_auth_realm: own, sip_to_host: own, sip_from_host: other,
				sip_auth_method: 'INVITE'},
			{key_value: 'nosuch.test', domain: 'nosuch.test', sip_auth_realm: 'nosuch.test', sip_to_host: other,
				sip_from_host: other},
		])
			assertNotFound(await register({...as, ...fields}), JSON.stringify(fields));
		for (const action of ['user_call', 'message-count', ''])
			assertNotFound(await directory({key_value: other, action, key: 'id', user: uuid, domain: other}), action);
		// the caller is of one tenant, the context of the other: he is nobody there, and reaches it alone
		const {body} = await dialplan(other, uuid, '101');

		assert.match(body, new RegExp(`bridge" data="user/101@${other}"`));
		assert.doesNotMatch(body, new RegExp(own));
		assert.doesNotMatch((await queue(`support@${other}`)).body, new RegExp(`@${own}`));
	}
	assert.match((await queue(`sales@${C2}`)).body, /<queues\/>/); // of cust1 alone
});

test('within a tenant nobody logs in as another, and nobody with a number', async () => {
	for (const fields of [{sip_to_user: '102'}, {sip_to_user: USERS[C1][102]}, {sip_to_user: ''},
		{sip_auth_username: '101', user: '101'}, {sip_auth_username: USERS[C1][102]},
		{sip_auth_method: 'INVITE', sip_from_user: '103'}, {sip_auth_method: 'SUBSCRIBE', sip_from_user: '102'}])
		assertNotFound(await register(fields), JSON.stringify(fields));
});

test('actions by which others check passwords are not ours', async () => {
	for (const action of ['jsonrpc-authenticate', 'event_socket_auth', 'skinny-auth', 'reverse-auth-lookup', 'group_call', 'SIP_AUTH'])
		for (const user of ['101', USERS[C1][101]])
			assertNotFound(await directory({key_value: C1, action, key: 'id', user, domain: C1}), action);
});

test('names that would become code are left out, wherever they come from, and others are served', async () => {
	const names = ['${system(touch /tmp/x)}', '$${domain}', 'a{b}', 'a[leg_timeout=1]', 'a,user/101', 'a^^b', 'a\'b', 'a"b', 'a|b', 'a;b',
		'a\\b', 'a`b', 'a<b/>', 'a>b', 'a@b', 'X-PRE-PROCESS cmd="exec"', '<X-PRE-PROCESS cmd="exec" data="id"/>'];
	const quoted = (text) => `'${text.replaceAll('\'', '\'\'')}'`;
	const complete = async () => (await ask(centrex, 'configuration', {key_value: 'callcenter.conf'})).body;
	const count = (text, pattern) => text.match(pattern)?.length ?? 0;
	const before = await complete();

	await write(centrex, tenants[C2], names.flatMap((name, i) => [
		`insert into queues (name) values (${quoted(name)})`,
		`insert into numbers (number, queue_id) values ('80${String(i).padStart(2, '0')}', (select id from queues where name = ${quoted(name)}))`,
		`insert into queue_members (queue_id, extension_id) values ((select id from queues where name = ${quoted(name)}),
			(select id from extensions where extension_number = '101'))`,
	]).join(';\n') + `; insert into queues (name) values ('the last one');
		insert into numbers (number, queue_id) values ('8099', (select id from queues where name = 'the last one'))`);
	await waitFor(async () => (await dialplan(C2, USERS[C2][101], '8099')).body.includes('the last one'), 'the queues to be known');
	for (const [i, name] of names.entries()) {
		assertNotFound(await dialplan(C2, USERS[C2][101], `80${String(i).padStart(2, '0')}`), name);
		assert.match((await queue(`${name}@${C2}`)).body, /<queues\/>/, name);
	}
	const now = await complete();

	assert.equal(count(now, /<queue /g), count(before, /<queue /g) + 1);
	assert.equal(count(now, /<tier /g), count(before, /<tier /g));
	assert.doesNotMatch(now, /system\(|\$|x-pre-process|&|\{/i);
	assert.match((await dialplan(C2, USERS[C2][101], '8099')).body, /callcenter" data="&apos;the last one@cust2\.pbx\.test&apos;"/);
	await write(centrex, tenants[C2], 'delete from numbers where number like \'80%\'; delete from queues where name not in (\'support\')');
	await waitFor(async () => await complete() === before, 'the queues to be gone');
});

test('what is dialled cannot become code, nor what a phone says of itself', async () => {
	for (const dialled of ['${system(id)}', '102,user/103', '102@cust2.pbx.test', '102\r\n', '102)|(.*', '10.', '^102', '<b>', ''])  {
		const {status, body} = await dialplan(C1, USERS[C1][101], dialled);

		assert.equal(status, 200);
		assert.match(body, /expression="\^\.\*\$">[^]*respond" data="484 Address Incomplete"/, dialled);
		assert.doesNotMatch(body, /bridge|system/);
	}
	for (const number of ['*98', '+431234567'])
		assert.match((await dialplan(C1, USERS[C1][101], number)).body, /expression="\^\[[*+]\]\d+\$">[^]*404 Not Found/);
});

test('a password that is changed is the one that counts at once, and an extension that goes is gone', async () => {
	const uuid = '7c000000-0000-4000-8000-000000001199';
	const hash = async () => (await directory({key_value: C1, key: 'id', user: '199', domain: C1})).body.match(/a1-hash" value="(\w+)"/)?.[1];
	const added = (secret) => write(centrex, tenants[C1], `insert into extensions (extension_number, auth_username, auth_password)
		values ('199', '${uuid}', '${secret}') on conflict (extension_number) do update set auth_password = excluded.auth_password`);

	await added(password(C1, 199));
	const first = await waitFor(hash, 'the extension to be known');

	await added(password(C1, 199).toUpperCase());
	await waitFor(async () => ![first, undefined].includes(await hash()), 'the new password to count');
	await write(centrex, tenants[C1], `delete from extensions where extension_number = '199'`);
	await waitFor(async () => await hash() === undefined, 'the extension to be gone');
});

test('after all of this it runs as before, and no crash stands in its log', async () => {
	assert.doesNotMatch(centrex.log(), /restarted|died|signal/);
	assert.match((await register({})).body, new RegExp(USERS[C1][101]));
});
