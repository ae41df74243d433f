// Which phones are there and what they do: read once, then kept by events.
import {useQuery} from '@tanstack/react-query';
import {type Events, type RegistrationEvent, useLivePatch} from '@/api/live';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';

export type Phone = {id: string; userAgent: string; address: string; port: number; transport: string; at: string};
export type Presence = Events['presence']['presence'];
export type Phones = {
	byExtension: ReadonlyMap<string, readonly Phone[]>;   // by number
	presence: ReadonlyMap<string, Presence>;              // by number
};

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

export function usePhones(): Phones | undefined {
	const tenant = useTenant();
	const key = [tenant.id, 'phones'];
	const {data} = useQuery({
		queryKey: key,
		queryFn: async ({signal}): Promise<Phones> => {
			const [registrations, names] = await Promise.all([
				readAll<Schemas['Registration']>(tenantPath(tenant, '/registrations'), signal),
				readAll<Schemas['DirectoryEntry']>(tenantPath(tenant, '/directory'), signal),
			]);

			return {
				byExtension: byNumber(registrations),
				presence: new Map(names.filter(({kind}) => kind === 'extension').map(({number, presence}) => [number ?? '', presence as Presence])),
			};
		},
		staleTime: 0,
	});

	useLivePatch(key, 'registration', withRegistration);
	useLivePatch<Phones, 'presence'>(key, 'presence', (old, {extension, presence}) => ({...old, presence: new Map(old.presence).set(extension, presence)}));
	return data;
}
