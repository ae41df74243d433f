// The calls of this moment, live: read once, then kept by events.
import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {type Schemas, send, withQuery} from './client';
import {type CallEvent, useLivePatch} from './live';
import {tenantPath, useTenant} from './session';

export type Call = Schemas['Call'];

const PAGE_ROWS = 500;

export function withCall(calls: Call[], event: CallEvent): Call[] {
	const others = calls.filter(({id}) => id !== event.id);
	const {state, from, to, ...rest} = event;

	return state === 'ended' ? others
		: [...others, {...calls.find(({id}) => id === event.id), ...rest, state, from_number: from, to_number: to}]
			.sort((a, b) => a.started_at < b.started_at ? -1 : 1);
}

// Oldest first. An agent has his own.
export function useCalls(): UseQueryResult<Call[]> {
	const tenant = useTenant();
	const key = [tenant.id, 'calls', 'now'];
	const query = useQuery({
		queryKey: key,
		queryFn: async ({signal}) => {
			const calls: Call[] = [];

			for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined;) {
				const page: {items: Call[]; next?: string | null} = await send('GET',
					withQuery(tenantPath(tenant, '/calls'), {limit: PAGE_ROWS, cursor}), undefined, undefined, signal);

				calls.push(...page.items);
				cursor = page.next;
			}
			return calls.sort((a, b) => a.started_at < b.started_at ? -1 : 1);
		},
		staleTime: Number.POSITIVE_INFINITY,
	});

	useLivePatch<Call[], 'call'>(key, 'call', withCall);
	return query;
}
