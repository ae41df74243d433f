import {QueryClientProvider, useQuery} from '@tanstack/react-query';
import {act, cleanup, render, screen, waitFor} from '@testing-library/react';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {FreshClient} from './fresh';
import {LiveProvider, useLivePatch, useLiveRefresh} from './live';

let streams: ReadableStreamDefaultController<Uint8Array>[];
let answers: ((value: string) => void)[];
let refusals: ((error: Error) => void)[];

beforeEach(() => {
	streams = [];
	answers = [];
	refusals = [];
	vi.stubGlobal('fetch', async () => new Response(new ReadableStream({start: (controller) => void streams.push(controller)})));
});

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

const tell = (event: string, data: unknown) => act(async () =>
	streams.at(-1)?.enqueue(new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)));
const asked = (n: number) => waitFor(() => expect(answers.length).toBe(n));
const answer = (n: number, value: string) => act(async () => answers[n]?.(value));
const shown = (value: string) => waitFor(() => expect(screen.getByTestId('shown').textContent).toBe(value));

function Shown() {
	const {data} = useQuery({
		queryKey: ['t', 'members'],
		queryFn: () => new Promise<string>((resolve, reject) => {
			answers.push(resolve);
			refusals.push(reject);
		}),
		staleTime: Number.POSITIVE_INFINITY, retry: false,
	});

	useLivePatch<string, 'node'>(['t', 'members'], 'node', (old, {adds}) => old + String(adds));
	return <p data-testid="shown">{data}</p>;
}

function Refreshed() {
	useLiveRefresh(['t', 'members'], ['agent'], 0);
	return <Shown />;
}

function world(client: FreshClient, shows = true) {
	return <QueryClientProvider client={client}><LiveProvider path="/events" scope="t" onRefused={() => undefined}>{shows && <Shown />}</LiveProvider></QueryClientProvider>;
}

async function begin() {
	const client = new FreshClient();
	const {rerender} = render(world(client));

	await asked(1);
	await waitFor(() => expect(streams.length).toBe(1));
	return (shows: boolean) => rerender(world(client, shows));
}

test('what is read for the first time while it changes is read again', async () => {
	await begin();
	await tell('ready', {});
	await answer(0, 'from before the stream');
	await asked(2);
	await answer(1, 'now');
	await shown('now');
});

test('an event that comes while something is read is not lost to an answer from before it', async () => {
	await begin();
	await answer(0, 'a');
	await tell('ready', {});
	await asked(2);
	await tell('node', {adds: 'b'});
	await shown('ab');
	await answer(1, 'a');
	await shown('ab');
});

test('what failed leaves nothing behind that the next answer would be changed by', async () => {
	await begin();
	await answer(0, 'a');
	await tell('ready', {});
	await asked(2);
	await tell('node', {adds: 'b'});
	await act(async () => refusals[1]?.(new Error('away')));
	await tell('ready', {});
	await asked(3);
	await answer(2, 'ab');
	await shown('ab');
});

test('what could not be read while the server was away is read when the stream goes on', async () => {
	await begin();
	await answer(0, 'a');
	await tell('ready', {});
	await asked(2);
	await answer(1, 'a');
	await tell('ready', {});
	expect(answers.length).toBe(2);
	await tell('change', {resource: 'member', id: 'x', action: 'update'});
	await asked(3);
	await act(async () => refusals[2]?.(new Error('away')));
	await tell('ready', {});
	await asked(4);
	await answer(3, 'b');
	await shown('b');
});

test('what nobody showed for a while is read again', async () => {
	const show = await begin();

	await tell('ready', {});
	await answer(0, 'a');
	await asked(2);
	await answer(1, 'a');
	show(false);
	await tell('node', {adds: 'b'});
	show(true);
	await asked(3);
	await answer(2, 'ab');
	await shown('ab');
});

test('what could not be read is still to be read when an event changed it meanwhile', async () => {
	await begin();
	await answer(0, 'a');
	await tell('ready', {});
	await asked(2);
	await act(async () => refusals[1]?.(new Error('away')));
	await tell('node', {adds: 'b'});
	await shown('ab');
	await tell('ready', {});
	await asked(3);
	await answer(2, 'what it is now');
	await shown('what it is now');
});

test('what is read while more happens comes to its end, and is read once more', async () => {
	const client = new FreshClient();
	const refresh = vi.spyOn(client, 'refresh');

	render(<QueryClientProvider client={client}><LiveProvider path="/events" scope="t" onRefused={() => undefined}><Refreshed /></LiveProvider></QueryClientProvider>);
	await waitFor(() => expect(streams.length).toBe(1));
	await answer(0, 'a');
	await tell('ready', {});
	await asked(2);
	await answer(1, 'a');
	await shown('a');
	await tell('agent', {});
	await asked(3);
	await tell('agent', {});
	await waitFor(() => expect(refresh).toHaveBeenCalledTimes(2));
	await answer(2, 'b');
	await shown('b');
	await asked(4);
	await answer(3, 'c');
	await shown('c');
});
