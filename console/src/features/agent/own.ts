// What is somebody's own: his extension, his state as an agent, his calls, queues and phones. All of
// it is read once and then kept by events.
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {send, withQuery} from '@/api/client';
import type {Schemas} from '@/api/client';
import {useEvent, useFreshClient, useLivePatch, useLiveRefresh} from '@/api/live';
import {tenantPath, useMe, useTenant} from '@/api/session';
import {type Agent, type Call, callOf, isOwn} from './present';

export type Extension = Pick<Schemas['Extension'], 'id' | 'extension_number'>;
type Page<Row> = {items: Row[]; next?: string | null};
export type Caller = {call: string; number: string; name: string; state: Call['state']; waiting_since: string | null; answered_by: string | null; answered_at: string | null};

const LIVE = Number.POSITIVE_INFINITY;
const MOST = 500;

// A person has one extension in a tenant, or none.
export function useOwnExtension() {
	const tenant = useTenant();
	const me = useMe();

	return useQuery({
		queryKey: [tenant.id, 'extensions', 'own', me.id],
		queryFn: async ({signal}) => {
			const page = await send<Page<Extension>>('GET', withQuery(tenantPath(tenant, '/extensions'), {user_id: me.id, limit: 1}), undefined, undefined, signal);

			return page.items[0] ?? null;
		},
		staleTime: LIVE,
	});
}

// null: he is no agent, for he answers no queue.
export function useAgent(extension: Extension) {
	const tenant = useTenant();
	const client = useFreshClient();
	const key = [tenant.id, 'agents', extension.id];
	const query = useQuery({
		queryKey: key,
		queryFn: async ({signal}): Promise<Agent | null> => {
			const page = await send<Page<Agent>>('GET', withQuery(tenantPath(tenant, '/agents'), {extension_id: extension.id, limit: 1}), undefined, undefined, signal);

			return page.items[0] ?? null;
		},
		staleTime: LIVE,
	});

	// Who becomes a member of a queue becomes an agent.
	useEvent('change', ({resource}) => {
		if (resource === 'queue-member')
			void client.invalidateQueries({queryKey: key});
	});
	useEvent('agent', (event) => {
		if (event.extension_id !== extension.id)
			return;
		// The event says at once that it rings; which call it is, is read.
		client.change<Agent | null>(key, (old) => old && {...old, ...(event as Partial<Agent>),
			...(event.queue_id === old.queue_id ? {} : {queue: null}), ...(event.state === 'ringing' && old.state !== 'ringing' ? {call_id: null} : {})});
		void client.invalidateQueries({queryKey: key});
	});
	return query;
}

export function useStatus(extension: Extension) {
	const tenant = useTenant();
	const client = useQueryClient();
	const key = [tenant.id, 'agents', extension.id];

	// Shown at once; what the server says then holds.
	return async (status: Agent['status'], reason = '') => {
		const before = client.getQueryData<Agent | null>(key);

		await client.cancelQueries({queryKey: key});
		client.setQueryData<Agent | null>(key, (old) => old && {...old, status, reason});
		try {
			const now = await send<Agent>('PATCH', tenantPath(tenant, `/agents/${extension.id}`), {status, reason});

			client.setQueryData<Agent | null>(key, now);
		} catch (error) {
			client.setQueryData(key, before);
			throw error;
		} finally {
			void client.invalidateQueries({queryKey: key});
		}
	};
}

// An administrator may read everybody's calls: these are asked for by his number.
export function useOwnCalls(extension: Extension) {
	const tenant = useTenant();
	const number = extension.extension_number;
	const key = [tenant.id, 'call', 'own', number];
	const query = useQuery({
		queryKey: key,
		queryFn: async ({signal}) => {
			const pages = await Promise.all(['from_number', 'to_number', 'answered_by'].map((side) =>
				send<Page<Call>>('GET', withQuery(tenantPath(tenant, '/calls'), {[side]: number, limit: MOST}), undefined, undefined, signal)));
			const calls = pages.flatMap(({items}) => items)
				.filter((call) => isOwn({...call, from: call.from_number, to: call.to_number}, number));

			return [...new Map(calls.map((call) => [call.id, call])).values()];
		},
		staleTime: LIVE,
	});

	useLivePatch<Call[], 'call'>(key, 'call', (old, event) => {
		const call = isOwn(event, number) ? callOf(event) : null;

		return [...old.filter(({id}) => id !== event.id), ...(call ? [call] : [])];
	});
	return query;
}

