// REGISTER with raw messages: RFC 3261 section 10, digest, two tenants with the same numbers.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {authorization, parseChallenge, pickChallenge, token} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, cust1, cust2;
const phones = [];

before(async () => {
	centrex = await startCentrex({tls: true, args: ['--sip-ban-failures', '1000']});
	cust1 = await centrex.tenant('cust1.pbx.test', ['101', '102', '103']);
	cust2 = await centrex.tenant('cust2.pbx.test', ['101', '102']);
});

after(async () => {
	phones.forEach((phone) => phone.socket.close());
	await centrex?.stop();
});

async function open(account, options = {}) {
	const transport = options.transport ?? 'udp';
	const phone = await Phone.open({account, port: centrex.sip[transport], ...options});

	phones.push(phone);
	return phone;
}

const contacts = (reply) => reply.all('contact');
const expiresOf = (contact) => Number(contact.match(/;expires=(\d+)/)?.[1]);
const modern = {headers: [['User-Agent', 'test/1']]};

for (const transport of ['udp', 'tcp', 'tls'])
	test(`registers, refreshes, asks and leaves over ${transport}`, async () => {
		const phone = await open(cust1.phones[101], {transport});
		const first = await phone.register();

		assert.equal(contacts(first).length, 1);
		assert.match(contacts(first)[0], new RegExp(phone.contact.replace(/[.+]/g, '\\$&')));
		assert.ok(expiresOf(contacts(first)[0]) > 295);
		assert.match(first.header('date'), /GMT$/);
		assert.equal(contacts(await phone.register()).length, 1);
		assert.equal(contacts(await phone.register({contact: null, expires: null})).length, 1);
		assert.equal(contacts(await phone.unregister()).length, 0);
		assert.equal(contacts(await phone.register({contact: null, expires: null})).length, 0);
	});

test('MD5 and SHA-256: both offered, SHA-256 first; MD5 alone to a phone that hides its name', async () => {
	const phone = await open(cust1.phones[101]);
	const algorithms = async (headers) => {
		const request = phone.build('REGISTER', {uri: 'sip:cust1.pbx.test', to: `<${phone.aor}>`,
			from: `<${phone.aor}>;tag=1`, callId: token(), number: 1, headers});

		phone.socket.send(request.text);
		const reply = await phone.socket.response(request);
		assert.equal(reply.status, 401);
		return reply.all('www-authenticate').map((c) => parseChallenge(c));
	};

	const both = await algorithms(modern.headers);
	assert.deepEqual(both.map((c) => c.algorithm), ['SHA-256', 'MD5']);
	for (const challenge of both) {
		assert.equal(challenge.realm, 'cust1.pbx.test');
		assert.equal(challenge.qop, 'auth');
	}
	assert.deepEqual((await algorithms([])).map((c) => c.algorithm), ['MD5']);
	assert.deepEqual((await algorithms([['User-Agent', 'baresip v1.0.0 (x86_64/linux)']]))
		.map((c) => c.algorithm), ['MD5']);
	await phone.register({...modern, algorithm: 'SHA-256'});
	await phone.register({...modern, algorithm: 'MD5'});
	await phone.unregister();
});

test('the user of the AOR is the number or the UUID; the domain may be an IP address', async () => {
	for (const user of [cust1.phones[101].number, cust1.phones[101].username]) {
		const phone = await open(cust1.phones[101], {user});
		await phone.register();
		await phone.unregister();
	}
	const phone = await open(cust2.phones[101]);
	phone.aor = 'sip:101@127.0.0.1';
	await phone.register({uri: 'sip:127.0.0.1'});
	await phone.unregister({uri: 'sip:127.0.0.1'});
});

