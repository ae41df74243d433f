// What callers of a queue hear: the tenant's music, silence, or a file of the tenant's own, which can
// be listened to here.
import {Alert, Button, Group, Loader, Select, Stack, Text} from '@mantine/core';
import {useDebouncedValue} from '@mantine/hooks';
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {Problem} from '@/api/problem';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import type {Values} from '@/resource/form';
import {Part} from '@/ui/part';
import {Player} from '@/ui/player';
import {ProblemNote, useNotice} from '@/ui/problem';
import type {QueueRow} from './data';

const text = texts({
	en: {title: 'Music', choose: 'What callers hear', help: 'Music on hold that was uploaded under Audio, the built-in music, or nothing.', standard: 'Built-in music', silence: 'Silence', save: 'Save', saved: 'Saved', gone: 'This file is not there any more. Callers hear the built-in music.', none: 'Nothing found'},
	de: {title: 'Musik', choose: 'Was Anrufer hören', help: 'Wartemusik, die unter Audio hochgeladen wurde, die eingebaute Musik oder nichts.', standard: 'Eingebaute Musik', silence: 'Stille', save: 'Speichern', saved: 'Gespeichert', gone: 'Diese Datei gibt es nicht mehr. Anrufer hören die eingebaute Musik.', none: 'Nichts gefunden'},
});
const SHOWN_MOST = 50;
const TYPING_MS = 150;
const OWN = ['default', 'silence'];

export function Music({queue, save}: {queue: QueueRow; save: (values: Values) => Promise<unknown>}) {
	const t = useText(text);
	const tenant = useTenant();
	const notice = useNotice();
	const stored = queue.moh_sound || 'default';
	const [chosen, setChosen] = useState(stored);
	const [typed, setTyped] = useState('');
	const [asked] = useDebouncedValue(typed, TYPING_MS);
	const [error, setError] = useState<unknown>();
	const [busy, setBusy] = useState(false);
	const path = tenantPath(tenant, '/media');
	const isFile = !OWN.includes(chosen);
	const current = useQuery({
		queryKey: [tenant.id, 'media', 'music', chosen],
		queryFn: ({signal}) => send<Schemas['Media']>('GET', `${path}/${encodeURIComponent(chosen)}`, undefined, undefined, signal),
		enabled: isFile,
	});
	const name = isFile ? current.data?.original_name ?? chosen : '';
	// The name of what is chosen is no search.
	const wanted = [t.standard, t.silence, name].includes(asked) ? '' : asked;
	const {data, isFetching} = useQuery({
		queryKey: [tenant.id, 'media', 'moh', wanted],
		queryFn: ({signal}) => send<{items: Schemas['Media'][]}>('GET', withQuery(path, {category: 'moh', q: wanted, limit: SHOWN_MOST}), undefined, undefined, signal),
		placeholderData: keepPreviousData,
	});
	const files = new Map((data?.items ?? []).map((row) => [row.id, row.original_name]));

	if (isFile && !files.has(current.data?.id ?? chosen))
		files.set(current.data?.id ?? chosen, name);
	const value = isFile ? current.data?.id ?? chosen : chosen;

	async function store(event: FormEvent) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			await save({moh_sound: value});
			notice(t.saved);
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(false);
		}
	}

	const field = error instanceof Problem ? error.fields.moh_sound : undefined;

	return (
		<Part title={t.title}>
			<form onSubmit={(event) => void store(event)}>
				<Stack>
					<Select label={t.choose} description={t.help} error={field} searchable allowDeselect={false} rightSection={isFetching ? <Loader size="xs" /> : undefined} checkIconPosition="right" nothingFoundMessage={t.none}
						filter={({options}) => options} data={[{value: 'default', label: t.standard}, {value: 'silence', label: t.silence}, ...[...files].map(([id, label]) => ({value: id, label}))]}
						value={value} onChange={(next) => next && setChosen(next)} searchValue={typed} onSearchChange={setTyped} />
					{isFile && current.error instanceof Problem && current.error.status === 404 && <Alert color="orange" variant="light"><Text size="sm">{t.gone}</Text></Alert>}
					{isFile && current.data && (
						<Player key={current.data.id} src={`${path}/${current.data.id}/audio`} label={name} peaks={`${path}/${current.data.id}/peaks`} durationMs={current.data.duration_ms} />
					)}
					{error !== undefined && !field && <ProblemNote error={error} />}
					<Group justify="flex-end"><Button type="submit" loading={busy} disabled={value === stored}>{t.save}</Button></Group>
				</Stack>
			</form>
		</Part>
	);
}
