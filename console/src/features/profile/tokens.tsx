// Tokens with which programs act in one's name.
import {Alert, Button, Stack, Table, Text} from '@mantine/core';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {mayAct, type Me, type Role, useMe} from '@/api/session';
import {type Field, reference} from '@/fields/kind';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Form, type Values} from '@/resource/form';
import {Confirm} from '@/ui/confirm';
import {Copyable} from '@/ui/copy';
import {Empty} from '@/ui/page';
import {Loaded, Part} from '@/ui/part';
import {roleName, roleTexts} from '@/ui/roles';

const text = texts({
	en: {
		title: 'API tokens', make: 'New token', name: 'Name', nameHelp: 'What it is for', tenant: 'Tenant', tenantHelp: 'Empty: the whole installation, as administrator', role: 'Role',
		ends: 'Ends', never: 'Never', used: 'Last used', unused: 'Never', days: (n: number) => `In ${n} days`, year: 'In a year', create: 'Make the token', done: 'Done',
		once: 'Copy the token now: it is not shown again. Whoever has it can do what you allowed it.', what: 'the token', all: 'All tenants',
		none: 'No tokens', noneAbout: 'Programs sign in with a token instead of your password.',
		revoke: 'Revoke', revokeOf: (name: string) => `Revoke the token ${name}`, ask: (name: string) => `Revoke the token ${name}?`, goes: 'Programs that use it are refused at once.',
	},
	de: {
		title: 'API-Token', make: 'Neues Token', name: 'Name', nameHelp: 'Wofür es ist', tenant: 'Mandant', tenantHelp: 'Leer: die ganze Installation, als Administrator', role: 'Rolle',
		ends: 'Endet', never: 'Nie', used: 'Zuletzt benutzt', unused: 'Nie', days: (n: number) => `In ${n} Tagen`, year: 'In einem Jahr', create: 'Token anlegen', done: 'Fertig',
		once: 'Kopieren Sie das Token jetzt: Es wird nicht noch einmal angezeigt. Wer es hat, kann alles, was Sie ihm erlaubt haben.', what: 'Token', all: 'Alle Mandanten',
		none: 'Keine Token', noneAbout: 'Programme melden sich mit einem Token an statt mit Ihrem Passwort.',
		revoke: 'Widerrufen', revokeOf: (name: string) => `Token ${name} widerrufen`, ask: (name: string) => `Token ${name} widerrufen?`, goes: 'Programme, die es benutzen, werden sofort abgewiesen.',
	},
});
const KEY = ['me', 'tokens'];
const DAY_MS = 86_400_000;
const ROLES: readonly Role[] = ['agent', 'admin', 'owner'];
type Token = Schemas['MyToken'];

export function Tokens() {
	const t = useText(text);
	const me = useMe();
	const client = useQueryClient();
	const [making, setMaking] = useState(false);
	const [going, setGoing] = useState<Token>();
	const query = useQuery({queryKey: KEY, queryFn: ({signal}) => ask(api.GET('/api/v1/me/tokens', {signal}))});
	const told = () => client.invalidateQueries({queryKey: KEY});
	const mayHave = me.memberships.length > 0 || me.global_role === 'admin';

	async function revoke(token: string) {
		await ask(api.DELETE('/api/v1/me/tokens/{token}', {params: {path: {token}}}));
		await told();
	}

	return (
		<Part title={t.title} actions={mayHave && <Button size="xs" variant="default" onClick={() => setMaking(true)}>{t.make}</Button>}>
			<Loaded query={query}>
				{({items}) => items.length ? <TokenTable items={items} onRevoke={setGoing} /> : <Empty title={t.none}>{t.noneAbout}</Empty>}
			</Loaded>
			<SideDrawer opened={making} onClose={() => setMaking(false)} title={t.make}>
				<NewToken onMade={() => void told()} onClose={() => setMaking(false)} />
			</SideDrawer>
			<Confirm opened={!!going} onClose={() => setGoing(undefined)} title={t.ask(going?.name ?? '')} action={t.revoke} goes={[t.goes]}
				onConfirm={() => revoke(going?.id ?? '')} />
		</Part>
	);
}

