// What happens in a tenant is heard as it happens, by whoever may know of it, each thing once.

import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';

import {assertProblem} from '../lib/http.mjs';
import {freePort} from '../lib/processes.mjs';
import {delay, waitFor} from '../lib/wait.mjs';
import {take, talk as connect, transferred, uriOf} from '../sip/transfers.mjs';
import {TwoTenants} from '../sip/two_tenants.mjs';
import {makeMember, makeToken, makeUser, signIn} from './people.mjs';

const NO_LIMITS = ['address', 'credential', 'tenant'].flatMap((name) => [`--web-rate-${name}`, 0]);

let two, one, other; // one, other: {domain, owner, admin, agent} signed in
const streams = [];

async function people(tenant, name) {
	const all = {tenant, domain: tenant.domain, path: `/api/v1/tenants/${tenant.domain}`};

	for (const role of ['owner', 'admin', 'agent']) {
		await makeUser(two.centrex, `${role}@${name}.test`);
		await makeMember(two.centrex, tenant.domain, `${role}@${name}.test`, role);
		all[role] = await signIn(two.centrex, `${role}@${name}.test`);
	}
	return all;
}

before(async () => {
	two = await TwoTenants.start({args: ['--sip-port', await freePort(), '--web-port', await freePort(), ...NO_LIMITS]});
	one = await people(two.tenants[0], 'one');
	other = await people(two.tenants[1], 'other');
	await two.centrex.json('extension', 'update', '101', '--tenant', one.domain, '--user-id', 'agent@one.test');
});
after(async () => {
	streams.forEach((stream) => stream.close());
	await two?.stop();
});

// A stream that has said `ready` or `reset`.
async function listen(who, path, options) {
	const stream = await who.events(`${path}/events`, options);

	streams.push(stream);
	assert.equal(stream.status, 200);
	await stream.next((event) => event.event === 'ready' || event.event === 'reset');
	return stream;
}

const ids = (stream) => stream.events.filter((event) => event.id).map((event) => BigInt(event.id));
const kind = (name) => (event) => event.event === name;
const calls = async (who, path) => (await who.get(`${path}/calls`)).json.items;

// Rows of calls are written a moment after the phones heard of it.
const becomes = (question, expected, what) => waitFor(async () =>
	JSON.stringify(await question()) === JSON.stringify(expected), what, 15_000);

async function talk(a, b) {
	const call = await a.invite('102');
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress();
	return {call, incoming, answer: async () => {
		const acked = incoming.answer();

		await call.answered();
		await acked;
	}};
}

test('a phone that registers is heard of, and one that goes', async () => {
	const stream = await listen(one.admin, one.path);
	const phone = await two.phone(one.tenant, '103');
	const came = await stream.next(kind('registration'));

	assert.equal(stream.headers['content-type'], 'text/event-stream');
	assert.equal(came.data.extension, '103');
	assert.equal(came.data.registered, true);
	assert.equal(came.data.phones, 1);
	assert.equal(came.data.address, '127.0.0.1');
	await phone.register(); // a refresh is no news
	await phone.unregister();
	await waitFor(() => stream.events.filter(kind('registration')).length >= 2, 'the phone to go');
	const all = stream.events.filter(kind('registration'));

	assert.equal(all.length, 2);
	assert.deepEqual([all[1].data.extension, all[1].data.registered, all[1].data.phones], ['103', false, 0]);
});

test('a call rings, is answered and ends, in this order, and is listed meanwhile', async () => {
	const [a, b] = [await two.phone(one.tenant, '101'), await two.phone(one.tenant, '102')];
	const stream = await listen(one.admin, one.path);
	const state = async () => (await calls(one.admin, one.path)).map((row) =>
		[row.state, row.from_number, row.to_number, row.answered_by]);
	const {call, incoming, answer} = await talk(a, b);

	await becomes(state, [['ringing', '101', '102', null]], 'the call to ring');
	await answer();
	await becomes(state, [['answered', '101', '102', '102']], 'the call to be answered');
	const ended = incoming.expect('BYE');

	await call.bye();
	await ended;
	await becomes(state, [], 'the call to end');
	await stream.next((event) => event.data.state === 'ended');
	const told = stream.events.filter(kind('call')).map(({data}) => data);

	assert.deepEqual(told.map((data) => data.state), ['ringing', 'answered', 'ended']);
	assert.equal(new Set(told.map((data) => data.id)).size, 1);
	assert.deepEqual([told[2].from, told[2].to, told[2].answered_by, told[2].cause], ['101', '102', '102', 'normal']);
	a.close();
	b.close();
});

