import {expect, test} from 'vitest';
import {hoursOf} from './hours';

const berlin = 'Europe/Berlin';
const total = (hours: ReturnType<typeof hoursOf>) => hours.reduce((sum, hour) => sum + hour.answered + hour.missed, 0);

test('hours without calls are filled up, in the zone of the tenant', () => {
	const hours = hoursOf(Date.parse('2026-11-23T22:59:00Z'), berlin, [
		{start: '2026-11-23T08:00:00+01:00', answered: 3, missed: 1}, {start: '2026-11-23T07:00:00Z', answered: 0, missed: 0},
		{start: '2026-11-23T23:00:00.000000+01:00', answered: 0, missed: 2}]);

	expect(hours.map(({label}) => label)).toEqual(Array.from({length: 24}, (_, i) => String(i).padStart(2, '0')));
	expect(new Date(hours[0]?.at ?? 0).toISOString()).toBe('2026-11-22T23:00:00.000Z');
	expect(hours[8]).toMatchObject({answered: 3, missed: 1});
	expect(hours[23]).toMatchObject({answered: 0, missed: 2});
	expect(total(hours)).toBe(6);
});

test('what is of another day is not shown', () => {
	expect(total(hoursOf(Date.parse('2026-11-23T12:00:00Z'), berlin, [
		{start: '2026-11-22T22:00:00Z', answered: 1, missed: 1}, {start: '2026-11-23T23:00:00Z', answered: 1, missed: 1}]))).toBe(0);
});

test('the days on which the clocks change have 23 and 25 hours, each with a name of its own', () => {
	const spring = hoursOf(Date.parse('2026-03-29T12:00:00Z'), berlin, []);
	const autumn = hoursOf(Date.parse('2026-10-25T12:00:00Z'), berlin, []);

	expect(spring.map(({label}) => label).slice(0, 4)).toEqual(['00', '01', '03', '04']);
	expect(spring.length).toBe(23);
	expect(autumn.map(({label}) => label).slice(0, 5)).toEqual(['00', '01', '02', '02+', '03']);
	expect(new Set(autumn.map(({label}) => label)).size).toBe(25);
});