// The call of a queue that an agent's state is about: who calls is known from the queue, for the
// call is his only once he answers.
export function useOffered(agent: Agent | null): Call | null {
	const tenant = useTenant();
	const client = useFreshClient();
	const id = agent?.call_id ?? null;
	const queue = agent?.queue_id ?? null;
	const {data} = useQuery({
		queryKey: [tenant.id, 'call', 'offered', id],
		queryFn: async ({signal}): Promise<Call | null> => {
			const now = await send<{queue: string; callers: Caller[]}>('GET', tenantPath(tenant, `/queues/${queue}/live`), undefined, undefined, signal);
			const caller = now.callers.find(({call}) => call === id);

			return caller ? {id: caller.call, state: caller.state, direction: 'internal', from_number: caller.number, from_name: caller.name, to_number: '',
				answered_by: caller.answered_by, started_at: caller.waiting_since ?? '', answered_at: caller.answered_at, queue_id: queue, queue: now.queue,
				waiting_since: caller.waiting_since} : null;
		},
		enabled: id !== null && queue !== null,
		staleTime: LIVE,
	});

	useEvent('call', (event) => {
		const call = callOf(event);

		if (call?.queue_id) // kept also where it is not asked for yet: the call comes before the offer
			client.change<Call | null>([tenant.id, 'call', 'offered', event.id], () => call);
	});
	return data ?? null;
}

export type Figures = Schemas['QueueFigures'] & {readAt: number};

// How the queues are that he answers; of all queues only these are his.
export function useOwnQueues(extension: Extension) {
	const tenant = useTenant();
	const members = useQuery({
		queryKey: [tenant.id, 'queue-members', 'own', extension.id],
		queryFn: ({signal}) => send<Page<Schemas['QueueMember']>>('GET', withQuery(tenantPath(tenant, '/queue-members'),
			{extension_id: extension.id, limit: MOST}), undefined, undefined, signal),
		staleTime: LIVE,
	});
	const key = [tenant.id, 'queues', 'figures', 'own'];
	const figures = useQuery({
		queryKey: key,
		queryFn: async ({signal}) => {
			const page = await send<Page<Schemas['QueueFigures']>>('GET', tenantPath(tenant, '/queues/figures'), undefined, undefined, signal);

			return page.items.map((row): Figures => ({...row, readAt: Date.now()}));
		},
		staleTime: LIVE,
	});

	useLiveRefresh(key, ['call', 'agent', 'queue', 'registration', 'change']);
	return {
		error: members.error ?? figures.error,
		retry: () => Promise.all([members.refetch(), figures.refetch()]),
		queues: members.data && figures.data?.filter(({queue_id}) => members.data.items.some((row) => row.queue_id === queue_id)),
	};
}

// Phones of his that are registered now; undefined: not known yet.
export function usePhones(extension: Extension): number | undefined {
	const tenant = useTenant();
	const key = [tenant.id, 'registrations', 'own', extension.id];
	const {data} = useQuery({
		queryKey: key,
		queryFn: async ({signal}) => {
			const page = await send<Page<unknown>>('GET', withQuery(tenantPath(tenant, '/registrations'), {extension_id: extension.id, limit: MOST}), undefined, undefined, signal);

			return page.items.length;
		},
		staleTime: LIVE,
	});

	useLivePatch<number, 'registration'>(key, 'registration', (old, event) => event.extension_id === extension.id ? event.phones : old);
	return data;
}
