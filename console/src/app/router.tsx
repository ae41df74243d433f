// The routes of all features in one tree, each page loaded when it is first shown.
import type {QueryClient} from '@tanstack/react-query';
import {type AnyRoute, createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect} from '@tanstack/react-router';
import {boardToken} from '@/api/board';
import {Problem} from '@/api/problem';
import {meQuery} from '@/api/session';
import type {Area, FeatureRoute} from '@/ui/route';
import {features} from './features';
import {NotFound, PageFault} from './fallback';
import {Frame} from './frame';
import {firstPlace} from './home';
import {OperatorArea} from './operator-area';
import {OwnArea} from './own-area';
import {Progress} from './progress';
import {RoleGate} from './role-gate';
import {TenantArea} from './tenant-area';

function signedInOnly(client: QueryClient) {
	return async ({location}: {location: {href: string}}) => {
		const me = await client.ensureQueryData(meQuery);

		// A screen has nobody to sign in: it says so, and tries again (fallback.tsx).
		if (!me && boardToken)
			throw Problem.of(401, undefined);
		if (!me)
			throw redirect({to: '/sign-in', search: {next: location.href} as never});
	};
}

export function makeRouter(client: QueryClient) {
	const root = createRootRoute({notFoundComponent: NotFound});
	const guard = signedInOnly(client);
	const home = createRoute({
		getParentRoute: () => root,
		path: '/',
		beforeLoad: async () => {
			const me = await client.ensureQueryData(meQuery);

			throw redirect({to: me ? firstPlace(me) : '/sign-in'} as never);
		},
	});
	const open = createRoute({getParentRoute: () => root, id: 'open'});
	const own = createRoute({getParentRoute: () => root, id: 'own', beforeLoad: guard, component: OwnArea});
	const operator = createRoute({getParentRoute: () => root, path: '/operator', beforeLoad: guard, component: OperatorArea});
	const tenant = createRoute({getParentRoute: () => root, path: '/t/$tenant', beforeLoad: guard, component: TenantArea});
	const framed = createRoute({getParentRoute: () => tenant, id: 'framed', component: Frame});
	const parents = {public: open, own, operator, tenant: framed, screen: tenant};

	const pagesOf = (area: Area): AnyRoute[] => features.flatMap((feature) => feature.routes)
		.filter((row) => row.area === area)
		.map((row) => createRoute({
			getParentRoute: () => parents[area],
			path: row.path,
			component: lazyRouteComponent(() => row.load().then(({default: Component}) => ({default: withRole(row, Component)}))),
		} as never) as AnyRoute);

	// The paths are rows of tables, which the router's types cannot follow.
	const all: AnyRoute[] = [
		home,
		open.addChildren(pagesOf('public')),
		own.addChildren(pagesOf('own')),
		operator.addChildren(pagesOf('operator')),
		tenant.addChildren([framed.addChildren(pagesOf('tenant')), ...pagesOf('screen')]),
	];

	return createRouter({
		routeTree: root.addChildren(all as never) as unknown as AnyRoute,
		defaultErrorComponent: PageFault,
		defaultNotFoundComponent: NotFound,
		InnerWrap: Progress,
		scrollRestoration: true,
		// Texts stay texts: the default would make a number of ?q=101.
		parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
		stringifySearch: (search) => {
			const text = new URLSearchParams(search as Record<string, string>).toString();

			return text ? `?${text}` : '';
		},
	});
}

function withRole(row: FeatureRoute, Component: React.ComponentType) {
	return function Guarded() {
		return <RoleGate row={row}><Component /></RoleGate>;
	};
}
