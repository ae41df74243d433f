import {expect, test} from 'vitest';
import {differences} from './audit';

test('of a change only the fields that differ are shown', () => {
	expect(differences({a: 1, b: 'x', c: [1]}, {a: 2, b: 'x', c: [1]})).toEqual([{field: 'a', before: 1, after: 2}]);
});
test('of a row that was made or deleted all fields are shown', () => {
	expect(differences(null, {a: 1})).toEqual([{field: 'a', before: undefined, after: 1}]);
	expect(differences({a: 1}, null)).toEqual([{field: 'a', before: 1, after: undefined}]);
	expect(differences(null, null)).toEqual([]);
});
