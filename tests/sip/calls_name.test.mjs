// The caller's name: as its phone gives it, to the callee and into the record, whatever it holds;
// the number is always the extension's own.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {waitFor} from '../lib/wait.mjs';
import {TwoTenants} from './two_tenants.mjs';

let two, a, b;

before(async () => {
	two = await TwoTenants.start();
	a = await two.phone(two.tenants[0], '101');
	b = await two.phone(two.tenants[0], '102');
	// Names are given byte for byte.
	const send = a.socket.send.bind(a.socket);

	a.socket.send = (text) => send(Buffer.from(text, 'latin1'));
});
after(() => two?.stop());

const bytes = (text) => Buffer.from(text).toString('latin1');

// [what, display name as it stands in From, name in the record, display name in From to the callee]
const names = [
	['plain', '"Ada Lovelace"', 'Ada Lovelace', '"Ada Lovelace"'],
	['without quotes', 'Ada Lovelace', 'Ada Lovelace', '"Ada Lovelace"'],
	['none', '', '', '"101"'],
	['UTF-8', bytes('"Zoë Šimić 📞"'), 'Zoë Šimić 📞', '"Zoë Šimić 📞"'],
	['quotes and backslashes', '"\\"Bob\\" \\\\o/"', '"Bob" \\o/', '"\\"Bob\\" \\\\o/"'],
	['an address in the name', '"x\\" <sip:999@evil.test>;tag=1, \\""', 'x" <sip:999@evil.test>;tag=1, "',
		'"x\\" <sip:999@evil.test>;tag=1, \\""'],
	['a folded line', '"Ada\r\n Evil: 1"', 'Ada Evil: 1', '"Ada Evil: 1"'],
	['an escaped line feed', '"Ada\\\u0001\\\u000bEvil: 1"', 'AdaEvil: 1', '"AdaEvil: 1"'],
	['control characters', '"\u001b[31mAda\u0007\u007f"', '[31mAda', '"[31mAda"'],
	['not UTF-8', '"Zo\u00eb"', '', '"101"'],
	['1 KB', `"${'n'.repeat(1024)}"`, 'n'.repeat(80), `"${'n'.repeat(80)}"`],
	['1 KB of two bytes each', bytes(`"${'é'.repeat(512)}"`), 'é'.repeat(80), `"${'é'.repeat(80)}"`],
];

for (const [what, name, recorded, told] of names) {
	test(`a name: ${what}`, async () => {
		const before = await two.calls(two.tenants[0]);
		const call = await a.invite('102', {name});
		const incoming = await b.incoming();
		const from = incoming.request.header('from');

		assert.match(from, /^"(?:[^"\\]|\\.)*" <sip:101@cust1\.pbx\.test>;tag=[0-9a-f]+$/);
		assert.equal(from.slice(0, from.lastIndexOf(' <')), told);
		assert.equal(incoming.request.header('evil'), undefined);
		incoming.reply(486, 'Busy Here');
		assert.equal((await call.final()).status, 486);
		const rows = await waitFor(async () => {
			const now = await two.calls(two.tenants[0]);

			return now.length > before.length && now;
		}, 'the call record', 15_000);

		assert.equal(rows.at(-1).caller_id_name, recorded);
		assert.equal(rows.at(-1).caller_id_number, '101');
	});
}

test('line ends in a name, not folded, make no message', async () => {
	const {callId, ...state} = a.registration;

	a.socket.send(a.build('INVITE', {
		uri: 'sip:102@cust1.pbx.test',
		to: '<sip:102@cust1.pbx.test>',
		from: `"Ada\r\nEvil" <${a.aor}>;tag=1`,
		callId: `${callId}-lines`,
		number: state.cseq,
	}).text);
	await b.socket.none((message) => message.method === 'INVITE');
	assert.equal((await a.register()).status, 200);
});
