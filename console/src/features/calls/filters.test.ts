import {expect, test} from 'vitest';
import {isFiltered, readFilters, toQuery, wrongFilters} from './filters';

const berlin = 'Europe/Berlin';
const now = Date.parse('2026-11-23T10:00:00Z');
const asked = (url: Record<string, string>) => toQuery(readFilters(url), now, berlin);

test('nothing in the address bar asks for everything', () => {
	expect(asked({})).toEqual({});
	expect(isFiltered(readFilters({sort: 'start_time', call: 'x'}))).toBe(false);
});

test('periods are days of the tenant\'s zone', () => {
	expect(asked({when: 'today'})).toEqual({from: '2026-11-22T23:00:00.000Z'});
	expect(asked({when: 'yesterday'})).toEqual({from: '2026-11-21T23:00:00.000Z', to: '2026-11-22T23:00:00.000Z'});
	expect(asked({when: 'week'})).toEqual({from: '2026-11-16T23:00:00.000Z'});
	expect(asked({when: 'month'})).toEqual({from: '2026-10-24T22:00:00.000Z'});
	expect(asked({when: 'custom', from: '2026-11-01T08:00', to: '2026-11-02T08:00'}))
		.toEqual({from: '2026-11-01T07:00:00.000Z', to: '2026-11-02T07:00:00.000Z'});
	expect(asked({from: '2026-11-01T08:00'})).toEqual({});
});

test('what is searched is a number when it is made of what numbers are made of, else a name', () => {
	expect(asked({who: '+49 (30) 12-3'})).toEqual({number: '+4930123*'});
	expect(asked({who: '101'})).toEqual({number: '101*'});
	expect(asked({who: 'Anna 2'})).toEqual({name: 'Anna 2'});
	expect(asked({who: '  '})).toEqual({});
});

test('missed is whatever was not answered, other results are dispositions', () => {
	expect(asked({result: 'missed'})).toEqual({answered: 'no'});
	expect(asked({result: 'busy'})).toEqual({disposition: 'busy'});
});

test('all together', () => {
	expect(asked({direction: 'inbound', extension: '101', queue: 'Support', recording: 'recorded', least: '5', most: '60'}))
		.toEqual({direction: 'inbound', extension: '101', queue: 'Support', recording: 'recorded', duration_least: '5', duration_most: '60'});
});

test('what cannot be understood is not asked for', () => {
	expect(asked({when: 'soon', direction: 'up', result: 'x', recording: 'y', least: '-1', most: 'z'})).toEqual({});
});

test('what contradicts itself is told at its field', () => {
	expect(wrongFilters(readFilters({least: '9', most: '8'}), berlin)).toEqual(['most']);
	expect(wrongFilters(readFilters({when: 'custom', from: '2026-11-02T08:00', to: '2026-11-01T08:00'}), berlin)).toEqual(['to']);
	expect(wrongFilters(readFilters({least: '8', most: '8', from: '2026-11-02T08:00', to: '2026-11-01T08:00'}), berlin)).toEqual([]);
});
