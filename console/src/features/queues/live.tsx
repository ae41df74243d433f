// A queue as it is: who waits and for how long, who answers. Read once, then followed.
import {Button, Card, Group, SimpleGrid, Stack, Table, Text} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {sendTagged} from '@/api/client';
import {useLivePatch} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Dot} from '@/ui/dot';
import {useNow} from '@/ui/now';
import {Empty} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';
import {Who} from '@/ui/who';
import {AgentStatusMenu} from './agent-status';
import type {LiveCaller, LiveMember, QueueLive} from './data';
import {agentIs, agentSince, withAgent, withCall, withRegistration} from './live-state';
import type {TabProps} from './tab';
import {Why} from './why';
import {TONE, words} from './words';

const text = texts({
	en: {
		callers: 'Callers', agents: 'Agents', place: 'Place', wait: 'Waits', talks: 'With', since: 'Since', state: 'State', actions: 'Status', why: 'Why?', whyOf: (caller: string) => `Why does ${caller} wait?`,
		noCallers: 'Nobody is waiting', noAgents: 'No members yet', addAgents: 'Add members so that somebody answers.', tier: 'Tier', missed: (n: number) => `${n} missed in a row`, agentsNow: (free: string, all: string) => `${free} of ${all}`,
		talking: 'Talking', unknown: 'Unknown number',
	},
	de: {
		callers: 'Anrufer', agents: 'Agenten', place: 'Platz', wait: 'Wartet', talks: 'Bei', since: 'Seit', state: 'Zustand', actions: 'Status', why: 'Warum?', whyOf: (caller: string) => `Warum wartet ${caller}?`,
		noCallers: 'Niemand wartet', noAgents: 'Noch keine Mitglieder', addAgents: 'Fügen Sie Mitglieder hinzu, damit jemand annimmt.', tier: 'Stufe', missed: (n: number) => `${n} hintereinander verpasst`, agentsNow: (free: string, all: string) => `${free} von ${all}`,
		talking: 'Im Gespräch', unknown: 'Unbekannte Nummer',
	},
});

function useQueueLive(id: string) {
	const tenant = useTenant();
	const key = [tenant.id, 'queue-members', 'live', id];

	useLivePatch<QueueLive, 'call'>(key, 'call', withCall);
	useLivePatch<QueueLive, 'agent'>(key, 'agent', withAgent);
	useLivePatch<QueueLive, 'registration'>(key, 'registration', withRegistration);
	// Whose call has ended waits no more, whatever was missed.
	useLivePatch<QueueLive, 'queue'>(key, 'queue', (old, {queue_id, call}) => queue_id !== id ? old
		: {...old, callers: old.callers.filter((caller) => caller.call !== call)});
	return useQuery({
		queryKey: key,
		queryFn: async ({signal}): Promise<QueueLive> => {
			const {data, servedAt} = await sendTagged<Omit<QueueLive, 'skewMs'>>('GET', tenantPath(tenant, `/queues/${id}/live`), undefined, undefined, signal);

			return {...data, skewMs: Number.isNaN(servedAt) ? 0 : Date.now() - servedAt};
		},
		staleTime: 0,
	});
}

function Since({at, skewMs}: {at: string; skewMs: number}) {
	const format = useFormat();

	return <Text span inherit style={{fontVariantNumeric: 'tabular-nums'}}>{format.duration((useNow() - skewMs - Date.parse(at)) / 1000)}</Text>;
}

function Figure({label, children}: {label: string; children: React.ReactNode}) {
	return (
		<Card withBorder padding="sm">
			<Text size="sm" c="dimmed">{label}</Text>
			<Text size="xl" fw={700} component="div">{children}</Text>
		</Card>
	);
}

function nameOf(caller: LiveCaller, unknown: string): string {
	return [caller.number || unknown, caller.name].filter(Boolean).join(' ');
}

