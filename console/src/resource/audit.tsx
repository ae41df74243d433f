// Who changed what and when: of a tenant, or of the installation.
import {ActionIcon, Button, Code, Group, Select, Table, Text, TextInput, UnstyledButton} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconChevronDown, IconChevronRight, IconSearch, IconX} from '@tabler/icons-react';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {zonedInstant} from '@/i18n/zone';
import {Empty} from '@/ui/page';
import {type Column, ResourceTable} from './table';
import {useUrlState} from './url';

const text = texts({
	en: {
		caption: 'Changes', at: 'When', who: 'Who', what: 'What', which: 'Name', from: 'Address', since: 'Since', until: 'Until', q: 'Search', action: 'Action', resource: 'Object', all: 'All',
		open: 'Show what changed', close: 'Hide what changed', field: 'Field', before: 'Before', after: 'After', request: 'Request', nothing: 'No row is kept with this.', details: 'What changed', only: (who: string) => `Only what ${who} did`, everybody: (who: string) => `Only ${who}: show everybody’s again`,
		empty: 'Nothing happened yet', none: 'Nothing matches these filters',
		kinds: {command: 'on the command line', token: 'by token', engine: 'by the engine', session: ''},
		actions: {create: 'Created', update: 'Changed', delete: 'Deleted', import: 'Imported', login: 'Signed in', logout: 'Signed out', 'login-failed': 'Sign-in failed', password: 'Changed the password', invite: 'Invited', 'accept-invitation': 'Accepted the invitation', 'password-reset': 'Asked for a link', 'rotate-credentials': 'New credentials', 'delete-recording': 'Deleted the recording', 'hang-up': 'Hung up'},
		things: {extension: 'extension', limits: 'limits', media: 'audio', member: 'membership', number: 'number', queue: 'queue', 'queue-member': 'member of a queue', 'queue-settings': 'settings of a queue', setting: 'setting', tenant: 'tenant', token: 'API token', agent: 'agent', call: 'call', cdr: 'call record', recording: 'recording', session: 'session', user: 'user', invitation: 'invitation'},
	},
	de: {
		caption: 'Änderungen', at: 'Wann', who: 'Wer', what: 'Was', which: 'Name', from: 'Adresse', since: 'Ab', until: 'Bis', q: 'Suchen', action: 'Vorgang', resource: 'Objekt', all: 'Alle',
		open: 'Zeigen, was sich änderte', close: 'Verbergen, was sich änderte', field: 'Feld', before: 'Vorher', after: 'Nachher', request: 'Anfrage', nothing: 'Hierzu gibt es keine Zeile.', details: 'Was sich änderte', only: (who: string) => `Nur was ${who} getan hat`, everybody: (who: string) => `Nur ${who}: wieder alle zeigen`,
		empty: 'Noch ist nichts geschehen', none: 'Nichts passt zu diesen Filtern',
		kinds: {command: 'auf der Kommandozeile', token: 'mit Token', engine: 'durch die Vermittlung', session: ''},
		actions: {create: 'Angelegt', update: 'Geändert', delete: 'Gelöscht', import: 'Importiert', login: 'Angemeldet', logout: 'Abgemeldet', 'login-failed': 'Anmeldung gescheitert', password: 'Passwort geändert', invite: 'Eingeladen', 'accept-invitation': 'Einladung angenommen', 'password-reset': 'Link angefordert', 'rotate-credentials': 'Neue Zugangsdaten', 'delete-recording': 'Aufnahme gelöscht', 'hang-up': 'Aufgelegt'},
		things: {extension: 'Nebenstelle', limits: 'Grenzen', media: 'Tondatei', member: 'Mitgliedschaft', number: 'Rufnummer', queue: 'Warteschlange', 'queue-member': 'Mitglied einer Warteschlange', 'queue-settings': 'Einstellungen einer Warteschlange', setting: 'Einstellung', tenant: 'Mandant', token: 'API-Token', agent: 'Agent', call: 'Anruf', cdr: 'Anrufeintrag', recording: 'Aufnahme', session: 'Sitzung', user: 'Benutzer', invitation: 'Einladung'},
	},
});

type Entry = Schemas['Audit'];
type Row = Record<string, unknown>;
type Words = ReturnType<typeof useText<(typeof text)['en']>>;

const TYPING_MS = 250;

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && !Array.isArray(value);

function actionName(action: string, t: Words): string {
	return (t.actions as Record<string, string>)[action] ?? action;
}

// What the API calls it, in words.
function thingName(resource: string, t: Words): string {
	return (t.things as Record<string, string>)[resource] ?? resource;
}

// Ids of rows that are there now, and what people call them.
export type Names = ReadonlyMap<string, string>;

// What people call it, where the row says so; else by its ids.
export function nameOf({before, after, resource_id}: Pick<Entry, 'before' | 'after' | 'resource_id'>, names: Names): string {
	const row = isRow(after) ? after : isRow(before) ? before : {};
	const name = [row.name, row.email, row.extension_number, row.extension, row.number, row.original_name, row.domain].find((x) => typeof x === 'string' && x);

	return typeof name === 'string' ? name : resource_id.split('/').map((id) => names.get(id) ?? id).join(' / ');
}

