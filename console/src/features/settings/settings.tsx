import {Stack, Text} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import type {ReactNode} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {type Tenant, tenantPath, useTenant} from '@/api/session';
import {type Field, reference} from '@/fields/kind';
import {useFormat} from '@/i18n/format';
import {useLanguage, useText} from '@/i18n/language';
import {Form, type FormProps, type From, type Values} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Meter} from '@/ui/meter';
import {Page} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';
import {saveSettings, valuesOf} from './known';
import {localeChoices, zoneChoices} from './choices';
import {text} from './text';

type Words = ReturnType<typeof useText<(typeof text)['en']>>;

function callFields(t: Words, tenant: Tenant, row: Values): Field[] {
	const prefix = String(row.park_prefix);

	return [
		{name: 'ring_s', kind: 'seconds', label: t.ring_s, help: t.ringHelp, placeholder: t.usual, least: 1, most: 600},
		{name: 'hold_music', kind: 'reference', label: t.hold_music, help: t.holdHelp, required: true, reference: reference<Schemas['Media']>({
			path: tenantPath(tenant, '/media'), query: {category: 'moh'}, scope: [tenant.id, 'media', 'moh'], value: (media) => media.id, label: (media) => media.original_name,
			fixed: [{value: 'default', label: t.holdDefault}, {value: 'silence', label: t.holdSilence}]})},
		{name: 'park_prefix', kind: 'digits', label: t.park_prefix, help: t.parkHelp(`${prefix}1`, `${prefix}9`, `${prefix}0`), most: 3},
		{name: 'park_s', kind: 'seconds', label: t.park_s, least: 5, most: 3600},
	];
}

function recordingFields(t: Words): Field[] {
	const choices = (...values: ('none' | 'queue' | 'all' | 'wav' | 'opus' | 'mixed' | 'stereo')[]) => values.map((value) => ({value, label: t[value]}));

	return [
		{name: 'recording', kind: 'choice', label: t.record, help: t.recordHelp, choices: choices('none', 'queue', 'all')},
		{name: 'recording_announced', kind: 'switch', label: t.announced, help: t.announcedHelp},
		{name: 'recording_format', kind: 'choice', label: t.recording_format, choices: choices('wav', 'opus')},
		{name: 'recording_channels', kind: 'choice', label: t.recording_channels, choices: choices('mixed', 'stereo')},
		{name: 'recording_days', kind: 'number', label: t.recording_days, help: t.daysHelp, least: 0, most: 36500},
	];
}

function Section({title, children, ...form}: FormProps & {title: string; row: Values; children?: ReactNode}) {
	const t = useText(text);

	return (
		<Part title={title}>
			<Form {...form} onDone={() => notifications.show({message: t.saved, color: 'green'})}>{children}</Form>
		</Part>
	);
}

export default function Settings() {
	const t = useText(text);
	const tenant = useTenant();
	const client = useQueryClient();
	const path = tenantPath(tenant, '/settings');
	const query = useQuery({
		queryKey: [tenant.id, 'settings'],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/settings', {params: {path: {tenant: tenant.id}, query: {limit: 500}}, signal})),
	});

	async function save(values: Values, from: From) {
		await saveSettings(path, values, from.row);
		await client.invalidateQueries({queryKey: [tenant.id, 'settings']});
	}

	return (
		<Page title={t.title} about={tenant.name}>
			<Stack maw={720}>
				<General />
				<Loaded query={query} rows={12}>{({items}) => {
					const row = valuesOf(items);

					return (
						<>
							<Section title={t.calls} fields={callFields(t, tenant, row)} row={row} save={save} reload={query.refetch} />
							<Section title={t.recording} fields={recordingFields(t)} row={row} save={save} reload={query.refetch} />
							<Section title={t.breaks} row={row} save={save} reload={query.refetch}
								fields={[{name: 'break_reasons', kind: 'words', label: t.break_reasons, help: t.breaksHelp, most: 9}]} />
						</>
					);
				}}</Loaded>
				<Storage />
			</Stack>
		</Page>
	);
}

function General() {
	const t = useText(text);
	const format = useFormat();
	const {language} = useLanguage();
	const tenant = useTenant();
	const client = useQueryClient();
	const read = useRow<Schemas['Tenant']>([tenant.id, 'tenants'], '/api/v1/tenants', tenant.id);
	const {update} = useWrites([tenant.id, 'tenants'], '/api/v1/tenants');
	const fields: Field[] = [
		{name: 'name', kind: 'text', label: t.name, required: true, most: 200},
		{name: 'timezone', kind: 'choice', label: t.timezone, help: t.timezoneHelp, required: true, choices: zoneChoices(tenant.timeZone)},
		{name: 'locale', kind: 'choice', label: t.locale, required: true, choices: localeChoices(tenant.locale, language)},
	];

	return (
		<Loaded query={read} rows={6}>{({data, etag}) => (
			<Section title={t.general} fields={fields} row={data} etag={etag} reload={read.refetch} save={async (values, from) => {
				if (Object.keys(values).length)
					await update(tenant.id, values, from.etag);
				await client.invalidateQueries({queryKey: ['tenant']});
			}}>
				<Text size="sm" c="dimmed">{t.example(format.dateTime('2026-03-09T14:05:00Z'))}</Text>
				<Text size="sm" c="dimmed">{`${t.domain}: ${tenant.domain}. ${t.domainHelp}`}</Text>
			</Section>
		)}</Loaded>
	);
}

function Storage() {
	const t = useText(text);
	const format = useFormat();
	const tenant = useTenant();
	const query = useQuery({
		queryKey: [tenant.id, 'media', 'quota'],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/media/quota', {params: {path: {tenant: tenant.id}}, signal})),
	});

	return (
		<Part title={t.storage}>
			<Loaded query={query} rows={1}>{({bytes, bytes_most: most}) => (
				<Stack gap="xs">
					<Meter label={t.audio} used={bytes} most={most} said={t.used(format.bytes(bytes), format.bytes(most))} />
					<Text size="sm" c="dimmed">{t.quotaHelp}</Text>
				</Stack>
			)}</Loaded>
		</Part>
	);
}
