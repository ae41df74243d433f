// Calls that just ended come into the list where they belong, without reading it all anew: the one
// that was told of is asked for, with the filters, until its record is there.
import {useEffect, useRef} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {useEvent, useFreshClient} from '@/api/live';
import {type Book, type Page, type Query, withRow} from '@/resource/pages';

export type CallRecord = Schemas['CallRecord'];
type Awaited = {id: string; at: number; tries: number; due: number};

const DELAYS_MS = [250, 750, 2000, 5000, 15_000, 60_000];
const AT_ONCE = 10;   // asked for in one go
const AWAITED_MOST = 500;
const SLACK_MS = 2;   // the event's time and the record's differ below milliseconds

function isBefore(a: CallRecord, b: CallRecord, oldestFirst: boolean): boolean {
	const less = a.start_time === b.start_time ? a.id < b.id : Date.parse(a.start_time) < Date.parse(b.start_time);

	return less === oldestFirst;
}

export function useArrivals(scope: readonly unknown[], path: string, query: Query, oldestFirst: boolean): void {
	const client = useFreshClient();
	const awaited = useRef(new Map<string, Awaited>());
	const current = useRef({scope, path, query, oldestFirst});

	current.current = {scope, path, query, oldestFirst};
	useEvent('call', ({id, state, started_at}) => {
		if (state === 'ended' && awaited.current.size < AWAITED_MOST)
			awaited.current.set(id, {id, at: Date.parse(started_at), tries: 0, due: Date.now() + (DELAYS_MS[0] ?? 0)});
	});
	useEffect(() => {
		const stop = new AbortController();

		async function look(call: Awaited): Promise<void> {
			const {scope: key, path: from, query: asked, oldestFirst: up} = current.current;
			const [since, until] = [call.at - SLACK_MS, call.at + SLACK_MS];
			const within = (!asked.from || Date.parse(String(asked.from)) <= until) && (!asked.to || Date.parse(String(asked.to)) > since);
			const read = (filters: Query) => send<Page<CallRecord>>('GET', withQuery(from, {...filters, limit: 100,
				from: new Date(since).toISOString(), to: new Date(until).toISOString()}), undefined, undefined, stop.signal);
			const {sort: _, from: __, to: ___, ...filters} = asked;
			const record = (await read(within ? filters : {})).items.find(({id}) => id === call.id);

			if (record && within)
				client.change<Book<CallRecord>>([...key, 'rows', asked], (old) => old && withRow(old, record, (a, b) => isBefore(a, b, up)));
			if (record || (within && Object.keys(filters).length && (await read({})).items.some(({id}) => id === call.id)))
				return;
			const delay = DELAYS_MS[call.tries + 1];
			if (delay !== undefined)
				awaited.current.set(call.id, {...call, tries: call.tries + 1, due: Date.now() + delay});
		}

		async function run(): Promise<void> {
			const due = [...awaited.current.values()].filter((call) => call.due <= Date.now()).slice(0, AT_ONCE);

			for (const call of due) {
				awaited.current.delete(call.id);
				await look(call).catch(() => undefined); // the next event or a reload brings it
			}
		}

		let busy = false;
		const timer = setInterval(() => {
			if (busy || awaited.current.size === 0)
				return;
			busy = true;
			void run().finally(() => {
				busy = false;
			});
		}, 100);

		return () => {
			clearInterval(timer);
			stop.abort();
		};
	}, [client]);
}
