// The table of any list: pages are read as one scrolls, and only the rows in sight are in the page,
// so that 10,000 rows cost what 30 do.
import './rows.css';
import {Box, Loader, Skeleton, Table, Text, UnstyledButton} from '@mantine/core';
import {useVirtualizer} from '@tanstack/react-virtual';
import {type ReactNode, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState} from 'react';
import type {FieldKind} from '@/fields/kind';
import {KINDS} from '@/fields/kinds';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Empty} from '@/ui/page';
import {ProblemNote} from '@/ui/problem';
import {type Book, isUnread, PAGE_ROWS, type Query, usePages} from './pages';

const text = texts({
	en: {empty: 'Nothing here yet', none: 'Nothing found', more: (rows: string) => `${rows} rows so far, loading more`, sort: (column: string) => `Sort by ${column}`},
	de: {empty: 'Hier ist noch nichts', none: 'Nichts gefunden', more: (rows: string) => `Bisher ${rows} Zeilen, weitere werden geladen`, sort: (column: string) => `Nach ${column} sortieren`},
});

export type Column<Row> = {
	key: string;                      // of the row, unless render says otherwise
	header: string;
	kind?: FieldKind;                 // text
	choices?: readonly {value: string; label: string}[];
	render?: (row: Row) => ReactNode;
	sort?: boolean;                   // the API sorts by `key`
	width?: number | string;
	right?: boolean;                  // numbers
};

const ROW_PX = 44;
const COMING = Array.from({length: 8}, (_, i) => `coming${i}`);
const AHEAD = 12;
const AT_ONCE = 20; // pages, on the way to the end

export type TableProps<Row> = {
	caption: string;                  // for who cannot see it
	scope: readonly unknown[];        // key in the cache: [tenant, resource]
	path: string;
	query?: Query;
	columns: readonly Column<Row>[];
	rowKey: (row: Row) => string;
	sort?: string;                    // "-start_time"
	onSort?: (sort: string) => void;
	empty?: ReactNode;                // when there is nothing, and nothing was asked for
	height?: number | string;
	expanded?: (row: Row) => ReactNode; // below a row; null: nothing
	onSight?: (rows: readonly Row[]) => void; // whenever others may be in sight
};

// Of figures and dates one looks for the most and the newest first.
function nextSort<Row>(sort: string | undefined, {key, right, kind}: Column<Row>): string {
	const [first, second] = right || kind === 'date' || kind === 'dateTime' ? [`-${key}`, key] : [key, `-${key}`];

	return sort === first ? second : first;
}

function ariaSort(sort: string | undefined, key: string): 'ascending' | 'descending' | 'none' {
	return sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
}

// Which rows there are, in pages of which most are not there.
function useIndex<Row>(book: Book<Row> | undefined) {
	return useMemo(() => {
		const pages = book?.pages ?? [];
		const starts: number[] = [];
		let total = 0;

		for (const {count} of pages) {
			starts.push(total);
			total += count;
		}
		const pageAt = (index: number) => {
			let i = Math.min(Math.floor(index / PAGE_ROWS), pages.length - 1); // most are full

			while (i > 0 && (starts[i] ?? 0) > index)
				i--;
			while (i + 1 < pages.length && (starts[i + 1] ?? 0) <= index)
				i++;
			return Math.max(0, i);
		};
		const rowAt = (index: number) => {
			const page = pageAt(index);

			return pages[page]?.items?.[index - (starts[page] ?? 0)];
		};
		const find = (wanted: (row: Row) => boolean) => {
			for (const [i, {items}] of pages.entries()) {
				const at = items?.findIndex(wanted) ?? -1;

				if (at >= 0)
					return (starts[i] ?? 0) + at;
			}
			return -1;
		};

		return {total, last: pages.length - 1, hasMore: isUnread(pages.at(-1)), pageAt, rowAt, find};
	}, [book]);
}

// Where it was scrolled to before the list changed: where it became shorter, the browser has moved it up.
function scrolledTo({scrollTop, scrollHeight, clientHeight}: HTMLElement, known: number): number {
	return scrollTop + clientHeight >= scrollHeight - 1 ? Math.max(scrollTop, known) : scrollTop;
}

type Place = {key: string; start: number};

