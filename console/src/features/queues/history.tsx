// What became of the callers of a queue: each call with its "Why?", or added up by day, hour or agent.
import {Button, Group, SegmentedControl, Select, Stack, TextInput} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {useEffect, useRef, useState} from 'react';
import {useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {startOfDay, zonedInstant, zonedText} from '@/i18n/zone';
import {ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Dot, type Tone} from '@/ui/dot';
import {Empty} from '@/ui/page';
import {Who} from '@/ui/who';
import type {QueueCall} from './data';
import {AgentFigures, TimeFigures} from './statistics';
import type {TabProps} from './tab';
import {Why} from './why';
import {words} from './words';

const text = texts({
	en: {
		views: 'What is shown', calls: 'Calls', day: 'By day', hour: 'By hour', agents: 'By agent', from: 'From', to: 'To', outcome: 'Outcome', search: 'Number or name', all: 'All',
		joined: 'Joined', wait: 'Waited', talk: 'Talked', offers: 'Offers', why: 'Why?', hide: 'Hide', list: 'Calls of the queue',
		tooLong: (days: number) => `By hour at most ${days} days can be shown`, shorter: 'Choose a shorter time, or look at it by day.', byDay: 'Show by day',
		none: 'No calls yet', about: 'Calls appear here when they are over.', unknown: 'Unknown number',
	},
	de: {
		views: 'Was gezeigt wird', calls: 'Anrufe', day: 'Nach Tag', hour: 'Nach Stunde', agents: 'Nach Agent', from: 'Von', to: 'Bis', outcome: 'Ergebnis', search: 'Nummer oder Name', all: 'Alle',
		joined: 'Beginn', wait: 'Gewartet', talk: 'Gesprochen', offers: 'Angebote', why: 'Warum?', hide: 'Verbergen', list: 'Anrufe der Warteschlange',
		tooLong: (days: number) => `Nach Stunden lassen sich höchstens ${days} Tage zeigen`, shorter: 'Wählen Sie einen kürzeren Zeitraum oder sehen Sie ihn nach Tagen an.', byDay: 'Nach Tagen zeigen',
		none: 'Noch keine Anrufe', about: 'Anrufe erscheinen hier, wenn sie vorbei sind.', unknown: 'Unbekannte Nummer',
	},
});
const TONE: Record<QueueCall['outcome'], Tone> = {answered: 'good', abandoned: 'bad', overflowed: 'warn'};
const VIEWS = ['calls', 'day', 'hour', 'agents'] as const;
const TYPING_MS = 250;
const HOURS_DAYS = 93; // most of them that are added up by hour

// Days as the address has them, in the tenant's zone, as instants: the last one whole.
export function spanOf(from: string | undefined, to: string | undefined, zone: string | undefined): {from?: string; to?: string} {
	const begin = from ? zonedInstant(`${from}T00:00`, zone) : Number.NaN;
	const last = to ? zonedInstant(`${to}T00:00`, zone) : Number.NaN;

	return {
		from: Number.isNaN(begin) ? undefined : new Date(begin).toISOString(),
		to: Number.isNaN(last) ? undefined : new Date(startOfDay(last, zone, 1)).toISOString(),
	};
}

export function History({queue}: TabProps) {
	const t = useText(text);
	const w = useText(words);
	const tenant = useTenant();
	const format = useFormat();
	const [url, setUrl] = useUrlState();
	const [open, setOpen] = useState<string>();
	const [typed, setTyped] = useState(url.q ?? '');
	const [asked] = useDebouncedValue(typed, TYPING_MS);
	const view = VIEWS.find((one) => one === url.view) ?? 'calls';
	const zone = tenant.timeZone || undefined;
	const span = spanOf(url.from, url.to, zone);
	const tooLong = view === 'hour' && span.from !== undefined && (span.to ? Date.parse(span.to) : Date.now()) - Date.parse(span.from) > HOURS_DAYS * 86_400_000;
	const today = zonedText(Date.now(), zone).slice(0, 10);
	const views = useRef<HTMLDivElement>(null);
	const scope = [tenant.id, 'queue-call', queue.id];

	useLiveRefresh(scope, ['queue'], 1000);
	// biome-ignore lint/correctness/useExhaustiveDependencies: when what is asked for changed, and only then
	useEffect(() => {
		if ((url.q ?? '') !== asked)
			setUrl({q: asked});
	}, [asked]);

	return (
		<Stack>
			<Group align="end">
				<SegmentedControl ref={views} aria-label={t.views} value={view} onChange={(next) => setUrl({view: next === 'calls' ? undefined : next})} data={VIEWS.map((value) => ({value, label: t[value]}))} />
				<TextInput type="date" label={t.from} value={url.from ?? ''} max={url.to ?? today} onChange={(event) => setUrl({from: event.currentTarget.value})} />
				<TextInput type="date" label={t.to} value={url.to ?? ''} min={url.from} max={today} onChange={(event) => setUrl({to: event.currentTarget.value})} />
				{view === 'calls' && (
					<>
						<Select label={t.outcome} value={url.outcome ?? ''} allowDeselect={false} w={160} onChange={(outcome) => setUrl({outcome: outcome ?? undefined})}
							data={[{value: '', label: t.all}, ...(['answered', 'abandoned', 'overflowed'] as const).map((value) => ({value, label: w.outcome[value]}))]} />
						<TextInput label={t.search} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
					</>
				)}
			</Group>
			{view === 'calls' && (
				<ResourceTable<QueueCall> caption={t.list} scope={scope} path={tenantPath(tenant, '/queue-calls')} rowKey={(row) => row.id} height="calc(100dvh - 320px)"
					query={{queue_id: queue.id, outcome: url.outcome, q: url.q, ...span}} empty={<Empty title={t.none}>{t.about}</Empty>}
					expanded={(row) => open === row.id ? <Why queue={queue.id} call={row.cdr_id} /> : null}
					columns={[
						{key: 'joined_at', header: t.joined, kind: 'dateTime'},
						{key: 'caller_number', header: w.caller, render: (row) => [row.caller_number || t.unknown, row.caller_name].filter(Boolean).join(' ')},
						{key: 'outcome', header: t.outcome, render: (row) => <Dot tone={TONE[row.outcome]} label={[w.outcome[row.outcome], w.reason[row.reason]].filter(Boolean).join(', ')} />},
						{key: 'wait_ms', header: t.wait, right: true, render: (row) => format.duration(row.wait_ms / 1000)},
						{key: 'talk_ms', header: t.talk, right: true, render: (row) => row.outcome === 'answered' ? format.duration(row.talk_ms / 1000) : '–'},
						{key: 'answered_by', header: w.agent, render: (row) => row.answered_by ? <Who extension={row.answered_by} name={row.agent_name} /> : '–'},
						{key: 'offers', header: t.offers, kind: 'number', right: true},
						{key: 'why', header: '', render: (row) => (
							<Button size="compact-sm" variant="default" aria-expanded={open === row.id} aria-label={`${open === row.id ? t.hide : t.why} ${row.caller_number || t.unknown}`} onClick={() => setOpen(open === row.id ? undefined : row.id)}>
								{open === row.id ? t.hide : t.why}
							</Button>
						)},
					]} />
			)}
			{view === 'agents' && <AgentFigures queue={queue.id} span={span} />}
			{tooLong && (
				<Empty title={t.tooLong(HOURS_DAYS)}>
					<Stack align="center" gap="xs" role="status">{t.shorter}<Button variant="default" onClick={() => {
						setUrl({view: 'day'});
						views.current?.querySelector<HTMLElement>('input[value=day]')?.focus();
					}}>{t.byDay}</Button></Stack>
				</Empty>
			)}
			{(view === 'day' || view === 'hour') && !tooLong && <TimeFigures queue={queue.id} span={span} by={view} />}
		</Stack>
	);
}
