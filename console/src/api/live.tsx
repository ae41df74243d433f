// What happens in the tenant that is shown, as it happens. One stream for all pages: a page says
// which events it wants, and what of the cache they change.
import {type QueryClient, type QueryKey, useQueryClient} from '@tanstack/react-query';
import {createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState} from 'react';
import type {Schemas} from './client';
import {FreshClient} from './fresh';
import {INSTALLATION} from './query';
import {Stream, type StreamState} from './stream';

export type CallEvent = Omit<Schemas['Call'], 'state' | 'from_number' | 'to_number'> & {
	state: Schemas['Call']['state'] | 'ended'; from: string; to: string; parted?: string[] | null}; // who has left it
export type ChangeEvent = {resource: string; id: string; action: string}; // create, update, delete, import, ...
export type RegistrationEvent = {extension_id: string; extension: string; registered: boolean; phones: number;
	user_agent: string; address: string; port: number; transport: string};

// docs/guide/live.md
export type Events = {
	call: CallEvent;
	agent: Record<string, unknown> & {extension_id: string; extension: string};
	queue: Record<string, unknown> & {id: string; queue_id: string};
	registration: RegistrationEvent;
	presence: {extension_id: string; extension: string; presence: 'offline' | 'online' | 'ringing' | 'talking'};
	change: ChangeEvent;
	node: Record<string, unknown>;
	me: Record<string, never>; // what one may do is another
	ready: Record<string, never>;
	reset: Record<string, never>; // what happened meanwhile is not told
	figures: Record<string, never>; // to wallboards: figures of queues moved
};
type Listener<K extends keyof Events> = (event: Events[K]) => void;

class Hub {
	readonly #listeners = new Map<string, Set<(event: unknown) => void>>();

	on(event: string, listener: (event: unknown) => void): () => void {
		const all = this.#listeners.get(event) ?? new Set();

		this.#listeners.set(event, all.add(listener));
		return () => {
			all.delete(listener);
		};
	}

	tell(event: string, data: unknown): void {
		for (const listener of this.#listeners.get(event) ?? [])
			listener(data);
	}
}

type Live = {hub: Hub; state: StreamState};

const LiveContext = createContext<Live | null>(null);

// An event names one row's kind, the keys of the cache and the paths its list: extension, extensions.
const SAME = new Set(['media', 'queue-settings', 'audit']);

function listOf(resource: string): string {
	return SAME.has(resource) ? resource : `${resource}s`;
}

const GATHER_MS = 100;

// `scope` is the first part of the keys of what these events keep fresh.
export function LiveProvider({path, scope, onRefused, children}: {
	path: string; scope: string; onRefused: (status: number) => void; children: ReactNode}) {
	const client = useQueryClient();
	const hub = useMemo(() => new Hub(), []);
	const [state, setState] = useState<StreamState>('connecting');
	const refused = useRef(onRefused);

	refused.current = onRefused;
	useEffect(() => {
		let begun = false;
		let timer: ReturnType<typeof setTimeout> | undefined;
		const lists = new Map<string, Set<unknown>>(); // each with its rows that are gone
		// Many changes in a row are read once.
		const changed = ({resource, id, action}: ChangeEvent) => {
			const gone = lists.get(listOf(resource)) ?? new Set();

			lists.set(listOf(resource), action === 'delete' ? gone.add(id) : gone);
			timer ??= setTimeout(() => {
				timer = undefined;
				// A row that is gone is not read again by who still shows it.
				for (const [list, ids] of lists)
					void client.invalidateQueries({queryKey: [scope, list], predicate: ({queryKey}) => !ids.has(queryKey.at(-1))});
				lists.clear();
			}, GATHER_MS);
		};
		const stream = new Stream(path, {
			onState: setState,
			onRefused: (status) => refused.current(status),
			onEvent({event, data}) {
				// What was read before the stream began may be older than its first event; and the
				// installation's keeps no log to go on from.
				if (event === 'reset' || (event === 'ready' && (!begun || scope === INSTALLATION)))
					void client.invalidateQueries({queryKey: [scope]});
				// No event comes twice: what was to be read while the server was away is read now.
				else if (event === 'ready')
					void client.invalidateQueries({queryKey: [scope], predicate: ({state: {status, isInvalidated}}) => status === 'error' || isInvalidated});
				begun = true;
				if (event === 'change')
					changed(data as ChangeEvent);
				hub.tell(event, data);
			},
		});

		// Who left a page does not hear of it: it is read again when it is shown again.
		const off = client.getQueryCache().subscribe(({type, query}) => {
			if (type === 'observerRemoved' && query.queryKey[0] === scope && query.getObserversCount() === 0)
				query.invalidate();
		});

		return () => {
			off();
			clearTimeout(timer);
			stream.close();
		};
	}, [path, scope, client, hub]);
	const live = useMemo(() => ({hub, state}), [hub, state]);

	return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

export function useLiveState(): StreamState | 'none' {
	return useContext(LiveContext)?.state ?? 'none';
}

// Calls `listener` for each event of this kind, while the component is shown.
export function useEvent<K extends keyof Events>(event: K, listener: Listener<K>): void {
	const hub = useContext(LiveContext)?.hub;
	const last = useRef(listener);

	last.current = listener;
	useEffect(() => hub?.on(event, (data) => last.current(data as Events[K])), [hub, event]);
}

// Changes what is in the cache under `key` by each event of this kind: `patch` gives the new value.
export function useLivePatch<T, K extends keyof Events>(key: QueryKey, event: K, patch: (old: T, event: Events[K]) => T): void {
	const client = useFreshClient();

	useEvent(event, (data) => client.change<T>(key, (old) => old === undefined ? old : patch(old, data)));
}

export function useFreshClient(): FreshClient {
	const client: QueryClient = useQueryClient();

	if (!(client instanceof FreshClient))
		throw new Error('events change a FreshClient (api/fresh.ts)');
	return client;
}

// Reads again what is under `key` after events of this kind, at most once in `everyMs`: for figures
// that only the server can add up.
export function useLiveRefresh(key: QueryKey, events: readonly (keyof Events)[], everyMs = 500): void {
	const client = useFreshClient();
	const hub = useContext(LiveContext)?.hub;
	const hash = JSON.stringify([key, events]);

	// biome-ignore lint/correctness/useExhaustiveDependencies: key and events are in hash
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		const refresh = () => {
			timer ??= setTimeout(() => {
				timer = undefined;
				client.refresh(key);
			}, everyMs);
		};
		const offs = events.map((event) => hub?.on(event, refresh));

		return () => {
			clearTimeout(timer);
			for (const off of offs)
				off?.();
		};
	}, [hub, hash, client, everyMs]);
}
