// Not a test: started by harness.test.mjs to see that everything is ended. It starts a child, a
// grandchild in a session of its own, and one that forgot its environment but not its directory.

import fs from 'node:fs';

import {processes, start, temporaryDirectory} from '../lib/processes.mjs';
import {waitFor} from '../lib/wait.mjs';

const directory = temporaryDirectory('left');
const pids = () => processes().filter((p) => p.state !== 'Z' && p.command.startsWith('sleep 60') ||
	p.command.includes(`sleeper ${directory}`)).map((p) => p.pid);

start('sleep', ['600001']);
start('sh', ['-c', 'setsid sleep 600002 & exit 0']);
start('env', ['-i', '/usr/bin/setsid', '/bin/bash', '-c', 'exec -a "sleeper $0" sleep 600003', directory]);
await waitFor(() => pids().length === 3, 'three sleepers');
fs.writeFileSync(process.argv[2], JSON.stringify({pids: pids(), directory}));
process.exit(3);
