// Calls and phones of all tenants, the busiest first.
import {ActionIcon, Anchor, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconChevronDown, IconChevronRight, IconSearch} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import {useLiveRefresh} from '@/api/live';
import {INSTALLATION} from '@/api/query';
import {texts, useText} from '@/i18n/language';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {Empty, Page} from '@/ui/page';
import {TenantNow} from './activity-tenant';

const text = texts({
	en: {
		title: 'Calls and phones', about: 'Tenants that have calls or phones now. Open one to see who calls whom, and its phones, as they come and go.', search: 'Search tenants', name: 'Tenant', domain: 'Domain', calls: 'Calls now', phones: 'Phones registered', nodes: 'Nodes',
		empty: 'No calls and no phones now', emptyAbout: 'As soon as a phone registers, its tenant is here.',
		show: (name: string) => `Show calls and phones of ${name}`, hide: (name: string) => `Hide calls and phones of ${name}`, all: 'Search all tenants, also those without calls and phones',
	},
	de: {
		title: 'Anrufe und Telefone', about: 'Mandanten, die jetzt Anrufe oder Telefone haben. Klappen Sie einen auf, um live zu sehen, wer wen anruft und welche Telefone angemeldet sind.', search: 'Mandanten suchen', name: 'Mandant', domain: 'Domain', calls: 'Anrufe jetzt', phones: 'Telefone angemeldet', nodes: 'Knoten',
		empty: 'Jetzt keine Anrufe und keine Telefone', emptyAbout: 'Sobald sich ein Telefon anmeldet, steht sein Mandant hier.',
		show: (name: string) => `Anrufe und Telefone von ${name} zeigen`, hide: (name: string) => `Anrufe und Telefone von ${name} verbergen`, all: 'Alle Mandanten durchsuchen, auch ohne Anrufe und Telefone',
	},
});
type Activity = {id: string; name: string; domain: string; calls: number; registrations: number; nodes: number};
const ACTIVITY = [INSTALLATION, 'activity'];
const TYPING_MS = 250;

export default function ActivityPage() {
	const t = useText(text);
	const [url, setUrl] = useUrlState();
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const [round, setRound] = useState(0);
	const columns: Column<Activity>[] = [
		{key: 'open', header: '', width: 44, render: ({domain, name}) => (
			<ActionIcon variant="subtle" color="gray.7" aria-label={url.open === domain ? t.hide(name) : t.show(name)} aria-expanded={url.open === domain} onClick={() => setUrl({open: url.open === domain ? undefined : domain})}>
				{url.open === domain ? <IconChevronDown size={16} aria-hidden /> : <IconChevronRight size={16} aria-hidden />}
			</ActionIcon>)},
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
				sort={url.sort ?? '-calls'} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}>{t.emptyAbout}</Empty>}
				expanded={(tenant) => tenant.domain === url.open ? <TenantNow key={round} tenant={tenant} onAgain={() => setRound(round + 1)} /> : null} />
			{url.q && <Text size="sm"><Anchor component={Link} to={'/operator/tenants' as string} search={{q: url.q} as never}>{t.all}</Anchor></Text>}
		</Page>
	);
}