test('an admin hangs up a call that is answered, and one that rings', async () => {
	const [a, b] = [await two.phone(one.tenant, '101'), await two.phone(one.tenant, '102')];
	const talking = await talk(a, b);

	await talking.answer();
	const [row] = await waitFor(async () => {
		const rows = await calls(one.admin, one.path);
		return rows[0]?.state === 'answered' && rows;
	}, 'the call');
	const path = `${one.path}/calls/${row.id}/hang-up`;

	assertProblem(await one.agent.post(path), 403, 'forbidden');
	assertProblem(await other.owner.post(path), 404, 'not_found');
	assertProblem(await other.owner.post(`${other.path}/calls/${row.id}/hang-up`), 404, 'not_found');
	const byes = Promise.all([talking.call.expect('BYE'), talking.incoming.expect('BYE')]);
	const answer = await one.admin.post(path, {});

	assert.equal(answer.status, 202, answer.text);
	assert.equal(answer.json.id, row.id);
	assert.ok(answer.json.hangup_requested_at);
	await byes;
	await becomes(() => calls(one.admin, one.path), [], 'the call to end');
	assertProblem(await one.admin.post(path, {}), 404, 'not_found');

	const ringing = await talk(a, b);
	const [second] = await waitFor(async () => {
		const rows = await calls(one.admin, one.path);
		return rows.length && rows;
	}, 'the second call');
	const cancelled = ringing.incoming.expect('CANCEL');

	assert.equal((await one.admin.post(`${one.path}/calls/${second.id}/hang-up`, {})).status, 202);
	assert.equal((await ringing.call.final()).status, 480);
	await cancelled;
	const records = await waitFor(async () => {
		const rows = await two.calls(one.tenant);
		return [row.id, second.id].every((id) => rows.some((r) => r.id === id)) && rows;
	}, 'both records');

	for (const id of [row.id, second.id]) {
		const details = await two.details(one.tenant, records.find((r) => r.id === id));

		assert.deepEqual([details.cause, details.hangup_by], ['admin_hangup', 'engine']);
	}
	const audit = await one.owner.get(`${one.path}/audit?resource=call`);

	assert.equal(audit.json.items.filter((entry) => entry.action === 'hang-up').length, 2);
	assert.equal(audit.json.items[0].actor_name, 'admin@one.test');
	a.close();
	b.close();
});

test('an agent hears of his own calls and of what he may list, and of nothing else', async () => {
	const [b, c] = [await two.phone(one.tenant, '102'), await two.phone(one.tenant, '103')];
	const [agent, admin] = [await listen(one.agent, one.path), await listen(one.admin, one.path)];
	const foreign = await c.invite('102');
	const incoming = await b.incoming();

	incoming.ring();
	await foreign.progress();
	await foreign.cancel();
	await foreign.final();
	await one.owner.post(`${one.path}/settings`, {name: 'ring_s', value: 20});
	await one.owner.post(`${one.path}/extensions`, {extension_number: '150'});
	const a = await two.phone(one.tenant, '101');
	const own = await a.invite('102');
	const second = await b.incoming();

	second.ring();
	await own.progress();
	await own.cancel();
	await own.final();
	await agent.next((event) => event.event === 'call' && event.data.state === 'ended');
	await agent.next(kind('registration'));
	assert.deepEqual([...new Set(agent.events.filter(kind('call')).map(({data}) => data.from))], ['101']);
	assert.deepEqual([...new Set(admin.events.filter(kind('call')).map(({data}) => data.from))], ['103', '101']);
	assert.deepEqual([...new Set(agent.events.filter(kind('registration')).map(({data}) => data.extension))], ['101']);
	assert.deepEqual([...new Set(agent.events.filter(kind('change')).map(({data}) => data.resource))], ['extension']);
	assert.ok(admin.events.some((event) => event.data.resource === 'setting'));
	[a, b, c].forEach((phone) => phone.close());
});

