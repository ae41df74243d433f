// Networks of a test's own: namespaces of Linux, joined by virtual cables. Nothing of them is in
// the machine's own network, and each ends with the last process in it, so nothing can be left.
//
//   const hub = await Space.open(), a = await Space.open();
//   await hub.join(a, {here: ['10.91.1.1/24'], there: ['10.91.1.2/24']});
//   run(...a.command('node', 'phone.mjs'))

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import fs from 'node:fs';

import {run, start} from './processes.mjs';
import {waitFor} from './wait.mjs';

const HOLDER_S = 600;
const own = () => fs.readlinkSync('/proc/self/ns/net');
let cables = 0;

// Why this machine cannot; false: it can. For the skip option of a test.
export function networkObstacle() {
	if (process.getuid() !== 0)
		return 'network namespaces need root';
	if (spawnSync('ip', ['-V']).status !== 0)
		return 'the command ip is missing (iproute2)';
	const tried = spawnSync('unshare', ['--net', 'ip', 'link', 'add', 'type', 'veth'], {encoding: 'utf8'});

	return tried.status === 0 ? false : `no network namespaces here: ${tried.stderr ?? tried.error}`.trim();
}

export class Space {
	static async open() {
		const space = new Space();

		space.holder = start('unshare', ['--net', 'sleep', HOLDER_S], {name: 'network'});
		space.file = `/proc/${space.holder.pid}/ns/net`;
		await waitFor(() => fs.readlinkSync(space.file) !== own(), 'a network namespace');
		await space.ip('link', 'set', 'lo', 'up');
		return space;
	}

	// A command line that runs inside.
	command(...args) {
		return ['nsenter', `--net=${this.file}`, ...args.map(String)];
	}

	async ip(...args) {
		const [program, ...rest] = this.command('ip', ...args);
		const result = await run(program, rest);

		assert.equal(result.status, 0, `ip ${args.join(' ')}: ${result.stderr}`);
	}

	// A cable to another one, with the addresses at both ends.
	async join(other, {here, there}) {
		const name = `cable${cables++}`;

		await this.ip('link', 'add', name, 'type', 'veth', 'peer', 'name', name, 'netns', other.holder.pid);
		for (const [space, addresses] of [[this, here], [other, there]]) {
			for (const address of addresses)
				await space.ip('address', 'add', address, 'dev', name);
			await space.ip('link', 'set', name, 'up');
		}
	}

	close() {
		return this.holder.stop().catch(() => {});
	}
}