export function ResourceTable<Row>({caption, scope, path, query, columns, rowKey, sort, onSort, empty, height = 'calc(100dvh - 260px)', expanded, onSight}: TableProps<Row>) {
	const t = useText(text);
	const format = useFormat();
	const {book, error, isFetching, retry, look} = usePages<Row>(scope, path, sort ? {...query, sort} : query);
	const {total, last, hasMore, pageAt, rowAt, find} = useIndex(book);
	const [toEnd, setToEnd] = useState(false);
	const box = useRef<HTMLDivElement>(null);
	const list = JSON.stringify([path, query, sort]);
	const top = useRef<Place & {book: typeof book; list: string}>(undefined);
	const keyOf = useRef(rowKey);

	keyOf.current = rowKey;
	const keyAt = useCallback((index: number) => {
		const row = rowAt(index);

		return row ? keyOf.current(row) : index;
	}, [rowAt]);
	const virtual = useVirtualizer({
		count: total,
		getScrollElement: () => box.current,
		estimateSize: () => ROW_PX,
		overscan: AHEAD,
		getItemKey: keyAt,
		initialRect: {width: 1000, height: 800},
	});
	const items = virtual.getVirtualItems();
	const [first, end] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
	const nearEnd = hasMore && end >= total - AHEAD;

	useEffect(() => {
		if (toEnd)
			look({first: last, last: hasMore ? last + AT_ONCE - 1 : last, kept: pageAt(first)});
		else
			look({first: pageAt(first), last: nearEnd ? last : pageAt(end)});
		onSight?.(items.flatMap((item) => rowAt(item.index) ?? []));
	});
	// Until the last row is there, and in the page.
	useLayoutEffect(() => {
		if (!toEnd || !book || (hasMore && !error))
			return;
		if (error || total === 0 || (end === total - 1 && rowAt(end))) {
			if (box.current && !error)
				box.current.scrollTop = box.current.scrollHeight; // rows are as high as they are now
			setToEnd(false);
		} else
			virtual.scrollToIndex(total - 1, {align: 'end'});
	}, [toEnd, book, total, hasMore, error, end, rowAt, virtual]);
	// What comes or goes above moves nothing in sight; at the very top what is new is seen. Another list, or
	// another order, is seen from its top.
	useLayoutEffect(() => {
		const was = top.current;

		if (box.current && was && was.list !== list)
			box.current.scrollTop = 0;
		const at = box.current ? scrolledTo(box.current, was && was.list !== list ? 0 : virtual.scrollOffset ?? 0) : 0;

		if (box.current && was && was.book !== book && at > 0 && !toEnd) {
			const start = virtual.measurementsCache[find((row) => rowKey(row) === was.key)]?.start;

			if (start !== undefined && start !== was.start)
				box.current.scrollTop = at + start - was.start;
		}
		const item = items.find((one) => one.end > at);
		const row = item && rowAt(item.index);

		top.current = row && {key: rowKey(row), start: item.start, book, list};
	});

	if (error && !book)
		return <ProblemNote error={error} onRetry={retry} />;
	if (book && total === 0 && !hasMore)
		return Object.values(query ?? {}).some((x) => x !== undefined && x !== '') ? <Empty title={t.none} /> : empty ?? <Empty title={t.empty} />;
	const above = items[0]?.start ?? 0;
	const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
	const seen = new Set<string>();
	const title = columns.find(({header}) => header !== '')?.key; // of a row, where each is a card of its own

	return (
		<>
			{/* It has a tabIndex, for what scrolls must be reached by keyboard. */}
			<Box ref={box} style={{overflow: 'auto', overflowAnchor: 'none', maxHeight: height}} tabIndex={0} role="region" aria-label={caption} aria-busy={!book || undefined}
				onKeyDown={(event) => {
					setToEnd(event.key === 'End');
					if (event.key === 'End')
						event.preventDefault(); // the end is not there yet
				}} onWheel={() => setToEnd(false)} onPointerDown={() => setToEnd(false)}>
				<Table className="rows" stickyHeader highlightOnHover verticalSpacing={6} aria-rowcount={hasMore ? -1 : total + 1}>
					<Table.Caption style={{position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)'}}>{caption}</Table.Caption>
					<Table.Thead>
						<Table.Tr>
							{columns.map((column) => (
								<Table.Th key={column.key} w={column.width} ta={column.right ? 'right' : undefined} aria-sort={column.sort && onSort ? ariaSort(sort, column.key) : undefined}>
									{column.sort && onSort
										? <UnstyledButton fz="sm" fw={700} title={t.sort(column.header)} onClick={() => onSort(nextSort(sort, column))}>
											{column.header} <span aria-hidden>{sort === column.key ? '↑' : sort === `-${column.key}` ? '↓' : '↕'}</span>
										</UnstyledButton>
										: column.header}
								</Table.Th>
							))}
						</Table.Tr>
					</Table.Thead>
					{/* The head stays while other rows are on their way, and the focus in it. */}
					{!book && <tbody>{COMING.map((key) => <Table.Tr key={key}><Table.Td colSpan={columns.length} h={ROW_PX}><Skeleton height={14} /></Table.Td></Table.Tr>)}</tbody>}
					{above > 0 && <tbody aria-hidden><tr style={{height: above}}><td colSpan={columns.length} /></tr></tbody>}
					{items.map((item) => {
						const there = rowAt(item.index);
						const key = there && rowKey(there);
						// Twice: it has moved, and the page where it was is about to be read again.
						const row = key !== undefined && !seen.has(key) ? there : undefined;
						const more = row && expanded?.(row);

						if (key !== undefined)
							seen.add(key);
						return (
							<tbody key={row ? key : `#${item.index}`} data-index={item.index} ref={virtual.measureElement}>
								<Table.Tr aria-rowindex={item.index + 2} aria-busy={row ? undefined : true}>
									{row
										? columns.map((column) => (
											<Table.Td key={column.key} ta={column.right ? 'right' : undefined} data-label={column.header} data-title={column.key === title || undefined}>
												{column.render ? column.render(row) : KINDS[column.kind ?? 'text'].view((row as Record<string, unknown>)[column.key], column, format)}
											</Table.Td>
										))
										: <Table.Td colSpan={columns.length} h={ROW_PX}><Skeleton height={14} /></Table.Td>}
								</Table.Tr>
								{more && <Table.Tr><Table.Td colSpan={columns.length}>{more}</Table.Td></Table.Tr>}
							</tbody>
						);
					})}
					{below > 0 && <tbody aria-hidden><tr style={{height: below}}><td colSpan={columns.length} /></tr></tbody>}
				</Table>
				{isFetching && (nearEnd || toEnd) && <Text ta="center" p="xs" size="sm" role="status" pos="sticky" bottom={0} bg="var(--mantine-color-body)"><Loader size="xs" mr="xs" />{t.more(format.number(total))}</Text>}
			</Box>
			{error && !isFetching && <ProblemNote error={error} onRetry={retry} />}
		</>
	);
}