test('an agent hears of calls in the queues he answers, and of no other', async () => {
	const queue = async (name, number) => {
		const {json} = await one.owner.post(`${one.path}/queues`, {name});

		await one.owner.post(`${one.path}/numbers`, {number, queue_id: json.id});
		return json;
	};
	const [mine, foreign] = [await queue('mine', '801'), await queue('foreign', '802')];
	const caller = await two.phone(one.tenant, '103');
	const [agent, admin] = [await listen(one.agent, one.path), await listen(one.admin, one.path)];

	async function waitIn(number) {
		const call = await caller.invite(number);

		await call.answered();
		await admin.next((event) => event.event === 'call' && event.data.state === 'waiting');
		await call.bye();
		await admin.next((event) => event.event === 'call' && event.data.state === 'ended');
	}

	await waitIn('801');
	await one.owner.post(`${one.path}/queue-members`, {queue_id: mine.id, extension_id: '101'});
	await waitIn('802');
	await waitIn('801');
	await agent.next((event) => event.event === 'call' && event.data.state === 'ended');
	const heard = agent.events.filter(kind('call')).map(({data}) => data);
	assert.deepEqual(heard.map(({queue_id, state}) => [queue_id, state]), [[mine.id, 'waiting'], [mine.id, 'ended']]);
	assert.ok(admin.events.some(({data}) => data.queue_id === foreign.id));
	caller.close();
});

test('what colleagues do is heard by every member, and with whom by none', async () => {
	for (const number of ['104', '105']) // phones of other tests are not gone yet
		one.tenant.phones[number] = await two.centrex.extension(one.domain, number);
	const extensions = (await one.admin.get(`${one.path}/extensions`)).json.items;
	const idOf = (number) => extensions.find((row) => row.extension_number === number).id;
	const [b, c] = [await two.phone(one.tenant, '104'), await two.phone(one.tenant, '105')];
	const [agent, admin, stranger] = [await listen(one.agent, one.path), await listen(one.admin, one.path),
		await listen(other.agent, other.path)];
	const shown = async (number) => (await one.agent.get(`${one.path}/directory?q=${number}`)).json.items
		.find((row) => row.extension === number && row.kind === 'extension').presence;
	// The last that was told of each, and what a list read now says.
	const become = (wanted) => waitFor(async () => {
		for (const [number, presence] of Object.entries(wanted))
			for (const stream of [agent, admin]) {
				const last = stream.events.filter((event) => event.event === 'presence' && event.data.extension === number).at(-1);

				if (last?.data.presence !== presence || await shown(number) !== presence)
					return false;
			}
		return true;
	}, () => `${JSON.stringify(wanted)}: ${agent.text} ${JSON.stringify(agent.events)}`, 15_000);

	const call = await c.invite('104');
	const incoming = await b.incoming();

	incoming.ring();
	await call.progress();
	await become({104: 'ringing', 105: 'talking'});
	const resumes = agent.events.filter((event) => event.id).at(-1).id;
	const acked = incoming.answer();

	await call.answered();
	await acked;
	await become({104: 'talking', 105: 'talking'});
	const back = await listen(one.agent, one.path, {headers: {'last-event-id': resumes}});

	assert.equal((await back.next((event) => event.event === 'presence' && event.data.extension === '104')).data.presence, 'talking');
	await call.bye();
	await become({104: 'online', 105: 'online'});
	await c.unregister();
	await become({104: 'online', 105: 'offline'});
	const told = agent.events.filter(kind('presence'));

	for (const {data, id} of told) {
		assert.equal(id, undefined);
		assert.deepEqual(data, {extension_id: idOf(data.extension), extension: data.extension, presence: data.presence});
	}
	for (const number of ['104', '105']) // and of others, whose phones go at their own time
		assert.ok(told.some(({data}) => data.extension === number));
	assert.equal(agent.events.filter(kind('call')).length, 0);
	assert.equal(agent.events.filter(kind('registration')).length, 0);
	assert.equal(stranger.events.filter(kind('presence')).length, 0);
	[b, c].forEach((phone) => phone.close());
});

