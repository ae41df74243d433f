// One row: read, made, changed and deleted, and the lists that show it told.
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {send, sendTagged} from '@/api/client';
import {SendKeys} from '@/api/key';
import type {Values} from './form';

// With its ETag, which a change then names: nobody's work is overwritten unseen.
export function useRow<Row>(scope: readonly unknown[], path: string, id: string | undefined) {
	return useQuery({
		queryKey: [...scope, 'row', id],
		queryFn: ({signal}) => sendTagged<Row>('GET', `${path}/${id}`, undefined, undefined, signal),
		enabled: id !== undefined,
		staleTime: 0,
		gcTime: 0, // a form begins with what is there now, never with what was when it was opened last
	});
}

export function useWrites(scope: readonly unknown[], path: string) {
	const client = useQueryClient();
	const [keys] = useState(() => new SendKeys());
	const told = () => client.invalidateQueries({queryKey: scope});

	return {
		async create<Row>(values: Values): Promise<Row> {
			const row = await keys.send([path, values], (key) => send<Row>('POST', path, values, {'Idempotency-Key': key}));

			await told();
			return row;
		},
		async update<Row>(id: string, values: Values, etag?: string | null): Promise<Row> {
			const row = await send<Row>('PATCH', `${path}/${id}`, values, etag ? {'If-Match': etag} : {});

			await told();
			return row;
		},
		async remove(id: string): Promise<void> {
			await send('DELETE', `${path}/${id}`);
			// All but what was read of itself: it is not there any more.
			await client.invalidateQueries({queryKey: scope, predicate: ({queryKey}) => queryKey.at(-1) !== id});
		},
	};
}
