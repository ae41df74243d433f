// What no phone should send: answered as RFC 3261 says or dropped, counted, and the engine goes on.
// The names are those of RFC 4475 where a message is one of its torture tests.

import assert from 'node:assert/strict';
import net from 'node:net';
import {after, before, test} from 'node:test';

import {startCentrex} from '../lib/centrex.mjs';
import {Phone} from '../lib/phone.mjs';
import {SipSocket, format, token} from '../lib/sip.mjs';
import {waitFor} from '../lib/wait.mjs';

let centrex, cust1, pid;

before(async () => {
	centrex = await startCentrex({args: ['--sip-ban-failures', '1000']});
	cust1 = await centrex.tenant('cust1.pbx.test', ['101']);
	pid = centrex.sip.pid;
});

after(async () => {
	await centrex?.stop();
	// Counted: the last line of the engine names what came.
	assert.match(centrex.log(), /stopped .*malformed=\d+/);
	assert.match(centrex.log(), /stopped .*too_large=\d+/);
	assert.match(centrex.log(), /stopped .*stray=\d+/);
	assert.match(centrex.log(), /stopped .*unknown_method=\d+/);
});

const open = (transport = 'udp', localAddress = '127.0.0.1') =>
	SipSocket.open({transport, port: centrex.sip[transport], localAddress});

const mandatory = (method, callId) => [
	['From', '<sip:101@cust1.pbx.test>;tag=1'],
	['To', '<sip:102@cust1.pbx.test>'],
	['Call-ID', callId],
	['CSeq', `1 ${method}`],
	['Max-Forwards', 70],
];

// A request with its headers changed: {name: value | null | [values]} or text for the first line.
function request(socket, method, changes = {}, {line, body = ''} = {}) {
	const id = `z9hG4bK${token()}`;
	const usual = [['Via', `${socket.via};branch=${id}`], ...mandatory(method, token())];
	const headers = usual.filter(([name]) => !(name in changes));

	for (const [name, value] of Object.entries(changes))
		for (const one of Array.isArray(value) ? value : [value])
			if (one !== null || name === 'Content-Length') // null: format() adds none either
				headers.push([name, one]);
	return {branch: id, text: format(line ?? `${method} sip:cust1.pbx.test SIP/2.0`, headers, body)};
}

async function alive(socket) {
	const ping = request(socket, 'OPTIONS');

	socket.send(ping.text);
	const reply = await socket.response(ping);
	assert.equal(reply.status, 200);
	assert.match(reply.header('allow'), /REGISTER/);
	assert.equal(centrex.sip.pid, pid, 'the engine was started again');
}

const via = (socket, id, rest = '') => `${socket.via};branch=${id}${rest}`;
const long = (n) => 'x'.repeat(n);