test('who gives a call away or parks it talks no more, and who has it now does', async () => {
	for (const number of ['114', '115', '116'])
		one.tenant.phones[number] = await two.centrex.extension(one.domain, number);
	const giver = 'giver@one.test';

	await makeUser(two.centrex, giver);
	await makeMember(two.centrex, one.domain, giver, 'agent');
	await two.centrex.json('extension', 'update', '114', '--tenant', one.domain, '--user-id', giver);
	const [own, all] = [await listen(await signIn(two.centrex, giver), one.path), await listen(one.admin, one.path)];
	const [a, b, c] = await Promise.all(['114', '115', '116'].map((number) => two.phone(one.tenant, number)));
	const last = (stream, name) => stream.events.filter(kind(name)).at(-1)?.data;
	const become = (wanted, [from, by, state = 'answered']) => waitFor(async () => {
		const rows = (await one.admin.get(`${one.path}/directory?q=11`)).json.items;

		return Object.entries(wanted).every(([number, presence]) =>
			rows.find((row) => row.kind === 'extension' && row.number === number).presence === presence &&
			all.events.findLast((event) => event.event === 'presence' && event.data.extension === number)?.data.presence === presence) &&
			JSON.stringify((await calls(one.admin, one.path)).map((call) => [call.from_number, call.answered_by, call.state])) === JSON.stringify([[from, by, state]]);
	}, () => `${JSON.stringify(wanted)}, ${from} ${by} ${state}: ${JSON.stringify(all.events.slice(-12))}`, 15_000);
	const give = async (from, leg, to, keeps) => {
		const done = transferred(leg, uriOf(one.tenant, to), 200);
		const got = await take(c);

		await done;
		await leg.expect('BYE');
		await become({114: from === '115' ? 'talking' : 'online', 115: from === '115' ? 'online' : 'talking', 116: 'talking'},
			[from === '115' ? '114' : '115', '116']);
		const ended = got.expect('BYE');

		await keeps.bye();
		await ended;
	};
	let [ab, ba] = await connect(a, '115', b);

	await become({114: 'talking', 115: 'talking', 116: 'online'}, ['114', '115']);
	await give('115', ba, '116', ab);
	[ab, ba] = await connect(a, '115', b);
	await give('114', ab, '116', ba);
	// He hears that it is not his any more, and nothing of it afterwards.
	const left = own.events.filter((event) => event.event === 'call' && event.data.state !== 'ended' && event.data.parted);

	assert.deepEqual(left.map(({data}) => [data.from, data.answered_by, data.parted]), [['114', '116', ['115']], ['115', '116', ['114']]]);
	await waitFor(() => last(own, 'call').state === 'ended', 'who had it to hear that it is over', 15_000);
	assert.deepEqual(last(own, 'call').parted, ['114']);
	[ab, ba] = await connect(a, '115', b);
	await transferred(ab, uriOf(one.tenant, '700'), 200);
	await ab.expect('BYE');
	await become({114: 'online', 115: 'talking', 116: 'online'}, ['115', '115', 'parked']);
	await ba.bye();
	await Promise.all([a, b, c].map((phone) => phone.unregister()));
	[a, b, c].forEach((phone) => phone.close());
});

test('a number of his rings an extension, too, and a queue does', async () => {
	const {json: queue} = await one.owner.post(`${one.path}/queues`, {name: 'presence'});

	await one.owner.post(`${one.path}/numbers`, {number: '+4930104', extension_id: '104'});
	await one.owner.post(`${one.path}/numbers`, {number: '803', queue_id: queue.id});
	await one.owner.post(`${one.path}/queue-members`, {queue_id: queue.id, extension_id: '104'});
	assert.equal((await one.owner.patch(`${one.path}/agents/104`, {status: 'available'})).status, 200);
	const [b, c] = [await two.phone(one.tenant, '104'), await two.phone(one.tenant, '105')];
	const stream = await listen(one.agent, one.path);
	const told = (presence) => waitFor(() => stream.events.filter((event) => event.event === 'presence' &&
		event.data.extension === '104').at(-1)?.data.presence === presence, `104 to be ${presence}`, 15_000);

	for (const number of ['+4930104', '803']) {
		const call = await c.invite(number);
		const incoming = await b.incoming();

		incoming.ring();
		if (number === '803')
			await call.answered(); // by the queue
		await told('ringing');
		const cancelled = incoming.expect('CANCEL');

		await (number === '803' ? call.bye() : call.cancel());
		await cancelled;
		await told('online');
	}
	[b, c].forEach((phone) => phone.close());
});

// n changes by several writers at once.
async function change(who, path, n) {
	let left = n;

	await Promise.all(Array.from({length: 6}, async (_, writer) => {
		while (left-- > 0) {
			const answer = await who.patch(`${path}/queues/${who.queues[writer]}`, {name: `resume ${writer} ${left}`});

			assert.equal(answer.status, 200, answer.text);
		}
	}));
}

async function queues(who, path, name) {
	who.queues = [];
	for (let i = 0; i < 6; i++)
		who.queues.push((await who.post(`${path}/queues`, {name: `${name} ${i}`})).json.id);
}

// Events of presence have none.
const lastId = (stream) => stream.events.findLast((event) => event.id).id;

