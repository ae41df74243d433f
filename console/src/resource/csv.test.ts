import {describe, expect, test} from 'vitest';
import {decodeText, parseCsv, writeCsv} from './csv';

const cellsOf = (text: string) => parseCsv(text).map(({cells}) => cells);

describe('a CSV file', () => {
	test('is read with commas, semicolons or tabs', () => {
		for (const separator of [',', ';', '\t'])
			expect(cellsOf(`a${separator}b\r\n1${separator}2\r\n`)).toEqual([['a', 'b'], ['1', '2']]);
	});
	test('has rows that are counted as a spreadsheet does, empty ones too', () => {
		expect(parseCsv('a\n\n,\n1\n').map(({number}) => number)).toEqual([1, 4]);
	});
	test('has quotes, separators and lines within quotes', () => {
		expect(cellsOf('"a,1",b\n"say ""no""","x\ny"')).toEqual([['a,1', 'b'], ['say "no"', 'x\ny']]);
	});
	test('may come from an old spreadsheet', () => {
		expect(decodeText(new Uint8Array([0x4d, 0xfc, 0x6c]))).toBe('Mül');
		expect(decodeText(new Uint8Array([0xff, 0xfe, 0x61, 0x00]))).toBe('a');
		expect(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x61]))).toBe('a');
	});
	test('that is written is no formula and comes back as it was', () => {
		expect(writeCsv(['a', 'b'], [{a: '=1+1', b: 'x;"y"'}, {a: null, b: '-k3-_x'}])).toBe('a,b\r\n\'=1+1,"x;""y"""\r\n,-k3-_x\r\n');
		expect(cellsOf(writeCsv(['a'], [{a: 'x\n"y"'}]))).toEqual([['a'], ['x\n"y"']]);
	});
});
