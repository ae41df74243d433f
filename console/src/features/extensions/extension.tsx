// One extension: its form, its phones, its credentials, the way out.
import {Alert, Button, Divider, List, Stack, Text, Title} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {useQuery} from '@tanstack/react-query';
import {type ReactNode, useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {type Field, reference} from '@/fields/kind';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {Loaded} from '@/ui/part';
import {Credentials} from './credentials';
import type {Phone} from './phones';
import {text} from './text';

type Extension = Schemas['Extension'];
type Rows<Row> = {items: Row[]};

function useFields(extension?: Extension): Field[] {
	const t = useText(text);
	const tenant = useTenant();

	return [
		{name: 'extension_number', kind: 'digits', label: t.number, help: t.numberHelp, required: true},
		{name: 'user_id', kind: 'reference', label: t.user, help: t.userHelp, clearable: true, reference: reference<Schemas['Member']>({
			path: tenantPath(tenant, '/members'), scope: [tenant.id, 'members'], value: (row) => row.user_id, label: (row) => row.email,
			known: extension?.user_id ? {[extension.user_id]: extension.email ?? extension.user_id} : {}})},
		{name: 'context', kind: 'text', label: t.context, help: t.contextHelp, placeholder: 'default'},
	];
}

export function NewExtension({onMade}: {onMade: (row: Extension) => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const fields = useFields();
	const {create} = useWrites([tenant.id, 'extensions'], tenantPath(tenant, '/extensions'));

	return <Form fields={fields} submit={t.add} save={async (values) => onMade(await create<Extension>(values))} />;
}

function Section({title, children}: {title: string; children: ReactNode}) {
	return (
		<Stack gap="xs" component="section" aria-label={title}>
			<Divider />
			<Title order={3} size="h5">{title}</Title>
			{children}
		</Stack>
	);
}

export function ExtensionDetails({id, phones, fresh, onGone}: {id: string; phones: readonly Phone[]; fresh: boolean; onGone: () => void}) {
	const tenant = useTenant();
	const row = useRow<Extension>([tenant.id, 'extensions'], tenantPath(tenant, '/extensions'), id);

	return <Loaded query={row}>{(read) => <Details read={read} phones={phones} fresh={fresh} onGone={onGone} />}</Loaded>;
}

type Read = {data: Extension; etag: string | null};

function Details({read, phones, fresh, onGone}: {read: Read; phones: readonly Phone[]; fresh: boolean; onGone: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const [first] = useState(read);
	const {data: extension} = first;
	const fields = useFields(extension);
	const {update, remove} = useWrites([tenant.id, 'extensions'], tenantPath(tenant, '/extensions'));
	// What somebody else changed meanwhile is not overwritten; new credentials are no matter of the form.
	const untouched = fields.every(({name}) => extension[name as keyof Extension] === read.data[name as keyof Extension]);
	const {etag} = untouched ? read : first;
	const [deleting, setDeleting] = useState(false);

	return (
		<Stack gap="lg">
			{fresh && <Alert color="green" variant="light" role="status">{t.made(extension.extension_number)}</Alert>}
			<Form fields={fields} row={extension} save={async (values) => {
				await update(extension.id, values, etag);
				notifications.show({message: t.saved, color: 'green'});
				onGone();
			}} />
			<Section title={t.phones}><PhoneList phones={phones} /></Section>
			<Credentials id={extension.id} number={extension.extension_number} shownAtFirst={fresh} />
			<Section title={t.danger}>
				<div><Button color="red.8" variant="outline" c="var(--mantine-color-error)" onClick={() => setDeleting(true)}>{t.removeAction}</Button></div>
			</Section>
			{deleting && <Removal extension={extension} phones={phones.length} onClose={() => setDeleting(false)} onConfirm={async () => {
				await remove(extension.id);
				onGone();
			}} />}
		</Stack>
	);
}

function PhoneList({phones}: {phones: readonly Phone[]}) {
	const t = useText(text);
	const format = useFormat();

	if (!phones.length)
		return <Text size="sm" c="dimmed">{t.noPhone}</Text>;
	return (
		<List size="sm" listStyleType="none">
			{phones.map((phone) => (
				<List.Item key={phone.id}>
					<Text size="sm">{phone.userAgent || phone.transport.toUpperCase()}</Text>
					<Text size="sm" c="dimmed">{`${phone.address}:${phone.port} · ${phone.transport.toUpperCase()} · ${t.since(format.dateTime(phone.at))}`}</Text>
				</List.Item>
			))}
		</List>
	);
}

// What goes with it is asked for when somebody wants to delete it.
function Removal({extension, phones, onClose, onConfirm}: {extension: Extension; phones: number; onClose: () => void; onConfirm: () => Promise<void>}) {
	const t = useText(text);
	const tenant = useTenant();
	const uses = useQuery({
		queryKey: [tenant.id, 'extensions', 'uses', extension.id],
		queryFn: async ({signal}) => {
			const query = {extension_id: extension.id, limit: 100};
			const [queues, numbers] = await Promise.all([
				send<Rows<Schemas['QueueMember']>>('GET', withQuery(tenantPath(tenant, '/queue-members'), query), undefined, undefined, signal),
				send<Rows<Schemas['Number']>>('GET', withQuery(tenantPath(tenant, '/numbers'), query), undefined, undefined, signal),
			]);

			return {queues: queues.items.map(({queue}) => queue), numbers: numbers.items.map(({number}) => number)};
		},
		staleTime: 0,
	});
	const {data} = uses;
	const goes = [t.goesCredentials, ...phones ? [t.goesPhones(phones)] : [], ...(data?.queues ?? []).map((queue) => t.goesQueue(queue)),
		...data?.numbers.length ? [<Text key="numbers" size="sm" c="var(--mantine-color-error)">{t.goesNumbers(data.numbers.join(', '))}</Text>] : []];

	return <Confirm opened onClose={onClose} title={t.remove(extension.extension_number)} action={t.removeAction} goes={goes} needs={[uses]} onConfirm={onConfirm} />;
}