// name, method, changes, statuses (0: no answer is right too), first line and body.
const rows = [
	['no Call-ID', 'REGISTER', {'Call-ID': null}, [400]],
	['no From', 'REGISTER', {From: null}, [400]],
	['no To', 'REGISTER', {To: null}, [400]],
	['no CSeq', 'REGISTER', {CSeq: null}, [400]],
	['insuf: neither From, To nor Call-ID', 'INVITE', {From: null, To: null, 'Call-ID': null}, [400]],
	['two From headers', 'REGISTER', {From: ['<sip:101@cust1.pbx.test>;tag=1', '<sip:102@cust1.pbx.test>;tag=2']}, [400]],
	['multi01: two of everything', 'INVITE', {From: ['<sip:a@b.test>;tag=1', '<sip:a@b.test>;tag=2'],
		'Call-ID': ['a', 'b'], CSeq: ['5 INVITE', '59 INVITE']}, [400]],
	['two To headers, one compact', 'REGISTER', {t: '<sip:a@b.test>'}, [400]],
	['ncl: a negative Content-Length', 'INVITE', {'Content-Length': -999}, [400]],
	['mcl01: two Content-Lengths', 'OPTIONS', {'Content-Length': [0, 7]}, [400]],
	['clerr: Content-Length beyond the end', 'INVITE', {'Content-Length': 9999}, [400], {body: 'v=0\r\n'}],
	['Content-Length beyond any number', 'INVITE', {'Content-Length': '9'.repeat(40)}, [400]],
	['Content-Length is a word', 'INVITE', {'Content-Length': 'none'}, [400]],
	['scalar02: numbers beyond their range', 'REGISTER', {CSeq: '36893488147419103232 REGISTER', 'Max-Forwards': '300',
		Expires: '10000000000', Contact: '<sip:user@host129.example.com>;expires=280297596632815'}, [400]],
	['mismatch01: another method in CSeq', 'OPTIONS', {CSeq: '8 INVITE'}, [400]],
	['mismatch02: another unknown one', 'NEWMETHOD', {CSeq: '8 INVITE'}, [400, 501]],
	['an unknown method', 'NEWMETHOD', {}, [501]],
	['intmeth: a strange, legal method', '!interesting-Method0123456789_*+`.%indeed\'~', {}, [501]],
	['a method of others', 'PUBLISH', {}, [405]],
	['badvers: SIP 7.0', 'OPTIONS', {}, [505], {line: 'OPTIONS sip:t.watson@example.org SIP/7.0'}],
	['unkscm: an unknown scheme', 'OPTIONS', {}, [416], {line: 'OPTIONS nobodyKnowsThisScheme:totallyopaquecontent SIP/2.0'}],
	['novelsc: a known scheme of others', 'OPTIONS', {}, [416], {line: 'OPTIONS soap.beep://192.0.2.103:3002 SIP/2.0'}],
	['unksm2: a book registers', 'REGISTER', {To: 'isbn:2983792873'}, [400, 404, 416]],
	['bext01: Require of what nobody has', 'OPTIONS', {Require: 'nothingSupportsThis, nothingSupportsThisEither'}, [420]],
	['regaut01: an unknown authorization scheme', 'REGISTER', {Authorization: 'NoOneKnowsThisScheme opaque-data=here'}, [401]],
	['an Authorization of 8 KB', 'REGISTER', {Authorization: `Digest username="${long(8000)}"`}, [401]],
	['a hundred Authorizations', 'REGISTER', {Authorization: Array(100).fill('Digest x=y')}, [401]],
	['badaspec: spaces in an address', 'OPTIONS', {To: '"Watson, Thomas" < t.watson@example.org >'}, [400]],
	['baddn: a comma outside quotes', 'OPTIONS', {From: 'Bell, Alexander <sip:a.g.bell@example.com>;tag=43'}, [200, 400]],
	['quotbal: a quote not closed', 'INVITE', {To: '"Mr. J. User <sip:j.user@example.com>'}, [400]],
	['a bracket not closed', 'OPTIONS', {From: '<sip:a@b.test;tag=1'}, [400]],
	['ltgtruri: brackets around the Request-URI', 'INVITE', {}, [0, 400], {line: 'INVITE <sip:user@example.com> SIP/2.0'}],
	['lwsruri: a space in the Request-URI', 'INVITE', {}, [0, 400], {line: 'INVITE sip:user@example.com; lr SIP/2.0'}],
	['lwsstart: two spaces in the first line', 'INVITE', {}, [0, 400], {line: 'INVITE  sip:user@example.com  SIP/2.0'}],
	['trws: spaces at the end of the first line', 'OPTIONS', {}, [0, 400], {line: 'OPTIONS sip:user@example.com SIP/2.0  '}],
	['escruri: headers in the Request-URI', 'INVITE', {}, [400, 401], {line: 'INVITE sip:user@example.com?Route=%3Csip:example.com%3E SIP/2.0'}],
	['escnull: %00 in names', 'REGISTER', {To: 'sip:null-%00-null@cust1.pbx.test', Contact: '<sip:%00@host5.example.com>'}, [401]],
	['esc02: %25 that is no escape', 'RE%47IST%45R', {}, [501]],
	['semiuri: a semicolon in the user', 'OPTIONS', {}, [200], {line: 'OPTIONS sip:user;par=u%40example.net@example.com SIP/2.0'}],
	['lwsdisp: no space before the bracket', 'OPTIONS', {From: 'caller<sip:caller@example.com>;tag=323'}, [200]],
	['zeromf: Max-Forwards 0 for us', 'OPTIONS', {'Max-Forwards': 0}, [200, 483]],
	['Max-Forwards 0 for others', 'INVITE', {'Max-Forwards': 0}, [483]],
	['Max-Forwards is no number', 'INVITE', {'Max-Forwards': 'x'}, [400]],
	['longreq: long values', 'INVITE', {To: `"I have a user name of ${long(250)} proportion" <sip:user${long(300)}@cust1.pbx.test>`,
		From: `<sip:${long(250)}@cust1.pbx.test>;tag=${long(50)};unknownParam${long(80)}=${long(200)}`,
		'X-Unknown-Long': long(900)}, [401]],
	['non-UTF-8 in a name', 'OPTIONS', {From: '"\xff\xfe\x80" <sip:a@b.test>;tag=1'}, [200, 400]],
	['UTF-8 in a URI', 'REGISTER', {To: '<sip:j\u00fcrgen@cust1.pbx.test>'}, [400]],
	['an empty Call-ID', 'REGISTER', {'Call-ID': ''}, [400]],
	['a domain that is none', 'REGISTER', {To: '<sip:101@-"bad>'}, [400]],
	['a port beyond 65535', 'OPTIONS', {}, [0, 400], {line: 'OPTIONS sip:a.test:70000 SIP/2.0'}],
	['cparam01: an unknown parameter of Contact', 'REGISTER', {Contact: 'sip:+19725552222@gw1.example.net;unknownparam'}, [401]],
	['two hundred headers', 'OPTIONS', {'X-A': Array(110).fill('b')}, [200]],
	['a thousand headers', 'OPTIONS', {'X-A': Array(1000).fill('b')}, [0, 400]],
	['a CANCEL for nothing', 'CANCEL', {}, [481]],
	['a BYE for nothing', 'BYE', {To: '<sip:102@cust1.pbx.test>;tag=2'}, [481]],
	['an ACK for nothing', 'ACK', {To: '<sip:102@cust1.pbx.test>;tag=2'}, [0]],
	['an ACK without Call-ID', 'ACK', {'Call-ID': null}, [0]],
	['an OPTIONS in a dialog of nobody', 'OPTIONS', {To: '<sip:102@cust1.pbx.test>;tag=2'}, [481]],
];

