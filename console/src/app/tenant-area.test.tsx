import {QueryClientProvider} from '@tanstack/react-query';
import {cleanup, render, waitFor} from '@testing-library/react';
import {afterEach, expect, test, vi} from 'vitest';
import {FreshClient} from '@/api/fresh';
import {InTenant} from './tenant-area';

afterEach(() => {
	cleanup();
	vi.unstubAllGlobals();
});

// Whoever comes back from another tenant, or from his profile, heard nothing of this one meanwhile.
test.each(['ready', 'reset'])('a tenant\'s name and time zone, and what one may do there, are read anew after %s', async (event) => {
	const client = new FreshClient();
	const isOld = (...queryKey: string[]) => client.getQueryState(queryKey)?.isInvalidated;

	vi.stubGlobal('fetch', async () => new Response(new ReadableStream({start: (controller) => controller.enqueue(new TextEncoder().encode(`event: ${event}\ndata: {}\n\n`))})));
	client.setQueryData(['tenant', 'a.test'], {});
	client.setQueryData(['tenant', 'its id'], {});
	client.setQueryData(['me'], {});
	render(
		<QueryClientProvider client={client}>
			<InTenant tenant={{id: 't', domain: 'a.test', name: 'A', role: 'agent', locale: 'en', timeZone: 'UTC', breakReasons: []}} onRefused={() => undefined}>{null}</InTenant>
		</QueryClientProvider>,
	);
	await waitFor(() => expect([isOld('tenant', 'a.test'), isOld('tenant', 'its id'), isOld('me')]).toEqual([true, true, true]));
});
