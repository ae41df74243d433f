// Where one was last, kept in this browser for each person: what stands around pages that are of no tenant.
import {INSTALLATION} from '@/api/query';
import type {Me} from '@/api/session';

// tenant: its id, or INSTALLATION; null: there is none. locale: of the tenant one was in last.
export type Place = {tenant: string | null; locale?: string};

const keyOf = (me: Me): string => `centrex.place.${me.id}`;

function stored(me: Me): Partial<Place> {
	try {
		const told: unknown = JSON.parse(localStorage.getItem(keyOf(me)) ?? '{}');

		return typeof told === 'object' && told !== null ? told : {};
	} catch {
		return {};
	}
}

// What one may still see of it; else what one would come to first.
export function lastPlace(me: Me): Place {
	const {tenant, locale} = stored(me);
	const runs = me.global_role === 'admin';
	const known = typeof tenant === 'string' && (runs || me.memberships.some(({tenant_id}) => tenant_id === tenant));

	return {tenant: known ? tenant : runs ? INSTALLATION : me.memberships[0]?.tenant_id ?? null,
		locale: typeof locale === 'string' ? locale : undefined};
}

export function rememberPlace(me: Me, place: Place): void {
	localStorage.setItem(keyOf(me), JSON.stringify({...stored(me), ...place}));
}
