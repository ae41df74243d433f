// A list as it is read: page by page, each by its cursor, and only where somebody looks. After a
// change the pages in sight are read again, all others when they come into sight (docs/adr/0095).
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useEffect, useRef, useState} from 'react';
import {send, withQuery} from '@/api/client';
import {Problem} from '@/api/problem';

export type Page<Row> = {items: Row[]; next?: string | null};
export type Query = Record<string, string | number | boolean | null | undefined>;

// A page as it is kept. Without items it was put away, or never read: then it is the last, and its count 0.
export type Sheet<Row> = {cursor: string; count: number; items: Row[] | null; stale: boolean};
export type Book<Row> = {pages: Sheet<Row>[]};
export type Sight = {first: number; last: number; kept?: number}; // pages; kept: one whose rows are shown meanwhile

export const PAGE_ROWS = 100;
const KEPT_AROUND = 5; // pages whose rows are kept on each side of what is in sight

function blank<Row>(cursor: string, count = 0): Sheet<Row> {
	return {cursor, count, items: null, stale: true};
}

export function isUnread(sheet: Sheet<unknown> | undefined): boolean {
	return sheet !== undefined && !sheet.items && sheet.count === 0;
}

// Whether a page in sight has to be read.
export function lacks(book: Book<unknown>, {first, last}: Sight): boolean {
	return book.pages.slice(first, last + 1).some(({items, stale}) => !items || stale);
}

// `page` was read as the one at `i`: where it ends the next one begins. So two pages in sight have
// nothing between them and nothing twice, whatever was made, moved or deleted; what stood at another
// cursor is not theirs any more.
function put<Row>(pages: Sheet<Row>[], i: number, cursor: string, {items, next}: Page<Row>): void {
	const behind = pages[i + 1];

	pages[i] = {cursor, items, count: items.length, stale: false};
	if (!next)
		pages.length = items.length || i === 0 ? i + 1 : i;
	else if (behind?.cursor !== next)
		pages[i + 1] = blank(next, behind?.count);
}

// The list with the pages in sight as they are now; afresh: what was read before may have changed.
export async function readSight<Row>(old: Book<Row> | undefined, sight: Sight, afresh: boolean, read: (cursor: string) => Promise<Page<Row>>): Promise<Book<Row>> {
	const pages: Sheet<Row>[] = old ? old.pages.map((sheet) => afresh ? {...sheet, stale: true} : sheet) : [blank('')];
	const first = Math.min(sight.first, pages.length - 1);
	const last = old ? sight.last : 0;

	for (let i = first; i <= last; i++) {
		const sheet = pages[i];

		if (!sheet)
			break;
		if (!sheet.items || sheet.stale)
			put(pages, i, sheet.cursor, await read(sheet.cursor));
	}
	const isNear = (i: number) => (i >= first - KEPT_AROUND && i <= last + KEPT_AROUND) || Math.abs(i - (sight.kept ?? i + 2)) <= 1;

	return {pages: pages.map((sheet, i) => sheet.items && !isNear(i) ? {...sheet, items: null} : sheet)};
}

// All rows that are there, each once: while a page waits to be read again it may have one that moved.
export function rowsOf<Row>(book: Book<Row>): Row[] {
	return book.pages.flatMap(({items}) => items ?? []);
}

export function mapRows<Row>({pages}: Book<Row>, change: (row: Row) => Row): Book<Row> {
	return {pages: pages.map((sheet) => sheet.items ? {...sheet, items: sheet.items.map(change)} : sheet)};
}

// A new row in its place. Where that is in no page that is there, it comes with that page.
export function withRow<Row extends {id: string}>(book: Book<Row>, row: Row, isBefore: (a: Row, b: Row) => boolean): Book<Row> {
	if (rowsOf(book).some(({id}) => id === row.id))
		return book;
	const {pages} = book;
	const at = pages.findIndex(({items}, i) => items && (items.some((one) => isBefore(row, one)) || i === pages.length - 1));
	const sheet = pages[at];

	if (!sheet?.items)
		return book;
	const place = sheet.items.findIndex((one) => isBefore(row, one));
	// Before the first of a page it may as well belong to the page before, which is not there to tell.
	const isKnown = place !== 0 || at === 0 || pages[at - 1]?.items;
	const items = place < 0 ? [...sheet.items, row] : [...sheet.items.slice(0, place), row, ...sheet.items.slice(place)];

	return {pages: pages.with(at, isKnown ? {...sheet, items, count: items.length} : {...sheet, stale: true})};
}

export function usePages<Row>(key: readonly unknown[], path: string, query: Query = {}, enabled = true) {
	const client = useQueryClient();
	const sight = useRef<Sight>({first: 0, last: 0});
	const further = useRef(false);  // only what is not there is wanted
	const queryKey = [...key, 'rows', query];
	const {data: book, error, isError, isFetching, refetch} = useQuery({
		queryKey,
		queryFn: async ({signal}) => {
			// A read that failed leaves it invalidated as well.
			const afresh = !further.current || client.getQueryState(queryKey)?.isInvalidated === true;
			const read = (cursor: string) => send<Page<Row>>('GET', withQuery(path, {limit: PAGE_ROWS, ...query, cursor}), undefined, undefined, signal);
			const old = client.getQueryData<Book<Row>>(queryKey);

			further.current = false;
			return await readSight(old, sight.current, afresh, read).catch((failure: unknown) => {
				// A server that was renewed may not know its old cursors: then it begins anew.
				if (old && failure instanceof Problem && failure.code === 'invalid' && 'cursor' in failure.fields)
					return readSight(undefined, sight.current, true, read);
				throw failure;
			});
		},
		enabled,
	});

	const lacking = () => {
		further.current = true;
		return refetch({cancelRefetch: false});
	};

	return {
		book, error, isFetching, retry: lacking,
		// These are in sight: what of them is not there, or may have changed, is read.
		look(now: Sight): void {
			sight.current = now;
			if (book && !isFetching && !isError && lacks(book, now))
				void lacking();
		},
	};
}

export type Pages<Row> = ReturnType<typeof usePages<Row>>;

// For a list that is shown whole, as far as somebody asked to see it.
export function useRows<Row>(key: readonly unknown[], path: string, query: Query = {}, enabled = true) {
	const [shown, setShown] = useState(1);
	const {book, error, isFetching, retry, look} = usePages<Row>(key, path, query, enabled);
	const sight = {first: 0, last: shown - 1};

	useEffect(() => look(sight));
	return {
		rows: book && rowsOf({pages: book.pages.slice(0, shown)}), error, refetch: retry,
		hasNextPage: (book?.pages.length ?? 0) > shown,
		isFetchingNextPage: isFetching && book !== undefined && lacks(book, sight),
		fetchNextPage: () => setShown((n) => n + 1),
	};
}
