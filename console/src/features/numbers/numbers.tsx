import {Anchor, Button, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconPlus, IconSearch} from '@tabler/icons-react';
import {useState} from 'react';
import {tenantPath, useTenant} from '@/api/session';
import {useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Empty, Page} from '@/ui/page';
import {leadsTo, NewNumber, type Num, NumberDetails} from './number';
import {text} from './text';
import {TryOut} from './tryout';

const TYPING_MS = 200;

type Shown = {what: 'new'} | {what: 'row'; id: string; number: string} | {what: 'test'; number: string};

export default function Numbers() {
	const t = useText(text);
	const tenant = useTenant();
	const [url, setUrl] = useUrlState();
	const [shown, setShown] = useState<Shown>();
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const close = () => setShown(undefined);
	const columns: Column<Num>[] = [
		{key: 'number', header: t.number, sort: true, width: 200, render: (row) => (
			<Anchor component="button" type="button" fw={600} aria-label={t.open(row.number)} onClick={() => setShown({what: 'row', id: row.id, number: row.number})}>{row.number}</Anchor>
		)},
		{key: 'leads', header: t.leads, render: (row) => leadsTo(row, t)},
		{key: 'created_at', header: t.made, kind: 'date', sort: true, width: 140},
		{key: 'test', header: '', width: 160, right: true, render: (row) => (
			<Button size="compact-sm" variant="default" onClick={() => setShown({what: 'test', number: row.number})}>{t.testThis(row.number)}</Button>
		)},
	];
	const title = !shown ? '' : shown.what === 'new' ? t.add : shown.what === 'test' ? t.test : t.editing(shown.number);

	return (
		<Page title={t.title} about={t.about} actions={<>
			<Button variant="default" onClick={() => setShown({what: 'test', number: ''})}>{t.test}</Button>
			<Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setShown({what: 'new'})}>{t.add}</Button>
		</>}>
			<TextInput type="search" aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} maw={360}
				defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} />
			<ResourceTable caption={t.list} scope={[tenant.id, 'numbers']} path={tenantPath(tenant, '/numbers')} query={{q: url.q}} rowKey={(row: Num) => row.id} columns={columns}
				sort={url.sort} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}><Text size="sm">{t.emptyHelp}</Text></Empty>} />
			<SideDrawer opened={!!shown} onClose={close} title={title}>
				{shown?.what === 'new' && <NewNumber onDone={close} />}
				{shown?.what === 'row' && <NumberDetails id={shown.id} onTest={(number) => setShown({what: 'test', number})} onDone={close} />}
				{shown?.what === 'test' && <TryOut number={shown.number} />}
			</SideDrawer>
		</Page>
	);
}
