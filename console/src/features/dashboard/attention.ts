// What somebody should look at, from the figures of this moment and of the day.
import type {Schemas} from '@/api/client';

export type Figures = Omit<Schemas['Figures'], 'calls_failed_usual'> & {calls_failed_usual: number};
export type QueueFigures = Schemas['QueueFigures'];

export type Attention =
	| {kind: 'waiting'; queue: string; waiting: number}  // callers, and no agent to answer them
	| {kind: 'memberless'; queue: string}
	| {kind: 'offline'; count: number}
	| {kind: 'failed'; count: number; usual: number}
	| {kind: 'recordings'; count: number}
	| {kind: 'storage'; used: number; most: number};

const STORAGE_NEAR = 0.9;
const FAILED_LEAST = 3;  // fewer are no sign of anything
const FAILED_ABOVE = 2;  // times what is usual

// What matters most comes first: not all may be shown.
export function attentionOf(figures: Figures, queues: readonly QueueFigures[]): Attention[] {
	const found: Attention[] = [];

	for (const {queue, waiting, free, ringing} of queues)
		if (waiting > 0 && free === 0 && ringing === 0)
			found.push({kind: 'waiting', queue, waiting});
	if (figures.calls_failed >= FAILED_LEAST && figures.calls_failed > FAILED_ABOVE * figures.calls_failed_usual)
		found.push({kind: 'failed', count: figures.calls_failed, usual: figures.calls_failed_usual});
	if (figures.recordings_failed > 0)
		found.push({kind: 'recordings', count: figures.recordings_failed});
	if (figures.media_bytes >= STORAGE_NEAR * figures.media_bytes_most && figures.media_bytes > 0)
		found.push({kind: 'storage', used: figures.media_bytes, most: figures.media_bytes_most});
	if (figures.extensions > figures.extensions_online)
		found.push({kind: 'offline', count: figures.extensions - figures.extensions_online});
	for (const {queue, agents} of queues)
		if (agents === 0)
			found.push({kind: 'memberless', queue});
	return found;
}