function TokenTable({items, onRevoke}: {items: readonly Token[]; onRevoke: (token: Token) => void}) {
	const t = useText(text);
	const roles = useText(roleTexts);
	const format = useFormat();

	return (
		<Table.ScrollContainer minWidth={560}>
			<Table aria-label={t.title}>
				<Table.Thead>
					<Table.Tr><Table.Th>{t.name}</Table.Th><Table.Th>{t.tenant}</Table.Th><Table.Th>{t.role}</Table.Th><Table.Th>{t.ends}</Table.Th><Table.Th>{t.used}</Table.Th><Table.Th aria-label={t.revoke} /></Table.Tr>
				</Table.Thead>
				<Table.Tbody>
					{items.map((one) => (
						<Table.Tr key={one.id}>
							<Table.Td>{one.name}</Table.Td>
							<Table.Td>{one.tenant ?? t.all}</Table.Td>
							<Table.Td>{roleName(one.role ?? 'admin', roles)}</Table.Td>
							<Table.Td>{one.expires_at ? format.date(one.expires_at) : t.never}</Table.Td>
							<Table.Td>{one.last_used_at ? format.ago(one.last_used_at) : t.unused}</Table.Td>
							<Table.Td ta="right"><Button size="compact-sm" variant="default" aria-label={t.revokeOf(one.name)} onClick={() => onRevoke(one)}>{t.revoke}</Button></Table.Td>
						</Table.Tr>
					))}
				</Table.Tbody>
			</Table>
		</Table.ScrollContainer>
	);
}

function tenantField(me: Me, label: string, help: string): Field {
	if (me.global_role !== 'admin')
		return {name: 'tenant', kind: 'choice', label, required: true, choices: me.memberships.map(({domain, name}) => ({value: domain, label: name}))};
	return {name: 'tenant', kind: 'reference', label, help, clearable: true, reference: reference<Schemas['Tenant']>({
		path: '/api/v1/tenants', scope: [INSTALLATION, 'tenants'], value: ({domain}) => domain, label: ({name, domain}) => `${name} (${domain})`})};
}

function NewToken({onMade, onClose}: {onMade: () => void; onClose: () => void}) {
	const t = useText(text);
	const roles = useText(roleTexts);
	const me = useMe();
	const [secret, setSecret] = useState('');
	const highest = me.global_role === 'admin' ? 'owner' : me.memberships.map(({role}) => role).sort((a, b) => mayAct(a, b) ? -1 : 1)[0] ?? 'agent';
	const fields: Field[] = [
		{name: 'name', kind: 'text', label: t.name, help: t.nameHelp, required: true, most: 100},
		tenantField(me, t.tenant, t.tenantHelp),
		{name: 'role', kind: 'choice', label: t.role, required: me.global_role !== 'admin', clearable: me.global_role === 'admin',
			choices: ROLES.filter((role) => mayAct(highest, role)).map((role) => ({value: role, label: roleName(role, roles)}))},
		{name: 'days', kind: 'choice', label: t.ends, choices: [...[30, 90].map((n) => ({value: String(n), label: t.days(n)})), {value: '365', label: t.year}, {value: '', label: t.never}]},
	];

	async function make({days, ...values}: Values) {
		const expires_at = days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : undefined;
		const made = await ask(api.POST('/api/v1/me/tokens', {body: {name: '', ...values, expires_at}}));

		setSecret(made.secret);
		onMade();
	}

	if (secret)
		return (
			<Stack>
				<Alert color="orange" variant="light" role="status"><Text size="sm">{t.once}</Text></Alert>
				<Copyable value={secret} what={t.what} />
				<Button onClick={onClose}>{t.done}</Button>
			</Stack>
		);
	return <Form fields={fields} submit={t.create} save={make} onCancel={onClose} />;
}
