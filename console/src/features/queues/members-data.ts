// The members of a queue, and how they are changed: at once on the screen, put back when the API says no.
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {Problem} from '@/api/problem';
import {tenantPath, useTenant} from '@/api/session';
import {useProblemNotice} from '@/ui/problem';
import {changes} from './tiers';

export type Member = Schemas['QueueMember'];

const PAGE = 500;

async function allMembers(path: string, queue: string, signal: AbortSignal): Promise<Member[]> {
	const members: Member[] = [];
	let cursor: string | null | undefined;

	do {
		const page: {items: Member[]; next?: string | null} = await send('GET', withQuery(path, {queue_id: queue, limit: PAGE, cursor}), undefined, undefined, signal);

		members.push(...page.items);
		cursor = page.next;
	} while (cursor);
	return members;
}

export function useMembers(queue: string) {
	const tenant = useTenant();
	const client = useQueryClient();
	const notice = useProblemNotice();
	const path = tenantPath(tenant, '/queue-members');
	const key = [tenant.id, 'queue-members', 'of', queue];
	const [busy, setBusy] = useState(false);
	// Not read again by the events of one's own change, which come while half of it is told.
	const query = useQuery({queryKey: key, queryFn: ({signal}) => allMembers(path, queue, signal), enabled: !busy});
	const reload = () => client.invalidateQueries({queryKey: [tenant.id, 'queue-members']});

	// Shows `after` now; what `tell` throws puts `before` back. What was told half is read again.
	async function change(after: (before: Member[]) => Member[], tell: () => Promise<unknown>): Promise<boolean> {
		await client.cancelQueries({queryKey: key});
		const before = client.getQueryData<Member[]>(key) ?? [];

		client.setQueryData<Member[]>(key, after(before));
		setBusy(true);
		try {
			await tell();
			return true;
		} catch (error) {
			client.setQueryData<Member[]>(key, before);
			notice(error);
			return false;
		} finally {
			setBusy(false);
			void reload();
		}
	}

	return {
		query, busy,
		place(moved: string, after: Member[]): Promise<boolean> {
			const before = client.getQueryData<Member[]>(key) ?? [];
			const told = changes(before, after, moved);

			return told.length === 0 ? Promise.resolve(true) : change(() => after, async () => {
				for (const {extension_id, tier, level} of told)
					await send('PATCH', `${path}/${queue}/${extension_id}`, {tier, level});
			});
		},
		remove: (member: Member) => change((all) => all.filter(({extension_id}) => extension_id !== member.extension_id), () =>
			send('DELETE', `${path}/${queue}/${member.extension_id}`).catch((error: unknown) => {
				// Somebody else was faster: he is gone, as was wanted.
				if (!(error instanceof Problem && error.status === 404))
					throw error;
			})),
		async add(extension: string, tier: number, level: number) {
			await send('POST', path, {queue_id: queue, extension_id: extension, tier, level});
			await reload();
		},
	};
}
