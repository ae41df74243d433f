import {MantineProvider} from '@mantine/core';
import {QueryClient, QueryClientProvider} from '@tanstack/react-query';
import {cleanup, render, screen, waitFor} from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {afterEach, expect, test, vi} from 'vitest';
import {type Column, ResourceTable, type TableProps} from './table';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

// jsdom lays nothing out: the table is 800 pixels high, a row 44; and it scrolls nothing by itself.
Element.prototype.scrollTo = function scrollTo(this: Element, to?: number | ScrollToOptions) {
	this.scrollTop = typeof to === 'object' ? to.top ?? 0 : 0;
	queueMicrotask(() => this.dispatchEvent(new Event('scroll')));
};
Object.defineProperty(HTMLElement.prototype, 'scrollHeight', {configurable: true, get(this: HTMLElement) {
	return [...this.querySelectorAll('tr')].reduce((sum, {style}) => sum + (Number.parseFloat(style.height) || 44), 0);
}});
for (const name of ['offsetHeight', 'clientHeight'])
	Object.defineProperty(HTMLElement.prototype, name, {configurable: true, get(this: HTMLElement) {
		return this.getAttribute('role') === 'region' ? 800 : 44;
	}});

type Row = {id: string; name: string; calls: number};

const ROWS = 10_000;
const COLUMNS: Column<Row>[] = [{key: 'name', header: 'Name', sort: true}, {key: 'calls', header: 'Calls', kind: 'number', right: true}];

// A list of the API: pages by cursor.
function serve(rows: number, status = 200, brokenFrom = Number.POSITIVE_INFINITY, name = (i: number) => `row ${i}`, until = Promise.resolve()) {
	const asked: URL[] = [];

	vi.stubGlobal('fetch', async (path: string) => {
		const url = new URL(path, 'http://localhost');
		const from = Number(url.searchParams.get('cursor') ?? 0);
		const to = Math.min(rows, from + Number(url.searchParams.get('limit')), Math.max(from, brokenFrom));
		const items = Array.from({length: to - from}, (_, i): Row => ({id: `${from + i}`, name: name(from + i), calls: from + i}));

		asked.push(url);
		await until;
		if (from >= brokenFrom)
			return new Response('{"code": "internal", "detail": "broken", "errors": []}', {status: 500, headers: {'Content-Type': 'application/json'}});
		return new Response(JSON.stringify(status === 200 ? {items, next: to < rows ? String(to) : null} : {code: 'internal', detail: 'broken', errors: []}),
			{status, headers: {'Content-Type': 'application/json'}});
	});
	return asked;
}

function show(props: Partial<TableProps<Row>> = {}, client = new QueryClient({defaultOptions: {queries: {retry: false}}})) {
	return render(
		<MantineProvider env="test"><QueryClientProvider client={client}>
			<ResourceTable<Row> caption="Rows" scope={['t', 'rows']} path="/rows" columns={COLUMNS} rowKey={(row) => row.id} {...props} />
		</QueryClientProvider></MantineProvider>,
	);
}

test('of ten thousand rows only those in sight are in the page', async () => {
	const asked = serve(ROWS);

	show();
	expect(await screen.findByText('row 0')).toBeTruthy();
	expect(screen.getAllByRole('row').length).toBeLessThan(60);
	expect(asked.length).toBe(1);
	expect(asked[0]?.searchParams.get('limit')).toBe('100');
	expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('-1');
});

test('a column sorts by itself, and the other way when it is asked again', async () => {
	serve(3);
	const onSort = vi.fn();
	const {unmount} = show({onSort});

	await userEvent.click(await screen.findByRole('button', {name: /Name/}));
	expect(onSort).toHaveBeenLastCalledWith('name');
	unmount();
	const asked = serve(3);
	show({onSort, sort: 'name'});
	await userEvent.click(await screen.findByRole('button', {name: /Name/}));
	expect(onSort).toHaveBeenLastCalledWith('-name');
	expect(screen.getByRole('columnheader', {name: /Name/}).getAttribute('aria-sort')).toBe('ascending');
	expect(asked[0]?.searchParams.get('sort')).toBe('name');
});

test('a column of figures begins with the most', async () => {
	serve(3);
	const onSort = vi.fn();
	const columns: Column<Row>[] = [{key: 'name', header: 'Name'}, {key: 'calls', header: 'Calls', kind: 'number', right: true, sort: true}];
	const {unmount} = show({onSort, columns});

	await userEvent.click(await screen.findByRole('button', {name: /Calls/}));
	expect(onSort).toHaveBeenLastCalledWith('-calls');
	unmount();
	serve(3);
	show({onSort, columns, sort: '-calls'});
	await userEvent.click(await screen.findByRole('button', {name: /Calls/}));
	expect(onSort).toHaveBeenLastCalledWith('calls');
});

