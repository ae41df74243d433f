import {useQuery} from '@tanstack/react-query';
import {useMemo} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {AuditList, type Names} from '@/resource/audit';
import {Page} from '@/ui/page';
import {whoIs} from '@/ui/who';

const text = texts({
	en: {title: 'Audit', about: 'Who changed what, and when. It cannot be changed.'},
	de: {title: 'Protokoll', about: 'Wer was wann geändert hat. Es kann nicht geändert werden.'},
});
const RESOURCES = ['extension', 'limits', 'media', 'member', 'number', 'queue', 'queue-member', 'queue-settings', 'setting', 'tenant', 'token', 'agent', 'call', 'cdr'];

const READ_MOST = 500;

// What the ids of people, extensions and queues stand for; of what is gone, or of very many, the id is shown.
function useNames(): Names {
	const tenant = useTenant();
	const rows = <Row,>(list: string, path: string) => ({
		queryKey: [tenant.id, list, 'names'],
		queryFn: async ({signal}: {signal: AbortSignal}) => (await send<{items: Row[]}>('GET', withQuery(tenantPath(tenant, path), {limit: READ_MOST}), undefined, undefined, signal)).items,
	});
	const members = useQuery(rows<Schemas['Member']>('members', '/members')).data;
	const extensions = useQuery(rows<Schemas['Extension']>('extensions', '/extensions')).data;
	const queues = useQuery(rows<Schemas['Queue']>('queues', '/queues')).data;

	return useMemo(() => new Map([[tenant.id, tenant.name],
		...(members ?? []).map(({user_id, email}): [string, string] => [user_id, email]),
		...(extensions ?? []).map(({id, extension_number, email}): [string, string] => [id, whoIs({extension: extension_number, name: email})]),
		...(queues ?? []).map(({id, name}): [string, string] => [id, name])]), [tenant, members, extensions, queues]);
}

export default function Audit() {
	const t = useText(text);
	const tenant = useTenant();

	return <Page title={t.title} about={t.about}><AuditList path={tenantPath(tenant, '/audit')} scope={[tenant.id, 'audit']} resources={RESOURCES} names={useNames()} /></Page>;
}
