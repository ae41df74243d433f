// A page that was asked for and is not there yet: a line at the top of the window. When it is there, who
// follows a link by keyboard or by ear goes on at its title.
import {useRouter, useRouterState} from '@tanstack/react-router';
import {type ReactNode, useEffect} from 'react';
import {texts, useText} from '@/i18n/language';
import {arriveAtPage, leavePage} from '@/ui/focus';

const text = texts({en: {loading: 'The page is loading'}, de: {loading: 'Die Seite wird geladen'}});

export function Progress({children}: {children: ReactNode}) {
	const t = useText(text);
	const router = useRouter();
	const loading = useRouterState({select: ({isLoading}) => isLoading});

	useEffect(() => {
		const offs = [
			router.subscribe('onBeforeNavigate', ({fromLocation, pathChanged}) => fromLocation && pathChanged && leavePage()),
			router.subscribe('onRendered', arriveAtPage),
		];

		return () => {
			for (const off of offs)
				off();
		};
	}, [router]);
	return (
		<>
			{loading && <div className="progress" role="progressbar" aria-label={t.loading} aria-busy="true" />}
			{children}
		</>
	);
}
