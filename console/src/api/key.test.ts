import {expect, test} from 'vitest';
import {SendKeys} from './key';
import {Problem} from './problem';

test('what is sent again after a lost answer has its key, all else another', async () => {
	const keys = new SendKeys();
	const sent: string[] = [];
	const send = (what: unknown, failure?: unknown) => keys.send(what, async (key) => {
		sent.push(key);
		if (failure)
			throw failure;
	}).catch(() => undefined);

	await send({a: 1}, Problem.unreachable());
	await send({a: 1}, new Problem(503, 'unavailable', ''));
	await send({a: 1});
	expect(new Set(sent).size).toBe(1);
	await send({a: 1});
	await send({a: 1}, new Problem(409, 'conflict', ''));
	await send({a: 1});
	await send({a: 2}, Problem.unreachable());
	await send({a: 3});
	expect(new Set(sent).size).toBe(6);
});
