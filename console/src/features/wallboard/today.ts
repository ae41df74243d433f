// What queues came to since midnight, in the tenant's time zone.
import {keepPreviousData, useQuery} from '@tanstack/react-query';
import {type Schemas, send, withQuery} from '@/api/client';
import {useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {startOfDay} from '@/i18n/zone';

export type Today = Omit<Schemas['QueueStatistic'], 'service_level'> & {service_level: number | null};

const AGAIN_MS = 10_000;
const GATHER_MS = 2000;

export function useToday(now: number) {
	const tenant = useTenant();
	const from = new Date(startOfDay(now, tenant.timeZone || undefined)).toISOString();

	useLiveRefresh([tenant.id, 'queue-call', 'today'], ['queue', 'call', 'figures'], GATHER_MS);
	return useQuery({
		queryKey: [tenant.id, 'queue-call', 'today', from],
		queryFn: async ({signal}) => (await send<{items: Today[]}>('GET', withQuery(tenantPath(tenant, '/queues/statistics'), {by: 'queue', from}), undefined, undefined, signal)).items,
		placeholderData: keepPreviousData,
		refetchInterval: (query) => query.state.status === 'error' ? AGAIN_MS : false,
	});
}
