// One number: what it is, where it leads.
import {Button, Group, Stack} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {type Tenant, tenantPath, useTenant} from '@/api/session';
import {type Field, reference} from '@/fields/kind';
import {useText} from '@/i18n/language';
import {Form, type Values} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {Loaded} from '@/ui/part';
import {text} from './text';

export type Num = Schemas['Number'];
type Words = ReturnType<typeof useText<(typeof text)['en']>>;

const KINDS = ['extension', 'queue', 'media'] as const;
type Target = (typeof KINDS)[number];

function targetOf(row: Num): Target {
	return row.queue_id ? 'queue' : row.media_id ? 'media' : 'extension';
}

export function leadsTo(row: Num, t: Words): string {
	return row.queue_id ? t.toQueue(row.queue ?? '') : row.media_id ? t.toMedia(row.media ?? '') : t.toExtension(row.extension ?? '');
}

// What stands in one of three columns; the two others are then null.
export function bodyOf({target: _, ...values}: Values, target: unknown): Values {
	const ids = KINDS.map((kind) => `${kind}_id`);

	if (!ids.some((id) => id in values))
		return values;
	return {...values, ...Object.fromEntries(ids.filter((id) => id !== `${target}_id`).map((id) => [id, null]))};
}

export function extensionReference(tenant: Tenant, known?: Record<string, string>) {
	return reference<Schemas['Extension']>({path: tenantPath(tenant, '/extensions'), scope: [tenant.id, 'extensions'],
		value: (row) => row.id, label: (row) => row.email ? `${row.extension_number} · ${row.email}` : row.extension_number, known});
}

function fieldsOf(t: Words, tenant: Tenant, row?: Num): Field[] {
	const known = (id: string | null | undefined, label: string | null | undefined) => id ? {[id]: label ?? id} : {};
	const when = (kind: Target) => ({target}: Values) => target === kind;

	return [
		{name: 'number', kind: 'text', label: t.number, help: t.numberHelp, required: true},
		{name: 'target', kind: 'choice', label: t.kind, required: true, choices: KINDS.map((kind) => ({value: kind, label: t[kind]}))},
		{name: 'extension_id', kind: 'reference', label: t.extension, required: true, when: when('extension'), reference: extensionReference(tenant, known(row?.extension_id, row?.extension))},
		{name: 'queue_id', kind: 'reference', label: t.queue, required: true, when: when('queue'), reference: reference<Schemas['Queue']>({
			path: tenantPath(tenant, '/queues'), scope: [tenant.id, 'queues'], value: (queue) => queue.id, label: (queue) => queue.name, known: known(row?.queue_id, row?.queue)})},
		{name: 'media_id', kind: 'reference', label: t.media, help: t.mediaHelp, required: true, when: when('media'), reference: reference<Schemas['Media']>({
			path: tenantPath(tenant, '/media'), query: {category: 'ivr'}, scope: [tenant.id, 'media', 'ivr'], value: (media) => media.id, label: (media) => media.original_name, known: known(row?.media_id, row?.media)})},
	];
}

function useNumberWrites() {
	const tenant = useTenant();

	return useWrites([tenant.id, 'numbers'], tenantPath(tenant, '/numbers'));
}

export function NewNumber({onDone}: {onDone: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const {create} = useNumberWrites();

	return <Form fields={fieldsOf(t, tenant)} first={{target: 'extension'}} submit={t.add} onDone={onDone} save={(values) => create(bodyOf(values, values.target))} />;
}

export function NumberDetails({id, onTest, onDone}: {id: string; onTest: (number: string) => void; onDone: () => void}) {
	const tenant = useTenant();
	const row = useRow<Num>([tenant.id, 'numbers'], tenantPath(tenant, '/numbers'), id);

	return <Loaded query={row}>{(read) => <Details read={read} onTest={onTest} onDone={onDone} />}</Loaded>;
}

function Details({read, onTest, onDone}: {read: {data: Num; etag: string | null}; onTest: (number: string) => void; onDone: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const [{data: row, etag}] = useState(read);
	const [deleting, setDeleting] = useState(false);
	const {update, remove} = useNumberWrites();

	return (
		<Stack gap="lg">
			<Form fields={fieldsOf(t, tenant, row)} row={{...row, target: targetOf(row)}} onDone={onDone} save={async (values) => {
				await update(row.id, bodyOf(values, values.target ?? targetOf(row)), etag);
				notifications.show({message: t.saved, color: 'green'});
			}} />
			<Group>
				<Button variant="default" onClick={() => onTest(row.number)}>{t.testThis(row.number)}</Button>
				<Button variant="outline" color="red.8" c="var(--mantine-color-error)" onClick={() => setDeleting(true)}>{t.removeAction}</Button>
			</Group>
			<Confirm opened={deleting} onClose={() => setDeleting(false)} title={t.remove(row.number)} action={t.removeAction} goes={[t.goes(leadsTo(row, t))]} onConfirm={async () => {
				await remove(row.id);
				onDone();
			}} />
		</Stack>
	);
}
