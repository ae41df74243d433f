// Who belongs to the tenant, and what he may do in it.
import {ActionIcon, Button, Group, Menu, Select, Stack, Switch, Text, TextInput} from '@mantine/core';
import {useDebouncedCallback} from '@mantine/hooks';
import {IconDots, IconPlus, IconSearch, IconUpload} from '@tabler/icons-react';
import {useState} from 'react';
import type {Schemas} from '@/api/client';
import {mayAct, tenantPath, useMe, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {SideDrawer} from '@/resource/drawer';
import {ImportDrawer} from '@/resource/import';
import {type Column, ResourceTable} from '@/resource/table';
import {useUrlState} from '@/resource/url';
import {PasswordLink} from '@/ui/invitation';
import {Empty, Page} from '@/ui/page';
import {roleName, roleTexts} from '@/ui/roles';
import {AddMember, ChangeRole, RemoveMember} from './member';
import {TenantTokens} from './tokens';

const text = texts({
	en: {
		title: 'Users and roles', about: 'Who belongs to this tenant. The same person may belong to others too.', add: 'Add a person', import: 'Import CSV', search: 'Search people', email: 'E-mail', role: 'Role', all: 'All roles',
		caption: 'People of this tenant', empty: 'Nobody belongs to this tenant yet', emptyAbout: 'Add a person by e-mail address; who is new here is invited.',
		more: (email: string) => `Actions for ${email}`, change: 'Change the role', remove: 'Remove', link: 'New link for a password', you: 'you', actions: 'Actions',
		importTitle: 'Import people', emailAbout: 'e-mail address; who is new here becomes a user', roleAbout: 'agent, admin or owner', invite: 'Invite who is new: each gets a link to set a password (at most 500)',
	},
	de: {
		title: 'Benutzer und Rollen', about: 'Wer zu diesem Mandanten gehört. Dieselbe Person kann auch zu anderen gehören.', add: 'Person hinzufügen', import: 'CSV importieren', search: 'Personen suchen', email: 'E-Mail', role: 'Rolle', all: 'Alle Rollen',
		caption: 'Personen dieses Mandanten', empty: 'Noch gehört niemand zu diesem Mandanten', emptyAbout: 'Fügen Sie eine Person mit ihrer E-Mail-Adresse hinzu; wer neu ist, wird eingeladen.',
		more: (email: string) => `Aktionen für ${email}`, change: 'Rolle ändern', remove: 'Entfernen', link: 'Neuer Link für ein Passwort', you: 'Sie', actions: 'Aktionen',
		importTitle: 'Personen importieren', emailAbout: 'E-Mail-Adresse; wer neu ist, wird Benutzer', roleAbout: 'agent, admin oder owner', invite: 'Neue einladen: Jeder bekommt einen Link, um ein Passwort zu setzen (höchstens 500)',
	},
});

export type Member = Schemas['Member'];
type Act = 'change' | 'remove' | 'link';

const TYPING_MS = 250;

export default function People() {
	const t = useText(text);
	const roles = useText(roleTexts);
	const me = useMe();
	const tenant = useTenant();
	const [url, setUrl] = useUrlState();
	const [adding, setAdding] = useState(false);
	const [importing, setImporting] = useState(false);
	const [invite, setInvite] = useState(true);
	const [chosen, setChosen] = useState<{member: Member; act: Act}>();
	const search = useDebouncedCallback((q: string) => setUrl({q}), TYPING_MS);
	const scope = [tenant.id, 'members'];
	const path = tenantPath(tenant, '/members');
	// Nobody but owners touches owners.
	const mayTouch = (member: Member) => member.role !== 'owner' || mayAct(tenant.role, 'owner');
	const doing = (act: Act) => chosen?.act === act ? chosen.member : undefined;
	const done = () => setChosen(undefined);

	const columns: Column<Member>[] = [
		{key: 'email', header: t.email, sort: true, render: ({email, user_id}) => <>{email} {user_id === me.id && <Text span size="xs" c="dimmed">({t.you})</Text>}</>},
		{key: 'role', header: t.role, sort: true, render: ({role}) => roleName(role, roles)},
		{key: 'actions', header: '', right: true, width: 60, render: (member) => mayTouch(member) && (
			<Menu position="bottom-end" withinPortal>
				<Menu.Target><ActionIcon variant="subtle" color="gray.7" aria-label={t.more(member.email)}><IconDots size={18} aria-hidden /></ActionIcon></Menu.Target>
				<Menu.Dropdown>
					<Menu.Item onClick={() => setChosen({member, act: 'change'})}>{t.change}</Menu.Item>
					{me.global_role === 'admin' && <Menu.Item onClick={() => setChosen({member, act: 'link'})}>{t.link}</Menu.Item>}
					<Menu.Item onClick={() => setChosen({member, act: 'remove'})}>{t.remove}</Menu.Item>
				</Menu.Dropdown>
			</Menu>
		)},
	];

	return (
		<Page title={t.title} about={t.about} actions={<>
			<Button variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => setImporting(true)}>{t.import}</Button>
			<Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>{t.add}</Button>
		</>}>
			<Group align="flex-end" gap="sm">
				<TextInput aria-label={t.search} placeholder={t.search} leftSection={<IconSearch size={16} aria-hidden />} defaultValue={url.q} onChange={(event) => search(event.currentTarget.value)} w={260} />
				<Select aria-label={t.role} placeholder={t.all} clearable value={url.role ?? null} onChange={(role) => setUrl({role: role ?? undefined})} w={180}
					data={(['owner', 'admin', 'agent'] as const).map((role) => ({value: role, label: roles[role]}))} />
			</Group>
			<ResourceTable<Member> caption={t.caption} scope={scope} path={path} query={{q: url.q, role: url.role}} columns={columns} rowKey={({user_id}) => user_id}
				sort={url.sort} onSort={(sort) => setUrl({sort})} empty={<Empty title={t.empty}>{t.emptyAbout}</Empty>} height={mayAct(tenant.role, 'owner') ? '60dvh' : undefined} />
			{mayAct(tenant.role, 'owner') && <TenantTokens />}

			<SideDrawer opened={adding} onClose={() => setAdding(false)} title={t.add}><AddMember scope={scope} path={path} onClose={() => setAdding(false)} /></SideDrawer>
			<SideDrawer opened={!!doing('change')} onClose={done} title={t.change}>
				{chosen && <ChangeRole scope={scope} path={path} member={chosen.member} onClose={done} />}
			</SideDrawer>
			<SideDrawer opened={!!doing('link')} onClose={done} title={t.link}>{chosen && <PasswordLink user={chosen.member.user_id} email={chosen.member.email} />}</SideDrawer>
			<RemoveMember scope={scope} path={path} member={doing('remove')} onClose={done} />
			<ImportDrawer opened={importing} onClose={() => setImporting(false)} title={t.importTitle} path={path} scope={scope} file="members" query={{invite: invite ? 'yes' : undefined}} saved={['email', 'invitation', 'invitation_url']}
				columns={[{name: 'email', about: t.emailAbout, required: true, example: 'ada@example.com'}, {name: 'role', about: t.roleAbout, required: true, example: 'agent'}]}>
				<Stack><Switch label={t.invite} checked={invite} onChange={(event) => setInvite(event.currentTarget.checked)} /></Stack>
			</ImportDrawer>
		</Page>
	);
}
