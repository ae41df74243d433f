// What a page shows, kept in the address bar: it can be sent to somebody, and "back" works.
import {useNavigate, useSearch} from '@tanstack/react-router';

export type UrlState = Record<string, string | undefined>;

export function useUrlState(): [UrlState, (changes: UrlState) => void] {
	const search = useSearch({strict: false}) as UrlState;
	const navigate = useNavigate();

	return [search, (changes) => {
		const next = Object.fromEntries(Object.entries({...search, ...changes}).filter(([, x]) => x !== undefined && x !== ''));

		void navigate({to: '.', search: next, hash: true, replace: true});
	}];
}
