// What is read from call records is read again after calls: a record is stored a moment after its call
// has ended; when the server is busy, later.
import {useQueryClient} from '@tanstack/react-query';
import {useEffect, useRef} from 'react';
import {type CallEvent, useEvent} from '@/api/live';

const DELAYS_MS = [300, 1500, 6000];

export function useRefreshAfterCalls(key: readonly unknown[], isWanted: (call: CallEvent) => boolean = () => true): void {
	const client = useQueryClient();
	const timers = useRef(new Map<number, ReturnType<typeof setTimeout>>());
	const latest = useRef(key);

	latest.current = key;
	useEvent('call', (call) => {
		for (const delay of call.state === 'ended' && isWanted(call) ? DELAYS_MS : []) {
			// However many end: one read for each delay.
			if (!timers.current.has(delay))
				timers.current.set(delay, setTimeout(() => {
					timers.current.delete(delay);
					void client.invalidateQueries({queryKey: latest.current});
				}, delay));
		}
	});
	useEffect(() => {
		const all = timers.current;

		return () => {
			for (const timer of all.values())
				clearTimeout(timer);
			all.clear();
		};
	}, []);
}
