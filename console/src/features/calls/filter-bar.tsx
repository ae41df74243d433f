// What is shown of all calls: the usual filters in sight, the others one click away.
import {Button, Collapse, Group, NumberInput, Select, SimpleGrid, Stack, TextInput} from '@mantine/core';
import {useDebouncedCallback, useDisclosure} from '@mantine/hooks';
import {IconFilter, IconSearch, IconX} from '@tabler/icons-react';
import {useEffect, useState} from 'react';
import type {Schemas} from '@/api/client';
import {mayAct, tenantPath, useTenant} from '@/api/session';
import {reference} from '@/fields/kind';
import {ReferenceInput} from '@/fields/reference';
import {texts, useText} from '@/i18n/language';
import {DIRECTIONS, type FilterKey, type Filters, isFiltered, PERIODS, RECORDINGS, RESULTS, wrongFilters} from './filters';
import {words} from './words';

const text = texts({
	en: {
		label: 'Filters', when: 'Time', all: 'Any', from: 'From', to: 'Until', direction: 'Direction', result: 'Result', who: 'Number or name', whoHelp: 'Begins with …',
		extension: 'Extension', queue: 'Queue', recording: 'Recording', least: 'At least (seconds)', most: 'At most (seconds)', more: 'More filters', clear: 'Clear filters',
		period: {today: 'Today', yesterday: 'Yesterday', week: 'Last 7 days', month: 'Last 30 days', custom: 'From … until …'},
		after: 'Must be after the beginning', notLess: 'Must not be less than the least',
	},
	de: {
		label: 'Filter', when: 'Zeit', all: 'Alle', from: 'Von', to: 'Bis', direction: 'Richtung', result: 'Ergebnis', who: 'Nummer oder Name', whoHelp: 'Beginnt mit …',
		extension: 'Nebenstelle', queue: 'Warteschlange', recording: 'Aufnahme', least: 'Mindestens (Sekunden)', most: 'Höchstens (Sekunden)', more: 'Weitere Filter', clear: 'Filter löschen',
		period: {today: 'Heute', yesterday: 'Gestern', week: 'Letzte 7 Tage', month: 'Letzte 30 Tage', custom: 'Von … bis …'},
		after: 'Muss nach dem Anfang liegen', notLess: 'Darf nicht kleiner sein als mindestens',
	},
});

const TYPING_MS = 300;
const MORE: readonly FilterKey[] = ['extension', 'queue', 'recording', 'least', 'most'];

type Props = {filters: Filters; onChange: (changes: Filters) => void};

function WhoInput({filters, onChange}: Props) {
	const t = useText(text);
	const [typed, setTyped] = useState(filters.who ?? '');
	const tell = useDebouncedCallback((who: string) => onChange({who: who || undefined}), TYPING_MS);

	// The address bar changed by itself: "back", or all filters cleared.
	useEffect(() => setTyped(filters.who ?? ''), [filters.who]);
	return (
		<TextInput type="search" label={t.who} placeholder={t.whoHelp} leftSection={<IconSearch size={16} aria-hidden />} maxLength={39} value={typed}
			onChange={(event) => {
				setTyped(event.currentTarget.value);
				tell(event.currentTarget.value);
			}} />
	);
}

export function FilterBar({filters, onChange}: Props) {
	const t = useText(text);
	const w = useText(words);
	const tenant = useTenant();
	const {timeZone} = tenant;
	const [opened, more] = useDisclosure(MORE.some((key) => filters[key]));
	const wrong = wrongFilters(filters, timeZone || undefined);
	const choices = (keys: readonly string[], labels: Record<string, string>) => keys.map((value) => ({value, label: labels[value] ?? value}));
	const choice = (key: FilterKey, label: string, keys: readonly string[], labels: Record<string, string>) => (
		<Select label={label} placeholder={t.all} clearable data={choices(keys, labels)} value={filters[key] ?? null} onChange={(value) => onChange({[key]: value ?? undefined})} />
	);
	const seconds = (key: 'least' | 'most', label: string, error?: string) => (
		<NumberInput label={label} allowDecimal={false} allowNegative={false} min={0} max={999_999_999} value={filters[key] ?? ''} error={error}
			onChange={(value) => onChange({[key]: value === '' ? undefined : String(value)})} />
	);

	return (
		<Stack gap="sm" component="section" aria-label={t.label}>
			<SimpleGrid cols={{base: 2, md: 4}} spacing="sm">
				<WhoInput filters={filters} onChange={onChange} />
				{choice('when', t.when, PERIODS, t.period)}
				{choice('direction', t.direction, DIRECTIONS, w.direction)}
				{choice('result', t.result, RESULTS, w.result)}
			</SimpleGrid>
			{filters.when === 'custom' && (
				<SimpleGrid cols={{base: 2, md: 4}} spacing="sm">
					<TextInput type="datetime-local" label={t.from} value={filters.from ?? ''} onChange={(event) => onChange({from: event.currentTarget.value || undefined})} />
					<TextInput type="datetime-local" label={t.to} value={filters.to ?? ''} error={wrong.includes('to') && t.after} onChange={(event) => onChange({to: event.currentTarget.value || undefined})} />
				</SimpleGrid>
			)}
			<Collapse in={opened}>
				<SimpleGrid cols={{base: 2, md: 5}} spacing="sm">
					{mayAct(tenant.role, 'admin') && (
						<ReferenceInput value={filters.extension ?? null} onChange={(value) => onChange({extension: value ? String(value) : undefined})} field={{
							name: 'extension', kind: 'reference', label: t.extension, placeholder: t.all, clearable: true,
							reference: reference<Schemas['Extension']>({path: tenantPath(tenant, '/extensions'), scope: [tenant.id, 'extensions'],
								value: (row) => row.extension_number, label: (row) => row.email ? `${row.extension_number} ${row.email}` : row.extension_number}),
						}} />
					)}
					<ReferenceInput value={filters.queue ?? null} onChange={(value) => onChange({queue: value ? String(value) : undefined})} field={{
						name: 'queue', kind: 'reference', label: t.queue, placeholder: t.all, clearable: true,
						reference: reference<Schemas['Queue']>({path: tenantPath(tenant, '/queues'), scope: [tenant.id, 'queues'], value: (row) => row.name, label: (row) => row.name}),
					}} />
					{choice('recording', t.recording, RECORDINGS, w.recording)}
					{seconds('least', t.least)}
					{seconds('most', t.most, wrong.includes('most') ? t.notLess : undefined)}
				</SimpleGrid>
			</Collapse>
			<Group gap="xs">
				<Button variant="subtle" size="xs" leftSection={<IconFilter size={14} aria-hidden />} aria-expanded={opened} onClick={more.toggle}>{t.more}</Button>
				{isFiltered(filters) && (
					<Button variant="subtle" size="xs" leftSection={<IconX size={14} aria-hidden />}
						onClick={() => onChange(Object.fromEntries(Object.keys(filters).map((key) => [key, undefined])))}>{t.clear}</Button>
				)}
			</Group>
		</Stack>
	);
}
