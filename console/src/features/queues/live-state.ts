// A queue as it was read, changed by what was heard since.
import type {CallEvent, Events} from '@/api/live';
import type {LiveCaller, LiveMember, QueueLive} from './data';

function inOrder(callers: LiveCaller[]): LiveCaller[] {
	const waits = (caller: LiveCaller) => caller.state === 'waiting';
	const sorted = callers.toSorted((a, b) => Number(waits(b)) - Number(waits(a)) || a.waiting_since.localeCompare(b.waiting_since));

	return sorted.map((caller, i) => ({...caller, position: waits(caller) ? i + 1 : null}));
}

export function withCall(live: QueueLive, event: CallEvent): QueueLive {
	const others = live.callers.filter(({call}) => call !== event.id);

	// He left: hung up, was led elsewhere, or his talk is over.
	if (event.state === 'ended' || event.queue_id !== live.queue_id || !event.waiting_since)
		return others.length === live.callers.length ? live : {...live, callers: inOrder(others)};
	return {...live, callers: inOrder([...others, {
		call: event.id, number: event.from, name: event.from_name, state: event.state, position: null,
		waiting_since: event.waiting_since, answered_by: event.answered_by, answered_at: event.answered_at,
	}])};
}

const AGENT_PARTS = ['status', 'reason', 'status_since', 'state', 'state_since', 'queue_id', 'wrap_up_until'] as const;

export function withAgent(live: QueueLive, event: Events['agent']): QueueLive {
	const told = Object.fromEntries(AGENT_PARTS.filter((part) => part in event).map((part) => [part, event[part]])) as Partial<LiveMember>;

	return {...live, members: live.members.map((member) => member.extension_id === event.extension_id ? {...member, ...told} : member)};
}

// Who has two phones and takes one away has one.
export function withRegistration(live: QueueLive, event: Events['registration']): QueueLive {
	return {...live, members: live.members.map((member) => member.extension_id === event.extension_id ? {...member, registered: event.phones > 0} : member)};
}

export type AgentIs = 'logged_out' | 'on_break' | 'unregistered' | 'free' | 'ringing' | 'talking' | 'wrap_up';

// What an agent is, in one word, as the figures count him.
export function agentIs(member: Pick<LiveMember, 'status' | 'state' | 'registered'>): AgentIs {
	if (member.status !== 'available')
		return member.status;
	if (member.state !== 'waiting')
		return member.state;
	return member.registered ? 'free' : 'unregistered';
}

export function agentSince(member: LiveMember): string {
	return member.status === 'available' && member.state !== 'waiting' ? member.state_since : [member.status_since, member.state_since].toSorted().at(-1) ?? member.status_since;
}
