// Which phones are there and what they do: read once, then kept by events.
import {useQuery} from '@tanstack/react-query';
import {type CallEvent, type Events, type RegistrationEvent, useLivePatch} from '@/api/live';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';

export type Phone = {id: string; userAgent: string; address: string; port: number; transport: string; at: string};
export type Presence = Events['presence']['presence'];
export type Phones = {
	byExtension: ReadonlyMap<string, readonly Phone[]>;   // by number
	calls: ReadonlyMap<string, Call>;                     // by id
	told: ReadonlyMap<string, Presence>;                  // by number: what the server said since
};
type Call = {state: CallEvent['state']; from: string; to: string; by: string | null};

const PAGE_ROWS = 500;
const FILES_MOST = 40; // pages: 20,000 phones

async function readAll<Row>(path: string, signal: AbortSignal): Promise<Row[]> {
	const rows: Row[] = [];
	let cursor: string | undefined;

	for (let i = 0; i < FILES_MOST; i++) {
		const page = await send<{items: Row[]; next: string | null}>('GET', withQuery(path, {limit: PAGE_ROWS, cursor}), undefined, undefined, signal);

		rows.push(...page.items);
		if (!page.next)
			break;
		cursor = page.next;
	}
	return rows;
}

function phoneOf(row: Schemas['Registration']): Phone {
	return {id: row.id, userAgent: row.user_agent, address: row.received_address, port: row.received_port, transport: row.transport, at: row.registered_at};
}

function byNumber(rows: readonly Schemas['Registration'][]): Map<string, Phone[]> {
	const map = new Map<string, Phone[]>();

	for (const row of rows)
		map.set(row.extension, [...map.get(row.extension) ?? [], phoneOf(row)]);
	return map;
}

// An event tells of one phone, and how many there are: the rest stays as it was read.
export function withRegistration(old: Phones, event: RegistrationEvent): Phones {
	const isIt = (phone: Phone) => phone.address === event.address && phone.port === event.port;
	const others = (old.byExtension.get(event.extension) ?? []).filter((phone) => !isIt(phone));
	const now = event.registered
		? [{id: `${event.address}:${event.port}`, userAgent: event.user_agent, address: event.address, port: event.port, transport: event.transport, at: new Date().toISOString()}, ...others]
		: others;
	const next = new Map(old.byExtension);

	next.set(event.extension, now.slice(0, event.phones));
	return {...old, byExtension: next};
}

export function withCall(old: Phones, event: CallEvent): Phones {
	const calls = new Map(old.calls);

	if (event.state === 'ended')
		calls.delete(event.id);
	else
		calls.set(event.id, {state: event.state, from: event.from, to: event.to, by: event.answered_by});
	return {...old, calls};
}

export function presenceOf(phones: Phones | undefined, extension: string): Presence | undefined {
	if (!phones)
		return undefined;
	const told = phones.told.get(extension);

	if (told)
		return told;
	const here = (phones.byExtension.get(extension)?.length ?? 0) > 0;
	let presence: Presence = here ? 'online' : 'offline';

	for (const call of phones.calls.values()) {
		if (call.by === extension || call.from === extension)
			return 'talking';
		if (call.to === extension && call.state === 'ringing')
			presence = 'ringing';
	}
	return presence;
}

export function usePhones(): Phones | undefined {
	const tenant = useTenant();
	const key = [tenant.id, 'phones'];
	const {data} = useQuery({
		queryKey: key,
		queryFn: async ({signal}): Promise<Phones> => {
			const [registrations, calls] = await Promise.all([
				readAll<Schemas['Registration']>(tenantPath(tenant, '/registrations'), signal),
				readAll<Schemas['Call']>(tenantPath(tenant, '/calls'), signal),
			]);

			return {
				byExtension: byNumber(registrations),
				calls: new Map(calls.map((call) => [call.id, {state: call.state, from: call.from_number, to: call.to_number, by: call.answered_by}])),
				told: new Map(),
			};
		},
		staleTime: 0,
	});

	useLivePatch(key, 'registration', withRegistration);
	useLivePatch(key, 'call', withCall);
	useLivePatch<Phones, 'presence'>(key, 'presence', (old, {extension, presence}) => ({...old, told: new Map(old.told).set(extension, presence)}));
	return data;
}
