// What was recorded of a call: heard, and deleted by those who may.
import {Button, Group, Stack, Text} from '@mantine/core';
import {IconTrash} from '@tabler/icons-react';
import {useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {send} from '@/api/client';
import {mayAct, tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Confirm} from '@/ui/confirm';
import {Player} from '@/ui/player';
import type {CallRecord} from '@/resource/arrivals';
import {word, words} from './words';

const text = texts({
	en: {remove: 'Delete recording', ask: (from: string, to: string) => `Delete the recording of the call from ${from} to ${to}?`, goes: 'The sound, for good. The call\'s record stays.',
		began: (at: string) => `recording of ${at}`},
	de: {remove: 'Aufnahme löschen', ask: (from: string, to: string) => `Aufnahme des Anrufs von ${from} an ${to} löschen?`, goes: 'Der Ton, endgültig. Der Eintrag des Anrufs bleibt.',
		began: (at: string) => `Aufnahme vom ${at}`},
});

export function Recording({call}: {call: CallRecord}) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const tenant = useTenant();
	const client = useQueryClient();
	const [asked, setAsked] = useState(false);
	const path = tenantPath(tenant, `/cdrs/${call.id}/recording`);
	const state = <Text size="sm">{word(w.recording, call.recording)}</Text>;

	if (!call.recording_path)
		return state;
	return (
		<Stack gap="xs">
			{call.recording !== 'recorded' && state}
			<Player src={path} label={t.began(format.dateTime(call.start_time))} />
			{mayAct(tenant.role, 'admin') && (
				<Group>
					<Button variant="default" size="xs" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => setAsked(true)}>{t.remove}</Button>
				</Group>
			)}
			<Confirm opened={asked} onClose={() => setAsked(false)} title={t.ask(call.caller_id_number, call.dest_number)} action={t.remove} goes={[t.goes]}
				onConfirm={async () => {
					await send('DELETE', path);
					await client.invalidateQueries({queryKey: [tenant.id, 'cdrs']});
				}} />
		</Stack>
	);
}
