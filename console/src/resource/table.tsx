// The table of any list: pages are read as one scrolls, and only the rows in sight are in the page,
// so that 10,000 rows cost what 30 do.
import {Box, Loader, Table, Text, UnstyledButton} from '@mantine/core';
import {useInfiniteQuery} from '@tanstack/react-query';
import {useVirtualizer} from '@tanstack/react-virtual';
import {type ReactNode, useEffect, useRef} from 'react';
import {send, withQuery} from '@/api/client';
import type {FieldKind} from '@/fields/kind';
import {KINDS} from '@/fields/kinds';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Empty, Waiting} from '@/ui/page';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {empty: 'Nothing here yet', none: 'Nothing found', more: 'Loading more', sort: (column: string) => `Sort by ${column}`},
	de: {empty: 'Hier ist noch nichts', none: 'Nichts gefunden', more: 'Lädt weiter', sort: (column: string) => `Nach ${column} sortieren`},
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

export type Page<Row> = {items: Row[]; next?: string | null};
export type Query = Record<string, string | number | boolean | null | undefined>;

const PAGE_ROWS = 100;
const ROW_PX = 44;
const AHEAD = 12;

// All pages that were read so far, and how to read on.
export function useRows<Row>(key: readonly unknown[], path: string, query: Query = {}, enabled = true) {
	const result = useInfiniteQuery({
		queryKey: [...key, 'rows', query],
		queryFn: ({pageParam, signal}) => send<Page<Row>>('GET', withQuery(path, {limit: PAGE_ROWS, ...query, cursor: pageParam}), undefined, undefined, signal),
		initialPageParam: '',
		getNextPageParam: (page) => page.next ?? undefined,
		enabled,
	});

	return {...result, rows: result.data?.pages.flatMap((page) => page.items)};
}

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
};

// Of figures and dates one looks for the most and the newest first.
function nextSort<Row>(sort: string | undefined, {key, right, kind}: Column<Row>): string {
	const [first, second] = right || kind === 'date' || kind === 'dateTime' ? [`-${key}`, key] : [key, `-${key}`];

	return sort === first ? second : first;
}

function ariaSort(sort: string | undefined, key: string): 'ascending' | 'descending' | 'none' {
	return sort === key ? 'ascending' : sort === `-${key}` ? 'descending' : 'none';
}

export function ResourceTable<Row>({caption, scope, path, query, columns, rowKey, sort, onSort, empty, height = 'calc(100dvh - 260px)', expanded}: TableProps<Row>) {
	const t = useText(text);
	const format = useFormat();
	const {rows, error, refetch, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage} = useRows<Row>(scope, path, sort ? {...query, sort} : query);
	const box = useRef<HTMLDivElement>(null);
	const virtual = useVirtualizer({
		count: rows?.length ?? 0,
		getScrollElement: () => box.current,
		estimateSize: () => ROW_PX,
		overscan: AHEAD,
		getItemKey: (i) => rows?.[i] ? rowKey(rows[i]) : i,
		initialRect: {width: 1000, height: 800},
	});
	const items = virtual.getVirtualItems();
	const last = items.at(-1)?.index ?? 0;
	const nearEnd = rows !== undefined && last >= rows.length - AHEAD;

	useEffect(() => {
		if (nearEnd && hasNextPage && !isFetchingNextPage && !isFetchNextPageError)
			void fetchNextPage();
	}, [nearEnd, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);

	if (error && !rows)
		return <ProblemNote error={error} onRetry={() => void refetch()} />;
	if (!rows)
		return <Waiting rows={8} label={caption} />;
	if (rows.length === 0)
		return Object.values(query ?? {}).some((x) => x !== undefined && x !== '') ? <Empty title={t.none} /> : empty ?? <Empty title={t.empty} />;
	const above = items[0]?.start ?? 0;
	const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);

	return (
		// It has a tabIndex, for what scrolls must be reached by keyboard.
		<Box ref={box} style={{overflow: 'auto', maxHeight: height}} tabIndex={0} role="region" aria-label={caption}>
			<Table stickyHeader highlightOnHover verticalSpacing={6} aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
				<Table.Caption style={{position: 'absolute', width: 1, height: 1, overflow: 'hidden', clipPath: 'inset(50%)'}}>{caption}</Table.Caption>
				<Table.Thead>
					<Table.Tr>
						{columns.map((column) => (
							<Table.Th key={column.key} w={column.width} ta={column.right ? 'right' : undefined} aria-sort={column.sort && onSort ? ariaSort(sort, column.key) : undefined}>
								{column.sort && onSort
									? <UnstyledButton fz="sm" fw={700} title={t.sort(column.header)} onClick={() => onSort(nextSort(sort, column))}>
										{column.header} {sort === column.key ? '↑' : sort === `-${column.key}` ? '↓' : ''}
									</UnstyledButton>
									: column.header}
							</Table.Th>
						))}
					</Table.Tr>
				</Table.Thead>
				{above > 0 && <tbody aria-hidden><tr style={{height: above}}><td colSpan={columns.length} /></tr></tbody>}
				{items.map((item) => {
					const row = rows[item.index];
					const more = row && expanded?.(row);

					return row && (
						<tbody key={item.key} data-index={item.index} ref={virtual.measureElement}>
							<Table.Tr aria-rowindex={item.index + 2}>
								{columns.map((column) => (
									<Table.Td key={column.key} ta={column.right ? 'right' : undefined}>
										{column.render ? column.render(row) : KINDS[column.kind ?? 'text'].view((row as Record<string, unknown>)[column.key], column, format)}
									</Table.Td>
								))}
							</Table.Tr>
							{more && <Table.Tr><Table.Td colSpan={columns.length}>{more}</Table.Td></Table.Tr>}
						</tbody>
					);
				})}
				{below > 0 && <tbody aria-hidden><tr style={{height: below}}><td colSpan={columns.length} /></tr></tbody>}
			</Table>
			{isFetchNextPageError && !isFetchingNextPage && <ProblemNote error={error} onRetry={() => void fetchNextPage()} />}
			{isFetchingNextPage && <Text ta="center" p="xs" size="sm" role="status"><Loader size="xs" mr="xs" />{t.more}</Text>}
		</Box>
	);
}
