import {expect, test} from 'vitest';
import {type Book, isUnread, lacks, type Page, readSight, rowsOf, type Sight, withRow} from './pages';

type Row = {id: string; at: number};

const PAGE = 100;

// A list of the API, by `at`: the cursor is where the page before ended, whether that row is still there or not.
class Served {
	rows: Row[];
	asked: string[] = [];

	constructor(n: number) {
		this.rows = Array.from({length: n}, (_, i) => ({id: `r${i}`, at: i * 1000}));
	}

	read = async (cursor: string): Promise<Page<Row>> => {
		const behind = this.rows.filter(({at}) => cursor === '' || at > Number(cursor));
		const items = behind.slice(0, PAGE);

		this.asked.push(cursor);
		return {items, next: behind.length > PAGE ? String(items.at(-1)?.at) : null};
	};

	async all(): Promise<Book<Row>> {
		let book = await readSight<Row>(undefined, {first: 0, last: 0}, true, this.read);

		for (let i = 1; isUnread(book.pages.at(-1)); i++)
			book = await readSight(book, {first: i, last: i}, false, this.read);
		this.asked = [];
		return book;
	}
}

// As the table does: what is in sight is looked at until nothing of it lacks.
async function settled(book: Book<Row>, sight: Sight, served: Served): Promise<Book<Row>> {
	let now = book;

	for (let i = 0; i < 10 && lacks(now, sight); i++)
		now = await readSight(now, sight, false, served.read);
	return now;
}

const shown = (book: Book<Row>, {first, last}: Sight): string[] => rowsOf({pages: book.pages.slice(first, last + 1)}).map(({id}) => id);

// What is in sight is one piece of the list: nothing twice, nothing left out.
function assertWhole(book: Book<Row>, sight: Sight, served: Served): void {
	const ids = shown(book, sight);
	const from = served.rows.findIndex(({id}) => id === ids[0]);

	expect(ids).toEqual(served.rows.slice(from, from + ids.length).map(({id}) => id));
	if (sight.first === 0)
		expect(from).toBeLessThanOrEqual(0);
	if (sight.last >= book.pages.length - 1)
		expect(ids.at(-1)).toBe(served.rows.at(-1)?.id);
}

test('after a change only the pages in sight are read again, others when they come into sight', async () => {
	const served = new Served(10_000);
	const book = await served.all();
	const end = {first: 98, last: 99};
	const fresh = await readSight(book, end, true, served.read);

	expect(served.asked.length).toBe(2);
	expect(lacks(fresh, end)).toBe(false);
	expect(lacks(fresh, {first: 97, last: 97})).toBe(true);
	await settled(fresh, {first: 40, last: 41}, served);
	expect(served.asked.length).toBe(4);
});

test('rows of pages far away are put away', async () => {
	const book = await new Served(10_000).all();

	expect(book.pages.filter(({items}) => items).length).toBeLessThanOrEqual(6);
	expect(book.pages.reduce((sum, {count}) => sum + count, 0)).toBe(10_000);
});

test('a row that comes before the border of two pages pushes one over it', async () => {
	const served = new Served(300);
	let book = await served.all();

	served.rows.splice(50, 0, {id: 'new', at: 49_500});
	book = await settled(await readSight(book, {first: 0, last: 1}, true, served.read), {first: 0, last: 1}, served);
	assertWhole(book, {first: 0, last: 1}, served);
	expect(shown(book, {first: 0, last: 1})).toContain('new');
	book = await settled(book, {first: 1, last: 3}, served);
	assertWhole(book, {first: 1, last: 3}, served);
	expect(book.pages.map(({count}) => count)).toEqual([100, 100, 100, 1]);
});

test('rows that go leave no hole, and no page that is empty', async () => {
	const served = new Served(301);
	let book = await served.all();

	served.rows.splice(95, 10);
	book = await settled(await readSight(book, {first: 0, last: 1}, true, served.read), {first: 0, last: 1}, served);
	assertWhole(book, {first: 0, last: 1}, served);
	book = await settled(book, {first: 2, last: 3}, served);
	book = await settled(book, {first: 2, last: 3}, served);
	expect(book.pages.map(({count}) => count)).toEqual([100, 100, 91]);
});

test('who looks at the end when the end goes sees the rows before it', async () => {
	const served = new Served(1000);
	const book = await served.all();

	served.rows.length = 900;
	const fresh = await readSight(book, {first: 9, last: 9}, true, served.read);
	expect(fresh.pages.length).toBe(9);
	const settledBook = await settled(fresh, {first: 8, last: 8}, served);
	assertWhole(settledBook, {first: 8, last: 8}, served);
	served.rows.length = 0;
	expect((await readSight(settledBook, {first: 0, last: 0}, true, served.read)).pages).toEqual([{cursor: '', count: 0, items: [], stale: false}]);
});

test('whatever comes and goes anywhere, what is in sight is one piece of the list', async () => {
	const served = new Served(1500);
	let book = await served.all();
	let seed = 7;
	let made = 0;
	const random = (n: number) => {
		seed = (seed * 1103515245 + 12345) % 2147483648;
		return Math.floor(seed / 65536) % n;
	};

	for (let round = 0; round < 400; round++) {
		for (let i = random(4); i > 0; i--) {
			const place = random(served.rows.length);

			if (random(2) === 0)
				served.rows.splice(place, 1 + random(40));
			else
				served.rows.splice(place, 0, {id: `n${made++}`, at: ((served.rows[place - 1]?.at ?? -1000) + (served.rows[place]?.at ?? 0)) / 2});
		}
		if (served.rows.length < 300)
			served.rows.push(...Array.from({length: 900}, (_, i) => ({id: `m${made++}`, at: (served.rows.at(-1)?.at ?? 0) + 1000 * (i + 1)})));
		const last = random(book.pages.length);
		const sight = {first: Math.max(0, last - random(3)), last};

		book = await readSight(book, sight, true, served.read);
		book = await settled(book, sight, served);
		assertWhole(book, {first: Math.min(sight.first, book.pages.length - 1), last: sight.last}, served);
		// Then somebody scrolls on, and nothing has changed.
		book = await settled(book, {first: sight.first + 1, last: sight.last + 1}, served);
		assertWhole(book, {first: Math.min(sight.first + 1, book.pages.length - 1), last: sight.last + 1}, served);
	}
});

test('a row that was told of stands where it belongs, once', async () => {
	const served = new Served(1000);
	const all = await served.all();
	const isBefore = (a: Row, b: Row) => a.at < b.at;
	const book = await settled(all, {first: 0, last: 1}, served);
	const once = withRow(book, {id: 'new', at: 150_500}, isBefore);

	expect(once.pages[1]?.items?.[51]?.id).toBe('new');
	expect(once.pages[1]?.count).toBe(101);
	expect(withRow(once, {id: 'new', at: 150_500}, isBefore)).toBe(once);
	expect(withRow(book, {id: 'first', at: -1}, isBefore).pages[0]?.items?.[0]?.id).toBe('first');
	expect(withRow(all, {id: 'last', at: 5_000_000}, isBefore).pages[9]?.items?.at(-1)?.id).toBe('last');
	// Before the first row that is there: somewhere in what was put away.
	const gap = withRow(all, {id: 'gap', at: 250_500}, isBefore);
	expect(rowsOf(gap).some(({id}) => id === 'gap')).toBe(false);
	expect(gap.pages.filter(({items, stale}) => items && stale).length).toBe(1);
});
