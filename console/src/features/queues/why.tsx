// "Why?": what a queue decided for one call, as it happened: who was considered, who was passed over and
// why, what was decided.
import {List, Text, Timeline} from '@mantine/core';
import {IconCircleX, IconDoorEnter, IconPhone, IconPhoneOff, IconSearch, IconStairsUp} from '@tabler/icons-react';
import {useQuery} from '@tanstack/react-query';
import {send, withQuery} from '@/api/client';
import {useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Empty} from '@/ui/page';
import {Loaded} from '@/ui/part';
import {Who, whoIs} from '@/ui/who';
import type {Considered, Decision} from './data';
import {whyWords} from './why-words';

const text = texts({
	en: {none: 'Nothing is kept of this call any more', kept: 'Decisions are kept for some days.', until: (time: string) => `until ${time}`, tier: (tier: number) => `tier ${tier}`, nobody: 'Nobody is a member of the queue.', more: (n: number) => `and ${n} more`, passed: 'Passed over:', offered: 'Offered to:', what: 'What the queue decided'},
	de: {none: 'Von diesem Anruf ist nichts mehr aufgehoben', kept: 'Entscheidungen werden einige Tage aufgehoben.', until: (time: string) => `bis ${time}`, tier: (tier: number) => `Stufe ${tier}`, nobody: 'Niemand ist Mitglied der Warteschlange.', more: (n: number) => `und ${n} weitere`, passed: 'Übergangen:', offered: 'Angeboten:', what: 'Was die Warteschlange entschieden hat'},
});
const DECISIONS_MOST = 500;
const OFFERS = ['offered', 'already_offered'];

function iconOf(decision: string) {
	switch (decision) {
	case 'joined': return IconDoorEnter;
	case 'considered': return IconSearch;
	case 'tier_opened': return IconStairsUp;
	case 'answered': return IconPhone;
	case 'ended': case 'abandoned': return IconPhoneOff;
	default: return IconCircleX;
	}
}

function Agents({title, agents}: {title: string; agents: readonly Considered[]}) {
	const t = useText(text);
	const w = useText(whyWords);
	const format = useFormat();

	if (!agents.length)
		return null;
	return (
		<>
			<Text size="sm" mt={4}>{title}</Text>
			<List size="sm">
				{agents.map((agent) => (
					<List.Item key={agent.extension}>
						<Who {...agent} /> ({t.tier(agent.tier)}) {w.verdict[agent.verdict] ?? agent.text}{agent.until ? `, ${t.until(format.clock(agent.until))}` : ''}
					</List.Item>
				))}
			</List>
		</>
	);
}

function Looked({decision}: {decision: Decision}) {
	const t = useText(text);
	const agents = decision.data.considered ?? [];

	return (
		<>
			{!agents.length && <Text size="sm">{t.nobody}</Text>}
			<Agents title={t.offered} agents={agents.filter(({verdict}) => OFFERS.includes(verdict))} />
			<Agents title={t.passed} agents={agents.filter(({verdict}) => !OFFERS.includes(verdict))} />
			{decision.data.more ? <Text size="sm" c="dimmed">{t.more(decision.data.more)}</Text> : null}
		</>
	);
}

export function Why({queue, call, live}: {queue: string; call: string; live?: boolean}) {
	const t = useText(text);
	const w = useText(whyWords);
	const tenant = useTenant();
	const format = useFormat();
	const key = [tenant.id, 'queue-call', 'why', queue, call];

	useLiveRefresh(live ? key : [], live ? ['call', 'agent', 'queue'] : []);
	const query = useQuery({
		queryKey: key,
		queryFn: ({signal}) => send<{decisions: Decision[]}>('GET', withQuery(tenantPath(tenant, `/queues/${queue}/explain`), {call, limit: DECISIONS_MOST}), undefined, undefined, signal),
		staleTime: 0,
	});

	return (
		<Loaded query={query} rows={4}>
			{({decisions}) => decisions.length === 0 ? <Empty title={t.none}>{t.kept}</Empty> : (
				<Timeline bulletSize={26} lineWidth={2} color="gray" aria-label={t.what} p="xs" w="100%">
					{decisions.toReversed().map((decision) => {
						const Icon = iconOf(decision.decision);
						const words = w.decision[decision.decision];

						return (
							<Timeline.Item key={decision.id} bullet={<Icon size={14} aria-hidden />}
								title={<Text size="sm" fw={600}>{words ? words(whoIs({extension: decision.data.extension ?? '?', name: decision.data.name}), decision.data.tier ?? 0) : decision.text}</Text>}>
								<Text size="xs" c="dimmed">{format.clock(decision.at)}</Text>
								{decision.decision === 'considered' && <Looked decision={decision} />}
							</Timeline.Item>
						);
					})}
				</Timeline>
			)}
		</Loaded>
	);
}
