// Calls and phones of all tenants, the busiest first.
import {Anchor, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconSearch} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useLiveRefresh} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {texts, useText} from '@/i18n/language';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Empty, Page} from '@/ui/page';

const text = texts({
	en: {
		title: 'Calls and phones', about: 'Tenants that have calls or phones now. What is said and who calls whom is not shown here.', search: 'Search tenants', name: 'Tenant', domain: 'Domain', calls: 'Calls now', phones: 'Phones registered', nodes: 'Nodes',
		empty: 'No calls and no phones now', emptyAbout: 'As soon as a phone registers, its tenant is here.',
	},
	de: {
		title: 'Anrufe und Telefone', about: 'Mandanten, die jetzt Anrufe oder Telefone haben. Was gesprochen wird und wer wen anruft, steht hier nicht.', search: 'Mandanten suchen', name: 'Mandant', domain: 'Domain', calls: 'Anrufe jetzt', phones: 'Telefone angemeldet', nodes: 'Knoten',
		empty: 'Jetzt keine Anrufe und keine Telefone', emptyAbout: 'Sobald sich ein Telefon anmeldet, steht sein Mandant hier.',
	},
});
type Activity = {id: string; name: string; domain: string; calls: number; registrations: number; nodes: number};
const ACTIVITY = [INSTALLATION, 'activity'];
const TYPING_MS = 250;

export default function ActivityPage() {
	const t = useText(text);
	const [url, setUrl] = useUrlState();
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const columns: Column<Activity>[] = [
		{key: 'name', header: t.name, render: ({name, domain}) => <Anchor component={Link} to={`/operator/tenants/${domain}`}>{name}</Anchor>},
		{key: 'domain', header: t.domain},
		{key: 'calls', header: t.calls, kind: 'number', right: true, sort: true},
		{key: 'registrations', header: t.phones, kind: 'number', right: true, sort: true},
		{key: 'nodes', header: t.nodes, kind: 'number', right: true},
	];

	useLiveRefresh(ACTIVITY, ['node']);
	return (
		<Page title={t.title} about={t.about}>
			<TextInput aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} maw={320} />
			<ResourceTable<Activity> caption={t.title} scope={ACTIVITY} path="/api/v1/tenants/activity" query={{q: url.q}} columns={columns} rowKey={({id}) => id}
				sort={url.sort ?? '-calls'} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}>{t.emptyAbout}</Empty>} />
		</Page>
	);
}
