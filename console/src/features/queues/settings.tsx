// How a queue behaves, in groups, each saved by itself: what others changed in another group stays.
import {SimpleGrid, Stack} from '@mantine/core';
import {tenantPath, useTenant} from '@/api/session';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form, type Values} from '@/resource/form';
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

// A form that begins anew when what it shows was changed elsewhere.
function Group({title, fields, row, save, children}: {title: string; fields: readonly Field[]; row: Values; save: (values: Values) => Promise<unknown>; children?: React.ReactNode}) {
	const t = useText(text);
	const notice = useNotice();

	return (
		<Part title={title}>
			<Form key={JSON.stringify(fields.map(({name}) => row[name]))} fields={fields} row={row} save={save} onDone={() => notice(t.saved)}>{children}</Form>
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
	const own = [useNameField(), useStrategyField(useText(words))];

	return (
		<Loaded query={settings} rows={10}>
			{({data, etag: settingsTag}) => (
				<SimpleGrid cols={{base: 1, md: 2}}>
					<Stack>
						<Group title={t.queue} fields={own} row={queue} save={(values) => writeQueue.update(queue.id, values, etag)} />
						<Music queue={queue} save={(values) => writeQueue.update(queue.id, values, etag)} />
						{groups.slice(0, 1).map((group) => (
							<Group key={group.title} {...group} row={data} save={(values) => writeSettings.update(queue.id, values, settingsTag)} />
						))}
					</Stack>
					<Stack>
						{groups.slice(1).map((group) => (
							<Group key={group.title} {...group} row={data} save={(values) => writeSettings.update(queue.id, values, settingsTag)} />
						))}
					</Stack>
				</SimpleGrid>
			)}
		</Loaded>
	);
}
