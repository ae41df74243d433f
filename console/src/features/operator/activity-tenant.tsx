// Who calls whom in one tenant, and its phones: read from the tenant's own API, as its owner would, and
// followed by its own events for as long as it is looked at (docs/adr/0094).
import {Alert, Anchor, Button, Group, SimpleGrid, Stack, Table, Text, TextInput} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {IconRefresh, IconSearch} from '@tabler/icons-react';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {type ReactNode, useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {LiveProvider, useLiveRefresh, useLiveState} from '@/api/live';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {CALL_TONES, sinceOf} from '@/resource/call-now';
import {Dot} from '@/ui/dot';
import {secondsSince, useServerNow} from '@/ui/now';
import {Loaded, Part} from '@/ui/part';

const text = texts({
	en: {
		calls: 'Calls now', noCalls: 'Nobody is on the phone.', phones: 'Phones', noPhones: 'No phone is registered.', none: 'Nothing found', search: (name: string) => `Search calls and phones of ${name}`,
		state: 'State', from: 'From', to: 'To', queue: 'Queue', time: 'Since', node: 'Node', extension: 'Extension', address: 'Address', agent: 'Device', more: 'There are more: search, or open the tenant’s page.',
		open: 'To the tenant’s page', old: 'This is not kept up to date at the moment and may be old.', again: 'Load again',
		is: {ringing: 'Ringing', waiting: 'Waiting', answered: 'Talking', parked: 'Parked'},
	},
	de: {
		calls: 'Anrufe jetzt', noCalls: 'Niemand telefoniert.', phones: 'Telefone', noPhones: 'Kein Telefon ist angemeldet.', none: 'Nichts gefunden', search: (name: string) => `Anrufe und Telefone von ${name} suchen`,
		state: 'Zustand', from: 'Von', to: 'An', queue: 'Warteschlange', time: 'Seit', node: 'Knoten', extension: 'Nebenstelle', address: 'Adresse', agent: 'Gerät', more: 'Es gibt weitere. Suchen Sie danach oder öffnen Sie die Seite des Mandanten.',
		open: 'Zur Seite des Mandanten', old: 'Dies wird gerade nicht aktualisiert und kann veraltet sein.', again: 'Neu laden',
		is: {ringing: 'Klingelt', waiting: 'Wartet', answered: 'Im Gespräch', parked: 'Geparkt'},
	},
});
type Call = Schemas['Call'];
type Phone = Schemas['Registration'];
type Which = {id: string; name: string; domain: string};

const SHOWN_MOST = 100;
const TYPING_MS = 250;

function useRowsOf<Row>(tenant: Which, list: 'calls' | 'registrations', q: string) {
	return useQuery({
		queryKey: [tenant.id, list, 'operator', q],
		queryFn: ({signal}) => send<{items: Row[]; next?: string | null}>('GET', withQuery(`/api/v1/tenants/${tenant.id}/${list}`, {q, limit: SHOWN_MOST}), undefined, undefined, signal),
		placeholderData: keepPreviousData,
		staleTime: 0,
	});
}

function List<Row>({title, page, query, headers, none, tenant, children}: {
	title: string; page: string; query: ReturnType<typeof useRowsOf<Row>>; headers: readonly string[]; none: string; tenant: Which; children: (row: Row) => ReactNode}) {
	const t = useText(text);

	return (
		<Part title={title} actions={<Anchor component={Link} to={`/t/${tenant.domain}/${page}` as string} size="sm">{t.open}</Anchor>}>
			<Loaded query={query} rows={2}>
				{({items, next}) => items.length === 0 ? <Text size="sm" c="dimmed">{none}</Text> : (
					<Table.ScrollContainer minWidth={420} maxHeight={320} type="native" tabIndex={0} role="region" aria-label={title}>
						<Table verticalSpacing={4} aria-label={title}>
							<Table.Thead><Table.Tr>{headers.map((header) => <Table.Th key={header}>{header}</Table.Th>)}</Table.Tr></Table.Thead>
							<Table.Tbody>{items.map(children)}</Table.Tbody>
						</Table>
						{next && <Text size="sm" c="dimmed">{t.more}</Text>}
					</Table.ScrollContainer>
				)}
			</Loaded>
		</Part>
	);
}

function Calls({tenant, q}: {tenant: Which; q: string}) {
	const t = useText(text);
	const format = useFormat();
	const now = useServerNow();
	const query = useRowsOf<Call>(tenant, 'calls', q);

	useLiveRefresh([tenant.id, 'calls'], ['call']);
	return (
		<List title={t.calls} page="calls" tenant={tenant} query={query} none={q ? t.none : t.noCalls} headers={[t.state, t.from, t.to, t.queue, t.time, t.node]}>
			{(call) => (
				<Table.Tr key={call.id}>
					<Table.Td><Dot tone={CALL_TONES[call.state]} label={t.is[call.state]} /></Table.Td>
					<Table.Td>{[call.from_number, call.from_name].filter(Boolean).join(' ')}</Table.Td>
					<Table.Td>{[call.to_number, call.answered_by !== call.to_number && call.answered_by].filter(Boolean).join(' → ')}</Table.Td>
					<Table.Td>{call.queue ?? '–'}</Table.Td>
					<Table.Td style={{fontVariantNumeric: 'tabular-nums'}}>{format.duration(secondsSince(sinceOf(call), now))}</Table.Td>
					<Table.Td>{call.node}</Table.Td>
				</Table.Tr>
			)}
		</List>
	);
}

function Phones({tenant, q}: {tenant: Which; q: string}) {
	const t = useText(text);
	const format = useFormat();
	const query = useRowsOf<Phone>(tenant, 'registrations', q);

	useLiveRefresh([tenant.id, 'registrations'], ['registration']);
	return (
		<List title={t.phones} page="extensions" tenant={tenant} query={query} none={q ? t.none : t.noPhones} headers={[t.extension, t.address, t.agent, t.node, t.time]}>
			{(phone) => (
				<Table.Tr key={phone.id}>
					<Table.Td>{phone.extension}</Table.Td>
					<Table.Td>{`${phone.received_address.includes(':') ? `[${phone.received_address}]` : phone.received_address}:${phone.received_port} ${phone.transport}`}</Table.Td>
					<Table.Td style={{overflowWrap: 'anywhere'}}>{phone.user_agent}</Table.Td>
					<Table.Td>{phone.node}</Table.Td>
					<Table.Td>{format.dateTime(phone.registered_at)}</Table.Td>
				</Table.Tr>
			)}
		</List>
	);
}

// What is not followed says so, and can be read again.
function Followed({refused, onAgain}: {refused: boolean; onAgain: () => void}) {
	const t = useText(text);

	if (useLiveState() !== 'lost' && !refused)
		return null;
	return (
		<Alert color="orange" variant="light" role="status">
			<Group justify="space-between"><Text size="sm">{t.old}</Text><Button size="xs" variant="default" leftSection={<IconRefresh size={14} aria-hidden />} onClick={onAgain}>{t.again}</Button></Group>
		</Alert>
	);
}

export function TenantNow({tenant, onAgain}: {tenant: Which; onAgain: () => void}) {
	const t = useText(text);
	const [refused, setRefused] = useState(false);
	const [typed, setTyped] = useState('');
	const [q] = useDebouncedValue(typed, TYPING_MS);

	return (
		<LiveProvider path={`/api/v1/tenants/${tenant.id}/events`} scope={tenant.id} onRefused={() => setRefused(true)}>
			<Stack gap="sm" py="xs">
				<Followed refused={refused} onAgain={onAgain} />
				<TextInput aria-label={t.search(tenant.name)} placeholder={t.search(tenant.name)} leftSection={<IconSearch size={16} aria-hidden />} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} maw={420} />
				<SimpleGrid cols={{base: 1, lg: 2}}>
					<Calls tenant={tenant} q={q} />
					<Phones tenant={tenant} q={q} />
				</SimpleGrid>
			</Stack>
		</LiveProvider>
	);
}
