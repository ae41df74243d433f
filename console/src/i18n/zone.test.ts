import {expect, test} from 'vitest';
import {startOfDay, zonedInstant, zonedText} from './zone';

const berlin = 'Europe/Berlin';
const iso = (at: number) => new Date(at).toISOString();

test('a wall clock\'s time is an instant of its zone, in summer and winter', () => {
	expect(iso(zonedInstant('2026-01-15T12:00', berlin))).toBe('2026-01-15T11:00:00.000Z');
	expect(iso(zonedInstant('2026-07-15T12:00', berlin))).toBe('2026-07-15T10:00:00.000Z');
	expect(iso(zonedInstant('2026-07-15T12:00', 'Asia/Kolkata'))).toBe('2026-07-15T06:30:00.000Z');
	expect(iso(zonedInstant('2026-07-15T12:00', 'UTC'))).toBe('2026-07-15T12:00:00.000Z');
	expect(zonedInstant('soon', berlin)).toBeNaN();
});

test('a time that the clocks skip is as long after it, one that comes twice is the first', () => {
	expect(iso(zonedInstant('2026-03-29T02:30', berlin))).toBe('2026-03-29T01:30:00.000Z');
	expect(iso(zonedInstant('2026-10-25T02:30', berlin))).toBe('2026-10-25T00:30:00.000Z');
});

test('an instant and back', () => {
	for (const text of ['2026-03-29T01:59', '2026-03-29T03:00', '2026-12-31T23:59', '2026-10-25T03:00'])
		expect(zonedText(zonedInstant(text, berlin), berlin)).toBe(text);
});

test('days begin at the midnight of the zone, also around a change of the clocks', () => {
	const noon = Date.parse('2026-03-29T12:00:00Z');

	expect(iso(startOfDay(noon, berlin))).toBe('2026-03-28T23:00:00.000Z');
	expect(iso(startOfDay(noon, berlin, 1))).toBe('2026-03-29T22:00:00.000Z');
	expect(iso(startOfDay(noon, berlin, -6))).toBe('2026-03-22T23:00:00.000Z');
	expect(iso(startOfDay(Date.parse('2026-11-22T23:30:00Z'), berlin))).toBe('2026-11-22T23:00:00.000Z');
});
