// All calls of the tenant, or an agent's own: those of this moment, and the records of those before.
import {ActionIcon, Group, Text} from '@mantine/core';
import {useMediaQuery} from '@mantine/hooks';
import {IconArrowDownLeft, IconArrowsLeftRight, IconArrowUpRight, IconChevronDown, IconChevronRight, IconMicrophone, type TablerIcon} from '@tabler/icons-react';
import {useMemo} from 'react';
import {mayAct, tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {startOfDay} from '@/i18n/zone';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Dot} from '@/ui/dot';
import {Empty, Page} from '@/ui/page';
import {type CallRecord, useArrivals} from '@/resource/arrivals';
import {CallDetails} from './details';
import {ExportButton} from './export-button';
import {FilterBar} from './filter-bar';
import {type Filters, readFilters, toQuery, wrongFilters} from './filters';
import {LiveCalls} from './live';
import {Party} from './party';
import {RESULT_TONES, word, words} from './words';

const text = texts({
	en: {
		title: 'Calls', own: 'Your own calls', all: 'All calls of the tenant', time: 'Time', direction: 'Direction', from: 'From', to: 'To', by: 'Answered by', result: 'Result', duration: 'Duration',
		recording: 'Recording', details: 'Details', open: (from: string, to: string, at: string) => `Details: ${from} to ${to}, ${at}`, wrong: 'Correct the filters first',
		empty: 'No calls yet', emptyHelp: 'Every call is listed here as soon as it has ended.',
	},
	de: {
		title: 'Anrufe', own: 'Ihre eigenen Anrufe', all: 'Alle Anrufe des Mandanten', time: 'Zeit', direction: 'Richtung', from: 'Von', to: 'An', by: 'Angenommen von', result: 'Ergebnis', duration: 'Dauer',
		recording: 'Aufnahme', details: 'Einzelheiten', open: (from: string, to: string, at: string) => `Einzelheiten: ${from} an ${to}, ${at}`, wrong: 'Berichtigen Sie erst die Filter',
		empty: 'Noch keine Anrufe', emptyHelp: 'Jeder Anruf steht hier, sobald er zu Ende ist.',
	},
});

const ICONS: Record<string, TablerIcon> = {internal: IconArrowsLeftRight, inbound: IconArrowDownLeft, outbound: IconArrowUpRight};

function Direction({direction}: {direction: CallRecord['direction']}) {
	const w = useText(words);
	const Icon = ICONS[direction ?? ''];

	return Icon ? <Icon size={18} stroke={1.6} role="img" aria-label={word(w.direction, direction)} /> : null;
}

function useColumns(open: string | undefined, onOpen: (id: string | undefined) => void): Column<CallRecord>[] {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const narrow = useMediaQuery('(max-width: 48em)', false);
	const toggle: Column<CallRecord> = {key: 'details', header: t.details, width: 90, render: (row) => {
		const is = open === row.id;

		return (
			<ActionIcon variant="subtle" color="gray.7" aria-expanded={is} aria-label={t.open(row.caller_id_number, row.dest_number, format.dateTime(row.start_time))}
				onClick={() => onOpen(is ? undefined : row.id)}>
				{is ? <IconChevronDown size={18} aria-hidden /> : <IconChevronRight size={18} aria-hidden />}
			</ActionIcon>
		);
	}};
	const time: Column<CallRecord> = {key: 'start_time', header: t.time, kind: 'dateTime', sort: true, width: narrow ? 96 : 190};
	const result: Column<CallRecord> = {key: 'disposition', header: t.result, render: (row) => <Dot tone={RESULT_TONES[row.disposition ?? ''] ?? 'off'} label={word(w.result, row.disposition)} />};

	if (narrow)
		return [
			time,
			{key: 'from', header: `${t.from}, ${t.to}`, render: (row) => (
				<>
					<Group gap={4} wrap="nowrap"><Direction direction={row.direction} /><Party name={row.caller_id_name} number={row.caller_id_number} /></Group>
					<Text size="sm">→ {row.dest_number}</Text>
					<Text size="sm" component="div"><Dot tone={RESULT_TONES[row.disposition ?? ''] ?? 'off'} label={word(w.result, row.disposition)} /></Text>
				</>
			)},
			{...toggle, width: 56},
		];
	return [
		time,
		{key: 'direction', header: t.direction, width: 90, render: (row) => <Direction direction={row.direction} />},
		{key: 'from', header: t.from, render: (row) => <Party name={row.caller_id_name} number={row.caller_id_number} />},
		{key: 'to', header: t.to, render: (row) => <Party name={row.queue ?? ''} number={row.dest_number} />},
		{key: 'answered_by', header: t.by},
		result,
		{key: 'duration', header: t.duration, kind: 'duration', right: true, width: 90},
		{key: 'recording', header: t.recording, width: 100, render: (row) => row.recording_path && <IconMicrophone size={18} stroke={1.6} role="img" aria-label={word(w.recording, row.recording)} />},
		toggle,
	];
}

export default function Calls() {
	const t = useText(text);
	const tenant = useTenant();
	const format = useFormat();
	const [url, setUrl] = useUrlState();
	const filters = readFilters(url);
	const zone = format.timeZone;
	const today = startOfDay(Date.now(), zone);
	const hash = JSON.stringify(filters);
	// biome-ignore lint/correctness/useExhaustiveDependencies: filters are in hash, and what is asked changes at midnight only
	const query = useMemo(() => toQuery(filters, today, zone), [hash, today, zone]);
	const wrong = wrongFilters(filters, zone).length > 0;
	const sort = url.sort === 'start_time' ? 'start_time' : '-start_time';
	const scope = [tenant.id, 'cdrs'];
	const path = tenantPath(tenant, '/cdrs');
	const columns = useColumns(url.call, (call) => setUrl({call}));

	useArrivals({scope, path, query: {...query, sort}, oldestFirst: sort === 'start_time'});
	return (
		<Page title={t.title} about={mayAct(tenant.role, 'admin') ? t.all : t.own} actions={<ExportButton query={{...query, sort}} disabled={wrong} />}>
			<LiveCalls />
			<FilterBar filters={filters} onChange={(changes: Filters) => setUrl({...changes, call: undefined})} />
			{wrong ? <Empty title={t.wrong} /> : (
				<ResourceTable<CallRecord> caption={t.title} scope={scope} path={path} query={query} columns={columns} rowKey={(row) => row.id} height="70dvh"
					sort={sort} onSort={(by) => setUrl({sort: by})} empty={<Empty title={t.empty}>{t.emptyHelp}</Empty>}
					expanded={(row) => row.id === url.call ? <CallDetails call={row} /> : null} />
			)}
		</Page>
	);
}
