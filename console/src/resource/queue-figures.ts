// How all queues are now: read once, and again when something moved.
import {useQuery} from '@tanstack/react-query';
import {type Schemas, send} from '@/api/client';
import {useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';

export type Figures = Schemas['QueueFigures'];

const AGAIN_MS = 10_000;

export function useQueueFigures() {
	const tenant = useTenant();
	const key = [tenant.id, 'queues', 'figures'];

	useLiveRefresh(key, ['call', 'agent', 'queue', 'registration', 'change', 'figures']);
	return useQuery({
		queryKey: key,
		queryFn: async ({signal}) => (await send<{items: Figures[]}>('GET', tenantPath(tenant, '/queues/figures'), undefined, undefined, signal)).items,
		// What could not be read is asked for until it can: a screen on the wall has nobody to try again.
		refetchInterval: (query) => query.state.status === 'error' ? AGAIN_MS : false,
	});
}

// A wait that was so long when it was read.
export function grownSeconds(ms: number | null, readAt: number, now: number): number | null {
	return ms === null ? null : Math.max(0, (ms + Math.max(0, now - readAt)) / 1000);
}
