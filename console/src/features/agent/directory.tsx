// Who can be called here, and whether he can be reached now.
import {TextInput} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {IconSearch} from '@tabler/icons-react';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {type Events, useEvent, useFreshClient, useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useText} from '@/i18n/language';
import {type Book, mapRows} from '@/resource/pages';
import {ResourceTable} from '@/resource/table';
import {Dot, type Tone} from '@/ui/dot';
import {Empty} from '@/ui/page';
import {Part} from '@/ui/part';
import {text} from './text';

type Presence = Events['presence']['presence'];
type Entry = Schemas['DirectoryEntry'] & {presence?: Presence | null};

const TONES: Record<Presence, Tone> = {online: 'good', ringing: 'warn', talking: 'busy', offline: 'off'};
const TYPING_MS = 150;

function presenceOf(entry: Entry): Presence | null {
	return entry.kind !== 'extension' ? null : entry.presence ?? (entry.registered === true ? 'online' : 'offline');
}

export function Directory() {
	const t = useText(text);
	const tenant = useTenant();
	const client = useFreshClient();
	const [typed, setTyped] = useState('');
	const [asked] = useDebouncedValue(typed.trim(), TYPING_MS);
	const scope = [tenant.id, 'directory'];
	const words: Record<Presence, string> = {online: t.online, ringing: t.ringing, talking: t.inCall, offline: t.offlineDot};

	useEvent('presence', (event) => {
		client.changeAll<Book<Entry>>(scope, (old) => old?.pages && mapRows(old, (entry) => entry.kind === 'extension' && entry.id === event.extension_id ? {...entry, presence: event.presence} : entry));
	});
	useLiveRefresh(scope, ['change'], 1000);
	return (
		<Part title={t.directory}>
			<TextInput type="search" size="md" mb="xs" aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={18} aria-hidden />}
				value={typed} onChange={(event) => setTyped(event.currentTarget.value)} />
			<ResourceTable<Entry> caption={t.directory} scope={scope} path={tenantPath(tenant, '/directory')} query={{q: asked || undefined}} height="38dvh"
				rowKey={(entry) => `${entry.kind}${entry.id}`} empty={<Empty title={t.noDirectory} />}
				columns={[
					{key: 'number', header: t.number, width: 80, render: (entry) => entry.number ?? ''},
					{key: 'name', header: t.name, render: (entry) => <span style={{overflowWrap: 'anywhere'}}>{entry.name ?? (entry.kind === 'number' ? t.kindNumber : '')}</span>},
					{key: 'presence', header: t.presence, width: 130, render: (entry) => {
						const presence = presenceOf(entry);

						return presence ? <Dot tone={TONES[presence]} label={words[presence]} /> : entry.kind === 'queue' ? t.kindQueue : '';
					}},
				]} />
		</Part>
	);
}
