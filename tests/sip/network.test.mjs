// sip-address 0.0.0.0 on a machine with several networks: each phone meets the address by which it
// reaches us, in SIP and in media, and nothing leaves from another.

import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import path from 'node:path';
import {after, before, describe, test} from 'node:test';
import {fileURLToPath} from 'node:url';

import {startCentrex} from '../lib/centrex.mjs';
import {Space, networkObstacle} from '../lib/network.mjs';
import {waitFor} from '../lib/wait.mjs';

const DOMAIN = 'cust1.pbx.test';
// Where Centrex is: two addresses in the first network, one in the second; no default route, and
// no route between the phones.
const HUB_A = '10.91.1.1', ALIAS_A = '10.91.1.9', PHONE_A = '10.91.1.2';
const HUB_B = '10.92.1.1', PHONE_B = '10.92.1.2';
const PUBLIC = '10.93.1.1'; // of a router in front, which passes on what comes to it

const program = path.join(path.dirname(fileURLToPath(import.meta.url)), '../lib/phone-process.mjs');
const obstacle = networkObstacle();

// A phone's process inside a network; steps resolve with what it said.
function startPhone(space, options) {
	const [command, ...args] = space.command(process.execPath, program, JSON.stringify(options));
	const child = spawn(command, args, {stdio: ['pipe', 'pipe', 'pipe']});
	let output = '', errors = '', ended = false;

	child.stdout.on('data', (bytes) => { output += bytes; });
	child.stderr.on('data', (bytes) => { errors += bytes; });
	child.on('exit', () => { ended = true; });
	return {
		go: () => child.stdin.write('go\n'),
		kill: () => child.kill('SIGKILL'),
		async step(name) {
			const find = () => output.split('\n').filter(Boolean).map((line) => JSON.parse(line))
				.find((line) => line.step === name);

			await waitFor(() => find() || ended, () => `phone: ${name}\n${errors}`, 40_000);
			assert.ok(find(), `the phone ended before "${name}":\n${output}${errors}`);
			return find();
		},
	};
}

describe('every address of a machine', {skip: obstacle}, () => {
	let hub, a, b, centrex, accounts;
	const phones = [];

	async function serve(...args) {
		centrex = await startCentrex({
			through: hub.command(),
			args: ['--sip-address', '0.0.0.0', '--sip-port', 5060, ...args],
			...(centrex ? {state: centrex.state} : {}),
		});
		accounts ??= (await centrex.tenant(DOMAIN, ['101', '102'])).phones;
	}

	before(async () => {
		[hub, a, b] = [await Space.open(), await Space.open(), await Space.open()];
		await hub.join(a, {here: [`${HUB_A}/24`, `${ALIAS_A}/24`], there: [`${PHONE_A}/24`]});
		await hub.join(b, {here: [`${HUB_B}/24`], there: [`${PHONE_B}/24`]});
		await serve();
	});

	after(async () => {
		phones.forEach((phone) => phone.kill());
		await centrex?.stop();
		await Promise.all([a, b, hub].map((space) => space?.close()));
	});

	// 101 in network A calls 102 in network B; returns what each saw. meanwhile: once the called phone
	// is registered, before the other one is.
	async function call({meanwhile, transport = 'udp', host = HUB_A, calleeHangsUp = false, reverse = false, forwarded}) {
		const port = centrex.sip[transport];
		const at = {
			a: {transport, port, host, localAddress: PHONE_A, account: accounts[101]},
			b: {transport, port, host: HUB_B, localAddress: PHONE_B, account: accounts[102]},
		};
		const roles = reverse ? ['callee', 'caller'] : ['caller', 'callee'];
		const pair = [];

		for (const i of [roles.indexOf('callee'), roles.indexOf('caller')]) {
			pair[i] = startPhone([a, b][i], {
				...at['ab'[i]],
				role: roles[i],
				forwarded,
				target: reverse ? '101' : '102',
				hangsUp: (roles[i] === 'callee') === calleeHangsUp,
			});
			phones.push(pair[i]);
			await pair[i].step('registered');
			if (roles[i] === 'callee')
				await meanwhile?.();
		}
		pair[roles.indexOf('caller')].go();
		return Promise.all(pair.map((phone) => phone.step('done')));
	}

	function check(seen, {own, transport = 'udp', told = own}) {
		const port = centrex.sip[transport];
		const parameter = transport === 'udp' ? '' : `;transport=${transport}`;

		assert.equal(seen.contact, `sip:centrex@${told}:${port}${parameter}`);
		assert.equal(seen.sdp, told);
		assert.deepEqual(seen.media, [own]);
		assert.equal(seen.bye, 200);
		for (const via of [seen.via, seen.byeVia].filter(Boolean))
			assert.match(via, new RegExp(`^SIP/2.0/${transport.toUpperCase()} ${told}:${port};`));
		for (const source of [seen.source, seen.byeSource].filter(Boolean))
			assert.equal(source, own);
	}

	for (const transport of ['udp', 'tcp']) {
		test(`a call between two networks over ${transport}; the callee hangs up`, async () => {
			const [one, other] = await call({transport, calleeHangsUp: true});

			check(one, {own: HUB_A, transport});
			check(other, {own: HUB_B, transport});
		});
	}

	test('the other way round; the caller hangs up', async () => {
		const [one, other] = await call({reverse: true});

		check(one, {own: HUB_A});
		check(other, {own: HUB_B});
	});

	test('a phone that knows a second address of the same network', async () => {
		for (const reverse of [false, true]) {
			const [one, other] = await call({host: ALIAS_A, reverse, calleeHangsUp: !reverse});

			check(one, {own: ALIAS_A});
			check(other, {own: HUB_B});
		}
	});

	test('a phone that registered before the engine was killed', async () => {
		const [one, other] = await call({
			async meanwhile() {
				const pid = centrex.pid('sip');

				await new Promise((resolve) => setTimeout(resolve, 1500)); // the binding is written
				process.kill(pid, 'SIGKILL');
				await waitFor(() => centrex.sip?.pid && centrex.sip.pid !== pid, 'another engine', 20_000);
			},
		});

		check(one, {own: HUB_A});
		check(other, {own: HUB_B});
	});

	test('sip-public-address is told to all; datagrams leave from where the phone is known', async () => {
		await centrex.supervisor.stop();
		await serve('--sip-public-address', PUBLIC);
		const [one, other] = await call({reverse: true, forwarded: true});

		check(one, {own: HUB_A, told: PUBLIC});
		check(other, {own: HUB_B, told: PUBLIC});
	});
});
