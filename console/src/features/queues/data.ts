// What the API says of queues, where its description leaves members open.
import type {Schemas} from '@/api/client';

export type AgentStatus = Schemas['Agent']['status'];
export type AgentState = Schemas['Agent']['state'];

export type LiveCaller = {
	call: string; number: string; name: string; state: Schemas['Call']['state']; position: number | null;
	waiting_since: string; answered_by: string | null; answered_at: string | null;
};

export type LiveMember = {
	extension_id: string; extension: string; name: string | null; tier: number; level: number; status: AgentStatus; reason: string;
	status_since: string; state: AgentState; state_since: string; queue_id: string | null;
	wrap_up_until: string | null; missed: number; registered: boolean;
};

// skewMs: how far this machine's clock is ahead of the server's.
export type QueueLive = Omit<Schemas['QueueNow'], 'callers' | 'members'> & {callers: LiveCaller[]; members: LiveMember[]; skewMs: number};

export type Considered = {extension: string; name?: string | null; tier: number; level: number; verdict: string; text: string; until?: string};
export type Decision = {
	id: number; at: string; queue_id: string; queue: string | null; call: string | null; decision: string; text: string;
	data: {extension?: string; name?: string | null; tier?: number; considered?: Considered[]; more?: number};
};

export type QueueRow = Schemas['Queue'];
export type QueueCall = Schemas['QueueCall'];
export type QueueSettings = Schemas['QueueSettings'];