test('a further page that cannot be read is asked for once, and again when somebody says so', async () => {
	const asked = serve(10, 200, 5);

	show();
	await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('broken'));
	expect(screen.getByText('row 0')).toBeTruthy();
	expect(asked.length).toBe(2);
	await userEvent.click(screen.getByRole('button', {name: 'Try again'}));
	await waitFor(() => expect(asked.length).toBe(4));
	expect(asked.slice(2).map(({searchParams}) => searchParams.get('cursor'))).toEqual([null, '5']);
});

test('the key End goes on to the last of ten thousand rows, and a change reads again what is in sight', async () => {
	const asked = serve(ROWS);
	const client = new QueryClient({defaultOptions: {queries: {retry: false}}});

	show({}, client);
	await screen.findByText('row 0');
	screen.getByRole('region').focus();
	await userEvent.keyboard('{End}');
	await screen.findByText(`row ${ROWS - 1}`, {}, {timeout: 50_000});
	expect(asked.length).toBe(100);
	expect(screen.getAllByRole('row').length).toBeLessThan(60);
	expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe(`${ROWS + 1}`);
	// Until the answer is there, what was there stays.
	let answer = () => undefined as undefined;
	const again = serve(ROWS, 200, Number.POSITIVE_INFINITY, (i) => `new ${i}`, new Promise<void>((resolve) => {
		answer = () => resolve() as undefined;
	}));
	void client.invalidateQueries({queryKey: ['t', 'rows']});
	await waitFor(() => expect(again.length).toBe(1));
	expect(screen.getByText(`row ${ROWS - 1}`)).toBeTruthy();
	expect(document.querySelector('[aria-busy]')).toBeNull();
	answer();
	await screen.findByText(`new ${ROWS - 1}`);
	expect(again.length).toBeLessThanOrEqual(2);
	// And at the top, when one goes there.
	screen.getByRole('region').scrollTo({top: 0});
	await screen.findByText('new 0');
	expect(again.length).toBeLessThanOrEqual(4);
}, 60_000);

test('what comes above moves nothing in sight', async () => {
	serve(250);
	const client = new QueryClient({defaultOptions: {queries: {retry: false}}});

	show({}, client);
	await screen.findByText('row 0');
	const box = screen.getByRole('region');
	box.scrollTo({top: 44 * 50});
	await screen.findByText('row 55');
	// Three more before the first: what was row 0 is the fourth now.
	vi.stubGlobal('fetch', async () => new Response(JSON.stringify({next: null, items: Array.from({length: 103}, (_, i): Row =>
		({id: `${i - 3}`, name: `row ${i - 3}`, calls: i}))}), {headers: {'Content-Type': 'application/json'}}));
	await client.invalidateQueries({queryKey: ['t', 'rows']});
	await waitFor(() => expect(box.scrollTop).toBe(44 * 53));
	expect(screen.getByText('row 55')).toBeTruthy();
});

test('another order is seen from its top, also where it was read before', async () => {
	serve(250);
	const client = new QueryClient({defaultOptions: {queries: {retry: false, staleTime: Number.POSITIVE_INFINITY}}});

	const first = show({sort: 'name'}, client);
	await screen.findByText('row 0');
	first.unmount();
	const {rerender} = show({sort: '-name'}, client);
	await screen.findByText('row 0');
	const box = screen.getByRole('region');
	box.scrollTo({top: 44 * 50});
	await screen.findByText('row 55');
	rerender(
		<MantineProvider env="test"><QueryClientProvider client={client}>
			<ResourceTable<Row> caption="Rows" scope={['t', 'rows']} path="/rows" columns={COLUMNS} rowKey={(row) => row.id} sort="name" />
		</QueryClientProvider></MantineProvider>,
	);
	expect(box.scrollTop).toBe(0);
	expect(screen.getByRole('region')).toBe(box);
});

test('nothing at all, nothing found, and what went wrong are told apart', async () => {
	serve(0);
	show({empty: <p>Make the first one</p>}).unmount();
	const {unmount} = show({empty: <p>Make the first one</p>});
	expect(await screen.findByText('Make the first one')).toBeTruthy();
	unmount();
	const found = show({empty: <p>Make the first one</p>, query: {q: 'x'}});
	expect(await screen.findByText('Nothing found')).toBeTruthy();
	found.unmount();
	serve(0, 500);
	show();
	await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('broken'));
	expect(screen.getByRole('button', {name: 'Try again'})).toBeTruthy();
});
