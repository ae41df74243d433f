import {Anchor, Button, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconPlus, IconSearch, IconUpload} from '@tabler/icons-react';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {ImportDrawer} from '@/resource/import';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Empty, Page} from '@/ui/page';
import {ExtensionDetails, NewExtension} from './extension';
import {type Phones, usePhones} from './phones';
import {PresenceDot} from './presence';
import {text} from './text';

type Extension = Schemas['Extension'];

const TYPING_MS = 200;

function columnsOf(t: ReturnType<typeof useText<(typeof text)['en']>>, phones: Phones | undefined, open: (row: Extension) => void): Column<Extension>[] {
	const first = (row: Extension) => phones?.get(row.id)?.phones[0];

	return [
		{key: 'extension_number', header: t.number, sort: true, width: 110, render: (row) => (
			<Anchor component="button" type="button" fw={600} onClick={() => open(row)} aria-label={t.open(row.extension_number)}>{row.extension_number}</Anchor>
		)},
		{key: 'state', header: t.state, width: 150, render: (row) => <PresenceDot presence={phones?.get(row.id)?.presence} />},
		{key: 'email', header: t.user},
		{key: 'phone', header: t.phone, render: (row) => {
			const n = phones?.get(row.id)?.phones.length ?? 0;

			return n > 1 ? t.more(n) : first(row)?.userAgent;
		}},
		{key: 'address', header: t.address, render: (row) => first(row)?.address},
	];
}

export default function Extensions() {
	const t = useText(text);
	const tenant = useTenant();
	const {phones, look} = usePhones();
	const [url, setUrl] = useUrlState();
	const [open, setOpen] = useState<{id: string; number: string; fresh: boolean}>();
	const [making, setMaking] = useState(false);
	const [importing, setImporting] = useState(false);
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const path = tenantPath(tenant, '/extensions');

	return (
		<Page title={t.title} about={t.about} actions={<>
			<Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => setImporting(true)}>{t.importRows}</Button>
			<Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setMaking(true)}>{t.add}</Button>
		</>}>
			<TextInput type="search" aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} maw={360}
				defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} />
			<ResourceTable caption={t.list} scope={[tenant.id, 'extensions']} path={path} query={{q: url.q}} rowKey={(row) => row.id}
				columns={columnsOf(t, phones, (row) => setOpen({id: row.id, number: row.extension_number, fresh: false}))}
				sort={url.sort} onSort={(sort) => setUrl({sort})} onSight={(rows) => look([...rows.map(({id}) => id), ...open ? [open.id] : []])}
				empty={<Empty title={t.empty}><Text size="sm">{t.emptyHelp}</Text></Empty>} />
			<SideDrawer opened={making} onClose={() => setMaking(false)} title={t.add}>
				<NewExtension onMade={(row) => {
					setMaking(false);
					setOpen({id: row.id, number: row.extension_number, fresh: true});
				}} />
			</SideDrawer>
			<SideDrawer opened={!!open} onClose={() => setOpen(undefined)} title={open ? t.extension(open.number) : ''}>
				{open && <ExtensionDetails id={open.id} phones={phones?.get(open.id)?.phones ?? []} fresh={open.fresh} onGone={() => setOpen(undefined)} />}
			</SideDrawer>
			<ImportDrawer opened={importing} onClose={() => setImporting(false)} title={t.importTitle} path={path} scope={[tenant.id, 'extensions']} file="extensions"
				query={{secrets: 'yes'}} saved={['extension_number', 'auth_username', 'auth_password', 'email', 'context']}
				columns={[
					{name: 'extension_number', about: t.csvNumber, required: true, example: '101'},
					{name: 'user_id', about: t.csvUser, example: ''},
					{name: 'context', about: t.csvContext, example: ''},
				]}>
				<Text size="sm" c="dimmed">{t.keepCredentials}</Text>
			</ImportDrawer>
		</Page>
	);
}
