// All pages of one tenant: which it is, what one may do in it, its events, its way to write dates.
import {Center, Loader} from '@mantine/core';
import {queryOptions, useQuery, useQueryClient} from '@tanstack/react-query';
import {Outlet, useNavigate, useParams} from '@tanstack/react-router';
import {type Schemas, send} from '@/api/client';
import {LiveProvider} from '@/api/live';
import {Problem} from '@/api/problem';
import {type Me, type Tenant, TenantProvider, tenantPath, useMe} from '@/api/session';
import {FormatProvider} from '@/i18n/format';
import {ProblemNote} from '@/ui/problem';
import {NotFound} from './fallback';

// Whoever is no member may not even learn that the tenant exists, unless he runs the installation.
function tenantQuery(me: Me, name: string) {
	const membership = me.memberships.find((one) => one.domain === name || one.tenant_id === name);

	return queryOptions({
		queryKey: ['tenant', name],
		queryFn: async ({signal}): Promise<Tenant> => {
			if (membership)
				return {id: membership.tenant_id, domain: membership.domain, name: membership.name, role: membership.role, locale: '', timeZone: ''};
			const told = await send<Schemas['Tenant']>('GET', `/api/v1/tenants/${encodeURIComponent(name)}`, undefined, undefined, signal);

			return {id: told.id, domain: told.domain, name: told.name, role: me.global_role === 'admin' ? 'owner' : 'agent', locale: '', timeZone: ''};
		},
		staleTime: Number.POSITIVE_INFINITY,
	});
}

export function TenantArea() {
	const {tenant: name} = useParams({strict: false}) as {tenant: string};
	const me = useMe();
	const client = useQueryClient();
	const navigate = useNavigate();
	const query = useQuery(tenantQuery(me, name));
	const tenant = query.data;

	if (query.error instanceof Problem && [403, 404].includes(query.error.status))
		return <NotFound />;
	if (query.error)
		return <ProblemNote error={query.error} onRetry={() => void query.refetch()} />;
	if (!tenant)
		return <Center mih="100dvh"><Loader aria-label="Centrex" /></Center>;

	function refused(status: number) {
		client.clear();
		void navigate({to: status === 401 ? '/sign-in' : '/'} as never);
	}

	return (
		<TenantProvider key={tenant.id} tenant={tenant}>
			<FormatProvider locale={tenant.locale} timeZone={tenant.timeZone}>
				<LiveProvider path={tenantPath(tenant, '/events')} scope={tenant.id} onRefused={refused}>
					<Outlet />
				</LiveProvider>
			</FormatProvider>
		</TenantProvider>
	);
}
