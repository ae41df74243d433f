// What a page that hangs on a wall needs of its browser.
import {useComputedColorScheme} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {useEffect, useRef} from 'react';
import {useLiveState} from '@/api/live';

// The screen stays on while the page is seen. Not every browser can, and none without https.
export function useWakeLock(): void {
	useEffect(() => {
		let lock: WakeLockSentinel | undefined;
		let closed = false;
		const take = () => {
			if (document.visibilityState !== 'visible' || !('wakeLock' in navigator))
				return;
			navigator.wakeLock.request('screen').then((taken) => {
				lock = taken;
				if (closed)
					void taken.release();
			}, () => undefined); // a battery that is low: the screen does as it likes
		};

		take();
		document.addEventListener('visibilitychange', take);
		return () => {
			closed = true;
			document.removeEventListener('visibilitychange', take);
			void lock?.release();
		};
	}, []);
}

// Dark while it is shown, whatever the person's other pages are: also when the system turns light in the morning.
export function useDark(): void {
	const usual = useComputedColorScheme('light');

	useEffect(() => {
		const page = document.documentElement;

		page.setAttribute('data-mantine-color-scheme', 'dark');
		return () => page.setAttribute('data-mantine-color-scheme', usual);
	}, [usual]);
}

// Whether the server has another console than this page is of: its page names other files.
export function isOtherVersion(page: string, mine: string | null | undefined): boolean {
	return !!mine && /<script[^>]+type="module"/.test(page) && !page.includes(`"${mine}"`);
}

// When the connection comes back, all is read anew; and where the server was replaced meanwhile by one
// with another console, the page begins anew. Only a server that answers is asked to.
export function useRecovery(): void {
	const client = useQueryClient();
	const state = useLiveState();
	const before = useRef(state);

	useEffect(() => {
		const back = state === 'live' && before.current === 'lost';

		before.current = state;
		if (!back)
			return;
		void client.invalidateQueries();
		fetch('/', {cache: 'no-store', credentials: 'same-origin'}).then(async (answer) => {
			const mine = document.querySelector('script[type="module"][src]')?.getAttribute('src');

			if (answer.ok && isOtherVersion(await answer.text(), mine))
				window.location.reload();
		}).catch(() => undefined);
	}, [state, client]);
}

// A link with another token differs only behind #, which loads nothing by itself.
export function useFreshLink(): void {
	useEffect(() => {
		const begin = () => window.location.reload();

		window.addEventListener('hashchange', begin);
		return () => window.removeEventListener('hashchange', begin);
	}, []);
}