test('who resumes misses nothing and hears nothing twice, while 1,000 changes are made', async () => {
	await queues(one.admin, one.path, 'resume');
	const watcher = await listen(one.owner, one.path);
	const changed = change(one.admin, one.path, 1000);
	const heard = [];
	let last = watcher.events[0].id;

	for (let done = false; !done;) {
		const stream = await listen(one.owner, one.path, {headers: {'last-event-id': last}});

		done = await Promise.race([changed.then(() => true), waitFor(() => stream.events.length > 60, 'events', 20_000).then(() => false)]);
		if (done)
			await waitFor(() => watcher.events.filter(kind('change')).length === 1000 && lastId(stream) === lastId(watcher), 'the last event', 20_000);
		stream.close();
		heard.push(...stream.events.filter(kind('change')));
		assert.ok(stream.events.every((event) => event.event !== 'reset'));
		last = lastId(stream);
	}
	const all = watcher.events.filter(kind('change')).map((event) => event.id);

	assert.equal(all.length, 1000);
	assert.deepEqual(heard.map((event) => event.id), all);
	assert.deepEqual(ids(watcher), [...ids(watcher)].sort((x, y) => (x < y ? -1 : 1)));
});

test('an id that is not kept any more: the client is told to read anew', async () => {
	const stream = await listen(one.owner, one.path, {headers: {'last-event-id': '999999999999'}});

	assert.equal(stream.events[0].event, 'reset');
	const again = await listen(one.owner, one.path, {headers: {'last-event-id': stream.events[0].id}});

	assert.equal(again.events[0].event, 'ready');
	assertProblem(await one.owner.get(`${one.path}/events?last_event_id=-1`), 400, 'invalid');
	assertProblem(await one.owner.get(`${one.path}/events?last_event_id=99999999999999999999`), 400, 'invalid');
	assertProblem(await one.owner.get(`${one.path}/events`, {headers: {'last-event-id': "1' or 1=1"}}), 400, 'invalid');
});

test('two tenants never hear of each other', async () => {
	assertProblem(await other.owner.get(`${one.path}/events`), 404, 'not_found');
	assertProblem(await one.owner.get(`${other.path}/calls`), 404, 'not_found');
	const [here, there] = [await listen(one.owner, one.path), await listen(other.owner, other.path)];
	const made = await Promise.all([one, other].map(async ({owner, path}) => {
		const rows = [];

		for (let i = 0; i < 20; i++)
			rows.push((await owner.post(`${path}/queues`, {name: `both ${i}`})).json.id);
		return rows;
	}));

	for (const [stream, own, foreign] of [[here, made[0], made[1]], [there, made[1], made[0]]]) {
		await stream.next((event) => event.data.id === own.at(-1));
		const told = stream.events.map((event) => event.data.id);

		own.forEach((id) => assert.ok(told.includes(id)));
		foreign.forEach((id) => assert.ok(!told.includes(id)));
	}
});

test('access that ends closes the stream: a role, a session, a token', async () => {
	await makeUser(two.centrex, 'leaving@one.test');
	await makeMember(two.centrex, one.domain, 'leaving@one.test', 'admin');
	const who = await signIn(two.centrex, 'leaving@one.test');
	const leaving = await signIn(two.centrex, 'leaving@one.test');
	const session = await listen(leaving, one.path);
	const program = await makeToken(who, {tenant: one.domain, role: 'agent'});
	const automatic = await listen(program, one.path);

	assert.equal((await who.delete(`/api/v1/me/tokens/${program.token.id}`)).status, 204);
	await waitFor(() => automatic.ended, 'the token\'s stream to end', 20_000);
	assert.equal((await leaving.post('/api/v1/logout', {})).status, 204);
	await waitFor(() => session.ended, 'the session\'s stream to end', 20_000);
	const member = await listen(who, one.path);

	assert.equal((await one.owner.delete(`${one.path}/members/${who.me.id}`)).status, 204);
	await waitFor(() => member.ended, 'the member\'s stream to end', 20_000);
});

