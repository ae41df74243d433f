// A queue added up: by day or hour, and by agent.
import {Card, Group, SimpleGrid, Stack, Table, Text} from '@mantine/core';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Bars} from '@/ui/bars';
import {Empty} from '@/ui/page';
import {Loaded} from '@/ui/part';
import {Who} from '@/ui/who';
import {words} from './words';

const text = texts({
	en: {
		none: 'No calls in this time', when: 'When', callers: 'Callers', answered: 'Answered', abandoned: 'Hung up', overflowed: 'Led elsewhere', level: 'Service level', meanWait: 'Mean wait', longest: 'Longest wait', meanTalk: 'Mean talk',
		offers: 'Offers', missed: 'Not answered', declined: 'Declined', busy: 'Busy', talked: 'Talked', available: 'Available', onBreak: 'On break', byTime: 'Callers by time', chart: 'What became of callers, by time', byAgent: 'Figures of agents', noAgents: 'Nobody was offered a call',
	},
	de: {
		none: 'Keine Anrufe in dieser Zeit', when: 'Wann', callers: 'Anrufer', answered: 'Angenommen', abandoned: 'Aufgelegt', overflowed: 'Weitergeleitet', level: 'Servicelevel', meanWait: 'Mittlere Wartezeit', longest: 'Längste Wartezeit', meanTalk: 'Mittleres Gespräch',
		offers: 'Angebote', missed: 'Nicht angenommen', declined: 'Abgelehnt', busy: 'Besetzt', talked: 'Gesprochen', available: 'Bereit', onBreak: 'Pause', byTime: 'Anrufer nach Zeit', chart: 'Was aus Anrufern wurde, nach Zeit', byAgent: 'Zahlen der Agenten', noAgents: 'Niemandem wurde ein Anruf angeboten',
	},
});

type Statistic = Omit<Schemas['QueueStatistic'], 'service_level'> & {service_level: number | null};
type Span = {from?: string; to?: string};

function useStatistics<Row>(kind: 'queues' | 'agents', queue: string, query: Span & {by?: string; tz?: string}) {
	const tenant = useTenant();

	return useQuery({
		queryKey: [tenant.id, 'queue-call', queue, 'statistics', kind, query],
		queryFn: async ({signal}) => (await send<{items: Row[]}>('GET', withQuery(tenantPath(tenant, `/${kind}/statistics`), {queue, ...query}), undefined, undefined, signal)).items,
		placeholderData: keepPreviousData,
	});
}

const COLOURS = {answered: 'var(--mantine-color-green-7)', abandoned: 'var(--mantine-color-red-7)', overflowed: 'var(--mantine-color-orange-6)'};

// What became of the callers; waits and talks are in the table below it.
function Chart({rows, by}: {rows: readonly Statistic[]; by: 'day' | 'hour'}) {
	const t = useText(text);
	const format = useFormat();
	const days = new Set(rows.map(({start}) => start && format.date(start))).size;
	const label = (start: string) => by === 'day' ? format.date(start) : days > 1 ? `${format.date(start)} ${format.time(start)}` : format.time(start);

	return (
		<Card withBorder padding="sm">
			<Bars label={t.chart} of={t.when} number={format.number} series={(['answered', 'abandoned', 'overflowed'] as const).map((name) => ({name: t[name], color: COLOURS[name]}))}
				bars={rows.map((row) => ({label: row.start ? label(row.start) : '', values: [row.answered, row.abandoned, row.overflowed]}))} />
		</Card>
	);
}

