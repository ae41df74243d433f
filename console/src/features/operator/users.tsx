// Everybody who can sign in, whatever tenants he belongs to.
import {ActionIcon, Button, Menu, Stack, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconDots, IconPlus, IconSearch} from '@tabler/icons-react';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {useState} from 'react';
import {api, ask, type Schemas} from '@/api/client';
import {INSTALLATION} from '@/api/query';
import {useMe} from '@/api/session';
import type {Field} from '@/fields/kind';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {Form, type Values} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {browserName} from '@/ui/agent-name';
import {Confirm} from '@/ui/confirm';
import {useDoing} from '@/ui/doing';
import {PasswordLink} from '@/ui/invitation';
import {Empty, Page} from '@/ui/page';
import {Loaded} from '@/ui/part';

const text = texts({
	en: {
		title: 'Users', about: 'Everybody who can sign in. What each may do in a tenant is set there.', add: 'New user', search: 'Search users', email: 'E-mail', role: 'In the installation', created: 'Created', you: 'you',
		admin: 'Runs the installation', agent: 'No role', more: (email: string) => `Actions for ${email}`, edit: 'Edit', link: 'Link for a password', sessions: 'Sessions', remove: 'Delete', create: 'Make the user',
		made: 'The user is created. A link to set a password is still missing:', none: 'No sessions', end: 'End', endOf: (what: string) => `End the session ${what}`,
		ask: (email: string) => `Delete the user ${email}?`, goes: ['The membership in every tenant', 'Extensions of this person belong to nobody then', 'All sessions and API tokens'],
	},
	de: {
		title: 'Benutzer', about: 'Alle, die sich anmelden können. Was jeder in einem Mandanten darf, wird dort eingestellt.', add: 'Neuer Benutzer', search: 'Benutzer suchen', email: 'E-Mail', role: 'In der Installation', created: 'Angelegt', you: 'Sie',
		admin: 'Betreibt die Installation', agent: 'Keine Rolle', more: (email: string) => `Aktionen für ${email}`, edit: 'Bearbeiten', link: 'Link für ein Passwort', sessions: 'Sitzungen', remove: 'Löschen', create: 'Benutzer anlegen',
		made: 'Der Benutzer ist angelegt. Es fehlt noch ein Link, um ein Passwort zu setzen:', none: 'Keine Sitzungen', end: 'Beenden', endOf: (what: string) => `Sitzung ${what} beenden`,
		ask: (email: string) => `Benutzer ${email} löschen?`, goes: ['Die Mitgliedschaft in jedem Mandanten', 'Nebenstellen dieser Person gehören dann niemandem', 'Alle Sitzungen und API-Token'],
	},
});
type User = Schemas['User'];
type Act = 'edit' | 'link' | 'sessions' | 'remove';

const USERS = [INSTALLATION, 'users'];
const PATH = '/api/v1/users';
const TYPING_MS = 250;

// Nobody knows it: the person sets his own with a link.
function unknownPassword(): string {
	return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24))));
}

function useUserFields(): Field[] {
	const t = useText(text);

	return [
		{name: 'email', kind: 'email', label: t.email, required: true},
		{name: 'global_role', kind: 'choice', label: t.role, choices: [{value: 'agent', label: t.agent}, {value: 'admin', label: t.admin}]},
	];
}

