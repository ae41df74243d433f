import {QueryClientProvider, useQuery} from '@tanstack/react-query';
import {cleanup, render, waitFor} from '@testing-library/react';
import {afterEach, expect, test, vi} from 'vitest';
import {FreshClient} from './fresh';
import {LiveProvider} from './live';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

// A stream of events that stays open; what is given is told at once.
function serve(...events: [string, unknown][]) {
	const text = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');

	vi.stubGlobal('fetch', async () => new Response(new ReadableStream({start: (controller) => controller.enqueue(new TextEncoder().encode(text))})));
}

const change = (resource: string, id: string, action = 'create'): [string, unknown] => ['change', {resource, id, action}];

function Read({queryKey, read}: {queryKey: string[]; read: () => Promise<string>}) {
	useQuery({queryKey, queryFn: read, staleTime: Number.POSITIVE_INFINITY});
	return null;
}

// How often each of these keys was read.
function show(...keys: string[][]) {
	const reads = keys.map((queryKey) => ({queryKey, read: vi.fn(async () => 'read')}));

	render(
		<QueryClientProvider client={new FreshClient()}>
			<LiveProvider path="/events" scope="t" onRefused={() => undefined}>{reads.map((one) => <Read key={one.queryKey.join()} {...one} />)}</LiveProvider>
		</QueryClientProvider>,
	);
	return reads.map(({read}) => read);
}

test('a change makes its list be read again, many in a row once, and no other list', async () => {
	serve(['reset', {}], ...Array.from({length: 50}, (_, i) => change('queue-member', String(i))), change('media', 'a', 'update'));
	const [members, media, queues] = show(['t', 'queue-members', 'of', 'q'], ['t', 'media', 'rows'], ['t', 'queues', 'rows']);

	// Read at first and anew when the stream begins, which may be one; then by what has changed.
	await waitFor(() => expect(media?.mock.calls.length).toBeGreaterThan(queues?.mock.calls.length ?? 0));
	expect(members?.mock.calls.length).toBe(media?.mock.calls.length);
	expect((members?.mock.calls.length ?? 0) - (queues?.mock.calls.length ?? 0)).toBe(1);
});

test('a row that is gone is not read again by who still shows it, but its list is', async () => {
	serve(['reset', {}], change('queue', 'q', 'delete'));
	const [row, list] = show(['t', 'queues', 'row', 'q'], ['t', 'queues', 'rows']);

	await waitFor(() => expect((list?.mock.calls.length ?? 0) - (row?.mock.calls.length ?? 0)).toBe(1));
});