for (const [name, method, changes, statuses, more] of rows)
	test(name, async () => {
		const socket = await open();
		const sent = request(socket, method, changes, more);

		try {
			socket.send(Buffer.from(sent.text, /\xff/.test(sent.text) ? 'latin1' : 'utf8'));
			if (statuses.includes(0))
				await socket.none((m) => m.status && !statuses.includes(m.status), 150);
			else
				assert.ok(statuses.includes((await socket.response(sent, {timeoutMs: 5000})).status));
			await alive(socket);
		} finally {
			socket.close();
		}
	});

test('405 and 501 name what is allowed, 420 what is not supported', async () => {
	const socket = await open();
	const ask = async (...args) => {
		const sent = request(socket, ...args);
		socket.send(sent.text);
		return socket.response(sent);
	};

	assert.match((await ask('PUBLISH')).header('allow'), /INVITE/);
	assert.match((await ask('WHAT')).header('allow'), /INVITE/);
	assert.equal((await ask('OPTIONS', {Require: 'timer, one', 'Proxy-Require': 'two'})).header('unsupported'), 'one');
	socket.close();
});

test('Via: without branch, with a third party in maddr, badinv01, no Via at all', async () => {
	const socket = await open();
	const third = await SipSocket.open({port: centrex.sip.udp, localAddress: '127.0.0.9'});

	for (const value of [socket.via, null, 'SIP/2.0/UDP 192.0.2.15;;,;,,', 'SIP/2.0/UDP', 'SIP/2.0/UDP :5060',
		`${via(socket, 'z9hG4bKx')};maddr=127.0.0.9`, 'SIP/2.0/UDP 127.0.0.1:99999;branch=x', 'HTTP/1.1/UDP a;branch=x'])
		socket.send(request(socket, 'OPTIONS', {Via: value}).text);
	await third.none(() => true, 300);
	await socket.none((m) => m.status === 200, 1);
	await alive(socket);
	socket.close();
	third.close();
});

test('answers to nothing, of any status', async () => {
	const socket = await open();
	const id = token();

	for (const first of ['SIP/2.0 200 OK', 'SIP/2.0 180 Ringing', 'SIP/2.0 4294967301 better not break the receiver',
		'SIP/2.0 100 ', 'SIP/2.0 200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e', 'SIP/2.0 999 x', 'SIP/2.0 -1 x', 'SIP/2.0 '])
		socket.send(format(first, [['Via', via(socket, id)], ...mandatory('INVITE', id)]));
	await socket.none(() => true, 200);
	await alive(socket);
	socket.close();
});

test('datagrams that are no SIP at all', async () => {
	const socket = await open('udp', '127.0.0.3');
	const noise = Buffer.alloc(1500);

	for (let i = 0; i < noise.length; i++)
		noise[i] = (i * 7919 + (i >> 3)) & 255;
	for (const bytes of ['', '\r\n', '\r\n\r\n', '\0', '\0\0\0\0', 'a', 'REGISTER', 'REGISTER sip:a SIP/2.0\r\n',
		'GET / HTTP/1.1\r\nHost: a\r\n\r\n', `${long(9000)}`, noise, Buffer.alloc(1200), '\r\n\r\n\r\nOPTIONS',
		Buffer.from('000100002112a442000000000000000000000000', 'hex'), // STUN
		Buffer.from('0001ffff2112a442000000000000000000000000', 'hex')])
		socket.send(Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes));
	await alive(socket);
	socket.close();
});

