// The parts of the dashboard: each reads what it shows, and waits and fails by itself.
import {Anchor, Card, List, SimpleGrid, Skeleton, Stack, Table, Text} from '@mantine/core';
import type {UseQueryResult} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import type {ReactNode} from 'react';
import {useCalls} from '@/api/calls';
import {useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {useQueueFigures} from '@/resource/queue-figures';
import {Bars} from '@/ui/bars';
import {Dot, type Tone} from '@/ui/dot';
import {secondsSince, useServerNow} from '@/ui/now';
import {Loaded, Part} from '@/ui/part';
import {ProblemNote} from '@/ui/problem';
import {type Attention, attentionOf} from './attention';
import {useFigures, useHours} from './queries';

const text = texts({
	en: {
		calls: 'Calls now', phones: 'Phones online', of: (x: string, all: string) => `${x} of ${all}`, waiting: 'Callers waiting', longest: 'Longest wait',
		today: 'Today by hour', answered: 'Answered', missed: 'Missed', hour: 'Hour', chart: (answered: string, missed: string) => `Calls of today by hour: ${answered} answered, ${missed} missed`,
		sum: (answered: string, missed: string) => `${answered} answered, ${missed} missed`,
		queues: 'Queues now', queue: 'Queue', talking: 'Talking', free: 'Free agents', present: 'Agents there', noQueues: 'No queues yet', makeQueue: 'Create a queue',
		attention: 'Needs attention', nothing: 'Nothing needs attention.', others: (n: string) => `and ${n} more`,
		callersOf: (queue: string, n: string) => `${queue}: ${n} waiting, and no agent is free`, memberless: (queue: string) => `${queue}: the queue has no members`,
		offline: (n: string) => `Extensions without a registered phone: ${n}`, failed: (n: string, usual: string) => `Calls failed today: ${n} (usually ${usual} a day)`,
		recordings: (n: string) => `Recordings of today that could not be written: ${n}`, storage: (used: string, most: string) => `Audio takes ${used} of ${most}`,
	},
	de: {
		calls: 'Anrufe jetzt', phones: 'Telefone angemeldet', of: (x: string, all: string) => `${x} von ${all}`, waiting: 'Wartende Anrufer', longest: 'Längste Wartezeit',
		today: 'Heute nach Stunden', answered: 'Angenommen', missed: 'Verpasst', hour: 'Stunde', chart: (answered: string, missed: string) => `Anrufe von heute nach Stunden: ${answered} angenommen, ${missed} verpasst`,
		sum: (answered: string, missed: string) => `${answered} angenommen, ${missed} verpasst`,
		queues: 'Warteschlangen jetzt', queue: 'Warteschlange', talking: 'Im Gespräch', free: 'Freie Agenten', present: 'Anwesende Agenten', noQueues: 'Noch keine Warteschlangen', makeQueue: 'Warteschlange anlegen',
		attention: 'Handlungsbedarf', nothing: 'Kein Handlungsbedarf.', others: (n: string) => `und ${n} weitere`,
		callersOf: (queue: string, n: string) => `${queue}: ${n} warten, und kein Agent ist frei`, memberless: (queue: string) => `${queue}: Die Warteschlange hat keine Mitglieder`,
		offline: (n: string) => `Nebenstellen ohne angemeldetes Telefon: ${n}`, failed: (n: string, usual: string) => `Heute fehlgeschlagene Anrufe: ${n} (üblich: ${usual} am Tag)`,
		recordings: (n: string) => `Aufnahmen von heute, die nicht geschrieben werden konnten: ${n}`, storage: (used: string, most: string) => `Audio belegt ${used} von ${most}`,
	},
});

// A page of the tenant, with what it shows.
function To({page, search, children}: {page: string; search?: Record<string, string>; children: ReactNode}) {
	const {domain} = useTenant();

	return <Anchor component={Link} to={`/t/${domain}/${page}` as string} search={search as never} size="sm" underline="always">{children}</Anchor>;
}

function Figure<T>({label, query, warn, children}: {label: string; query: UseQueryResult<T>; warn?: (data: T) => boolean; children: (data: T) => ReactNode}) {
	if (query.error && query.data === undefined)
		return <ProblemNote error={query.error} onRetry={() => query.refetch()} />;
	return (
		<Card withBorder padding="md" component="section" aria-label={label}>
			<Text size="sm" c="dimmed">{label}</Text>
			{query.data === undefined
				? <Skeleton height={36} mt={4} aria-busy="true" />
				: <Text fz={{base: 22, sm: 28}} fw={600} lh={1.3} c={warn?.(query.data) ? 'var(--mantine-color-error)' : undefined} style={{fontVariantNumeric: 'tabular-nums'}}>{children(query.data)}</Text>}
		</Card>
	);
}

export function NowPart() {
	const t = useText(text);
	const format = useFormat();
	const calls = useCalls();
	const figures = useFigures();
	const now = useServerNow();
	const waiting = (calls.data ?? []).filter(({state}) => state === 'waiting');
	const longest = Math.max(0, ...waiting.map((call) => secondsSince(call.waiting_since ?? call.started_at, now)));

	return (
		<SimpleGrid cols={{base: 2, md: 4}} spacing="md">
			<Figure label={t.calls} query={calls}>{(all) => format.number(all.length)}</Figure>
			<Figure label={t.phones} query={figures}>{(all) => t.of(format.number(all.extensions_online), format.number(all.extensions))}</Figure>
			<Figure label={t.waiting} query={calls}>{() => format.number(waiting.length)}</Figure>
			<Figure label={t.longest} query={calls}>{() => waiting.length ? format.duration(longest) : '–'}</Figure>
		</SimpleGrid>
	);
}

export function TodayPart() {
	const t = useText(text);
	const format = useFormat();
	const query = useHours();

	return (
		<Part title={t.today}>
			<Loaded query={query} rows={6}>
				{(hours) => {
					const [answered, missed] = [hours.reduce((sum, hour) => sum + hour.answered, 0), hours.reduce((sum, hour) => sum + hour.missed, 0)].map(format.number) as [string, string];

					return (
						<Stack gap="xs">
							<Text size="sm">{t.sum(answered, missed)}</Text>
							<Bars label={t.chart(answered, missed)} of={t.hour} number={format.number} bars={hours.map((hour) => ({label: hour.label, values: [hour.answered, hour.missed]}))}
								series={[{name: t.answered, color: 'var(--mantine-color-blue-7)'}, {name: t.missed, color: 'var(--mantine-color-orange-8)'}]} />
						</Stack>
					);
				}}
			</Loaded>
		</Part>
	);
}

export function QueuesPart() {
	const t = useText(text);
	const format = useFormat();
	const query = useQueueFigures();

	return (
		<Part title={t.queues}>
			<Loaded query={query} rows={3}>
				{(queues) => queues.length === 0 ? <Text size="sm" c="dimmed">{t.noQueues}. <To page="queues">{t.makeQueue}</To></Text> : (
					<Table.ScrollContainer minWidth={420} maxHeight={360} type="native" tabIndex={0} role="region" aria-label={t.queues}>
						<Table verticalSpacing={4} aria-label={t.queues}>
							<Table.Thead>
								<Table.Tr>
									<Table.Th>{t.queue}</Table.Th>
									{[t.waiting, t.talking, t.free, t.present].map((header) => <Table.Th key={header} ta="right">{header}</Table.Th>)}
								</Table.Tr>
							</Table.Thead>
							<Table.Tbody>
								{queues.map((one) => (
									<Table.Tr key={one.queue_id}>
										<Table.Td>{one.queue}</Table.Td>
										{[one.waiting, one.talking, one.free, `${format.number(one.available)} / ${format.number(one.agents)}`].map((figure, i) => (
											// biome-ignore lint/suspicious/noArrayIndexKey: columns stay where they are
											<Table.Td key={i} ta="right" style={{fontVariantNumeric: 'tabular-nums'}}>{typeof figure === 'number' ? format.number(figure) : figure}</Table.Td>
										))}
									</Table.Tr>
								))}
							</Table.Tbody>
						</Table>
					</Table.ScrollContainer>
				)}
			</Loaded>
		</Part>
	);
}

const SHOWN_MOST = 20;
const TONES: Record<Attention['kind'], Tone> = {waiting: 'bad', memberless: 'warn', offline: 'off', failed: 'bad', recordings: 'bad', storage: 'warn'};

function Item({item}: {item: Attention}) {
	const t = useText(text);
	const format = useFormat();
	const today = {when: 'today'};

	switch (item.kind) {
	case 'waiting': return <To page="queues">{t.callersOf(item.queue, format.number(item.waiting))}</To>;
	case 'memberless': return <To page="queues">{t.memberless(item.queue)}</To>;
	case 'offline': return <To page="extensions">{t.offline(format.number(item.count))}</To>;
	case 'failed': return <To page="calls" search={{...today, result: 'failed'}}>{t.failed(format.number(item.count), format.number(item.usual))}</To>;
	case 'recordings': return <To page="calls" search={{...today, recording: 'failed'}}>{t.recordings(format.number(item.count))}</To>;
	case 'storage': return <To page="media">{t.storage(format.bytes(item.used), format.bytes(item.most))}</To>;
	}
}

export function AttentionPart() {
	const t = useText(text);
	const format = useFormat();
	const figures = useFigures();
	const queues = useQueueFigures();

	return (
		<Part title={t.attention}>
			<Loaded query={figures} rows={2}>
				{(day) => (
					<Loaded query={queues} rows={2}>
						{(all) => {
							const items = attentionOf(day, all);

							return items.length === 0 ? <Dot tone="good" label={t.nothing} /> : (
								<List listStyleType="none" spacing="xs" size="sm">
									{items.slice(0, SHOWN_MOST).map((item) => (
										<List.Item key={`${item.kind}${'queue' in item ? item.queue : ''}`}>
											<Dot tone={TONES[item.kind]} label="" /><Item item={item} />
										</List.Item>
									))}
									{items.length > SHOWN_MOST && <List.Item c="dimmed">{t.others(format.number(items.length - SHOWN_MOST))}</List.Item>}
								</List>
							);
						}}
					</Loaded>
				)}
			</Loaded>
		</Part>
	);
}
