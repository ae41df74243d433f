// CSV as the API reads it (docs/api.md): to show a file before it is sent, and to write one.

export type CsvRow = {number: number; cells: string[]}; // as spreadsheets count: the header is 1

const SEPARATORS = [',', ';', '\t'];

// What a spreadsheet saved, whatever it took for a good encoding. The API takes UTF-8 only.
export function decodeText(bytes: Uint8Array): string {
	if (bytes[0] === 0xff && bytes[1] === 0xfe)
		return new TextDecoder('utf-16le').decode(bytes);
	try {
		return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
	} catch {
		return new TextDecoder('windows-1252').decode(bytes);
	}
}

function separatorOf(text: string): string {
	const header = /^(?:"(?:[^"]|"")*"|[^\r\n"])*/.exec(text)?.[0].replace(/"(?:[^"]|"")*"/g, '') ?? '';
	const counts = SEPARATORS.map((one) => header.split(one).length);

	return SEPARATORS[counts.indexOf(Math.max(...counts))] ?? ',';
}

// The rows that are not empty, the header first. Forgiving: the API says what is wrong.
export function parseCsv(text: string): CsvRow[] {
	const separator = separatorOf(text);
	const rows: CsvRow[] = [];
	let cells: string[] = [];
	let cell = '';
	let quoted = false;
	let number = 1;
	const endRow = () => {
		cells.push(cell);
		if (cells.some((x) => x.trim()))
			rows.push({number, cells: cells.map((x) => x.trim())});
		cells = [];
		cell = '';
		number++;
	};

	for (let i = 0; i < text.length; i++) {
		const c = text.charAt(i);

		if (quoted) {
			if (c !== '"')
				cell += c;
			else if (text.charAt(i + 1) === '"')
				cell += text.charAt(++i);
			else
				quoted = false;
		} else if (c === '"' && !cell.trim()) {
			cell = '';
			quoted = true;
		} else if (c === separator) {
			cells.push(cell);
			cell = '';
		} else if (c === '\n' || c === '\r') {
			if (c === '\r' && text.charAt(i + 1) === '\n')
				i++;
			endRow();
		} else {
			cell += c;
		}
	}
	if (cell || cells.length)
		endRow();
	return rows;
}

// A cell that a spreadsheet would take for a formula is made a text.
function written(value: unknown): string {
	const text = value === null || value === undefined ? '' : String(value);
	const safe = /^[=+@\t\r]|^-.*[^\w-]/.test(text) ? `'${text}` : text;

	return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function writeCsv(columns: readonly string[], rows: readonly Record<string, unknown>[]): string {
	return [columns, ...rows.map((row) => columns.map((name) => row[name]))]
		.map((cells) => `${cells.map(written).join(',')}\r\n`).join('');
}

export function csvFile(columns: readonly string[], rows: readonly Record<string, unknown>[]): Blob {
	return new Blob([writeCsv(columns, rows)], {type: 'text/csv;charset=utf-8'});
}
