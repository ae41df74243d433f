// All queues and how they are now.
import {ActionIcon, Anchor, Button, Group, Menu, Text, TextInput} from '@mantine/core';
import {useDebouncedValue, useDisclosure} from '@mantine/hooks';
import {IconDots, IconPlus, IconTrash} from '@tabler/icons-react';
import {Link, useNavigate} from '@tanstack/react-router';
import {useEffect, useState} from 'react';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Form} from '@/resource/form';
import {type Figures, grownSeconds, useQueueFigures} from '@/resource/queue-figures';
import {useWrites} from '@/resource/row';
import {ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {useNow} from '@/ui/now';
import {Empty, Page} from '@/ui/page';
import type {QueueRow} from './data';
import {DeleteQueue} from './delete';
import {useNameField, useStrategyField} from './fields';
import {words} from './words';

const text = texts({
	en: {
		about: 'Callers wait here until an agent has them.', create: 'New queue', search: 'Search queues', strategy: 'Who rings', remove: 'Delete', more: (name: string) => `More about ${name}`,
		none: 'No queue yet', begin: 'A queue holds callers and rings the phones of its members. Create one, then add members and let a number lead to it.',
	},
	de: {
		about: 'Hier warten Anrufer, bis ein Agent sie annimmt.', create: 'Neue Warteschlange', search: 'Warteschlangen suchen', strategy: 'Wer klingelt', remove: 'Löschen', more: (name: string) => `Mehr zu ${name}`,
		none: 'Noch keine Warteschlange', begin: 'Eine Warteschlange hält Anrufer und lässt die Telefone ihrer Mitglieder klingeln. Legen Sie eine an, fügen Sie Mitglieder hinzu und lassen Sie eine Nummer zu ihr führen.',
	},
});
const TYPING_MS = 200;

function LongestWait({figures, readAt}: {figures: Figures | undefined; readAt: number}) {
	const format = useFormat();
	const seconds = grownSeconds(figures?.longest_wait_ms ?? null, readAt, useNow());

	return seconds === null ? '–' : format.duration(seconds);
}

export default function Queues() {
	const t = useText(text);
	const w = useText(words);
	const tenant = useTenant();
	const navigate = useNavigate();
	const format = useFormat();
	const figures = useQueueFigures();
	const [url, setUrl] = useUrlState();
	const [typed, setTyped] = useState(url.q ?? '');
	const [asked] = useDebouncedValue(typed, TYPING_MS);
	const [creates, creation] = useDisclosure(false);
	const [doomed, setDoomed] = useState<QueueRow>();
	const scope = [tenant.id, 'queues'];
	const path = tenantPath(tenant, '/queues');
	const writes = useWrites(scope, path);
	const fields = [useNameField(), useStrategyField(w)];
	const shown = (figure: number | undefined) => figure === undefined ? '–' : format.number(figure);
	const byId = new Map((figures.data ?? []).map((row) => [row.queue_id, row]));

	// biome-ignore lint/correctness/useExhaustiveDependencies: when what is asked for changed, and only then
	useEffect(() => {
		if ((url.q ?? '') !== asked)
			setUrl({q: asked});
	}, [asked]);

	function open(id: string, tab?: string) {
		void navigate({to: `/t/${tenant.domain}/queues/${id}`, search: tab ? {tab} : {}} as never);
	}

	const create = <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={creation.open}>{t.create}</Button>;

	return (
		<Page title={w.queues} about={t.about} actions={create}>
			<TextInput aria-label={t.search} placeholder={t.search} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} maw={320} />
			<ResourceTable<QueueRow> caption={w.queues} scope={scope} path={path} query={{q: url.q}} sort={url.sort ?? 'name'} onSort={(sort) => setUrl({sort})} rowKey={(row) => row.id}
				empty={<Empty title={t.none}>{t.begin}<Group justify="center" mt="md">{create}</Group></Empty>}
				columns={[
					{key: 'name', header: w.queue, sort: true, render: (row) => <Anchor component={Link} to={`/t/${tenant.domain}/queues/${row.id}` as string} fw={600}>{row.name}</Anchor>},
					{key: 'waiting', header: w.waiting, right: true, render: (row) => <Text span fw={byId.get(row.id)?.waiting ? 700 : 400}>{shown(byId.get(row.id)?.waiting)}</Text>},
					{key: 'longest', header: w.longest, right: true, render: (row) => <LongestWait figures={byId.get(row.id)} readAt={figures.dataUpdatedAt} />},
					{key: 'free', header: w.free, right: true, render: (row) => shown(byId.get(row.id)?.free)},
					{key: 'busy', header: w.busy, right: true, render: (row) => {
						const one = byId.get(row.id);

						return shown(one && one.busy + one.ringing + one.wrap_up);
					}},
					{key: 'strategy', header: t.strategy, render: (row) => w.strategy[row.strategy]},
					{key: 'actions', header: '', width: 48, render: (row) => (
						<Menu position="bottom-end">
							<Menu.Target><ActionIcon variant="subtle" color="gray" aria-label={t.more(row.name)}><IconDots size={18} aria-hidden /></ActionIcon></Menu.Target>
							<Menu.Dropdown>
								<Menu.Item leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setDoomed(row)}>{t.remove}</Menu.Item>
							</Menu.Dropdown>
						</Menu>
					)},
				]} />
			<SideDrawer opened={creates} onClose={creation.close} title={t.create}>
				<Form fields={fields} submit={t.create} onCancel={creation.close} save={async (values) => {
					const {id} = await writes.create<QueueRow>(values);

					creation.close();
					open(id, 'members');
				}} />
			</SideDrawer>
			{doomed && <DeleteQueue queue={doomed} onClose={() => setDoomed(undefined)} />}
		</Page>
	);
}