export default function Users() {
	const t = useText(text);
	const me = useMe();
	const [url, setUrl] = useUrlState();
	const [adding, setAdding] = useState(false);
	const [chosen, setChosen] = useState<{user: User; act: Act}>();
	const {remove} = useWrites(USERS, PATH);
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const done = () => setChosen(undefined);
	const doing = (act: Act) => chosen?.act === act ? chosen.user : undefined;
	const [editing, linking, looking, removing] = [doing('edit'), doing('link'), doing('sessions'), doing('remove')];
	const columns: Column<User>[] = [
		{key: 'email', header: t.email, sort: true, render: ({id, email}) => <>{email} {id === me.id && <Text span size="xs" c="dimmed">({t.you})</Text>}</>},
		{key: 'global_role', header: t.role, render: ({global_role}) => global_role === 'admin' ? t.admin : ''},
		{key: 'created_at', header: t.created, kind: 'date', sort: true},
		{key: 'actions', header: '', right: true, width: 60, render: (user) => (
			<Menu position="bottom-end" withinPortal>
				<Menu.Target><ActionIcon variant="subtle" color="gray.7" aria-label={t.more(user.email)}><IconDots size={18} aria-hidden /></ActionIcon></Menu.Target>
				<Menu.Dropdown>
					<Menu.Item onClick={() => setChosen({user, act: 'edit'})}>{t.edit}</Menu.Item>
					<Menu.Item onClick={() => setChosen({user, act: 'link'})}>{t.link}</Menu.Item>
					<Menu.Item onClick={() => setChosen({user, act: 'sessions'})}>{t.sessions}</Menu.Item>
					{user.id !== me.id && <Menu.Item onClick={() => setChosen({user, act: 'remove'})}>{t.remove}</Menu.Item>}
				</Menu.Dropdown>
			</Menu>
		)},
	];

	return (
		<Page title={t.title} about={t.about} actions={<Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>{t.add}</Button>}>
			<TextInput aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} maw={320} />
			<ResourceTable<User> caption={t.title} scope={USERS} path={PATH} query={{q: url.q}} columns={columns} rowKey={({id}) => id} sort={url.sort} onSort={(sort) => setUrl({sort})} />
			<SideDrawer opened={adding} onClose={() => setAdding(false)} title={t.add}><NewUser onClose={() => setAdding(false)} /></SideDrawer>
			<SideDrawer opened={!!editing} onClose={done} title={t.edit}>{editing && <EditUser id={editing.id} onClose={done} />}</SideDrawer>
			<SideDrawer opened={!!linking} onClose={done} title={t.link}>{linking && <PasswordLink user={linking.id} email={linking.email} />}</SideDrawer>
			<SideDrawer opened={!!looking} onClose={done} title={t.sessions}>{looking && <UserSessions user={looking} />}</SideDrawer>
			<Confirm opened={!!removing} onClose={done} title={t.ask(removing?.email ?? '')} action={t.remove} goes={[...t.goes]} onConfirm={() => remove(removing?.id ?? '')} />
		</Page>
	);
}

function NewUser({onClose}: {onClose: () => void}) {
	const t = useText(text);
	const fields = useUserFields();
	const {create} = useWrites(USERS, PATH);
	const [made, setMade] = useState<User>();

	if (made)
		return <Stack><Text size="sm" role="status">{t.made}</Text><PasswordLink user={made.id} email={made.email} /></Stack>;
	return <Form fields={fields} submit={t.create} onCancel={onClose} save={async (values: Values) => setMade(await create<User>({...values, password: unknownPassword()}))} />;
}

function EditUser({id, onClose}: {id: string; onClose: () => void}) {
	const fields = useUserFields();
	const row = useRow<User>(USERS, PATH, id);
	const {update} = useWrites(USERS, PATH);

	return (
		<Loaded query={row}>
			{({data, etag}) => <Form fields={fields} row={data} etag={etag} reload={row.refetch} onCancel={onClose} onDone={onClose} save={async (values, from) => Object.keys(values).length ? update(id, values, from.etag) : undefined} />}
		</Loaded>
	);
}

function UserSessions({user}: {user: User}) {
	const t = useText(text);
	const format = useFormat();
	const client = useQueryClient();
	const {busy, run} = useDoing();
	const key = [...USERS, 'sessions', user.id];
	const query = useQuery({queryKey: key, queryFn: ({signal}) => ask(api.GET('/api/v1/users/{id}/sessions', {params: {path: {id: user.id}}, signal}))});

	async function end(session: string) {
		try {
			await ask(api.DELETE('/api/v1/users/{id}/sessions/{session}', {params: {path: {id: user.id, session}}}));
		} finally {
			await client.invalidateQueries({queryKey: key});
		}
	}

	return (
		<Loaded query={query}>
			{({items}) => items.length === 0 ? <Empty title={t.none} /> : (
				<Stack>
					<Text size="sm">{user.email}</Text>
					{items.map((one) => (
						<div key={one.id} style={{display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: 12}}>
							<div><Text size="sm">{browserName(one.user_agent)}</Text><Text size="xs" c="dimmed">{one.address}, {format.ago(one.last_used_at)}</Text></div>
							<Button size="compact-sm" variant="default" aria-label={t.endOf(`${browserName(one.user_agent)} ${one.address}`)} loading={busy === one.id} onClick={() => void run(one.id, () => end(one.id))}>{t.end}</Button>
						</div>
					))}
				</Stack>
			)}
		</Loaded>
	);
}
