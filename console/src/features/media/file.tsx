// One file: listened to, named, where it is used, deleted.
import {Button, List, Stack, Text, Title} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {type Tenant, tenantPath, useTenant} from '@/api/session';
import type {Field} from '@/fields/kind';
import {useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {Loaded} from '@/ui/part';
import {Player} from '@/ui/player';
import {text} from './text';

export type Media = Schemas['Media'];
type Uses = {hold: boolean; queues: string[]; numbers: string[]};
type Rows<Row> = {items: Row[]};

const USES_MOST = 100;

// Music is named by its id or its name.
async function readUses(tenant: Tenant, {id, original_name: name, category}: Media, signal: AbortSignal): Promise<Uses> {
	const list = <Row,>(path: string, query: Record<string, string>) =>
		send<Rows<Row>>('GET', withQuery(tenantPath(tenant, path), {...query, limit: USES_MOST}), undefined, undefined, signal).then(({items}) => items);

	if (category === 'ivr')
		return {hold: false, queues: [], numbers: (await list<Schemas['Number']>('/numbers', {media_id: id})).map(({number}) => number)};
	const [byId, byName, hold] = await Promise.all([
		list<Schemas['Queue']>('/queues', {moh_sound: id}),
		list<Schemas['Queue']>('/queues', {moh_sound: name}),
		list<Schemas['Setting']>('/settings', {name: 'hold_music'}),
	]);

	return {hold: hold.some(({value}) => value === id || value === name), queues: [...new Set([...byId, ...byName].map((queue) => queue.name))], numbers: []};
}

function useUses(media: Media) {
	const tenant = useTenant();

	return useQuery({queryKey: [tenant.id, 'media', 'uses', media.id], queryFn: ({signal}) => readUses(tenant, media, signal), staleTime: 0});
}

export function MediaDetails({id, onDone}: {id: string; onDone: () => void}) {
	const tenant = useTenant();
	const row = useRow<Media>([tenant.id, 'media'], tenantPath(tenant, '/media'), id);

	return <Loaded query={row}>{({data, etag}) => <Details media={data} etag={etag} onDone={onDone} />}</Loaded>;
}

function Details({media, etag, onDone}: {media: Media; etag: string | null; onDone: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const uses = useUses(media);
	const [deleting, setDeleting] = useState(false);
	const {update, remove} = useWrites([tenant.id, 'media'], tenantPath(tenant, '/media'));
	const path = tenantPath(tenant, `/media/${media.id}`);
	const fields: Field[] = [
		{name: 'original_name', kind: 'text', label: t.name, required: true, most: 255},
		{name: 'category', kind: 'choice', label: t.category, choices: [{value: 'moh', label: t.moh}, {value: 'ivr', label: t.ivr}]},
	];
	const said = uses.data ? saidOf(uses.data, t) : [];

	return (
		<Stack gap="lg">
			<Player src={`${path}/audio?rate=48000`} label={media.original_name} peaks={`${path}/peaks`} durationMs={media.duration_ms} />
			<section aria-label={t.uses}>
				<Title order={3} size="h5">{t.uses}</Title>
				<Loaded query={uses} rows={1}>{() => said.length
					? <List size="sm">{said.map((use) => <List.Item key={use}>{use}</List.Item>)}</List>
					: <Text size="sm" c="dimmed">{t.unused}</Text>}</Loaded>
			</section>
			<Form fields={fields} row={media} onDone={onDone} save={async (values) => {
				await update(media.id, values, etag);
				notifications.show({message: t.saved, color: 'green'});
			}} />
			<div><Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setDeleting(true)}>{t.removeAction}</Button></div>
			<Confirm opened={deleting} onClose={() => setDeleting(false)} title={t.remove(media.original_name)} action={t.removeAction} needs={[uses]}
				goes={[t.goesFile, ...said.map((use) => <Text key={use} size="sm" c="var(--mantine-color-error)">{t.goesUse(use)}</Text>)]}
				onConfirm={async () => {
					await remove(media.id);
					onDone();
				}} />
		</Stack>
	);
}

function saidOf({hold, queues, numbers}: Uses, t: ReturnType<typeof useText<(typeof text)['en']>>): string[] {
	return [...hold ? [t.usesHold] : [], ...queues.map((name) => t.usesQueue(name)), ...numbers.map((number) => t.usesNumber(number))];
}
