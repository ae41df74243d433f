// Where one is signed in.
import {Button, Table, Text} from '@mantine/core';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {browserName} from '@/ui/agent-name';
import {Confirm} from '@/ui/confirm';
import {useDoing} from '@/ui/doing';
import {Loaded, Part} from '@/ui/part';

const text = texts({
	en: {
		title: 'Sessions', browser: 'Browser', address: 'Address', began: 'Began', used: 'Last used', end: 'End', here: 'This one',
		endOf: (what: string) => `End the session ${what}`, others: 'End all others', ask: 'End all other sessions?',
		goes: (n: number) => n === 1 ? 'One session: whoever uses it has to sign in again.' : `${n} sessions: whoever uses them has to sign in again.`,
	},
	de: {
		title: 'Sitzungen', browser: 'Browser', address: 'Adresse', began: 'Begonnen', used: 'Zuletzt benutzt', end: 'Beenden', here: 'Diese',
		endOf: (what: string) => `Sitzung ${what} beenden`, others: 'Alle anderen beenden', ask: 'Alle anderen Sitzungen beenden?',
		goes: (n: number) => n === 1 ? 'Eine Sitzung: Wer sie benutzt, muss sich neu anmelden.' : `${n} Sitzungen: Wer sie benutzt, muss sich neu anmelden.`,
	},
});
const KEY = ['me', 'sessions'];

export function Sessions() {
	const t = useText(text);
	const client = useQueryClient();
	const {busy, run} = useDoing();
	const [asking, setAsking] = useState(false);
	const query = useQuery({queryKey: KEY, queryFn: ({signal}) => ask(api.GET('/api/v1/me/sessions', {signal}))});
	const others = query.data?.items.filter((one) => !one.current) ?? [];

	async function end(sessions: readonly Schemas['Session'][]) {
		try {
			for (const {id} of sessions)
				await ask(api.DELETE('/api/v1/me/sessions/{session}', {params: {path: {session: id}}}));
		} finally {
			await client.invalidateQueries({queryKey: KEY});
		}
	}

	return (
		<Part title={t.title} actions={others.length > 1 && <Button size="xs" variant="default" onClick={() => setAsking(true)}>{t.others}</Button>}>
			<Loaded query={query}>{({items}) => <SessionTable items={items} busy={busy} onEnd={(one) => void run(one.id, () => end([one]))} />}</Loaded>
			<Confirm opened={asking} onClose={() => setAsking(false)} title={t.ask} action={t.end} goes={[t.goes(others.length)]} onConfirm={() => end(others)} />
		</Part>
	);
}

function SessionTable({items, busy, onEnd}: {items: readonly Schemas['Session'][]; busy: string | undefined; onEnd: (session: Schemas['Session']) => void}) {
	const t = useText(text);
	const format = useFormat();

	return (
		<Table.ScrollContainer minWidth={520}>
			<Table aria-label={t.title}>
				<Table.Thead>
					<Table.Tr><Table.Th>{t.browser}</Table.Th><Table.Th>{t.address}</Table.Th><Table.Th>{t.began}</Table.Th><Table.Th>{t.used}</Table.Th><Table.Th aria-label={t.end} /></Table.Tr>
				</Table.Thead>
				<Table.Tbody>
					{items.map((one) => (
						<Table.Tr key={one.id}>
							<Table.Td title={one.user_agent}>{browserName(one.user_agent)}</Table.Td>
							<Table.Td>{one.address}</Table.Td>
							<Table.Td>{format.dateTime(one.created_at)}</Table.Td>
							<Table.Td>{format.ago(one.last_used_at)}</Table.Td>
							<Table.Td ta="right">
								{one.current
									? <Text span size="sm" fw={600}>{t.here}</Text>
									: <Button size="compact-sm" variant="default" loading={busy === one.id} onClick={() => onEnd(one)} aria-label={t.endOf(`${browserName(one.user_agent)} ${one.address}`)}>{t.end}</Button>}
							</Table.Td>
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
		</Table.ScrollContainer>
	);
}
