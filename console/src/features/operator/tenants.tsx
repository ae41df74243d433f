// The tenants of the installation.
import {Anchor, Button, Group, Stack, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconPlus, IconSearch} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Form, type Values} from '@/resource/form';
import {useWrites} from '@/resource/row';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {InvitationNote} from '@/ui/invitation';
import {Empty, Page} from '@/ui/page';
import {useTenantFields} from './tenant-fields';

const text = texts({
	en: {
		title: 'Tenants', about: 'Each has its own phones, people and records, and sees nothing of another.', add: 'New tenant', search: 'Search tenants', name: 'Name', domain: 'Domain', zone: 'Time zone', created: 'Created', open: 'Open', openOf: (name: string) => `Open ${name}`,
		empty: 'No tenants yet', emptyAbout: 'Make the first one, with its owner, who then sets up phones and queues.', create: 'Make the tenant',
		made: (name: string) => `${name} is created.`, ownerless: 'It has no owner yet: add one on its page Users and roles.', done: 'Done',
	},
	de: {
		title: 'Mandanten', about: 'Jeder hat eigene Telefone, Personen und Aufzeichnungen und sieht nichts von einem anderen.', add: 'Neuer Mandant', search: 'Mandanten suchen', name: 'Name', domain: 'Domain', zone: 'Zeitzone', created: 'Angelegt', open: 'Öffnen', openOf: (name: string) => `${name} öffnen`,
		empty: 'Noch keine Mandanten', emptyAbout: 'Legen Sie den ersten an, mit seinem Inhaber: Dieser richtet Telefone und Warteschlangen selbst ein.', create: 'Mandanten anlegen',
		made: (name: string) => `${name} ist angelegt.`, ownerless: 'Er hat noch keinen Inhaber: Fügen Sie ihn auf der Seite Benutzer und Rollen hinzu.', done: 'Fertig',
	},
});
type Tenant = Schemas['Tenant'];

export const TENANTS = [INSTALLATION, 'tenants'];
const TYPING_MS = 250;

export default function Tenants() {
	const t = useText(text);
	const [url, setUrl] = useUrlState();
	const [adding, setAdding] = useState(false);
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const columns: Column<Tenant>[] = [
		{key: 'name', header: t.name, sort: true, render: ({name, domain}) => <Anchor component={Link} to={`/operator/tenants/${domain}`}>{name}</Anchor>},
		{key: 'domain', header: t.domain, sort: true},
		{key: 'timezone', header: t.zone},
		{key: 'created_at', header: t.created, kind: 'date', sort: true},
		{key: 'open', header: '', right: true, render: ({name, domain}) => <Button component={Link} to={`/t/${domain}/dashboard`} size="compact-sm" variant="default" aria-label={t.openOf(name)}>{t.open}</Button>},
	];

	return (
		<Page title={t.title} about={t.about} actions={<Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>{t.add}</Button>}>
			<TextInput aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} maw={320} />
			<ResourceTable<Tenant> caption={t.title} scope={TENANTS} path="/api/v1/tenants" query={{q: url.q}} columns={columns} rowKey={({id}) => id}
				sort={url.sort} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}>{t.emptyAbout}</Empty>} />
			<SideDrawer opened={adding} onClose={() => setAdding(false)} title={t.add}><NewTenant onClose={() => setAdding(false)} /></SideDrawer>
		</Page>
	);
}

function NewTenant({onClose}: {onClose: () => void}) {
	const t = useText(text);
	const {tenant, owner} = useTenantFields();
	const {create} = useWrites(TENANTS, '/api/v1/tenants');
	const [made, setMade] = useState<{row: Schemas['TenantMade']; owner: string}>();

	async function save(values: Values) {
		setMade({row: await create<Schemas['TenantMade']>(values), owner: String(values.owner_email ?? '')});
	}

	if (made)
		return (
			<Stack>
				<Text role="status">{t.made(made.row.name)}</Text>
				{made.owner ? <InvitationNote email={made.owner} invited={made.row} /> : <Text size="sm">{t.ownerless}</Text>}
				<Group justify="flex-end">
					<Button component={Link} variant="default" to={`/t/${made.row.domain}/${made.owner ? 'dashboard' : 'people'}`}>{t.open}</Button>
					<Button onClick={onClose}>{t.done}</Button>
				</Group>
			</Stack>
		);
	return <Form fields={[...tenant, owner]} submit={t.create} save={save} onCancel={onClose} />;
}
