// A raw phone in a process of its own, so that it can be in a network of its own: registers, calls
// or is called, speaks until it has heard PACKETS, hangs up or is hung up on. One line of JSON on
// standard output for each step; what it saw is in the last. Argument: JSON, as Phone.open() with
//   role 'caller' or 'callee', target (of a caller), hangsUp
//   forwarded (media goes to host, whatever address is told: there is a router in front)
// A caller waits for a line on standard input before it calls.

import {once} from 'node:events';

import {Phone} from './phone.mjs';
import {addressUri} from './sip.mjs';
import {readSdp} from './rtp.mjs';

const PACKETS = 20;
const {role, target, hangsUp, forwarded, ...options} = JSON.parse(process.argv[2]);
const say = (step, more = {}) => process.stdout.write(`${JSON.stringify({step, ...more})}\n`);
const unique = (list) => [...new Set(list)];

const phone = await Phone.open(options);
const seen = {};
let call;

await phone.register();
say('registered');
if (role === 'caller') {
	await once(process.stdin, 'data');
	process.stdin.unref();
	call = await phone.invite(target);
	const answer = await call.answered();

	Object.assign(seen, {contact: addressUri(answer.header('contact')), sdp: readSdp(answer.body).address});
} else {
	call = await phone.incoming({timeoutMs: 30_000});
	Object.assign(seen, {
		via: call.request.header('via'),
		from: call.request.header('from'),
		contact: addressUri(call.request.header('contact')),
		sdp: readSdp(call.request.body).address,
		source: call.request.source.address,
	});
	call.ring();
	await call.answer();
}
if (forwarded)
	call.rtp.remoteAddress = options.host;
call.rtp.start();
await call.rtp.heard(PACKETS, {timeoutMs: 15_000});
say('heard');
seen.media = unique(call.rtp.received.map((packet) => packet.source.address));
if (hangsUp) {
	await new Promise((resolve) => setTimeout(resolve, 1000)); // the other one shall hear as much
	seen.bye = (await call.bye()).status;
} else {
	const bye = await call.expect('BYE', 30_000);

	Object.assign(seen, {bye: 200, byeVia: bye.header('via'), byeSource: bye.source.address});
}
await phone.unregister();
say('done', seen);
phone.close();
