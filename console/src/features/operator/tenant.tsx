// One tenant, as who runs the installation sees it: what it is called, what it has and may have.
import {Anchor, Button, List, SimpleGrid, Stack, Text} from '@mantine/core';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {Link, useNavigate, useParams} from '@tanstack/react-router';
import {useState} from 'react';
import {api, ask, type Schemas, send, withQuery} from '@/api/client';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {Page, Waiting} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';
import {ProblemNote} from '@/ui/problem';
import {useTenantFields} from './tenant-fields';
import {TENANTS} from './tenants';
import {UsageAndLimits} from './usage';

const text = texts({
	en: {
		tenants: 'Tenants', settings: 'Settings', open: 'Open', delete: 'Delete', owners: 'Owners', noOwner: 'It has no owner.', people: 'Users and roles',
		ask: (name: string) => `Delete the tenant ${name}?`, all: 'All of it, for ever; there is no way back but a backup.', data: 'Call records, recordings, audio, settings and the audit log of this tenant',
		phones: (n: string) => `${n} extensions: their phones stop working at once`, queues: (n: string) => `${n} queues`, numbers: (n: string) => `${n} numbers`, members: (n: string) => `${n} memberships; the people stay users`,
		recordings: (n: string) => `${n} recordings`,
	},
	de: {
		tenants: 'Mandanten', settings: 'Einstellungen', open: 'Öffnen', delete: 'Löschen', owners: 'Inhaber', noOwner: 'Er hat keinen Inhaber.', people: 'Benutzer und Rollen',
		ask: (name: string) => `Mandanten ${name} löschen?`, all: 'Alles, für immer; zurück führt nur eine Sicherung.', data: 'Anruflisten, Aufnahmen, Audio, Einstellungen und Protokoll dieses Mandanten',
		phones: (n: string) => `${n} Nebenstellen: Ihre Telefone funktionieren sofort nicht mehr`, queues: (n: string) => `${n} Warteschlangen`, numbers: (n: string) => `${n} Nummern`, members: (n: string) => `${n} Mitgliedschaften; die Personen bleiben Benutzer`,
		recordings: (n: string) => `${n} Aufnahmen`,
	},
});
type Tenant = Schemas['Tenant'];
const PATH = '/api/v1/tenants';

export default function OneTenant() {
	const t = useText(text);
	const {domain} = useParams({strict: false}) as {domain: string};
	const navigate = useNavigate();
	const row = useRow<Tenant>(TENANTS, PATH, domain);
	const {update} = useWrites(TENANTS, PATH);
	const {tenant: fields} = useTenantFields(row.data?.data.timezone);
	const [deleting, setDeleting] = useState(false);

	if (row.error && !row.data)
		return <ProblemNote error={row.error} onRetry={() => row.refetch()} />;
	if (!row.data)
		return <Waiting rows={6} />;
	const {data: tenant, etag} = row.data;

	return (
		<Page title={tenant.name} about={<><Anchor component={Link} to={'/operator/tenants' as string} size="sm" underline="always">{t.tenants}</Anchor> / {tenant.domain}</>} actions={<>
			<Button variant="default" onClick={() => setDeleting(true)}>{t.delete}</Button>
			<Button component={Link} to={`/t/${tenant.domain}/dashboard`}>{t.open}</Button>
		</>}>
			<SimpleGrid cols={{base: 1, md: 2}}>
				<Stack>
					<Part title={t.settings}>
						<Form fields={fields} row={tenant} etag={etag} reload={row.refetch} save={async (values, from) => {
							if (Object.keys(values).length === 0)
								return;
							const changed = await update<Tenant>(tenant.id, values, from.etag);

							if (changed.domain !== domain)
								await navigate({to: `/operator/tenants/${changed.domain}`, replace: true} as never);
						}} />
					</Part>
					<Owners tenant={tenant} />
				</Stack>
				<UsageAndLimits tenant={tenant} />
			</SimpleGrid>
			<DeleteTenant tenant={tenant} opened={deleting} onClose={() => setDeleting(false)} onGone={() => navigate({to: '/operator/tenants'} as never)} />
		</Page>
	);
}

function Owners({tenant}: {tenant: Tenant}) {
	const t = useText(text);
	const query = useQuery({
		queryKey: [...TENANTS, 'owners', tenant.id],
		queryFn: ({signal}) => send<{items: Schemas['Member'][]}>('GET', withQuery(`${PATH}/${tenant.id}/members`, {role: 'owner', limit: 50}), undefined, undefined, signal),
	});

	return (
		<Part title={t.owners} actions={<Anchor component={Link} to={`/t/${tenant.domain}/people`} size="sm">{t.people}</Anchor>}>
			<Loaded query={query} rows={1}>
				{({items}) => items.length ? <List size="sm">{items.map(({user_id, email}) => <List.Item key={user_id}>{email}</List.Item>)}</List> : <Text size="sm">{t.noOwner}</Text>}
			</Loaded>
		</Part>
	);
}

function DeleteTenant({tenant, opened, onClose, onGone}: {tenant: Tenant; opened: boolean; onClose: () => void; onGone: () => Promise<void>}) {
	const t = useText(text);
	const format = useFormat();
	const client = useQueryClient();
	const query = useQuery({
		queryKey: [...TENANTS, 'usage', tenant.id],
		queryFn: ({signal}) => ask(api.GET('/api/v1/tenants/{tenant}/usage', {params: {path: {tenant: tenant.id}}, signal})),
		enabled: opened,
	});
	const {data: usage} = query;
	const counted = usage ? [
		t.phones(format.number(usage.extensions)), t.queues(format.number(usage.queues)), t.numbers(format.number(usage.numbers)),
		t.recordings(format.number(usage.recordings)), t.members(format.number(usage.members)),
	] : [];

	return (
		<Confirm opened={opened} onClose={onClose} title={t.ask(tenant.name)} action={t.delete} word={tenant.domain} needs={[query]}
			goes={[...counted, t.data, <Text key="all" size="sm" fw={600}>{t.all}</Text>]}
			onConfirm={async () => {
				await send('DELETE', withQuery(`${PATH}/${tenant.id}`, {confirm: tenant.domain}));
				// First away from its page, which would ask for what is gone.
				await onGone();
				await client.invalidateQueries({queryKey: TENANTS});
			}} />
	);
}
