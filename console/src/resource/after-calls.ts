// A record is stored a moment after its call has ended; when the server is busy, later. What shows records
// looks for them then, a few times.
import {useEffect, useRef} from 'react';
import {type CallEvent, useEvent, useFreshClient} from '@/api/live';

export type Ended = {id: string; at: number; tries: number; due: number};

const DELAYS_MS = [250, 750, 2000, 5000, 15_000, 60_000]; // each after the one before
const AT_ONCE = 10;   // looked for in one go
const AWAITED_MOST = 500;
const TICK_MS = 100;
const REFRESH_MS = 1000;

type Pace = {everyMs: number; atOnce: number};

// look: answers those that it did not find, which it is asked for again.
export function useEndedCalls(isWanted: (call: CallEvent) => boolean, look: (calls: readonly Ended[], signal: AbortSignal) => Promise<readonly Ended[]>,
	{everyMs, atOnce}: Pace = {everyMs: TICK_MS, atOnce: AT_ONCE}): void {
	const awaited = useRef(new Map<string, Ended>());
	const latest = useRef(look);

	latest.current = look;
	useEvent('call', (call) => {
		if (call.state === 'ended' && awaited.current.size < AWAITED_MOST && isWanted(call))
			awaited.current.set(call.id, {id: call.id, at: Date.parse(call.started_at), tries: 0, due: Date.now() + (DELAYS_MS[0] ?? 0)});
	});
	useEffect(() => {
		const stop = new AbortController();
		const all = awaited.current;

		async function run(): Promise<void> {
			const due = [...all.values()].filter((call) => call.due <= Date.now()).slice(0, atOnce);

			for (const {id} of due)
				all.delete(id);
			const missing = due.length ? await latest.current(due, stop.signal) : [];

			for (const call of missing) {
				const delay = DELAYS_MS[call.tries + 1];

				if (delay !== undefined)
					all.set(call.id, {...call, tries: call.tries + 1, due: Date.now() + delay});
			}
		}

		let busy = false;
		const timer = setInterval(() => {
			if (busy || all.size === 0)
				return;
			busy = true;
			void run().catch(() => undefined).finally(() => {
				busy = false;
			});
		}, everyMs);

		return () => {
			clearInterval(timer);
			stop.abort();
			all.clear();
		};
	}, [everyMs, atOnce]);
}

const REFRESHED = 4; // times: after that a figure waits for the next call

// For what the server adds up from records: once for all calls that ended in a second.
export function useRefreshAfterCalls(key: readonly unknown[]): void {
	const client = useFreshClient();

	useEndedCalls(() => true, async (calls) => {
		await client.invalidateQueries({queryKey: key});
		return calls.filter(({tries}) => tries + 1 < REFRESHED);
	}, {everyMs: REFRESH_MS, atOnce: AWAITED_MOST});
}
