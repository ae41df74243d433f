// One call: what the record says, who was on it, and what was recorded.
import {Group, SimpleGrid, Stack, Table, Text, Title} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import type {ReactNode} from 'react';
import {api, ask} from '@/api/client';
import {useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Copyable} from '@/ui/copy';
import {Loaded} from '@/ui/part';
import type {CallRecord} from '@/resource/arrivals';
import {Recording} from './recording';
import {word, words} from './words';

const text = texts({
	en: {
		rang: 'Time until answered', talked: 'Time talked', whole: 'Whole time', ended: 'Ended', cause: 'Reason', by: 'Ended by', queue: 'Queue', id: 'Call', status: 'SIP status', legs: 'Legs',
		role: 'Who', number: 'Number', address: 'Address', outcome: 'Outcome', ringing: 'Rang', answered: 'Answered', sound: 'Sound', call: 'call id', none: 'No legs were kept.',
		lost: (lost: string, all: string) => `${lost} of ${all} packets lost`, encrypted: 'encrypted', recording: 'Recording',
	},
	de: {
		rang: 'Zeit bis zur Annahme', talked: 'Gesprächszeit', whole: 'Gesamte Zeit', ended: 'Ende', cause: 'Grund', by: 'Beendet durch', queue: 'Warteschlange', id: 'Anruf', status: 'SIP-Status', legs: 'Verbindungen',
		role: 'Wer', number: 'Nummer', address: 'Adresse', outcome: 'Ergebnis', ringing: 'Klingelte', answered: 'Angenommen', sound: 'Ton', call: 'Kennung des Anrufs', none: 'Es wurden keine Verbindungen festgehalten.',
		lost: (lost: string, all: string) => `${lost} von ${all} Paketen verloren`, encrypted: 'verschlüsselt', recording: 'Aufnahme',
	},
});

// What `details` of a record holds: JSON that the API does not describe further.
type Leg = {role?: string; extension?: string; address?: string; transport?: string; outcome?: string; sip_status?: number;
	ringing_at?: string; started_at?: string; answered_at?: string; srtp?: boolean; packets?: number; lost?: number};

export function legsOf(details: unknown): Leg[] {
	const legs = typeof details === 'object' && details !== null ? (details as {legs?: unknown}).legs : undefined;

	return Array.isArray(legs) ? legs.filter((leg): leg is Leg => typeof leg === 'object' && leg !== null) : [];
}

function Fact({label, children}: {label: string; children: ReactNode}) {
	return (
		<div>
			<Text size="xs" c="dimmed" component="dt">{label}</Text>
			<Text size="sm" component="dd" m={0} style={{overflowWrap: 'anywhere'}}>{children}</Text>
		</div>
	);
}

function Legs({legs}: {legs: Leg[]}) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();

	if (!legs.length)
		return <Text size="sm" c="dimmed">{t.none}</Text>;
	return (
		<Table.ScrollContainer minWidth={560} type="native" tabIndex={0} role="region" aria-label={t.legs}>
			<Table verticalSpacing={2} fz="sm" aria-label={t.legs}>
				<Table.Thead>
					<Table.Tr>{[t.role, t.number, t.outcome, t.ringing, t.answered, t.address, t.sound].map((x) => <Table.Th key={x}>{x}</Table.Th>)}</Table.Tr>
				</Table.Thead>
				<Table.Tbody>
					{legs.map((leg, i) => (
						// Legs have no id of their own, and stay as they are.
						// biome-ignore lint/suspicious/noArrayIndexKey: see above
						<Table.Tr key={i}>
							<Table.Td>{word(w.role, leg.role)}</Table.Td>
							<Table.Td>{leg.extension ?? ''}</Table.Td>
							<Table.Td>{word(w.cause, leg.outcome)}{leg.sip_status ? ` (${leg.sip_status})` : ''}</Table.Td>
							<Table.Td>{leg.ringing_at ?? leg.started_at ? format.clock(leg.ringing_at ?? leg.started_at ?? '') : '–'}</Table.Td>
							<Table.Td>{leg.answered_at ? format.clock(leg.answered_at) : '–'}</Table.Td>
							<Table.Td>{leg.address ? `${leg.address}${leg.transport ? ` ${leg.transport}` : ''}` : '–'}</Table.Td>
							<Table.Td>{typeof leg.packets === 'number' ? `${t.lost(format.number(leg.lost ?? 0), format.number(leg.packets))}${leg.srtp ? `, ${t.encrypted}` : ''}` : '–'}</Table.Td>
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
		</Table.ScrollContainer>
	);
}

export function CallDetails({call}: {call: CallRecord}) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const tenant = useTenant();
	const query = useQuery({
		queryKey: [tenant.id, 'cdrs', 'row', call.id],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/cdrs/{id}', {params: {path: {tenant: tenant.id, id: call.id}}, signal})),
	});
	const rang = call.answer_time ? (Date.parse(call.answer_time) - Date.parse(call.start_time)) / 1000 : undefined;

	return (
		// However wide the legs are, the list stays as wide as it is: they scroll.
		<Stack gap="md" py="xs" style={{contain: 'inline-size'}}>
			<SimpleGrid cols={{base: 2, sm: 4}} spacing="sm" component="dl" m={0}>
				<Fact label={t.whole}>{format.duration(call.duration)}</Fact>
				{rang !== undefined && <Fact label={t.rang}>{format.duration(rang)}</Fact>}
				{rang !== undefined && <Fact label={t.talked}>{format.duration(call.duration - rang)}</Fact>}
				<Fact label={t.ended}>{format.dateTime(call.end_time)}</Fact>
				<Fact label={t.cause}>{word(w.cause, call.cause)}{call.sip_status ? ` (${t.status} ${call.sip_status})` : ''}</Fact>
				{call.hangup_by && <Fact label={t.by}>{word(w.by, call.hangup_by)}</Fact>}
				{call.queue && <Fact label={t.queue}>{call.queue}</Fact>}
			</SimpleGrid>
			<Group gap="xs"><Text size="sm">{t.id}</Text><Copyable value={call.id} what={t.call} /></Group>
			{call.recording && <div><Title order={3} size="h5" mb={4}>{t.recording}</Title><Recording call={call} /></div>}
			<div>
				<Title order={3} size="h5" mb={4}>{t.legs}</Title>
				<Loaded query={query} rows={2}>{(row) => <Legs legs={legsOf(row.details)} />}</Loaded>
			</div>
		</Stack>
	);
}
