// How a queue behaves, in groups, each saved by itself: what others changed in another group stays.
import {SimpleGrid, Stack} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {tenantPath, useTenant} from '@/api/session';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form, type FormProps, type Values} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Loaded, Part} from '@/ui/part';
import {useNotice} from '@/ui/problem';
import type {QueueSettings} from './data';
import {useNameField, useStrategyField} from './fields';
import {Music} from './music';
import {useSettingsGroups} from './settings-fields';
import type {TabProps} from './tab';
import {words} from './words';

const text = texts({
	en: {queue: 'Queue', saved: 'Saved'},
	de: {queue: 'Warteschlange', saved: 'Gespeichert'},
});

type Row = Pick<FormProps, 'etag' | 'reload' | 'save'> & {row: Values};

function Group({title, fields, ...row}: Row & {title: string; fields: readonly Field[]}) {
	const t = useText(text);
	const notice = useNotice();

	return (
		<Part title={title}>
			<Form fields={fields} {...row} onDone={() => notice(t.saved)} />
		</Part>
	);
}

export function Settings({queue, etag}: TabProps) {
	const t = useText(text);
	const tenant = useTenant();
	const settings = useRow<QueueSettings>([tenant.id, 'queue-settings'], tenantPath(tenant, '/queue-settings'), queue.id);
	const writeQueue = useWrites([tenant.id, 'queues'], tenantPath(tenant, '/queues'));
	const writeSettings = useWrites([tenant.id, 'queue-settings'], tenantPath(tenant, '/queue-settings'));
	const groups = useSettingsGroups();
	const client = useQueryClient();
	const ofQueue: Row = {row: queue, etag, reload: () => client.invalidateQueries({queryKey: [tenant.id, 'queues']}), save: (values, from) => writeQueue.update(queue.id, values, from.etag)};
	const own = [useNameField(), useStrategyField(useText(words))];

	return (
		<Loaded query={settings} rows={10}>
			{({data, etag: settingsTag}) => (
				<SimpleGrid cols={{base: 1, md: 2}}>
					<Stack>
						<Group title={t.queue} fields={own} {...ofQueue} />
						<Music queue={queue} save={(values) => writeQueue.update(queue.id, values, etag)} />
						{groups.slice(0, 1).map((group) => (
							<Group key={group.title} {...group} row={data} etag={settingsTag} reload={settings.refetch} save={(values, from) => writeSettings.update(queue.id, values, from.etag)} />
						))}
					</Stack>
					<Stack>
						{groups.slice(1).map((group) => (
							<Group key={group.title} {...group} row={data} etag={settingsTag} reload={settings.refetch} save={(values, from) => writeSettings.update(queue.id, values, from.etag)} />
						))}
					</Stack>
				</SimpleGrid>
			)}
		</Loaded>
	);
}
