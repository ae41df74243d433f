// Which version the database is at, and who is behind.
import {Anchor, SimpleGrid, Stack, Table, Text} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {api, ask, type Schemas} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {Dot} from '@/ui/dot';
import {Page} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';

const text = texts({
	en: {
		title: 'Migrations', about: 'Each tenant is migrated in a transaction of its own; one that fails is listed here, and the others go on.', shared: 'Shared tables', tenants: 'Tenants', version: 'Version', count: 'Tenants', newest: (n: string) => `newest ${n}`,
		current: 'Up to date', behind: (n: string) => `${n} behind`, since: 'Since', unknown: 'not known', of: (n: string, m: string) => `Version ${n} of ${m}`, late: 'Tenants behind', tenant: 'Tenant', failed: 'Failed', why: 'Why', never: 'not yet tried',
		how: 'Once the reason is mended, “centrex migrate” tries again.', more: (n: string) => `and ${n} more`,
	},
	de: {
		title: 'Migrationen', about: 'Jeder Mandant wird in einer eigenen Transaktion migriert; schlägt es bei einem fehl, steht es hier, und die anderen laufen weiter.', shared: 'Gemeinsame Tabellen', tenants: 'Mandanten', version: 'Version', count: 'Mandanten', newest: (n: string) => `neueste ${n}`,
		current: 'Aktuell', behind: (n: string) => `${n} im Rückstand`, since: 'Seit', unknown: 'unbekannt', of: (n: string, m: string) => `Version ${n} von ${m}`, late: 'Mandanten im Rückstand', tenant: 'Mandant', failed: 'Fehlgeschlagen', why: 'Warum', never: 'noch nicht versucht',
		how: 'Ist der Grund behoben, versucht „centrex migrate“ es noch einmal.', more: (n: string) => `und ${n} weitere`,
	},
});
type Status = Schemas['Migrations'];

export default function Migrations() {
	const t = useText(text);
	const query = useQuery({queryKey: [INSTALLATION, 'migrations'], queryFn: ({signal}) => ask(api.GET('/api/v1/migrations', {signal}))});

	return <Page title={t.title} about={t.about}><Loaded query={query} rows={8}>{(status) => <Shown status={status} />}</Loaded></Page>;
}

function Shown({status}: {status: Status}) {
	const t = useText(text);
	const format = useFormat();
	const n = format.number;

	return (
		<Stack>
			<SimpleGrid cols={{base: 1, md: 2}}>
				<Part title={t.shared}>
					<Dot tone={status.public_version === status.public_newest ? 'good' : 'warn'} label={t.of(n(status.public_version), n(status.public_newest))} />
					{status.public_applied_at && <Text size="sm" c="dimmed">{t.since} {format.dateTime(status.public_applied_at)}</Text>}
				</Part>
				<Part title={t.tenants}>
					<Dot tone={status.tenants_behind === 0 ? 'good' : 'warn'} label={status.tenants_behind === 0 ? t.current : t.behind(n(status.tenants_behind))} />
					<Table aria-label={t.tenants} mt="xs">
						<Table.Thead><Table.Tr><Table.Th>{t.version}</Table.Th><Table.Th ta="right">{t.count}</Table.Th></Table.Tr></Table.Thead>
						<Table.Tbody>
							{status.versions.map(({version, tenants}) => (
								<Table.Tr key={version}>
									<Table.Td>{version === 0 ? t.unknown : n(version)} {version === status.tenant_newest && <Text span size="xs" c="dimmed">({t.newest(n(version))})</Text>}</Table.Td>
									<Table.Td ta="right">{n(tenants)}</Table.Td>
								</Table.Tr>
							))}
						</Table.Tbody>
					</Table>
				</Part>
			</SimpleGrid>
			{status.behind.length > 0 && <Behind status={status} />}
		</Stack>
	);
}

function Behind({status}: {status: Status}) {
	const t = useText(text);
	const format = useFormat();
	const rest = status.tenants_behind - status.behind.length;

	return (
		<Part title={t.late}>
			<Text size="sm" mb="xs">{t.how}</Text>
			<Table.ScrollContainer minWidth={560}>
				<Table aria-label={t.late}>
					<Table.Thead><Table.Tr><Table.Th>{t.tenant}</Table.Th><Table.Th>{t.version}</Table.Th><Table.Th>{t.failed}</Table.Th><Table.Th>{t.why}</Table.Th></Table.Tr></Table.Thead>
					<Table.Tbody>
						{status.behind.map((one) => (
							<Table.Tr key={one.tenant_id}>
								<Table.Td><Anchor component={Link} to={`/operator/tenants/${one.domain}`}>{one.name}</Anchor></Table.Td>
								<Table.Td>{one.version || t.unknown}</Table.Td>
								<Table.Td>{one.failed_at ? format.dateTime(one.failed_at) : t.never}</Table.Td>
								<Table.Td style={{overflowWrap: 'anywhere'}}>{one.error ?? ''}</Table.Td>
							</Table.Tr>
						))}
					</Table.Tbody>
				</Table>
			</Table.ScrollContainer>
			{rest > 0 && <Text size="sm" c="dimmed">{t.more(format.number(rest))}</Text>}
		</Part>
	);
}
