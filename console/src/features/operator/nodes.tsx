// The processes of the installation, and how they are.
import {ActionIcon, Code, SimpleGrid, Stack, Text} from '@mantine/core';
import {IconChevronDown, IconChevronRight} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {useLiveRefresh} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {type Column, ResourceTable} from '@/resource/table';
import {Dot, type Tone} from '@/ui/dot';
import {Page} from '@/ui/page';
import {Loaded} from '@/ui/part';

const text = texts({
	en: {
		title: 'Nodes', about: 'Every process that answers phones, browsers or a FreeSWITCH. Each reports every ten seconds.', health: 'Health', ok: 'OK', late: 'Late', gone: 'Gone', trouble: 'Trouble',
		name: 'Name', kind: 'Kind', sip: 'Phones', web: 'Web', freeswitch: 'FreeSWITCH', version: 'Version', since: 'Since', seen: 'Last report', calls: 'Calls', phones: 'Phones', waiting: 'Call records waiting', memory: 'Memory',
		open: 'Show all figures', close: 'Hide the figures',
		cdrs: (n: string) => `${n} call records were refused by the database: see spool/rejected`, dropped: (n: string) => `${n} steps of calls were lost: disk and memory were full`, recording: 'The last recording could not be written whole',
		unwritten: (n: string) => `${n} registrations are not yet in the database`,
	},
	de: {
		title: 'Knoten', about: 'Jeder Prozess, der Telefonen, Browsern oder einem FreeSWITCH antwortet. Jeder meldet sich alle zehn Sekunden.', health: 'Zustand', ok: 'OK', late: 'Verspätet', gone: 'Ausgefallen', trouble: 'Störung',
		name: 'Name', kind: 'Art', sip: 'Telefone', web: 'Web', freeswitch: 'FreeSWITCH', version: 'Version', since: 'Seit', seen: 'Letzte Meldung', calls: 'Anrufe', phones: 'Telefone', waiting: 'Wartende Anrufeinträge', memory: 'Speicher',
		open: 'Alle Zahlen zeigen', close: 'Zahlen verbergen',
		cdrs: (n: string) => `${n} Anrufeinträge hat die Datenbank abgelehnt: siehe spool/rejected`, dropped: (n: string) => `${n} Schritte von Anrufen sind verloren: Platte und Speicher waren voll`, recording: 'Die letzte Aufnahme konnte nicht ganz geschrieben werden',
		unwritten: (n: string) => `${n} Anmeldungen sind noch nicht in der Datenbank`,
	},
});
type Node = Schemas['Node'];
const NODES = [INSTALLATION, 'nodes'];
const UNWRITTEN_MANY = 1000;

const keyOf = ({kind, name}: Node) => `${kind}/${name}`;

export default function Nodes() {
	const t = useText(text);
	const format = useFormat();
	const [open, setOpen] = useState<string>();

	useLiveRefresh(NODES, ['node']);
	const troubles = (node: Node): string[] => [
		node.cdrs_rejected ? t.cdrs(format.number(node.cdrs_rejected)) : '', node.cdrs_dropped ? t.dropped(format.number(node.cdrs_dropped)) : '',
		node.recording_failing ? t.recording : '', (node.registrations_unwritten ?? 0) > UNWRITTEN_MANY ? t.unwritten(format.number(node.registrations_unwritten ?? 0)) : '',
	].filter(Boolean);
	const state = (node: Node): [Tone, string] => node.health === 'gone' ? ['bad', t.gone] : node.health === 'late' ? ['warn', t.late] : troubles(node).length ? ['warn', t.trouble] : ['good', t.ok];
	const figure = (n: number | null) => n === null ? '' : format.number(n);
	const columns: Column<Node>[] = [
		{key: 'open', header: '', width: 44, render: (node) => (
			<ActionIcon variant="subtle" color="gray.7" aria-label={open === keyOf(node) ? t.close : t.open} aria-expanded={open === keyOf(node)} onClick={() => setOpen(open === keyOf(node) ? undefined : keyOf(node))}>
				{open === keyOf(node) ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
			</ActionIcon>)},
		{key: 'health', header: t.health, render: (node) => <Dot tone={state(node)[0]} label={state(node)[1]} />},
		{key: 'name', header: t.name},
		{key: 'kind', header: t.kind, render: ({kind}) => t[kind]},
		{key: 'version', header: t.version},
		{key: 'started_at', header: t.since, kind: 'dateTime'},
		{key: 'seen_at', header: t.seen, render: ({seen_at}) => format.ago(seen_at)},
		{key: 'calls', header: t.calls, right: true, render: ({calls}) => figure(calls)},
		{key: 'registrations', header: t.phones, right: true, render: ({registrations}) => figure(registrations)},
		{key: 'cdrs_waiting', header: t.waiting, right: true, render: ({cdrs_waiting}) => figure(cdrs_waiting)},
		{key: 'memory_bytes', header: t.memory, right: true, render: ({memory_bytes}) => memory_bytes === null ? '' : format.bytes(memory_bytes)},
	];

	return (
		<Page title={t.title} about={t.about}>
			<ResourceTable<Node> caption={t.title} scope={NODES} path="/api/v1/nodes" columns={columns} rowKey={keyOf}
				expanded={(node) => open === keyOf(node)
					? <Stack gap="xs"><Troubles all={troubles(node)} /><Counters node={node} /></Stack>
					: troubles(node).length ? <Troubles all={troubles(node)} /> : null} />
		</Page>
	);
}

function Troubles({all}: {all: readonly string[]}) {
	return all.map((one) => <Text key={one} size="sm">{one}</Text>);
}

function Counters({node}: {node: Node}) {
	const format = useFormat();
	const query = useQuery({
		queryKey: [...NODES, 'counters', keyOf(node)],
		queryFn: ({signal}) => ask(api.GET('/api/v1/nodes/{kind}/{name}', {params: {path: {kind: node.kind, name: node.name}}, signal})),
	});

	return (
		<Loaded query={query}>
			{({counters}) => (
				<SimpleGrid cols={{base: 1, sm: 2, lg: 3}} spacing="lg" verticalSpacing={4}>
					{Object.entries((counters ?? {}) as Record<string, unknown>).map(([name, n]) => (
						<div key={name} style={{display: 'flex', justifyContent: 'space-between', gap: 12}}><Code>{name}</Code><Text size="sm">{typeof n === 'number' ? format.number(n) : String(n)}</Text></div>
					))}
				</SimpleGrid>
			)}
		</Loaded>
	);
}
