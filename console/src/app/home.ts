// Where who signs in comes first: to work, or to what he runs.
import {mayAct, type Me} from '@/api/session';
import {lastPlace} from './last-place';

export function firstPlace(me: Me): string {
	const last = lastPlace(me).tenant;
	const membership = me.memberships.find(({tenant_id}) => tenant_id === last);

	if (me.global_role === 'admin')
		return '/operator/tenants';
	if (!membership)
		return '/profile';
	return `/t/${membership.domain}/${mayAct(membership.role, 'admin') ? 'dashboard' : 'work'}`;
}
