// What is done with one member.
import {Button, List, Stack, Text} from '@mantine/core';
import {useQuery} from '@tanstack/react-query';
import {useState} from 'react';
import {type Schemas, send, withQuery} from '@/api/client';
import {mayAct, type Role, tenantPath, useTenant} from '@/api/session';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useRow, useWrites} from '@/resource/row';
import {Confirm} from '@/ui/confirm';
import {InvitationNote} from '@/ui/invitation';
import {Loaded} from '@/ui/part';
import {roleName, roleTexts} from '@/ui/roles';
import type {Member} from './people';

const text = texts({
	en: {
		email: 'E-mail', role: 'Role', add: 'Add', another: 'Add another', done: 'Done', may: 'What each may do',
		ask: (email: string) => `Remove ${email} from this tenant?`, remove: 'Remove', membership: 'The membership: no more access to this tenant. The person stays a user.',
		extension: (number: string) => `Extension ${number} belongs to nobody then; its phone goes on working.`, tokens: 'API tokens of this person for this tenant',
	},
	de: {
		email: 'E-Mail', role: 'Rolle', add: 'Hinzufügen', another: 'Noch eine Person', done: 'Fertig', may: 'Wer was darf',
		ask: (email: string) => `${email} aus diesem Mandanten entfernen?`, remove: 'Entfernen', membership: 'Die Mitgliedschaft: kein Zugang mehr zu diesem Mandanten. Die Person bleibt Benutzer.',
		extension: (number: string) => `Nebenstelle ${number} gehört dann niemandem; ihr Telefon funktioniert weiter.`, tokens: 'API-Token dieser Person für diesen Mandanten',
	},
});

const ROLES: readonly Role[] = ['agent', 'admin', 'owner'];
type Place = {scope: readonly unknown[]; path: string};

function useRoleField(): Field {
	const t = useText(text);
	const roles = useText(roleTexts);
	const tenant = useTenant();

	return {name: 'role', kind: 'choice', label: t.role, required: true,
		choices: ROLES.filter((role) => mayAct(tenant.role, role)).map((role) => ({value: role, label: roleName(role, roles)}))};
}

function RolesExplained() {
	const t = useText(text);
	const roles = useText(roleTexts);

	return (
		<div>
			<Text size="sm" fw={600}>{t.may}</Text>
			<List size="sm">{(['agent', 'admin', 'owner'] as const).map((role) => <List.Item key={role}>{roles[role]}: {roles.about[role]}</List.Item>)}</List>
		</div>
	);
}

export function AddMember({scope, path, onClose}: Place & {onClose: () => void}) {
	const t = useText(text);
	const {create} = useWrites(scope, path);
	const role = useRoleField();
	const [added, setAdded] = useState<Schemas['MemberInvited']>();
	const fields: Field[] = [{name: 'email', kind: 'email', label: t.email, required: true, placeholder: 'ada@example.com'}, role];

	if (added)
		return (
			<Stack>
				<InvitationNote email={added.email} invited={added} />
				<Button variant="default" onClick={() => setAdded(undefined)}>{t.another}</Button>
				<Button onClick={onClose}>{t.done}</Button>
			</Stack>
		);
	return (
		<Form fields={fields} submit={t.add} onCancel={onClose} save={async (values) => setAdded(await create<Schemas['MemberInvited']>(values))}>
			<RolesExplained />
		</Form>
	);
}

export function ChangeRole({scope, path, member, onClose}: Place & {member: Member; onClose: () => void}) {
	const {update} = useWrites(scope, path);
	const role = useRoleField();
	const row = useRow<Member>(scope, path, member.user_id);

	return (
		<Loaded query={row}>
			{({data, etag}) => (
				<Form fields={[role]} row={data} etag={etag} reload={row.refetch} onCancel={onClose} onDone={onClose}
					save={async (values, from) => Object.keys(values).length ? update(member.user_id, values, from.etag) : undefined}>
					<Text size="sm">{member.email}</Text>
					<RolesExplained />
				</Form>
			)}
		</Loaded>
	);
}

export function RemoveMember({scope, path, member, onClose}: Place & {member?: Member; onClose: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const {remove} = useWrites(scope, path);
	const extensions = useQuery({
		queryKey: [tenant.id, 'extensions', 'of', member?.user_id],
		queryFn: ({signal}) => send<{items: Schemas['Extension'][]}>('GET', withQuery(tenantPath(tenant, '/extensions'), {user_id: member?.user_id, limit: 1}), undefined, undefined, signal),
		enabled: !!member,
	});
	const goes = [t.membership, ...(extensions.data?.items ?? []).map(({extension_number}) => t.extension(extension_number)), t.tokens];

	return <Confirm opened={!!member} onClose={onClose} title={t.ask(member?.email ?? '')} action={t.remove} goes={goes} needs={[extensions]} onConfirm={() => remove(member?.user_id ?? '')} />;
}
