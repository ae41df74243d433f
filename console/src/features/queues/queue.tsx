// One queue: now, its members, how it behaves, what was. The tab stands in the address bar.
import {Badge, Button, Tabs} from '@mantine/core';
import {useDebouncedCallback, useDisclosure} from '@mantine/hooks';
import {IconActivity, IconHistory, IconSettings, IconTrash, IconUsers} from '@tabler/icons-react';
import {useQueryClient} from '@tanstack/react-query';
import {useNavigate, useParams} from '@tanstack/react-router';
import {useEvent} from '@/api/live';
import {Problem} from '@/api/problem';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {useRow} from '@/resource/row';
import {useUrlState} from '@/resource/url';
import {Empty, Page, Waiting} from '@/ui/page';
import {ProblemNote} from '@/ui/problem';
import type {QueueRow} from './data';
import {DeleteQueue} from './delete';
import {History} from './history';
import {Live} from './live';
import {Members} from './members';
import {Settings} from './settings';
import {words} from './words';

const text = texts({
	en: {live: 'Live', members: 'Members', settings: 'Settings', history: 'History', remove: 'Delete', tabs: 'Parts of the queue', gone: 'There is no such queue', back: 'Perhaps it was deleted meanwhile.'},
	de: {live: 'Live', members: 'Mitglieder', settings: 'Einstellungen', history: 'Verlauf', remove: 'Löschen', tabs: 'Teile der Warteschlange', gone: 'Diese Warteschlange gibt es nicht', back: 'Vielleicht wurde sie inzwischen gelöscht.'},
});
const TABS = {live: Live, members: Members, settings: Settings, history: History};
const ICONS = {live: IconActivity, members: IconUsers, settings: IconSettings, history: IconHistory};
type Tab = keyof typeof TABS;

const NAMES = new Set(['extension', 'member']);
const GATHER_MS = 100;

const isTab = (name: string | undefined): name is Tab => !!name && name in TABS;

export default function Queue() {
	const t = useText(text);
	const w = useText(words);
	const tenant = useTenant();
	const navigate = useNavigate();
	const {queue: id} = useParams({strict: false}) as {queue: string};
	const [url] = useUrlState();
	const [deletes, deletion] = useDisclosure(false);
	const query = useRow<QueueRow>([tenant.id, 'queues'], tenantPath(tenant, '/queues'), id);
	const tab = isTab(url.tab) ? url.tab : 'live';
	const Shown = TABS[tab];
	const client = useQueryClient();
	const renamed = useDebouncedCallback(() => void client.invalidateQueries({queryKey: [tenant.id, 'queue-members']}), GATHER_MS);

	// Agents are named by who has their extension.
	useEvent('change', ({resource}) => {
		if (NAMES.has(resource))
			renamed();
	});

	if (query.error instanceof Problem && query.error.status === 404)
		return <Page title={w.queue}><Empty title={t.gone}>{t.back}</Empty></Page>;
	if (query.error && !query.data)
		return <Page title={w.queue}><ProblemNote error={query.error} onRetry={() => query.refetch()} /></Page>;
	if (!query.data)
		return <Page title={w.queue}><Waiting rows={6} label={w.queue} /></Page>;
	const queue = query.data.data;

	return (
		<Page title={queue.name} about={<Badge component="span" variant="default" tt="none">{w.strategy[queue.strategy]}</Badge>} actions={
			<Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={deletion.open}>{t.remove}</Button>
		}>
			<Tabs value={tab} keepMounted={false} onChange={(next) => void navigate({to: '.', search: next === 'live' ? {} : {tab: next}} as never)}>
				<Tabs.List aria-label={t.tabs}>
					{(Object.keys(TABS) as Tab[]).map((name) => {
						const Icon = ICONS[name];

						return <Tabs.Tab key={name} value={name} leftSection={<Icon size={16} aria-hidden />}>{t[name]}</Tabs.Tab>;
					})}
				</Tabs.List>
				<Tabs.Panel value={tab} pt="md"><Shown key={queue.id} queue={queue} etag={query.data.etag} /></Tabs.Panel>
			</Tabs>
			{deletes && <DeleteQueue queue={queue} onClose={deletion.close} onGone={() => void navigate({to: `/t/${tenant.domain}/queues`} as never)} />}
		</Page>
	);
}
