import {useQuery} from '@tanstack/react-query';
import {useMemo} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {texts, useText} from '@/i18n/language';
import {AuditList, type Names} from '@/resource/audit';
import {Page} from '@/ui/page';

const text = texts({
	en: {title: 'Audit', about: 'What was done to the installation. Each tenant has a log of its own.'},
	de: {title: 'Protokoll', about: 'Was an der Installation geschehen ist. Jeder Mandant hat sein eigenes Protokoll.'},
});
const RESOURCES = ['session', 'tenant', 'token', 'user', 'member', 'invitation'];

const READ_MOST = 500;

function useNames(): Names {
	const rows = <Row,>(list: string) => ({
		queryKey: [INSTALLATION, list, 'names'],
		queryFn: async ({signal}: {signal: AbortSignal}) => (await send<{items: Row[]}>('GET', withQuery(`/api/v1/${list}`, {limit: READ_MOST}), undefined, undefined, signal)).items,
	});
	const users = useQuery(rows<Schemas['User']>('users')).data;
	const tenants = useQuery(rows<Schemas['Tenant']>('tenants')).data;

	return useMemo(() => new Map([...(users ?? []).map(({id, email}): [string, string] => [id, email]),
		...(tenants ?? []).map(({id, name}): [string, string] => [id, name])]), [users, tenants]);
}

export default function Audit() {
	const t = useText(text);

	return <Page title={t.title} about={t.about}><AuditList path="/api/v1/audit" scope={[INSTALLATION, 'installation-audit']} resources={RESOURCES} names={useNames()} /></Page>;
}
