// Who is signed in, and in which tenant: read once, shared by all pages.
import {queryOptions, useQuery} from '@tanstack/react-query';
import {createContext, type ReactNode, useContext} from 'react';
import {api, ask, type Schemas} from './client';
import {Problem} from './problem';

export type Role = 'owner' | 'admin' | 'agent' | 'wallboard';
export type Membership = {tenant_id: string; domain: string; name: string; role: Role};
export type Me = Omit<Schemas['Me'], 'memberships'> & {memberships: Membership[]};

// null: nobody is signed in.
export const meQuery = queryOptions({
	queryKey: ['me'],
	queryFn: async ({signal}): Promise<Me | null> => {
		try {
			return await ask(api.GET('/api/v1/me', {signal})) as Me;
		} catch (error) {
			if (error instanceof Problem && error.status === 401)
				return null;
			throw error;
		}
	},
	staleTime: Number.POSITIVE_INFINITY,
});

export function useMe(): Me {
	const {data} = useQuery(meQuery);

	if (!data)
		throw new Error('useMe outside of what only people who signed in see');
	return data;
}

// The tenant that is shown. An administrator of the installation is no member: he has role owner.
export type Tenant = {id: string; domain: string; name: string; role: Role; locale: string; timeZone: string; breakReasons: string[]};

const TenantContext = createContext<Tenant | null>(null);

export function TenantProvider({tenant, children}: {tenant: Tenant; children: ReactNode}) {
	return <TenantContext.Provider value={tenant}>{children}</TenantContext.Provider>;
}

export function useTenant(): Tenant {
	const tenant = useContext(TenantContext);

	if (!tenant)
		throw new Error('useTenant outside of a tenant');
	return tenant;
}

// Also where there may be none: the frame, the operator's pages.
export function useTenantIfAny(): Tenant | null {
	return useContext(TenantContext);
}

// `/api/v1/tenants/<id>` of the tenant that is shown, and its part of the cache.
export function tenantPath(tenant: Tenant, rest = ''): string {
	return `/api/v1/tenants/${tenant.id}${rest}`;
}

const RANK: Record<Role, number> = {wallboard: 0, agent: 1, admin: 2, owner: 3};

export function mayAct(role: Role, needed: Role): boolean {
	return RANK[role] >= RANK[needed];
}
