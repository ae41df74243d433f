// Who is refused goes to a new page: nothing of what was read stays in memory.
import type {QueryClient} from '@tanstack/react-query';
import {boardToken} from '@/api/board';
import {onForbidden, onSignedOut} from '@/api/client';
import {meQuery} from '@/api/session';

// Where to sign in, and come back from to where one was.
export function signInPlace({pathname, search}: {pathname: string; search: string}): string {
	return `/sign-in?${new URLSearchParams({next: pathname + search})}`;
}

// A session ends under its pages: it is too old, or was ended elsewhere. Whoever had none is no business
// of this (router.tsx), nor is a screen on the wall.
export function watchSession(client: QueryClient): void {
	onSignedOut(() => {
		if (client.getQueryData(meQuery.queryKey) && !boardToken)
			window.location.assign(signInPlace(window.location));
	});
	onForbidden(() => void client.invalidateQueries({queryKey: meQuery.queryKey, exact: true}));
}

// The events of an area were refused: the session is over, or one may not be there any more.
export function leave(status: number): void {
	window.location.assign(status === 401 ? signInPlace(window.location) : '/');
}
