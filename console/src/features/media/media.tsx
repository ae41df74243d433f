import {Anchor, Group, SegmentedControl, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconSearch} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Meter} from '@/ui/meter';
import {Empty, Page} from '@/ui/page';
import {type Media, MediaDetails} from './file';
import {text} from './text';
import {Uploads} from './uploads';

const TYPING_MS = 200;

export default function AudioFiles() {
	const t = useText(text);
	const format = useFormat();
	const tenant = useTenant();
	const [url, setUrl] = useUrlState();
	const [open, setOpen] = useState<Media>();
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const quota = useQuery({
		queryKey: [tenant.id, 'media', 'quota'],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/media/quota', {params: {path: {tenant: tenant.id}}, signal})),
	});
	const choices = [{value: 'moh', label: t.moh}, {value: 'ivr', label: t.ivr}];
	const columns: Column<Media>[] = [
		{key: 'original_name', header: t.name, sort: true, render: (row) => (
			<Anchor component="button" type="button" fw={600} ta="left" style={{overflowWrap: 'anywhere'}} aria-label={t.open(row.original_name)} onClick={() => setOpen(row)}>{row.original_name}</Anchor>
		)},
		{key: 'category', header: t.category, kind: 'choice', choices, width: 150},
		{key: 'duration_ms', header: t.duration, right: true, width: 90, render: (row) => row.duration_ms === null ? '' : format.duration(row.duration_ms / 1000)},
		{key: 'bytes', header: t.size, kind: 'bytes', right: true, width: 100},
		{key: 'uploaded_at', header: t.uploaded, kind: 'dateTime', sort: true, width: 200},
	];

	return (
		<Page title={t.title} about={t.about}>
			<Uploads most={quota.data?.upload_bytes_most} />
			{quota.data && <Meter label={t.quotaLabel} used={quota.data.bytes} most={quota.data.bytes_most} said={t.quota(format.bytes(quota.data.bytes), format.bytes(quota.data.bytes_most))} />}
			<Group gap="sm">
				<TextInput type="search" aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} w={280}
					defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} />
				<SegmentedControl size="xs" aria-label={t.category} value={url.category ?? ''} onChange={(category) => setUrl({category})} data={[{value: '', label: t.all}, ...choices]} />
			</Group>
			<ResourceTable caption={t.list} scope={[tenant.id, 'media']} path={tenantPath(tenant, '/media')} query={{q: url.q, category: url.category}} rowKey={(row: Media) => row.id}
				columns={columns} sort={url.sort} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}><Text size="sm">{t.emptyHelp}</Text></Empty>} />
			<SideDrawer opened={!!open} onClose={() => setOpen(undefined)} title={open?.original_name ?? ''} size="lg">
				{open && <MediaDetails id={open.id} onDone={() => setOpen(undefined)} />}
			</SideDrawer>
		</Page>
	);
}