test('whoever may do other things than before is told to ask, here and elsewhere; others are not', async () => {
	await makeUser(two.centrex, 'moved@one.test');
	await makeMember(two.centrex, one.domain, 'moved@one.test', 'admin');
	const who = await signIn(two.centrex, 'moved@one.test');
	const moved = await listen(who, one.path);
	const owner = await listen(one.owner, one.path);
	const told = (stream) => stream.events.filter(({event}) => event === 'me').length;
	const roles = async () => (await who.get('/api/v1/me')).json.memberships.map(({role}) => role);

	assert.equal((await one.owner.patch(`${one.path}/members/${who.me.id}`, {role: 'agent'})).status, 200);
	await waitFor(() => told(moved) === 1, 'the first change', 20_000);
	assert.deepEqual(await roles(), ['agent']);
	assert.equal((await one.owner.patch(`${one.path}/members/${who.me.id}`, {role: 'admin'})).status, 200);
	await waitFor(() => told(moved) === 2, 'the second change', 20_000);
	await makeMember(two.centrex, other.domain, 'moved@one.test', 'agent');
	await waitFor(() => told(moved) === 3, 'the other tenant', 20_000);
	assert.equal((await roles()).length, 2);
	// It hears on as what he is now.
	assert.equal((await one.owner.patch(`${one.path}/members/${who.me.id}`, {role: 'agent'})).status, 200);
	await waitFor(() => told(moved) === 4, 'the last change', 20_000);
	assert.equal(told(owner), 0);
	assert.ok(!moved.ended);
});

test('500 streams at once each hear the same, and one too many of a user is refused', async () => {
	const users = [];

	for (let i = 0; i < 20; i++) {
		await makeUser(two.centrex, `many${i}@one.test`);
		await makeMember(two.centrex, one.domain, `many${i}@one.test`, 'admin');
		users.push(await signIn(two.centrex, `many${i}@one.test`));
	}
	const many = (await Promise.all(users.map(async (user) => {
		const own = [];

		for (let i = 0; i < 25; i++)
			own.push(await listen(user, one.path));
		return own;
	}))).flat();
	const made = [];

	for (let i = 0; i < 5; i++)
		made.push((await one.admin.post(`${one.path}/queues`, {name: `many ${i}`})).json.id);
	await Promise.all(many.map((stream) => stream.next((event) => event.data.id === made[4])));
	for (const stream of many)
		assert.deepEqual(stream.events.filter(kind('change')).map((event) => event.data.id), made);
	for (let i = 0; i < 7; i++)
		await listen(users[0], one.path);
	assertProblem(await users[0].get(`${one.path}/events`), 429, 'rate_limited');
	many.forEach((stream) => stream.close());
});

test('kill -9 of the web process: the client resumes', async () => {
	const stream = await listen(one.owner, one.path);
	const pid = two.centrex.kill('web');

	await waitFor(() => stream.ended, 'the stream to break');
	const row = await two.centrex.json('queue', 'create', '--tenant', one.domain, '--name', 'meanwhile');

	await waitFor(() => two.centrex.web && two.centrex.web.pid !== pid, 'the web process to be back');
	const again = await waitFor(() => listen(one.owner, one.path, {headers: {'last-event-id': stream.events.at(-1).id}})
		.catch(() => undefined), 'the stream to be back', 20_000);

	assert.equal((await again.next(kind('change'))).data.id, row.id);
});

test('kill -9 of the engine during a call: the list of calls is clean after its restart', async () => {
	const [a, b] = [await two.phone(one.tenant, '101'), await two.phone(one.tenant, '102')];
	const [c, d] = [await two.phone(other.tenant, '101'), await two.phone(other.tenant, '102')];
	const stream = await listen(one.owner, one.path);
	const talks = [await talk(a, b), await talk(c, d)];

	await talks[0].answer();
	await waitFor(async () => (await calls(one.admin, one.path)).length === 1 && (await calls(other.admin, other.path)).length === 1, 'both calls');
	const pid = two.centrex.kill('sip');

	await waitFor(() => two.centrex.sip && two.centrex.sip.pid !== pid, 'the engine to be back', 20_000);
	await becomes(() => calls(one.admin, one.path), [], 'no call here');
	await becomes(() => calls(other.admin, other.path), [], 'no call there');
	const ended = await stream.next((event) => event.event === 'call' && event.data.state === 'ended');

	assert.equal(ended.data.cause, 'engine_restart');
	[a, b, c, d].forEach((phone) => phone.close());
});

test('PostgreSQL away: streams stay, and hear afterwards what they missed', async () => {
	const stream = await listen(one.owner, one.path);

	two.centrex.kill('supervisor', 'SIGSTOP');
	try {
		two.centrex.kill('postgres');
		await delay(1000);
		assert.equal(stream.ended, false);
	} finally {
		two.centrex.kill('supervisor', 'SIGCONT');
	}
	const row = await waitFor(async () => {
		const made = await two.centrex.cli('queue', 'create', '--tenant', one.domain, '--name', 'afterwards', '--json');
		return made.status === 0 && made.json;
	}, 'the database to be back', 30_000);

	await stream.next((event) => event.data.id === row.id, 30_000);
	assert.equal(stream.ended, false);
});
