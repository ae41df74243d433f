// A queue goes: what goes with it, and what keeps it.
import {Text} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {useNotice} from '@/ui/problem';
import type {QueueRow} from './data';

const text = texts({
	en: {
		title: (name: string) => `Delete queue ${name}?`, action: 'Delete', gone: (name: string) => `Queue ${name} is deleted`,
		members: (list: string) => `its members: ${list}`, noMembers: 'its members: none', settings: 'its settings', waiting: (n: number) => `${n} callers who wait in it: their calls end`,
		numbers: (list: string) => `Numbers lead to it: ${list}. Let them lead elsewhere first.`, stays: 'Its call history stays.', more: (n: number) => `and ${n} more`,
	},
	de: {
		title: (name: string) => `Warteschlange ${name} löschen?`, action: 'Löschen', gone: (name: string) => `Warteschlange ${name} ist gelöscht`,
		members: (list: string) => `ihre Mitglieder: ${list}`, noMembers: 'ihre Mitglieder: keine', settings: 'ihre Einstellungen', waiting: (n: number) => `${n} Anrufer, die darin warten: Ihre Anrufe enden`,
		numbers: (list: string) => `Nummern führen zu ihr: ${list}. Lassen Sie diese zuerst woandershin führen.`, stays: 'Ihr Anrufverlauf bleibt.', more: (n: number) => `und ${n} weitere`,
	},
});
const NAMED_MOST = 12;

export function DeleteQueue({queue, onClose, onGone}: {queue: QueueRow; onClose: () => void; onGone?: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const notice = useNotice();
	const writes = useWrites([tenant.id, 'queues'], tenantPath(tenant, '/queues'));
	const list = <Row,>(path: string) => send<{items: Row[]}>('GET', withQuery(tenantPath(tenant, path), {queue_id: queue.id, limit: 500}));
	const members = useQuery({queryKey: [tenant.id, 'queue-members', queue.id, 'names'], queryFn: () => list<Schemas['QueueMember']>('/queue-members')});
	const numbers = useQuery({queryKey: [tenant.id, 'numbers', 'of-queue', queue.id], queryFn: () => list<Schemas['Number']>('/numbers')});
	const live = useQuery({queryKey: [tenant.id, 'queues', 'callers', queue.id],
		queryFn: () => send<Schemas['QueueNow']>('GET', tenantPath(tenant, `/queues/${queue.id}/live`)), staleTime: 0});
	const names = (members.data?.items ?? []).map(({extension}) => extension);
	const shown = names.length > NAMED_MOST ? `${names.slice(0, NAMED_MOST).join(', ')} ${t.more(names.length - NAMED_MOST)}` : names.join(', ');
	const leading = (numbers.data?.items ?? []).map(({number}) => number).join(', ');

	return (
		<Confirm opened onClose={onClose} title={t.title(queue.name)} action={t.action} needs={[members, numbers]} goes={[
			...(leading ? [<Text key="numbers" span fw={600} size="sm">{t.numbers(leading)}</Text>] : []),
			names.length ? t.members(shown) : t.noMembers, t.settings,
			...(live.data?.waiting ? [t.waiting(live.data.waiting)] : []), t.stays,
		]} onConfirm={async () => {
			await writes.remove(queue.id);
			notice(t.gone(queue.name));
			onGone?.();
		}} />
	);
}
