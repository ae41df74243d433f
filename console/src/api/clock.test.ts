import {afterEach, expect, it, vi} from 'vitest';
import {learnTime, serverNow} from './clock';

afterEach(() => {
	vi.useRealTimers();
	learnTime(new Date().toUTCString());
});

it('follows a server whose clock is minutes ahead, and passes over what whole seconds cannot tell', () => {
	vi.useFakeTimers({now: Date.parse('2026-11-23T10:00:00.900Z')});
	learnTime('Mon, 23 Nov 2026 10:05:00 GMT');
	expect(serverNow() - Date.now()).toBe(299_100);
	learnTime(null);
	learnTime('no date');
	expect(serverNow() - Date.now()).toBe(299_100);
	learnTime('Mon, 23 Nov 2026 10:00:00 GMT');
	expect(serverNow()).toBe(Date.now());
});
