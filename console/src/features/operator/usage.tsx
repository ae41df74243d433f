// What a tenant has beside what it may have.
import {Button, Table, Text} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import type {Field} from '@/fields/kind';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Form} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Loaded, Part} from '@/ui/part';
import {TENANTS} from './tenants';

const text = texts({
	en: {
		title: 'Usage and limits', change: 'Change limits', what: 'What', has: 'Has', most: 'At most', free: 'no limit', quota: 'as set', extensions: 'Extensions', queues: 'Queues', members: 'People', calls: 'Calls now', audio: 'Audio', recordings: 'Recordings',
		numbers: 'Numbers', phones: 'Phones online', month: 'Calls this month', last: 'Last call', never: 'never', orMore: (n: string) => `${n} or more`,
		callsMost: 'Calls at a time', audioMost: 'Audio, MiB', audioHelp: 'Empty: as the setting media_quota_mib says', help: 'An empty field is no limit.',
	},
	de: {
		title: 'Verbrauch und Grenzen', change: 'Grenzen ändern', what: 'Was', has: 'Hat', most: 'Höchstens', free: 'keine Grenze', quota: 'wie eingestellt', extensions: 'Nebenstellen', queues: 'Warteschlangen', members: 'Personen', calls: 'Anrufe jetzt', audio: 'Audio', recordings: 'Aufnahmen',
		numbers: 'Nummern', phones: 'Telefone angemeldet', month: 'Anrufe in diesem Monat', last: 'Letzter Anruf', never: 'nie', orMore: (n: string) => `${n} oder mehr`,
		callsMost: 'Gleichzeitige Anrufe', audioMost: 'Audio, MiB', audioHelp: 'Leer: wie die Einstellung media_quota_mib', help: 'Ein leeres Feld ist keine Grenze.',
	},
});
type Tenant = Schemas['Tenant'];
type Limits = Schemas['Limits'];
const MIB = 1024 * 1024;

export function UsageAndLimits({tenant}: {tenant: Tenant}) {
	const t = useText(text);
	const [changing, setChanging] = useState(false);
	const path = `/api/v1/tenants/${tenant.id}`;
	const limits = useRow<Limits>([...TENANTS, 'limits', tenant.id], path, 'limits');
	const usage = useQuery({
		queryKey: [...TENANTS, 'usage', tenant.id],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/usage', {params: {path: {tenant: tenant.id}}, signal})),
	});

	return (
		<Part title={t.title} actions={<Button size="xs" variant="default" disabled={!limits.data} onClick={() => setChanging(true)}>{t.change}</Button>}>
			<Loaded query={usage} rows={8}>{(has) => <Loaded query={limits} rows={8}>{({data}) => <Figures has={has} may={data} />}</Loaded>}</Loaded>
			<SideDrawer opened={changing} onClose={() => setChanging(false)} title={t.change}>
				{limits.data && <ChangeLimits path={path} limits={limits.data.data} etag={limits.data.etag} reload={limits.refetch} onClose={() => setChanging(false)} />}
			</SideDrawer>
		</Part>
	);
}

function Figures({has, may}: {has: Schemas['Usage']; may: Limits}) {
	const t = useText(text);
	const format = useFormat();
	const count = (n: number) => n >= has.counted_to ? t.orMore(format.number(has.counted_to)) : format.number(n);
	const most = (n: number | null | undefined) => typeof n === 'number' ? format.number(n) : t.free;
	const mib = (n: number | null | undefined) => typeof n === 'number' ? format.bytes(n * MIB) : t.quota;
	const bytes = has.recordings_measured ? format.bytes(has.recordings_bytes) : t.orMore(format.bytes(has.recordings_bytes));
	const rows: [string, string, string?][] = [
		[t.extensions, count(has.extensions), most(may.extensions)],
		[t.queues, count(has.queues), most(may.queues)],
		[t.members, count(has.members), most(may.members)],
		[t.calls, count(has.calls_now), most(may.concurrent_calls)],
		[t.audio, `${count(has.media_files)}, ${format.bytes(has.media_bytes)}`, mib(may.media_mib)],
		[t.recordings, `${count(has.recordings)}, ${bytes}`],
		[t.numbers, count(has.numbers)],
		[t.phones, count(has.phones_online)],
		[t.month, count(has.cdrs_month)],
		[t.last, has.last_call_at ? format.dateTime(has.last_call_at) : t.never],
	];

	return (
		<Table aria-label={t.title}>
			<Table.Thead><Table.Tr><Table.Th>{t.what}</Table.Th><Table.Th ta="right">{t.has}</Table.Th><Table.Th ta="right">{t.most}</Table.Th></Table.Tr></Table.Thead>
			<Table.Tbody>
				{rows.map(([what, n, limit]) => (
					<Table.Tr key={what}><Table.Td>{what}</Table.Td><Table.Td ta="right">{n}</Table.Td><Table.Td ta="right">{limit && <Text size="sm" c={limit === t.free ? 'dimmed' : undefined}>{limit}</Text>}</Table.Td></Table.Tr>
				))}
			</Table.Tbody>
		</Table>
	);
}

function ChangeLimits({path, limits, etag, reload, onClose}: {path: string; limits: Limits; etag: string | null; reload: () => Promise<unknown>; onClose: () => void}) {
	const t = useText(text);
	const {update} = useWrites(TENANTS, path);
	const limit = (name: string, label: string, help?: string): Field => ({name, kind: 'number', label, help, least: 0, clearable: true});
	const fields = [limit('extensions', t.extensions), limit('queues', t.queues), limit('members', t.members), limit('concurrent_calls', t.callsMost),
		limit('media_mib', t.audioMost, t.audioHelp)];

	return (
		<Form fields={fields} row={limits} etag={etag} reload={reload} onCancel={onClose} onDone={onClose} save={async (values, from) => Object.keys(values).length ? update('limits', values, from.etag) : undefined}>
			<Text size="sm" c="dimmed">{t.help}</Text>
		</Form>
	);
}
