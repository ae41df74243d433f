// All pages of one tenant: which it is, what one may do in it, its events, its way to write dates.
import {Center, Loader} from '@mantine/core';
import {queryOptions, useQuery, useQueryClient} from '@tanstack/react-query';
import {Outlet, useParams} from '@tanstack/react-router';
import {type ReactNode, useEffect, useMemo, useState} from 'react';
import {boardToken} from '@/api/board';
import {api, ask} from '@/api/client';
import {LiveProvider, useEvent} from '@/api/live';
import {Problem} from '@/api/problem';
import {INSTALLATION} from '@/api/query';
import {type Me, meQuery, type Role, type Tenant, TenantProvider, tenantPath, useMe} from '@/api/session';
import {FormatProvider} from '@/i18n/format';
import {ProblemNote} from '@/ui/problem';
import {NotFound, ScreenFault} from './fallback';
import {rememberPlace} from './last-place';
import {leave} from './signed-out';

const AGAIN_MS = 15_000;

export function roleIn(me: Me, name: string): Role {
	return me.global_role === 'admin' ? 'owner' : me.memberships.find((one) => one.domain === name || one.tenant_id === name)?.role ?? 'agent';
}

// Whoever is no member may not even learn that the tenant exists, unless he runs the installation.
export function tenantQuery(name: string) {
	return queryOptions({
		queryKey: ['tenant', name],
		queryFn: async ({signal}): Promise<Omit<Tenant, 'role'>> => {
			const told = await ask(api.GET('/api/v1/tenants/{tenant}/preferences', {params: {path: {tenant: name}}, signal}));

			return {id: told.id, domain: told.domain, name: told.name, locale: told.locale, timeZone: told.timezone,
				breakReasons: told.break_reasons as string[]};
		},
		staleTime: Number.POSITIVE_INFINITY,
	});
}

// The name, the language or the time zone may be changed by somebody else, and what one may do. The
// list of tenants has the name, too.
function TenantKeeper() {
	const client = useQueryClient();

	// Of all, by whatever name: where one was before, nobody told what changed.
	const tenantsChanged = () => void client.invalidateQueries({queryKey: ['tenant']});
	const meChanged = () => void client.invalidateQueries({queryKey: meQuery.queryKey, exact: true});
	const begin = () => {
		tenantsChanged();
		meChanged();
	};

	useEvent('change', ({resource}) => {
		if (resource === 'tenant' || resource === 'setting')
			tenantsChanged();
		if (resource === 'tenant')
			void client.invalidateQueries({queryKey: [INSTALLATION, 'tenants']});
		if (resource === 'tenant' || resource === 'member')
			meChanged();
	});
	// What one may do, here or elsewhere: told of, and perhaps missed while nobody listened.
	useEvent('me', meChanged);
	useEvent('ready', begin);
	useEvent('reset', begin);
	return null;
}

export function InTenant({tenant, onRefused, children}: {tenant: Tenant; onRefused: (status: number) => void; children: ReactNode}) {
	return (
		<TenantProvider key={tenant.id} tenant={tenant}>
			<FormatProvider locale={tenant.locale} timeZone={tenant.timeZone}>
				<LiveProvider path={tenantPath(tenant, '/events')} scope={tenant.id} onRefused={onRefused}>
					<TenantKeeper />
					{children}
				</LiveProvider>
			</FormatProvider>
		</TenantProvider>
	);
}

export function TenantArea() {
	const {tenant: name} = useParams({strict: false}) as {tenant: string};
	const me = useMe();
	const [ended, setEnded] = useState(false);
	const query = useQuery({...tenantQuery(name), refetchInterval: ({state}) => boardToken && state.status === 'error' ? AGAIN_MS : false});
	const role = roleIn(me, name);
	const tenant = useMemo(() => query.data && {...query.data, role}, [query.data, role]);

	useEffect(() => {
		if (tenant && !boardToken)
			rememberPlace(me, {tenant: tenant.id, locale: tenant.locale});
	}, [me, tenant]);

	if (ended)
		return <ScreenFault refused />;
	if (query.error instanceof Problem && [403, 404].includes(query.error.status))
		return <NotFound />;
	// What could not be read again is no reason to take away what is there, and what somebody types.
	if (query.error && !tenant)
		return <ProblemNote error={query.error} onRetry={() => query.refetch()} />;
	if (!tenant)
		return <Center mih="100dvh"><Loader aria-label="Centrex" /></Center>;

	function refused(status: number) {
		// A screen on the wall stays where it is, and asks by itself whether it may again.
		if (boardToken) {
			setEnded(true);
			return;
		}
		leave(status);
	}

	return <InTenant tenant={tenant} onRefused={refused}><Outlet /></InTenant>;
}