function Callers({live, onWhy}: {live: QueueLive; onWhy: (caller: LiveCaller) => void}) {
	const t = useText(text);
	const w = useText(words);

	const names = new Map(live.members.map(({extension, name}) => [extension, name]));

	if (!live.callers.length)
		return <Empty title={t.noCallers} />;
	return (
		<Table.ScrollContainer minWidth={360}>
			<Table aria-label={t.callers}>
				<Table.Thead><Table.Tr><Table.Th>{t.place}</Table.Th><Table.Th>{w.caller}</Table.Th><Table.Th>{t.wait}</Table.Th><Table.Th>{t.talks}</Table.Th><Table.Th /></Table.Tr></Table.Thead>
				<Table.Tbody>
					{live.callers.map((caller) => (
						<Table.Tr key={caller.call}>
							<Table.Td>{caller.position ?? '–'}</Table.Td>
							<Table.Td>{nameOf(caller, t.unknown)}</Table.Td>
							<Table.Td>{caller.state === 'waiting' ? <Since at={caller.waiting_since} skewMs={live.skewMs} /> : t.talking}</Table.Td>
							<Table.Td>{caller.answered_by ? <Who extension={caller.answered_by} name={names.get(caller.answered_by)} /> : '–'}</Table.Td>
							<Table.Td ta="right"><Button size="compact-sm" variant="default" onClick={() => onWhy(caller)}>{t.why}</Button></Table.Td>
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
		</Table.ScrollContainer>
	);
}

function Agents({live}: {live: QueueLive}) {
	const t = useText(text);
	const w = useText(words);

	if (!live.members.length)
		return <Empty title={t.noAgents}>{t.addAgents}</Empty>;
	return (
		<Table.ScrollContainer minWidth={420}>
			<Table aria-label={t.agents}>
				<Table.Thead><Table.Tr><Table.Th>{w.agent}</Table.Th><Table.Th>{t.tier}</Table.Th><Table.Th>{t.state}</Table.Th><Table.Th>{t.since}</Table.Th><Table.Th>{t.actions}</Table.Th></Table.Tr></Table.Thead>
				<Table.Tbody>
					{live.members.map((member: LiveMember) => {
						const is = agentIs(member);

						return (
							<Table.Tr key={member.extension_id}>
								<Table.Td><Who {...member} /></Table.Td>
								<Table.Td>{member.tier}</Table.Td>
								<Table.Td>
									<Dot tone={TONE[is]} label={[w.is[is], member.status === 'on_break' && member.reason].filter(Boolean).join(': ')} />
									{member.missed > 0 && <Text size="xs" c="dimmed">{t.missed(member.missed)}</Text>}
								</Table.Td>
								<Table.Td><Since at={agentSince(member)} skewMs={live.skewMs} /></Table.Td>
								<Table.Td><AgentStatusMenu member={member} /></Table.Td>
							</Table.Tr>
						);
					})}
				</Table.Tbody>
			</Table>
		</Table.ScrollContainer>
	);
}

export function Live({queue}: TabProps) {
	const t = useText(text);
	const w = useText(words);
	const format = useFormat();
	const query = useQueueLive(queue.id);
	const [asked, setAsked] = useState<LiveCaller>();

	return (
		<Loaded query={query} rows={8}>
			{(live) => {
				const waiting = live.callers.filter(({state}) => state === 'waiting');
				const are = live.members.map(agentIs);
				const count = (...of: string[]) => format.number(are.filter((is) => of.includes(is)).length);

				return (
					<Stack>
						<SimpleGrid cols={{base: 2, sm: 4}}>
							<Figure label={w.waiting}>{format.number(waiting.length)}</Figure>
							<Figure label={w.longest}>{waiting[0] ? <Since at={waiting[0].waiting_since} skewMs={live.skewMs} /> : '–'}</Figure>
							<Figure label={w.free}>{t.agentsNow(count('free'), format.number(are.length))}</Figure>
							<Figure label={w.busy}>{count('ringing', 'talking', 'wrap_up')}</Figure>
						</SimpleGrid>
						<Part title={t.callers}><Callers live={live} onWhy={setAsked} /></Part>
						<Part title={t.agents}><Agents live={live} /></Part>
						<SideDrawer opened={!!asked} onClose={() => setAsked(undefined)} title={asked ? t.whyOf(nameOf(asked, t.unknown)) : ''} size="lg">
							{asked && <Group><Why queue={queue.id} call={asked.call} live /></Group>}
						</SideDrawer>
					</Stack>
				);
			}}
		</Loaded>
	);
}
