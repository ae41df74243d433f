// Calls that just ended come into the list where they belong, without reading it all anew: the one
// that was told of is asked for, with the filters, until its record is there.
import {type Schemas, send, withQuery} from '@/api/client';
import {type CallEvent, useFreshClient} from '@/api/live';
import {type Ended, useEndedCalls} from './after-calls';
import {type Book, type Page, type Query, withRow} from './pages';

export type CallRecord = Schemas['CallRecord'];

const AT_ONE_TIME = 100;
const SLACK_MS = 2;   // the event's time and the record's differ below milliseconds

function isBefore(a: CallRecord, b: CallRecord, oldestFirst: boolean): boolean {
	const less = a.start_time === b.start_time ? a.id < b.id : Date.parse(a.start_time) < Date.parse(b.start_time);

	return less === oldestFirst;
}

type List = {scope: readonly unknown[]; path: string; query: Query; oldestFirst?: boolean};

export function useArrivals({scope, path, query, oldestFirst = false}: List, isWanted: (call: CallEvent) => boolean = () => true): void {
	const client = useFreshClient();

	// true: its record is there, in this list or not.
	async function find(call: Ended, signal: AbortSignal): Promise<boolean> {
		const [since, until] = [call.at - SLACK_MS, call.at + SLACK_MS];
		const within = (!query.from || Date.parse(String(query.from)) <= until) && (!query.to || Date.parse(String(query.to)) > since);
		const read = async (filters: Query) => (await send<Page<CallRecord>>('GET', withQuery(path, {...filters, limit: AT_ONE_TIME,
			from: new Date(since).toISOString(), to: new Date(until).toISOString()}), undefined, undefined, signal)).items.find(({id}) => id === call.id);
		const {sort: _, limit: __, from: ___, to: ____, ...filters} = query;
		const record = await read(within ? filters : {});

		if (record && within)
			client.change<Book<CallRecord>>([...scope, 'rows', query], (old) => old && withRow(old, record, (a, b) => isBefore(a, b, oldestFirst)));
		return !!record || (within && Object.keys(filters).length > 0 && !!await read({}));
	}

	useEndedCalls(isWanted, async (calls, signal) => {
		const missing: Ended[] = [];

		for (const call of calls)
			if (!await find(call, signal).catch(() => true)) // a fault: the next event or a reload brings it
				missing.push(call);
		return missing;
	});
}
