// A page that the role may not see is not there, whatever the address bar says. (The API refuses its
// requests too.)
import type {ReactNode} from 'react';
import {mayAct, useMe, useTenantIfAny} from '@/api/session';
import type {FeatureRoute} from '@/ui/route';
import {NotFound} from './fallback';

export function RoleGate({row, children}: {row: FeatureRoute; children: ReactNode}) {
	if (row.area === 'public' || row.area === 'own')
		return children;
	return <Signed row={row}>{children}</Signed>;
}

function Signed({row, children}: {row: FeatureRoute; children: ReactNode}) {
	const me = useMe();
	const tenant = useTenantIfAny();
	const may = row.area === 'operator' ? me.global_role === 'admin' : !!tenant && mayAct(tenant.role, row.role ?? 'agent');

	return may ? children : <NotFound />;
}