test('64 KB of header, as a datagram and as far as UDP goes', async () => {
	const socket = await open('udp', '127.0.0.3');

	for (const n of [8192, 16384, 30000, 65000])
		socket.send(request(socket, 'OPTIONS', {'X-Long': long(n)}).text.slice(0, 65507));
	await socket.none((m) => m.status === 200 && m.raw.length > 2000, 300);
	await alive(socket);
	socket.close();
});

test('dblreq: what follows the body in a datagram is none of it', async () => {
	const socket = await open();
	const first = request(socket, 'REGISTER'), second = request(socket, 'OPTIONS');

	socket.send(first.text + second.text);
	assert.equal((await socket.response(first)).status, 401);
	await socket.none(() => true, 200);
	socket.close();
});

test('wsinv: every white space that is allowed', async () => {
	const socket = await open();
	const id = `z9hG4bK${token()}`;
	const text = ['INVITE sip:vivekg@cust1.pbx.test;unknownparam SIP/2.0', 'TO :', ' sip:vivekg@cust1.pbx.test ',
		'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@cust1.pbx.test>', '  ;', '  tag = 98asjd8', 'MaX-fOrWaRdS: 0068',
		'Call-ID: wsinv.ndaksdj@192.0.2.1', 'Content-Length   : 0', 'cseq: 0009', '  INVITE', 'Via  : SIP  /   2.0',
		' /UDP', `    127.0.0.1:${socket.port} ; rport ;branch = ${id}`, 's :', 'NewFangledHeader:   newfangled value',
		' continued newfangled value', 'UnknownHeaderWithUnusualValue: ;;,,;;,;', 'Route:', ' <sip:services.example.com;lr>',
		'v:  SIP  / 2.0  / TCP     spindle.example.com   ;', '  branch  =   z9hG4bK9ikj8  ,',
		' SIP  /    2.0   / UDP  192.168.255.111   ; branch=', ' z9hG4bK30239',
		'm:"Quoted string \\"\\"" <sip:jdrosen@cust1.pbx.test> ; newparam =', '      newvalue ;', '  secondparam ; q = 0.33', '', ''];

	socket.send(text.join('\r\n'));
	const reply = await socket.next((m) => !m.request && m.status >= 200);
	assert.equal(reply.status, 401);
	socket.send(text.join('\r\n').replace(/^INVITE/, 'ACK').replace('  INVITE', '  ACK'));
	await alive(socket);
	socket.close();
});

const closed = (socket) => waitFor(() => socket.closed, 'the connection to be closed');

test('TCP: byte by byte, two at once, keep-alives between', async () => {
	const socket = await open('tcp');
	const one = request(socket, 'OPTIONS'), two = request(socket, 'OPTIONS');

	socket.socket.setNoDelay(true);
	for (const char of one.text) {
		socket.send(char);
		if (char === '\n')
			await new Promise((resolve) => setTimeout(resolve, 2));
	}
	assert.equal((await socket.response(one)).status, 200);
	const three = request(socket, 'OPTIONS');
	socket.send(`\r\n\r\n${two.text}\r\n${three.text}`);
	await socket.response(two);
	await socket.response(three);
	socket.close();
});

test('TCP: rubbish, no length, a wrong length, 64 KB without an end: the connection is closed', async () => {
	for (const text of ['GET / HTTP/1.1\r\n\r\n', long(70000), `OPTIONS sip:a SIP/2.0\r\nX: ${long(70000)}\r\n\r\n`]) {
		const socket = await open('tcp', '127.0.0.4');

		socket.send(text);
		await closed(socket);
	}
	for (const changes of [{'Content-Length': null}, {'Content-Length': -5}, {'Content-Length': [5, 0]}, {'Call-ID': null}]) {
		const socket = await open('tcp', '127.0.0.4');

		socket.send(request(socket, 'OPTIONS', changes).text);
		await closed(socket);
	}
	const socket = await open();
	await alive(socket);
	socket.close();
});

test('TCP: connections opened and dropped half-way', async () => {
	for (let i = 0; i < 50; i++) {
		const socket = net.connect({host: '127.0.0.1', port: centrex.sip.tcp});

		socket.on('error', () => {});
		socket.write('REGISTER sip:cust1.pbx.test SIP/2.0\r\nVia: ');
		await new Promise((resolve) => socket.once('connect', resolve));
		socket.destroy();
	}
	const socket = await open();
	await alive(socket);
	socket.close();
});

test('phones register all the same', async () => {
	const phone = await Phone.open({account: cust1.phones[101], port: centrex.sip.udp});

	await phone.register();
	await phone.unregister();
	phone.socket.close();
});
