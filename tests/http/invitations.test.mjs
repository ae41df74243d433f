// People who are invited by e-mail address, and the links they get; letters by a mail server.

import assert from 'node:assert/strict';
import net from 'node:net';
import {after, before, describe, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Http, assertProblem} from '../lib/http.mjs';
import {waitFor} from '../lib/wait.mjs';
import {PASSWORD, cookieOf, makeMember, makeUser, signIn} from './people.mjs';

const MEMBERS = '/api/v1/tenants/one.pbx.test/members';

// A mail server that keeps what it gets: {port, letters: [{from, to, data}], close()}. answer(n): what
// it says to the n-th letter. silent: it takes connections and says nothing.
async function mailServer({answer = () => '250 taken', silent = false} = {}) {
	const letters = [];
	const sockets = new Set();
	const server = net.createServer((socket) => {
		let letter = {to: []};
		let data = false;
		let text = '';

		sockets.add(socket);
		socket.on('close', () => sockets.delete(socket));
		socket.on('error', () => {});
		if (silent)
			return;
		socket.write('220 mail.test ESMTP\r\n');
		socket.on('data', (bytes) => {
			text += bytes;
			for (;;) {
				const end = text.indexOf(data ? '\r\n.\r\n' : '\r\n');

				if (end < 0)
					return;
				const line = text.slice(0, end);

				text = text.slice(end + (data ? 5 : 2));
				if (data) {
					letter.data = line;
					letters.push(letter);
					data = false;
					socket.write(`${answer(letters.length)}\r\n`);
					letter = {to: []};
				} else if (/^EHLO/i.test(line)) {
					socket.write('250-mail.test\r\n250 8BITMIME\r\n');
				} else if (/^MAIL FROM/i.test(line)) {
					letter.from = line.slice(10);
					socket.write('250 ok\r\n');
				} else if (/^RCPT TO/i.test(line)) {
					letter.to.push(line.slice(8));
					socket.write('250 ok\r\n');
				} else if (/^DATA/i.test(line)) {
					data = true;
					socket.write('354 go on\r\n');
				} else if (/^QUIT/i.test(line)) {
					socket.end('221 bye\r\n');
				} else {
					socket.write('250 ok\r\n');
				}
			}
		});
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		letters,
		port: server.address().port,
		sockets,
		close: () => {
			sockets.forEach((socket) => socket.destroy());
			return new Promise((resolve) => server.close(resolve));
		},
	};
}

function bodyOf(letter) {
	const [head, body] = letter.data.split('\r\n\r\n');

	assert.match(head, /^Content-Transfer-Encoding: base64$/m);
	return Buffer.from(body, 'base64').toString();
}

const secretOf = (url) => url.split('#')[1];

describe('without a mail server', () => {
	let centrex;
	let http;
	let owner;
	let admin;

	before(async () => {
		centrex = await startCentrex();
		http = new Http(centrex);
		await centrex.tenant('one.pbx.test');
		await makeUser(centrex, 'op@pbx.test', {admin: true});
		for (const role of ['owner', 'admin']) {
			await makeUser(centrex, `${role}@one.test`);
			await makeMember(centrex, 'one.pbx.test', `${role}@one.test`, role);
		}
		owner = await signIn(centrex, 'owner@one.test');
		admin = await signIn(centrex, 'admin@one.test');
	});
	after(() => centrex?.stop());

	test('who is invited sets a password with the link, once, and is in', async () => {
		const op = await signIn(centrex, 'op@pbx.test');
		const answer = await op.post(MEMBERS, {email: 'new@one.test', role: 'agent'});

		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.json.invitation, 'link');
		assert.equal(answer.json.email, 'new@one.test');
		assert.match(answer.json.invitation_url,
			new RegExp(`^http://localhost:${centrex.web.port}/invitation#[\\w-]{43}$`));
		const secret = secretOf(answer.json.invitation_url);

		for (const password of ['short', 'new@one.test'])
			assertProblem(await http.post('/api/v1/invitations/accept', {secret, password}), 400, 'invalid');
		const accepted = await http.post('/api/v1/invitations/accept', {secret, password: PASSWORD});

		assert.equal(accepted.status, 200, accepted.text);
		assert.deepEqual(accepted.json.memberships.map((m) => [m.domain, m.role]), [['one.pbx.test', 'agent']]);
		const client = http.with({cookie: cookieOf(accepted)});

		assert.equal((await client.get('/api/v1/me')).json.email, 'new@one.test');
		assertProblem(await http.post('/api/v1/invitations/accept', {secret, password: 'something else'}),
			404, 'not_found');
		await signIn(centrex, 'new@one.test');
	});

	test('a link is used by one of two who come at the same time', async () => {
		const op = await signIn(centrex, 'op@pbx.test');
		const {json} = await op.post(MEMBERS, {email: 'twice@one.test', role: 'agent'});
		const secret = secretOf(json.invitation_url);
		const answers = await Promise.all(['first password', 'second password'].map((password) =>
			http.post('/api/v1/invitations/accept', {secret, password})));

		assert.deepEqual(answers.map((a) => a.status).sort(), [200, 404]);
	});

	test('without mail a tenant\'s administrator gets no link: it would make him that person elsewhere', async () => {
		const answer = await admin.post(MEMBERS, {email: 'somebody@else.test', role: 'agent'});

		assert.equal(answer.status, 201, answer.text);
		assert.deepEqual([answer.json.invitation, answer.json.invitation_url], ['pending', null]);
		const op = await signIn(centrex, 'op@pbx.test');

		assert.match((await op.post('/api/v1/users/somebody@else.test/invitation')).json.invitation_url, /#/);
	});

	test('a known user is simply added', async () => {
		await makeUser(centrex, 'known@one.test');
		const answer = await admin.post(MEMBERS, {email: 'KNOWN@one.test', role: 'agent'});

		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.json.invitation, 'none');
		assert.equal(answer.json.invitation_url, null);
		assertProblem(await admin.post(MEMBERS, {email: 'known@one.test', role: 'agent'}), 409, 'conflict');
		await signIn(centrex, 'known@one.test');
	});

	test('nobody is made a user for a membership that may not be', async () => {
		const op = await signIn(centrex, 'op@pbx.test');
		const agent = await signIn(centrex, 'known@one.test');

		assertProblem(await admin.post(MEMBERS, {email: 'boss@one.test', role: 'owner'}), 403, 'forbidden');
		assertProblem(await admin.post(MEMBERS, {email: 'boss@one.test', role: 'king'}), 400, 'invalid');
		assertProblem(await agent.post(MEMBERS, {email: 'boss@one.test', role: 'agent'}), 403, 'forbidden');
		assertProblem(await admin.post(MEMBERS, {email: 'no address', role: 'agent'}), 400, 'invalid');
		assertProblem(await admin.post(MEMBERS, {role: 'agent'}), 400, 'invalid');
		assert.equal((await op.get('/api/v1/users?q=boss')).json.items.length, 0);
		assert.equal((await owner.post(MEMBERS, {email: 'boss@one.test', role: 'owner'})).status, 201);
	});

	test('what is no link opens nothing', async () => {
		for (const secret of ['x', 'a'.repeat(43), `ctx_${'a'.repeat(43)}`, secretOf('#' + owner.cookie.split('=')[1])])
			assertProblem(await http.post('/api/v1/invitations/accept', {secret, password: PASSWORD}),
				404, 'not_found');
	});

	test('an operator makes a new link, with which the one before ends', async () => {
		const op = await signIn(centrex, 'op@pbx.test');
		const gone = await signIn(centrex, 'known@one.test');
		const first = await op.post('/api/v1/users/known@one.test/invitation');

		assert.equal(first.status, 201, first.text);
		const second = await op.post('/api/v1/users/known@one.test/invitation');

		assertProblem(await http.post('/api/v1/invitations/accept',
			{secret: secretOf(first.json.invitation_url), password: 'a new password'}), 404, 'not_found');
		const accepted = await http.post('/api/v1/invitations/accept',
			{secret: secretOf(second.json.invitation_url), password: 'a new password'});

		assert.equal(accepted.status, 200, accepted.text);
		assertProblem(await gone.get('/api/v1/me'), 401, 'unauthenticated');
		assertProblem(await admin.post('/api/v1/users/known@one.test/invitation'), 403, 'forbidden');
		assertProblem(await op.post('/api/v1/users/nobody@one.test/invitation'), 404, 'not_found');
	});

	test('a change of the password takes an open link back', async () => {
		const op = await signIn(centrex, 'op@pbx.test');
		const {json} = await op.post('/api/v1/users/admin@one.test/invitation');

		assert.equal((await admin.patch('/api/v1/me/password', {old: PASSWORD, new: 'fresh and long'})).status, 204);
		assertProblem(await http.post('/api/v1/invitations/accept',
			{secret: secretOf(json.invitation_url), password: 'another one'}), 404, 'not_found');
	});

	test('centrex member invite prints the link', async () => {
		const result = await centrex.cli('member', 'invite', '--tenant', 'one.pbx.test', '--email', 'cli@one.test',
			'--role', 'admin');

		assert.equal(result.status, 0, result.stderr);
		const [url] = result.stdout.match(/\S+\/invitation#[\w-]{43}/);
		const accepted = await http.post('/api/v1/invitations/accept', {secret: secretOf(url), password: PASSWORD});

		assert.equal(accepted.json.memberships[0].role, 'admin');
		const known = await centrex.cli('member', 'invite', '--tenant', 'one.pbx.test', '--email', 'op@pbx.test',
			'--role', 'agent', '--json');

		assert.equal(known.json.invitation, 'none', known.stderr);
		assert.equal((await centrex.cli('member', 'invite', '--tenant', 'one.pbx.test', '--email', 'op@pbx.test',
			'--role', 'agent')).status, 4);
		assert.equal((await centrex.cli('member', 'invite', '--tenant', 'one.pbx.test')).status, 2);
	});

	test('who forgot his password is told the same, whoever he is', async () => {
		for (const email of ['owner@one.test', 'nobody@one.test']) {
			const answer = await http.post('/api/v1/password-reset', {email});

			assert.equal(answer.status, 202, answer.text);
			assert.deepEqual(answer.json, {status: 'accepted'});
		}
	});
});

describe('with a mail server', () => {
	let centrex;
	let http;
	let mail;
	let admin;

	before(async () => {
		mail = await mailServer({answer: (n) => (n === 1 ? '451 later' : '250 taken')});
		centrex = await startCentrex({args: ['--smtp-url', `smtp://127.0.0.1:${mail.port}`,
			'--smtp-from', 'Centrex <noreply@pbx.test>', '--web-url', 'https://pbx.test/']});
		http = new Http(centrex);
		await centrex.tenant('one.pbx.test');
		await makeUser(centrex, 'admin@one.test');
		await makeMember(centrex, 'one.pbx.test', 'admin@one.test', 'admin');
		const answer = await http.post('/api/v1/login', {email: 'admin@one.test', password: PASSWORD});

		assert.match(answer.headers['set-cookie'][0], /^__Host-centrex_session=.*; Secure/);
		admin = http.with({cookie: cookieOf(answer), headers: {}});
		admin.headers.origin = 'https://pbx.test';
	});
	after(async () => {
		await centrex?.stop();
		await mail?.close();
	});

	test('the link goes to who is invited and not to who invites, also when the server says later', async () => {
		const answer = await admin.post(MEMBERS, {email: 'new@one.test', role: 'agent'});

		assert.equal(answer.status, 201, answer.text);
		assert.equal(answer.json.invitation, 'mailed');
		assert.equal(answer.json.invitation_url, null);
		await waitFor(() => mail.letters.length === 2, 'the second try', 60_000);
		const letter = mail.letters[1];

		assert.equal(letter.from, '<noreply@pbx.test>');
		assert.deepEqual(letter.to, ['<new@one.test>']);
		assert.match(letter.data, /^To: <new@one\.test>$/m);
		assert.match(letter.data, /^Message-ID: <[\w-]+@pbx\.test>$/m);
		const [url] = bodyOf(letter).match(/https:\/\/pbx\.test\/invitation#[\w-]{43}/);
		const accepted = await http.post('/api/v1/invitations/accept', {secret: secretOf(url), password: PASSWORD});

		assert.equal(accepted.status, 200, accepted.text);
	});

	test('a forgotten password: a letter to who has the address, the same answer to who has not', async () => {
		const before_ = mail.letters.length;
		const none = await http.post('/api/v1/password-reset', {email: 'nobody@one.test'});
		const some = await http.post('/api/v1/password-reset', {email: 'NEW@one.test'},
			{headers: {host: 'evil.example'}});

		assert.equal(none.status, 202);
		assert.deepEqual([some.status, some.json], [none.status, none.json]);
		await waitFor(() => mail.letters.length > before_, 'the letter', 60_000);
		const letter = mail.letters[before_];

		assert.deepEqual(letter.to, ['<new@one.test>']);
		assert.match(bodyOf(letter), /https:\/\/pbx\.test\/invitation#/);
		assert.doesNotMatch(bodyOf(letter), /evil/);
		const [url] = bodyOf(letter).match(/https:\/\/\S+/);

		assert.equal((await http.post('/api/v1/invitations/accept',
			{secret: secretOf(url), password: 'not forgotten'})).status, 200);
	});

	test('a letter is in the language of who asks for it, else in the tenant\'s', async () => {
		const subjectOf = ({data}) => Buffer.from(data.match(/^Subject: =\?UTF-8\?B\?(.*)\?=$/mi)?.[1] ?? '', 'base64').toString() ||
			data.match(/^Subject: (.*)$/m)[1];

		async function letterTo(email, language) {
			const before_ = mail.letters.length;
			const answer = await admin.post(MEMBERS, {email, role: 'agent'},
				{headers: language ? {'accept-language': language} : {}});

			assert.equal(answer.json.invitation, 'mailed', answer.text);
			await waitFor(() => mail.letters.length > before_, 'the letter', 60_000);
			return mail.letters[before_];
		}
		const german = await letterTo('karl@one.test', 'de');

		assert.equal(subjectOf(german), 'Einladung zu Centrex');
		assert.match(bodyOf(german).replaceAll('\r', ''), /^Guten Tag,\n\nSie sind eingeladen\. .*\n\nhttps:\/\/pbx\.test\/invitation#[\w-]{43}\n\nDer Link gilt einmal/);
		assert.equal(subjectOf(await letterTo('lea@one.test', 'fr')), 'You are invited to Centrex');
		await centrex.json('tenant', 'update', 'one.pbx.test', '--locale', 'de-AT');
		assert.equal(subjectOf(await letterTo('max@one.test', 'fr')), 'Einladung zu Centrex');
		assert.equal(subjectOf(await letterTo('mia@one.test')), 'Einladung zu Centrex');
		const english = await letterTo('moe@one.test', 'en-US,de;q=0.5');

		assert.match(bodyOf(english), /^Hello,\s+You are invited\./);
		const before_ = mail.letters.length;

		await http.post('/api/v1/password-reset', {email: 'new@one.test'}, {headers: {'accept-language': 'de'}});
		await waitFor(() => mail.letters.length > before_, 'the letter', 60_000);
		assert.equal(subjectOf(mail.letters[before_]), 'Ihr Passwort für Centrex');
	});

	test('secrets of letters are in no log', () => {
		for (const letter of mail.letters)
			assert.ok(!centrex.log().includes(secretOf(bodyOf(letter).match(/https:\/\/\S+/)[0])));
	});
});

test('a mail server that says nothing holds up no request', async () => {
	const mail = await mailServer({silent: true});
	const centrex = await startCentrex({args: ['--smtp-url', `smtp://127.0.0.1:${mail.port}`,
		'--smtp-from', 'noreply@pbx.test']});

	try {
		await centrex.tenant('one.pbx.test');
		await makeUser(centrex, 'owner@one.test');
		await makeMember(centrex, 'one.pbx.test', 'owner@one.test', 'owner');
		const owner = await signIn(centrex, 'owner@one.test');

		for (let i = 0; i < 10; i++) {
			const answer = await owner.post(MEMBERS, {email: `p${i}@one.test`, role: 'agent'});

			assert.equal(answer.json.invitation, 'mailed', answer.text);
		}
		await waitFor(() => mail.sockets.size === 1, 'the one letter under way');
	} finally {
		await centrex.stop();
		await mail.close();
	}
	assert.match(centrex.log(), /letter was given up.*p\d@one\.test/);
});
