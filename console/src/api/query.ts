// The cache of what was read. Events keep it fresh (live.tsx), so nothing is asked again by a clock.
import {FreshClient} from './fresh';
import {Problem} from './problem';

const TRIES = 3;

export function makeQueryClient(): FreshClient {
	return new FreshClient({
		defaultOptions: {
			queries: {
				staleTime: 30_000,
				refetchOnWindowFocus: false,
				// What the server refuses, it refuses again; only what could not be asked is asked again.
				retry: (count, error) => error instanceof Problem && [0, 502, 503].includes(error.status) && count < TRIES,
			},
			mutations: {retry: false},
		},
	});
}

// Keys: [tenant, resource, ...]: all of a tenant goes when another is chosen, all of a resource when
// it changes. The operator's own are under INSTALLATION.
export const INSTALLATION = '*';
