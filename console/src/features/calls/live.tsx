// The calls of this moment, above those that are over.
import {Button, Table, Text} from '@mantine/core';
import {useState} from 'react';
import {type Call, useCalls} from '@/api/calls';
import {send} from '@/api/client';
import {mayAct, tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {CALL_TONES, sinceOf} from '@/resource/call-now';
import {Confirm} from '@/ui/confirm';
import {Dot} from '@/ui/dot';
import {secondsSince, useServerNow} from '@/ui/now';
import {Loaded, Part} from '@/ui/part';
import {Party} from './party';
import {word, words} from './words';

const text = texts({
	en: {title: 'Now', none: 'Nobody is on the phone.', state: 'State', from: 'From', to: 'To', with: 'With', time: 'Since', hangUp: 'Hang up', ask: (from: string, to: string) => `Hang up the call from ${from} to ${to}?`,
		one: (from: string, to: string) => `Hang up: ${from} to ${to}`, both: 'The call of both sides', act: 'Actions', more: (n: string) => `and ${n} more`},
	de: {title: 'Jetzt', none: 'Niemand telefoniert.', state: 'Zustand', from: 'Von', to: 'An', with: 'Mit', time: 'Seit', hangUp: 'Auflegen', ask: (from: string, to: string) => `Anruf von ${from} an ${to} beenden?`,
		one: (from: string, to: string) => `Auflegen: ${from} an ${to}`, both: 'Der Anruf auf beiden Seiten', act: 'Aktionen', more: (n: string) => `und ${n} weitere`},
});

const SHOWN_MOST = 100;

function Rows({calls, onHangUp}: {calls: Call[]; onHangUp?: (call: Call) => void}) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const now = useServerNow();

	return (
		<Table.ScrollContainer minWidth={420} type="native" tabIndex={0} role="region" aria-label={t.title}>
			<Table verticalSpacing={4} aria-label={t.title}>
				<Table.Thead>
					<Table.Tr>{[t.state, t.from, t.to, t.with, t.time].map((x) => <Table.Th key={x}>{x}</Table.Th>)}{onHangUp && <Table.Th aria-label={t.act} />}</Table.Tr>
				</Table.Thead>
				<Table.Tbody>
					{calls.slice(0, SHOWN_MOST).map((call) => (
						<Table.Tr key={call.id}>
							<Table.Td><Dot tone={CALL_TONES[call.state]} label={word(w.state, call.state)} /></Table.Td>
							<Table.Td><Party name={call.from_name} number={call.from_number} /></Table.Td>
							<Table.Td><Party name={call.queue ?? ''} number={call.to_number} /></Table.Td>
							<Table.Td>{call.answered_by ?? call.slot ?? ''}</Table.Td>
							<Table.Td style={{fontVariantNumeric: 'tabular-nums'}}>{format.duration(secondsSince(sinceOf(call), now))}</Table.Td>
							{onHangUp && (
								<Table.Td ta="right">
									<Button size="compact-sm" variant="default" aria-label={t.one(call.from_number, call.to_number)} disabled={!!call.hangup_requested_at}
										onClick={() => onHangUp(call)}>{t.hangUp}</Button>
								</Table.Td>
							)}
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
			{calls.length > SHOWN_MOST && <Text size="sm" c="dimmed">{t.more(format.number(calls.length - SHOWN_MOST))}</Text>}
		</Table.ScrollContainer>
	);
}

export function LiveCalls() {
	const t = useText(text);
	const format = useFormat();
	const tenant = useTenant();
	const query = useCalls();
	const [chosen, setChosen] = useState<Call>();
	const may = mayAct(tenant.role, 'admin');

	return (
		<Part title={query.data?.length ? `${t.title} (${format.number(query.data.length)})` : t.title}>
			<Loaded query={query} rows={1}>
				{(calls) => calls.length === 0 ? <Text size="sm" c="dimmed">{t.none}</Text> : <Rows calls={calls} onHangUp={may ? setChosen : undefined} />}
			</Loaded>
			<Confirm opened={chosen !== undefined} onClose={() => setChosen(undefined)} action={t.hangUp} goes={[t.both]}
				title={chosen ? t.ask(chosen.from_number, chosen.to_number) : ''}
				onConfirm={() => send('POST', tenantPath(tenant, `/calls/${chosen?.id}/hang-up`), {})} />
		</Part>
	);
}
