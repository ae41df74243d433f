// What the parts of the dashboard read; each is kept by events.
import {type UseQueryResult, useQuery, useQueryClient} from '@tanstack/react-query';
import {useEffect, useRef} from 'react';
import {api, ask, type Schemas, send, withQuery} from '@/api/client';
import {useEvent, useLiveRefresh} from '@/api/live';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {startOfDay} from '@/i18n/zone';
import {useNow} from '@/ui/now';
import type {Figures, QueueFigures} from './attention';
import {type Hour, hoursOf} from './hours';

const REFRESH_MS = 2000;
// A record is stored a moment after its call has ended; when the server is busy, later.
const AFTER_CALL_MS = [1000, 6000];

function useRefreshAfterCalls(key: readonly unknown[]): void {
	const client = useQueryClient();
	const timers = useRef(new Map<number, ReturnType<typeof setTimeout>>());

	useEvent('call', ({state}) => {
		for (const delay of state === 'ended' ? AFTER_CALL_MS : []) {
			if (!timers.current.has(delay))
				timers.current.set(delay, setTimeout(() => {
					timers.current.delete(delay);
					void client.invalidateQueries({queryKey: key});
				}, delay));
		}
	});
	useEffect(() => {
		const all = timers.current;

		return () => {
			for (const timer of all.values())
				clearTimeout(timer);
			all.clear();
		};
	}, []);
}

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

export function useQueueFigures(): UseQueryResult<QueueFigures[]> {
	const tenant = useTenant();
	const key = [tenant.id, 'queues', 'dashboard'];

	useLiveRefresh(key, ['call', 'agent', 'queue', 'registration', 'change']);
	return useQuery({
		queryKey: key,
		queryFn: async ({signal}) => (await ask(api.GET('/api/v1/tenants/{tenant}/queues/figures', {params: {path: {tenant: tenant.id}}, signal}))).items,
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