// The fields that differ; all of a row that was made or deleted.
export function differences(before: unknown, after: unknown): {field: string; before?: unknown; after?: unknown}[] {
	const [old, fresh] = [isRow(before) ? before : {}, isRow(after) ? after : {}];

	return [...new Set([...Object.keys(old), ...Object.keys(fresh)])].sort()
		.filter((field) => JSON.stringify(old[field]) !== JSON.stringify(fresh[field]))
		.map((field) => ({field, before: old[field], after: fresh[field]}));
}

const NO_NAMES: Names = new Map();

export function AuditList({path, scope, resources, names = NO_NAMES}: {path: string; scope: readonly unknown[]; resources: readonly string[]; names?: Names}) {
	const t = useText(text);
	const format = useFormat();
	const [url, setUrl] = useUrlState();
	const [open, setOpen] = useState<string>();
	const bound = (day: string | undefined, time: string) => {
		const at = day ? zonedInstant(`${day}T${time}`, format.timeZone) : Number.NaN;

		return Number.isNaN(at) ? undefined : new Date(at + (time === '00:00' ? 0 : 60_000)).toISOString();
	};
	const query = {q: url.q, action: url.action, resource: url.resource, actor_id: url.actor, from: bound(url.from, '00:00'), to: bound(url.to, '23:59')};
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const choices = (values: readonly string[], name: (value: string) => string) => values.map((value) => ({value, label: name(value)}));
	const columns: Column<Entry>[] = [
		{key: 'open', header: '', width: 44, render: (row) => (
			<ActionIcon variant="subtle" color="gray.7" aria-label={open === row.id ? t.close : t.open} aria-expanded={open === row.id} onClick={() => setOpen(open === row.id ? undefined : row.id)}>
				{open === row.id ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
			</ActionIcon>)},
		{key: 'at', header: t.at, kind: 'dateTime', width: 210},
		{key: 'actor_name', header: t.who, render: ({actor_id, actor_name, actor_kind}) => (
			<>
				{actor_id ? <UnstyledButton fz="sm" td="underline" title={t.only(actor_name)} onClick={() => setUrl({actor: actor_id, who: actor_name})}>{actor_name}</UnstyledButton> : actor_name}
				{' '}<Text span size="xs" c="dimmed">{t.kinds[actor_kind]}</Text>
			</>)},
		{key: 'action', header: t.what, render: (row) => <>{actionName(row.action, t)} <Text span size="xs" c="dimmed">{thingName(row.resource, t)}</Text></>},
		{key: 'resource_id', header: t.which, render: (row) => <Text size="sm" miw={140} style={{overflowWrap: 'anywhere'}}>{row.resource === 'session' ? '–' : nameOf(row, names)}</Text>},
		{key: 'address', header: t.from},
	];

	return (
		<>
			<Group align="flex-end" gap="sm">
				<TextInput label={t.q} leftSection={<IconSearch size={16} aria-hidden />} defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} w={220} />
				<Select label={t.action} clearable w={180} placeholder={t.all} value={url.action ?? null} onChange={(action) => setUrl({action: action ?? undefined})} data={choices(Object.keys(t.actions), (x) => actionName(x, t))} />
				<Select label={t.resource} clearable searchable w={180} placeholder={t.all} value={url.resource ?? null} onChange={(resource) => setUrl({resource: resource ?? undefined})} data={choices(resources, (x) => thingName(x, t))} />
				<TextInput type="date" label={t.since} value={url.from ?? ''} onChange={(event) => setUrl({from: event.currentTarget.value})} />
				<TextInput type="date" label={t.until} value={url.to ?? ''} onChange={(event) => setUrl({to: event.currentTarget.value})} />
				{url.actor && <Button variant="light" rightSection={<IconX size={14} aria-hidden />} onClick={() => setUrl({actor: undefined, who: undefined})}>{t.everybody(url.who ?? url.actor)}</Button>}
			</Group>
			<ResourceTable<Entry> caption={t.caption} scope={scope} path={path} query={query} columns={columns} rowKey={({id}) => id}
				empty={<Empty title={t.empty} />} expanded={(row) => row.id === open ? <Details entry={row} names={names} /> : null} height="calc(100dvh - 300px)" />
		</>
	);
}

function shown(value: unknown, names: Names): string {
	if (typeof value === 'string' && names.has(value))
		return `${names.get(value)} (${value})`;
	return value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
}

function Details({entry, names}: {entry: Entry; names: Names}) {
	const t = useText(text);
	const rows = differences(entry.before, entry.after);

	return (
		<>
			{rows.length === 0 ? <Text size="sm">{t.nothing}</Text> : (
				<Table aria-label={t.details} withTableBorder>
					<Table.Thead><Table.Tr><Table.Th>{t.field}</Table.Th>{entry.before !== null && <Table.Th>{t.before}</Table.Th>}{entry.after !== null && <Table.Th>{t.after}</Table.Th>}</Table.Tr></Table.Thead>
					<Table.Tbody>
						{rows.map(({field, before, after}) => (
							<Table.Tr key={field}>
								<Table.Td><Code>{field}</Code></Table.Td>
								{entry.before !== null && <Table.Td style={{overflowWrap: 'anywhere'}}>{shown(before, names)}</Table.Td>}
								{entry.after !== null && <Table.Td style={{overflowWrap: 'anywhere'}}>{shown(after, names)}</Table.Td>}
							</Table.Tr>
						))}
					</Table.Tbody>
				</Table>
			)}
			{entry.request_id && <Text size="xs" c="dimmed" mt="xs">{t.request} {entry.request_id}</Text>}
		</>
	);
}
