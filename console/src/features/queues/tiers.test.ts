import {describe, expect, test} from 'vitest';
import {changes, move, ofTier, shownTiers, tiersOf} from './tiers';

const at = (extension_id: string, tier: number, level: number) => ({extension_id, tier, level});
const all = [at('a', 1, 1), at('b', 1, 2), at('c', 1, 3), at('d', 3, 1)];
const order = (members: ReturnType<typeof at>[], tier: number) => ofTier(members, tier).map(({extension_id}) => extension_id).join('');

describe('members of a queue', () => {
	test('who is moved inside a tier stands there, and positions count from 1', () => {
		expect(order(move(all, 'c', 1, 0), 1)).toBe('cab');
		expect(ofTier(move(all, 'a', 1, 2), 1)).toEqual([at('b', 1, 1), at('c', 1, 2), at('a', 1, 3)]);
	});

	test('who is moved to another tier leaves his', () => {
		const after = move(all, 'b', 3, 1);

		expect(order(after, 1)).toBe('ac');
		expect(order(after, 3)).toBe('db');
	});

	test('only what differs is told, who was moved first', () => {
		expect(changes(all, move(all, 'b', 3, 0), 'b')).toEqual([at('b', 3, 1), at('d', 3, 2)]);
		expect(changes(all, move(all, 'b', 2, 0), 'b')).toEqual([at('b', 2, 1)]);
		expect(changes(all, move(all, 'a', 1, 0), 'a')).toEqual([]);
	});

	test('members with equal positions get their own when one of them is moved', () => {
		const same = [at('a', 1, 1), at('b', 1, 1), at('c', 1, 1)];

		expect(changes(same, move(same, 'c', 1, 1), 'c')).toEqual([at('c', 1, 2), at('b', 1, 3)]);
	});

	test('nobody is lost, whoever is moved wherever', () => {
		for (const {extension_id} of all)
			for (const tier of [0, 1, 2, 3, 4])
				for (const index of [0, 1, 9])
					expect(move(all, extension_id, tier, index).map((member) => member.extension_id).toSorted().join('')).toBe('abcd');
	});

	test('a further tier is behind the last, and 1 is the first', () => {
		expect(tiersOf(all)).toEqual([1, 3]);
		expect(shownTiers(all)).toEqual([1, 3, 4]);
		expect(shownTiers([])).toEqual([1]);
		expect(shownTiers([at('a', 1000, 1)])).toEqual([1000]);
	});

	test('who is not there is not moved', () => {
		expect(move(all, 'x', 1, 0)).toEqual(all);
	});
});
