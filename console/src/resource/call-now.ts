// A call of this moment, wherever one is shown.
import type {Call} from '@/api/calls';
import type {Tone} from '@/ui/dot';

export const CALL_TONES: Record<Call['state'], Tone> = {ringing: 'warn', waiting: 'warn', answered: 'busy', parked: 'off'};

// Since when it is what it is.
export function sinceOf(call: Pick<Call, 'state' | 'waiting_since' | 'answered_at' | 'started_at'>): string {
	return (call.state === 'waiting' ? call.waiting_since : call.state === 'answered' ? call.answered_at : null) ?? call.started_at;
}
