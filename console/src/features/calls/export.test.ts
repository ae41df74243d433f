import {expect, test} from 'vitest';
import {LineCount} from './export';

function count(...pieces: string[]): number {
	const lines = new LineCount();

	for (const piece of pieces)
		lines.add(new TextEncoder().encode(piece));
	return lines.lines;
}

test('lines are counted however they are cut into pieces', () => {
	expect(count('a,b\r\n1,2\r\n')).toBe(2);
	expect(count('a,b\r', '\n1,', '2\r\n')).toBe(2);
});

test('a line\'s end inside quotes is none', () => {
	expect(count('a\r\n"x\r\ny"\r\n')).toBe(2);
	expect(count('a\r\n"x""\r', '\ny"\r\n')).toBe(2);
});
