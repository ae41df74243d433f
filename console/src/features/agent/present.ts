// What goes on at somebody's phone, out of what the server tells of it: his state as an agent, his
// calls, and who calls a queue.
import type {Schemas} from '@/api/client';
import type {CallEvent} from '@/api/live';

export type Call = Pick<Schemas['Call'], 'id' | 'state' | 'direction' | 'from_number' | 'from_name' | 'to_number' | 'answered_by'
	| 'started_at' | 'answered_at' | 'queue_id' | 'queue' | 'waiting_since'>;
export type Agent = Omit<Schemas['Agent'], 'queue'> & {queue?: string | null};

export type Present =
	| {kind: 'ringing'; id: string; who: Party | null; queue: string | null; since: string}  // his phone rings
	| {kind: 'calling'; id: string; who: Party; since: string}                               // he has dialled
	| {kind: 'talking'; id: string; who: Party | null; queue: string | null; since: string}
	| {kind: 'wrap_up'; id: string; who: Party | null; queue: string | null; since: string; until: string | null};
export type Party = {number: string; name: string};

const ORDER = {ringing: 0, talking: 1, calling: 2, wrap_up: 3};

const caller = (call: Call): Party => ({number: call.from_number, name: call.from_name});

function ofAgent(agent: Agent | null, offered: Call | null): Present | null {
	if (!agent || agent.state === 'waiting')
		return null;
	const common = {
		id: agent.call_id ?? '', who: offered && offered.id === agent.call_id ? caller(offered) : null,
		queue: agent.queue ?? offered?.queue ?? null, since: agent.state_since,
	};

	return agent.state === 'wrap_up' ? {kind: 'wrap_up', ...common, until: agent.wrap_up_until ?? null} : {kind: agent.state, ...common};
}

// Whom he dialled, or who has the call since: it was given away, or he has it from somebody else.
function partnerOf(call: Call): string {
	return call.queue_id || !call.answered_by || call.answered_by === call.from_number ? call.to_number : call.answered_by;
}

function ofCall(call: Call, number: string): Present | null {
	const mine = call.from_number === number && call.direction !== 'inbound';

	if (call.state === 'parked')
		return null;
	if (call.state === 'answered' && (mine || call.answered_by === number))
		return {kind: 'talking', id: call.id, since: call.answered_at ?? call.started_at, queue: call.queue ?? null,
			who: mine ? {number: partnerOf(call), name: ''} : caller(call)};
	if (mine)
		return {kind: 'calling', id: call.id, since: call.started_at, who: {number: call.to_number, name: ''}};
	if (call.state === 'ringing' && call.to_number === number)
		return {kind: 'ringing', id: call.id, since: call.started_at, queue: null, who: caller(call)};
	return null;
}

// The most urgent first, each call once. offered: the queue's call that the agent's state is about,
// once it is known.
export function presentsOf(number: string, agent: Agent | null, calls: readonly Call[], offered: Call | null): Present[] {
	const all = new Map(calls.map((call) => ofCall(call, number)).filter((x) => x !== null).map((present) => [present.id, present]));
	const queued = ofAgent(agent, offered);
	// A switch that does not say which call it is must not show it twice.
	const told = queued && (queued.id ? queued.kind === 'wrap_up' || !all.has(queued.id) : all.size === 0);

	if (told)
		all.set(queued.id, queued);
	return [...all.values()].sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || a.since.localeCompare(b.since));
}

export function callOf(event: CallEvent): Call | null {
	const {state, from, to, ...rest} = event;

	return state === 'ended' ? null : {...rest, state, from_number: from, to_number: to};
}

export function isOwn(call: {from: string; to: string; direction: string; answered_by?: string | null}, number: string): boolean {
	return (call.from === number && call.direction !== 'inbound') || (call.to === number && call.direction !== 'outbound')
		|| call.answered_by === number;
}

// Whether the record of a call that ended may be among his: he gave it away, or a queue's call went to nobody
// knows whom. For all others of his queues each agent would look in vain, many times.
export function mayHaveHad(call: CallEvent, number: string): boolean {
	return isOwn(call, number) || !!call.parted?.includes(number) || (!!call.queue_id && (!call.answered_by || call.answered_by === call.to));
}
