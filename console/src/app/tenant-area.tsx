// All pages of one tenant: which it is, what one may do in it, its events, its way to write dates.
import {Center, Loader} from '@mantine/core';
import {queryOptions, useQuery, useQueryClient} from '@tanstack/react-query';
import {Outlet, useNavigate, useParams} from '@tanstack/react-router';
import {useState} from 'react';
import {boardToken} from '@/api/board';
import {api, ask} from '@/api/client';
import {LiveProvider, useEvent} from '@/api/live';
import {Problem} from '@/api/problem';
import {type Me, type Tenant, TenantProvider, tenantPath, useMe} from '@/api/session';
import {FormatProvider} from '@/i18n/format';
import {ProblemNote} from '@/ui/problem';
import {NotFound, ScreenFault} from './fallback';

const AGAIN_MS = 15_000;

// Whoever is no member may not even learn that the tenant exists, unless he runs the installation.
function tenantQuery(me: Me, name: string) {
	const membership = me.memberships.find((one) => one.domain === name || one.tenant_id === name);

	return queryOptions({
		queryKey: ['tenant', name],
		queryFn: async ({signal}): Promise<Tenant> => {
			const told = await ask(api.GET('/api/v1/tenants/{tenant}/preferences', {params: {path: {tenant: name}}, signal}));

			return {id: told.id, domain: told.domain, name: told.name, locale: told.locale, timeZone: told.timezone,
				breakReasons: told.break_reasons as string[], role: me.global_role === 'admin' ? 'owner' : membership?.role ?? 'agent'};
		},
		staleTime: Number.POSITIVE_INFINITY,
	});
}

// The name, the language or the time zone may be changed by somebody else.
function TenantKeeper({name}: {name: string}) {
	const client = useQueryClient();

	useEvent('change', ({resource}) => {
		if (resource === 'tenant' || resource === 'setting')
			void client.invalidateQueries({queryKey: ['tenant', name]});
	});
	return null;
}

export function TenantArea() {
	const {tenant: name} = useParams({strict: false}) as {tenant: string};
	const me = useMe();
	const client = useQueryClient();
	const navigate = useNavigate();
	const [ended, setEnded] = useState(false);
	const query = useQuery({...tenantQuery(me, name), refetchInterval: ({state}) => boardToken && state.status === 'error' ? AGAIN_MS : false});
	const tenant = query.data;

	if (ended)
		return <ScreenFault refused />;
	if (query.error instanceof Problem && [403, 404].includes(query.error.status))
		return <NotFound />;
	if (query.error)
		return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
	if (!tenant)
		return <Center mih="100dvh"><Loader aria-label="Centrex" /></Center>;

	function refused(status: number) {
		// A screen on the wall stays where it is, and asks by itself whether it may again.
		if (boardToken) {
			setEnded(true);
			return;
		}
		client.clear();
		void navigate({to: status === 401 ? '/sign-in' : '/'} as never);
	}

	return (
		<TenantProvider key={tenant.id} tenant={tenant}>
			<FormatProvider locale={tenant.locale} timeZone={tenant.timeZone}>
				<LiveProvider path={tenantPath(tenant, '/events')} scope={tenant.id} onRefused={refused}>
					<TenantKeeper name={name} />
					<Outlet />
				</LiveProvider>
			</FormatProvider>
		</TenantProvider>
	);
}
