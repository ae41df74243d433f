import {QueryClientProvider} from '@tanstack/react-query';
import {act, cleanup, renderHook, waitFor} from '@testing-library/react';
import type {ReactNode} from 'react';
import {afterEach, expect, test, vi} from 'vitest';
import {FreshClient} from '@/api/fresh';
import {LiveProvider} from '@/api/live';
import {TenantProvider} from '@/api/session';
import {useOffered} from './own';
import type {Agent} from './present';

const AT = '2026-11-23T10:00:00Z';
const agent: Agent = {extension_id: 'x', extension: '101', name: null, status: 'available', reason: '', status_since: AT, state: 'ringing', state_since: AT, node: '',
	requested_at: null, ready_at: null, queue_id: 'q', queue: 'Support', call_id: 'c', wrap_up_until: null, missed: 0};

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

// The agent's state is told before the call: what the queue says in between knows no caller.
test('who calls stays known when the queue\'s answer is older than the call', async () => {
	let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
	let answer: ((response: Response) => void) | undefined;

	vi.stubGlobal('fetch', (path: string) => path.endsWith('/live') ? new Promise<Response>((resolve) => {
		answer = resolve;
	}) : Promise.resolve(new Response(new ReadableStream({start: (controller) => {
		stream = controller;
	}}))));
	const client = new FreshClient();
	const wrapper = ({children}: {children: ReactNode}) => (
		<QueryClientProvider client={client}>
			<TenantProvider tenant={{id: 't', domain: 'acme.test', name: 'Acme', role: 'agent', locale: 'en', timeZone: 'UTC', breakReasons: []}}>
				<LiveProvider path="/events" scope="t" onRefused={() => undefined}>{children}</LiveProvider>
			</TenantProvider>
		</QueryClientProvider>
	);
	const {result} = renderHook(() => useOffered(agent), {wrapper});

	await waitFor(() => expect(answer && stream).toBeTruthy());
	await act(async () => stream?.enqueue(new TextEncoder().encode(`event: call\ndata: ${JSON.stringify({id: 'c', state: 'waiting', direction: 'internal',
		from: '103', from_name: 'Berta', to: '801', queue_id: 'q', queue: 'Support', started_at: AT, waiting_since: AT})}\n\n`)));
	await waitFor(() => expect(result.current?.from_name).toBe('Berta'));
	await act(async () => answer?.(new Response(JSON.stringify({queue: 'Support', callers: []}), {headers: {'Content-Type': 'application/json'}})));
	await waitFor(() => expect(client.isFetching()).toBe(0));
	expect(result.current?.from_name).toBe('Berta');
});
