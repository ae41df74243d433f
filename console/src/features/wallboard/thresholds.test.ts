import {describe, expect, test} from 'vitest';
import {LIMITS, levelOf, readLimits, worst, writeLimit} from './thresholds';

describe('limits of a wallboard', () => {
	test('more waiting is worse, fewer free agents are worse', () => {
		expect([2, 3, 5, 6].map((n) => levelOf('waiting', n, LIMITS))).toEqual(['good', 'warn', 'warn', 'bad']);
		expect([2, 1, 0].map((n) => levelOf('free', n, LIMITS))).toEqual(['good', 'warn', 'bad']);
		expect([81, 80, 60].map((n) => levelOf('level', n, LIMITS))).toEqual(['good', 'warn', 'bad']);
	});

	test('a figure that is not there alarms nobody', () => {
		expect(levelOf('longest', null, LIMITS)).toBe('good');
		expect(levelOf('level', null, LIMITS)).toBe('good');
	});

	test('the worst figure is what a queue is', () => {
		expect(worst([])).toBe('good');
		expect(worst(['good', 'bad', 'warn'])).toBe('bad');
	});

	test('what the address says holds, and nonsense is as if it said nothing', () => {
		expect(readLimits({waiting: '1-2', longest: '60', level: '-5-3', free: 'x'})).toEqual({...LIMITS, waiting: {warn: 1, bad: 2}});
		expect(readLimits({longest: '999999-999999'}).longest).toEqual({warn: 86_400, bad: 86_400});
	});

	test('limits go through the address and back; the usual ones stay out of it', () => {
		expect(writeLimit('free', LIMITS.free)).toBeUndefined();
		expect(readLimits({free: writeLimit('free', {warn: 4, bad: 2})}).free).toEqual({warn: 4, bad: 2});
	});
});