test('several phones of one extension, and of two tenants with the same numbers', async () => {
	const [a, b, other] = [await open(cust1.phones[102]), await open(cust1.phones[102]),
		await open(cust2.phones[102])];

	await a.register();
	assert.equal(contacts(await b.register()).length, 2);
	assert.equal(contacts(await other.register()).length, 1);
	assert.equal(contacts(await a.unregister()).length, 1);
	assert.equal(contacts(await b.unregister()).length, 0);
	assert.equal(contacts(await other.unregister()).length, 0);
});

test('q, expires of a contact before Expires, the longest and the shortest', async () => {
	const phone = await open(cust1.phones[101]);
	const contact = (parameters) => `<${phone.contact}>${parameters}`;
	let reply = await phone.register({contact: contact(';expires=120;q=0.25'), expires: 3000});

	assert.match(contacts(reply)[0], /;q=0\.250/);
	assert.ok(expiresOf(contacts(reply)[0]) <= 120);
	reply = await phone.register({expires: 999999});
	assert.equal(expiresOf(contacts(reply)[0]), 3600);
	reply = await phone.tryRegister({expires: 10});
	assert.equal(reply.status, 423);
	assert.equal(reply.header('min-expires'), '60');
	assert.ok(expiresOf(contacts(await phone.register({contact: null, expires: null}))[0]) > 3500,
		'a refused request changed something');
	reply = await phone.register({expires: 'soon'});
	assert.equal(expiresOf(contacts(reply)[0]), 3600);
	await phone.unregister();

	// Over a connection often enough that it is never idle for long.
	const tcp = await open(cust1.phones[101], {transport: 'tcp'});
	assert.equal(expiresOf(contacts(await tcp.register({expires: 3600}))[0]), 600);
	await tcp.unregister();
});

test('several contacts in one request, all or nothing; "*" stands alone and only removes', async () => {
	const phone = await open(cust1.phones[101]);
	const list = (n) => Array.from({length: n}, (_, i) => `<sip:101@127.0.0.1:${7000 + i}>`).join(', ');
	const now = async () => contacts(await phone.register({contact: null, expires: null})).length;

	assert.equal(contacts(await phone.register({contact: list(3)})).length, 3);
	assert.equal((await phone.tryRegister({contact: `${list(4)}, <tel:123>`})).status, 400);
	assert.equal(await now(), 3);
	assert.equal((await phone.tryRegister({contact: '*', expires: 60})).status, 400);
	assert.equal((await phone.tryRegister({contact: '*', expires: null})).status, 400);
	assert.equal((await phone.tryRegister({contact: `*, <${phone.contact}>`, expires: 0})).status, 400);
	assert.equal(await now(), 3);
	assert.equal(contacts(await phone.register({contact: '*', expires: 0})).length, 0);
	assert.equal((await phone.tryRegister({contact: list(11)})).status, 403);
	assert.equal(await now(), 0);
	assert.equal(contacts(await phone.register({contact: list(10)})).length, 10);
	assert.equal(contacts(await phone.register({contact: '<sip:101@127.0.0.1:7999>'})).length, 10);
	assert.equal(contacts(await phone.register({contact: '*', expires: 0})).length, 0);
});

test('an older CSeq of the same call is refused, the same one is a repetition', async () => {
	const phone = await open(cust1.phones[101]);

	await phone.register();
	const cseq = phone.registration.cseq;
	phone.registration.cseq = cseq - 2;
	let reply = await phone.tryRegister({expires: 0}); // ends with number cseq
	assert.equal(reply.status, 200);
	assert.equal(contacts(reply).length, 1, 'a repetition was applied');
	phone.registration.cseq = 0;
	reply = await phone.tryRegister({number: cseq - 2, expires: 0});
	assert.equal(reply.status, 500);
	phone.registration.cseq = cseq;
	await phone.unregister();
});

