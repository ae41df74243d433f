// What the extensions in sight do, and which phones they have: read when they come into sight, then kept by events.
import {useQuery} from '@tanstack/react-query';
import {useRef} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {serverNow} from '@/api/clock';
import {type Events, type RegistrationEvent, useFreshClient, useLivePatch} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';

export type Phone = {id: string; userAgent: string; address: string; port: number; transport: string; at: string};
export type Presence = Events['presence']['presence'];
export type State = {presence: Presence; phones: readonly Phone[]};
export type Phones = ReadonlyMap<string, State>;   // by the extension's id

type Entry = Schemas['DirectoryEntry'] & {phones: Pick<Schemas['Registration'], 'id' | 'user_agent' | 'received_address' | 'received_port' | 'transport' | 'registered_at'>[] | null};

const AT_ONCE = 100;     // the API's most
const KEPT_MOST = 1000;

function stateOf({presence, phones}: Entry): State {
	return {presence: presence ?? 'offline', phones: (phones ?? []).map((row) => (
		{id: row.id, userAgent: row.user_agent, address: row.received_address, port: row.received_port, transport: row.transport, at: row.registered_at}))};
}

// An event tells of one phone, and how many there are: the rest stays as it was read.
export function withRegistration(old: Phones, event: RegistrationEvent): Phones {
	const was = old.get(event.extension_id);

	if (!was)
		return old;
	const others = was.phones.filter(({address, port}) => address !== event.address || port !== event.port);
	const phones = event.registered
		? [{id: `${event.address}:${event.port}`, userAgent: event.user_agent, address: event.address, port: event.port, transport: event.transport, at: new Date(serverNow()).toISOString()}, ...others]
		: others;

	return new Map(old).set(event.extension_id, {...was, phones: phones.slice(0, event.phones)});
}

export function withPresence(old: Phones, {extension_id, presence}: Events['presence']): Phones {
	const was = old.get(extension_id);

	return was ? new Map(old).set(extension_id, {...was, presence}) : old;
}

export function usePhones() {
	const tenant = useTenant();
	const client = useFreshClient();
	const key = [tenant.id, 'phones'];
	const sight = useRef<readonly string[]>([]);
	const {data, isFetching, isError, refetch} = useQuery({
		queryKey: key,
		queryFn: async ({signal}): Promise<Phones> => {
			// Once what was read may be old, only what is in sight is known.
			const known = client.getQueryState(key)?.isInvalidated ? undefined : client.getQueryData<Phones>(key);
			const asked = sight.current.filter((id) => !known?.has(id));
			const read = new Map<string, State>();

			for (let i = 0; i < asked.length; i += AT_ONCE) {
				const ids = asked.slice(i, i + AT_ONCE);
				const {items} = await send<{items: Entry[]}>('GET', withQuery(tenantPath(tenant, '/directory'), {extension_id: ids.join(','), phones: 'yes', limit: AT_ONCE}),
					undefined, undefined, signal);
				const entries = new Map(items.map((entry) => [entry.id, stateOf(entry)]));

				for (const id of ids)
					read.set(id, entries.get(id) ?? {presence: 'offline', phones: []});
			}
			// What events changed of the others meanwhile stays.
			return new Map([...known ? client.getQueryData<Phones>(key) ?? [] : [], ...read].slice(-KEPT_MOST));
		},
		staleTime: Number.POSITIVE_INFINITY,
		structuralSharing: false,
	});

	useLivePatch(key, 'registration', withRegistration);
	useLivePatch(key, 'presence', withPresence);
	return {
		phones: data,
		look(ids: readonly string[]): void {
			sight.current = ids;
			if (data && !isFetching && !isError && ids.some((id) => !data.has(id)))
				void refetch({cancelRefetch: false});
		},
	};
}
