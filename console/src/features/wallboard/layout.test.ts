import {expect, test} from 'vitest';
import {layoutOf} from './layout';

const SCREENS = {'1080p': [1888, 970], '4K': [3808, 2050], notebook: [1334, 660], upright: [1048, 1800]} as const;

test('1 to 60 queues fit every screen, none too small to be read', () => {
	for (const [width, height] of Object.values(SCREENS))
		for (let n = 1; n <= 60; n++) {
			const {columns, rows, pages, onPage} = layoutOf(n, width, height);

			expect(pages * onPage).toBeGreaterThanOrEqual(n);
			expect(columns * rows).toBeGreaterThanOrEqual(onPage);
			expect((width - 16 * (columns - 1)) / columns).toBeGreaterThanOrEqual(300);
			expect((height - 16 * (rows - 1)) / rows).toBeGreaterThanOrEqual(240);
		}
});

test('one queue has the whole screen, 30 have two pages of a small one and one of a large one', () => {
	expect(layoutOf(1, ...SCREENS['1080p'])).toEqual({columns: 1, rows: 1, pages: 1, onPage: 1});
	expect(layoutOf(4, ...SCREENS['1080p'])).toEqual({columns: 2, rows: 2, pages: 1, onPage: 4});
	expect(layoutOf(30, ...SCREENS['1080p'])).toEqual({columns: 5, rows: 3, pages: 2, onPage: 15});
	expect(layoutOf(30, ...SCREENS['4K']).pages).toBe(1);
});

test('an upright screen has its cards below each other', () => {
	expect(layoutOf(3, ...SCREENS.upright)).toEqual({columns: 1, rows: 3, pages: 1, onPage: 3});
});
