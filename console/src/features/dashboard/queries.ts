// What the parts of the dashboard read; each is kept by events.
import {type UseQueryResult, useQuery} from '@tanstack/react-query';
import {api, ask, type Schemas, send, withQuery} from '@/api/client';
import {useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {startOfDay} from '@/i18n/zone';
import {useRefreshAfterCalls} from '@/resource/after-calls';
import {useNow} from '@/ui/now';
import type {Figures} from './attention';
import {type Hour, hoursOf} from './hours';

const REFRESH_MS = 2000;

export function useFigures(): UseQueryResult<Figures> {
	const tenant = useTenant();
	const key = [tenant.id, 'figures'];

	useLiveRefresh(key, ['registration', 'change'], REFRESH_MS);
	useRefreshAfterCalls(key);
	return useQuery({
		queryKey: key,
		queryFn: async ({signal}) => await ask(api.GET('/api/v1/tenants/{tenant}/figures', {params: {path: {tenant: tenant.id}}, signal})) as Figures,
	});
}

// The hours of today; tomorrow, those of tomorrow.
export function useHours(): UseQueryResult<Hour[]> {
	const tenant = useTenant();
	const {timeZone} = useFormat();
	const day = startOfDay(useNow(30_000), timeZone);
	const key = [tenant.id, 'cdrs', 'hours', day];

	useRefreshAfterCalls(key);
	return useQuery({
		queryKey: key,
		queryFn: async ({signal}) => {
			const {items} = await send<{items: Schemas['CallStatistic'][]}>('GET', withQuery(tenantPath(tenant, '/cdrs/statistics'),
				{by: 'hour', tz: 'tenant', from: new Date(day).toISOString()}), undefined, undefined, signal);

			return hoursOf(day, timeZone, items);
		},
	});
}