test('wrong password, unknown user, unknown domain: the same answer in the same time', async () => {
	const phone = await open(cust1.phones[101]);
	const {username, password} = cust1.phones[101];
	const other = '11111111-2222-4333-8444-555555555555';
	const rows = {
		password: {credentials: {username, password: 'wrong'}},
		user: {credentials: {username: other, password}},
		number: {credentials: {username: '101', password}},
		domain: {credentials: {username: other, password}, aor: 'sip:101@cust9.pbx.test', uri: 'sip:cust9.pbx.test'},
	};
	const times = {};
	const texts = new Set();

	for (let round = 0; round < 3; round++)
		for (const [name, options] of Object.entries(rows)) {
			const start = performance.now();
			const reply = await phone.tryRegister(options);

			(times[name] ??= []).push(performance.now() - start);
			texts.add(reply.raw.replace(/^(Via|From|To|Call-ID|CSeq):.*$/gm, ''));
			assert.equal(reply.status, 403);
		}
	assert.equal(texts.size, 1);
	const medians = Object.values(times).map((t) => t.sort((a, b) => a - b)[1]);
	assert.ok(Math.max(...medians) - Math.min(...medians) < 100, JSON.stringify(times));
	assert.ok(Math.min(...medians) >= 190, JSON.stringify(times));
});

test('right credentials, but for the AOR of somebody else: 403', async () => {
	const phone = await open(cust1.phones[101]);
	const mine = cust1.phones[101], theirs = cust2.phones[101];

	assert.equal((await phone.tryRegister({aor: 'sip:102@cust1.pbx.test'})).status, 403);
	assert.equal((await phone.tryRegister({aor: 'sip:101@cust2.pbx.test', uri: 'sip:cust2.pbx.test'})).status, 403);
	assert.equal((await phone.tryRegister({credentials: theirs})).status, 403);
	assert.equal((await phone.tryRegister({aor: `sip:${theirs.username}@cust1.pbx.test`, credentials: mine})).status, 403);
});

