// Where who signs in comes first: to work, or to what he runs.
import {mayAct, type Me} from '@/api/session';

export function firstPlace(me: Me): string {
	const [membership] = me.memberships;

	if (me.global_role === 'admin')
		return '/operator/tenants';
	if (!membership)
		return '/profile';
	return `/t/${membership.domain}/${mayAct(membership.role, 'admin') ? 'dashboard' : 'work'}`;
}