export function TimeFigures({queue, span, by}: {queue: string; span: Span; by: 'day' | 'hour'}) {
	const t = useText(text);
	const format = useFormat();
	const query = useStatistics<Statistic>('queues', queue, {...span, by, tz: 'tenant'});
	const ms = (x: number | null) => x === null ? '–' : format.duration(x / 1000);

	return (
		<Loaded query={query} rows={8}>
			{(rows) => {
				const sum = (of: (row: Statistic) => number) => rows.reduce((total, row) => total + of(row), 0);

				if (!sum(({callers}) => callers))
					return <Empty title={t.none} />;
				return (
					<Stack>
						<SimpleGrid cols={{base: 2, sm: 4}}>
							{([[t.callers, sum(({callers}) => callers)], [t.answered, sum(({answered}) => answered)], [t.abandoned, sum(({abandoned}) => abandoned)], [t.overflowed, sum(({overflowed}) => overflowed)]] as const).map(([label, n]) => (
								<Card key={label} withBorder padding="sm"><Text size="sm" c="dimmed">{label}</Text><Text size="xl" fw={700}>{format.number(n)}</Text></Card>
							))}
						</SimpleGrid>
						<Chart rows={rows} by={by} />
						<Table.ScrollContainer minWidth={700} type="native" tabIndex={0} role="region" aria-label={t.byTime}>
							<Table aria-label={t.byTime}>
								<Table.Thead><Table.Tr>
									<Table.Th>{t.when}</Table.Th>
									{[t.callers, t.answered, t.abandoned, t.overflowed, t.level, t.meanWait, t.longest, t.meanTalk].map((header) => <Table.Th key={header} ta="right">{header}</Table.Th>)}
								</Table.Tr></Table.Thead>
								<Table.Tbody>
									{rows.toReversed().filter(({callers}) => callers > 0).map((row) => (
										<Table.Tr key={row.start}>
											<Table.Td style={{whiteSpace: 'nowrap'}}>{row.start && (by === 'day' ? format.date(row.start) : `${format.date(row.start)} ${format.time(row.start)}`)}</Table.Td>
											{[row.callers, row.answered, row.abandoned, row.overflowed].map((n, i) => <Table.Td key={`n${String(i)}`} ta="right">{format.number(n)}</Table.Td>)}
											<Table.Td ta="right">{row.service_level === null ? '–' : format.percent(row.service_level)}</Table.Td>
											{[row.mean_wait_ms, row.longest_wait_ms, row.mean_talk_ms].map((x, i) => <Table.Td key={`t${String(i)}`} ta="right">{ms(x)}</Table.Td>)}
										</Table.Tr>
									))}
								</Table.Tbody>
							</Table>
						</Table.ScrollContainer>
					</Stack>
				);
			}}
		</Loaded>
	);
}

export function AgentFigures({queue, span}: {queue: string; span: Span}) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const query = useStatistics<Schemas['AgentStatistic']>('agents', queue, span);
	const ms = (x: number | null) => x === null ? '–' : format.duration(x / 1000);

	return (
		<Loaded query={query} rows={8}>
			{(rows) => rows.length === 0 ? <Empty title={t.noAgents} /> : (
				<Group grow>
					<Table.ScrollContainer minWidth={700} type="native" tabIndex={0} role="region" aria-label={t.byAgent}>
						<Table aria-label={t.byAgent}>
							<Table.Thead><Table.Tr>
								<Table.Th>{w.agent}</Table.Th>
								{[t.offers, t.answered, t.missed, t.declined, t.busy, t.talked, t.meanTalk, t.available, t.onBreak].map((header) => <Table.Th key={header} ta="right">{header}</Table.Th>)}
							</Table.Tr></Table.Thead>
							<Table.Tbody>
								{rows.map((row) => (
									<Table.Tr key={row.agent_id}>
										<Table.Td><Who {...row} /></Table.Td>
										{[row.offers, row.answered, row.missed, row.declined, row.busy].map((n, i) => <Table.Td key={`n${String(i)}`} ta="right">{format.number(n)}</Table.Td>)}
										{[row.talk_ms, row.mean_talk_ms, row.available_ms, row.on_break_ms].map((x, i) => <Table.Td key={`t${String(i)}`} ta="right">{ms(x)}</Table.Td>)}
									</Table.Tr>
								))}
							</Table.Tbody>
						</Table>
					</Table.ScrollContainer>
				</Group>
			)}
		</Loaded>
	);
}
