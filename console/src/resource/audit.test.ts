import {expect, test} from 'vitest';
import {differences, nameOf} from './audit';

test('of a change only the fields that differ are shown', () => {
	expect(differences({a: 1, b: 'x', c: [1]}, {a: 2, b: 'x', c: [1]})).toEqual([{field: 'a', before: 1, after: 2}]);
});
test('of a row that was made or deleted all fields are shown', () => {
	expect(differences(null, {a: 1})).toEqual([{field: 'a', before: undefined, after: 1}]);
	expect(differences({a: 1}, null)).toEqual([{field: 'a', before: 1, after: undefined}]);
	expect(differences(null, null)).toEqual([]);
});

test('a row is called what people call it, else by the names of its ids', () => {
	const names = new Map([['q', 'Support'], ['x', '101']]);

	expect(nameOf({before: null, after: {name: 'ring_s'}, resource_id: 'ring_s'}, names)).toBe('ring_s');
	expect(nameOf({before: {tier: 1}, after: {tier: 2}, resource_id: 'q/x'}, names)).toBe('Support / 101');
	expect(nameOf({before: {tier: 1}, after: null, resource_id: 'q/gone'}, names)).toBe('Support / gone');
});