test('nonces: replayed, counted on, of another address, forged', async () => {
	const phone = await open(cust1.phones[101]);
	const ask = async (socket, value) => {
		const request = phone.build('REGISTER', {uri: 'sip:cust1.pbx.test', to: `<${phone.aor}>`,
			from: `<${phone.aor}>;tag=1`, callId: token(), number: 1,
			headers: value ? [['Authorization', value]] : []});

		socket.send(request.text);
		return [await socket.response(request), request];
	};
	const [challenged] = await ask(phone.socket);
	const answer = (nc, challenge = pickChallenge(challenged, 'MD5')) => authorization({challenge, method: 'REGISTER',
		uri: 'sip:cust1.pbx.test', nc, username: phone.account.username, password: phone.account.password});
	const stale = (reply) => reply.status === 401 && /stale=true/i.test(reply.header('www-authenticate'));

	const [right, request] = await ask(phone.socket, answer(1));
	assert.equal(right.status, 200);
	phone.socket.send(request.text); // the very datagram: its answer was lost
	assert.equal((await phone.socket.response(request)).status, 200);
	assert.ok(stale((await ask(phone.socket, answer(1)))[0]), 'a count was good twice');
	assert.equal((await ask(phone.socket, answer(2)))[0].status, 200);
	assert.equal((await ask(phone.socket, answer(7)))[0].status, 200);
	assert.ok(stale((await ask(phone.socket, answer(3)))[0]));
	const forged = pickChallenge(challenged, 'MD5').replace(/nonce="./, 'nonce="f');
	assert.ok(stale((await ask(phone.socket, answer(8, forged)))[0]));

	const elsewhere = await open(cust1.phones[101], {localAddress: '127.0.0.2'});
	assert.ok(stale((await ask(elsewhere.socket, answer(9)))[0]), 'a nonce was good from another address');
});

test('a REGISTER that was overheard is good for nothing else: no other Contact, no other port', async () => {
	const phone = await open(cust1.phones[103]);
	const thief = await open(cust1.phones[103]);
	const common = {uri: 'sip:cust1.pbx.test', to: `<${phone.aor}>`, from: `<${phone.aor}>;tag=1`, callId: token(), number: 1};
	const first = phone.build('REGISTER', common);
	phone.socket.send(first.text);
	const options = {...common, headers: [['Contact', `<${phone.contact}>`], ['Expires', 300]]};
	const request = phone.withCredentials('REGISTER', options, await phone.socket.response(first));

	phone.socket.send(request.text);
	assert.equal((await phone.socket.response(request)).status, 200);
	const changed = request.text.replace(phone.contact, thief.contact);
	for (const [socket, text] of [[phone.socket, changed], [thief.socket, changed], [thief.socket, request.text]]) {
		socket.send(text);
		assert.equal((await socket.response(request)).status, 401);
	}
	const list = contacts(await phone.register({contact: null, expires: null}));
	assert.equal(list.length, 1);
	assert.ok(list[0].includes(phone.contact));
	await phone.unregister();
});

test('credentials that cannot be read are a first question again; another URI is refused', async () => {
	const phone = await open(cust1.phones[101]);

	for (const auth of [{qop: undefined, nc: undefined, cnonce: undefined}, {nc: '1'}, {qop: 'auth-int'},
		{algorithm: 'SHA-512'}, {response: '"00"'}, {username: '"a\\"b"'}, {realm: '"elsewhere"'}])
		assert.equal((await phone.tryRegister({auth})).status, 401, JSON.stringify(auth));
	assert.equal((await phone.tryRegister({auth: {uri: '"sip:102@elsewhere.test"'}})).status, 400);
});

test('rotated credentials: the old ones are refused and their phone is gone', async () => {
	const account = await centrex.extension('cust1.pbx.test', '110');
	const phone = await open(account);

	await phone.register();
	await centrex.json('extension', 'rotate-credentials', account.id, '--tenant', 'cust1.pbx.test');
	await waitFor(async () => (await phone.tryRegister()).status === 403, 'the old password to be refused');
});

test('a phone whose connection closes is forgotten when nothing else leads to it', async () => {
	const nat = await open(cust1.phones[103], {transport: 'tcp'});
	const asking = await open(cust1.phones[103]);

	await nat.register({contact: '<sip:103@10.1.2.3:5060;transport=tcp>'});
	assert.equal(contacts(await asking.register({contact: null, expires: null})).length, 1);
	nat.socket.close();
	await waitFor(async () => contacts(await asking.register({contact: null, expires: null})).length === 0,
		'the binding to go with its connection');
});

test('phones are known again after kill -9 of the engine', async () => {
	const phone = await open(cust2.phones[102]);
	const tcp = await open(cust2.phones[102], {transport: 'tcp'});

	await phone.register();
	await tcp.register();
	await new Promise((resolve) => setTimeout(resolve, 1500)); // written at most a second late
	const pid = centrex.kill('sip');
	await waitFor(() => centrex.sip && centrex.sip.pid !== pid && centrex.pid('sip') === centrex.sip.pid,
		'the engine to be back');
	const after = await open(cust2.phones[102]);
	const list = contacts(await after.register({contact: null, expires: null}));
	assert.equal(list.length, 2, list.join());
	await after.register({contact: '*', expires: 0});
	await new Promise((resolve) => setTimeout(resolve, 1500));
});

test('all phones at once right after a start: each is answered', async () => {
	const pid = centrex.kill('sip');

	await waitFor(() => centrex.sip && centrex.sip.pid !== pid && centrex.pid('sip') === centrex.sip.pid,
		'the engine to be back');
	const all = await Promise.all(Array.from({length: 40}, (_, i) => open((i % 2 ? cust1 : cust2).phones[101])));
	const replies = await Promise.all(all.map((phone) => phone.tryRegister()));
	assert.deepEqual([...new Set(replies.map((reply) => reply.status))], [200]);
	await all[0].register({contact: '*', expires: 0});
	await all[1].register({contact: '*', expires: 0});
});
