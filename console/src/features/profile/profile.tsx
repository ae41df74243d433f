// What is one's own: password, language, where one is signed in, tokens for programs.
import {Anchor, Group, SegmentedControl, SimpleGrid, Stack, Table, Text, useMantineColorScheme} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {useQueryClient} from '@tanstack/react-query';
import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import {api, ask} from '@/api/client';
import {Problem} from '@/api/problem';
import {mayAct, useMe} from '@/api/session';
import type {Field} from '@/fields/kind';
import {LANGUAGES, type Language, texts, useLanguage, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {Page} from '@/ui/page';
import {Part} from '@/ui/part';
import {roleName, roleTexts} from '@/ui/roles';
import {Sessions} from './sessions';
import {Tokens} from './tokens';

const text = texts({
	en: {
		title: 'Profile', memberships: 'Tenants', tenant: 'Tenant', role: 'Role', noTenant: 'You belong to no tenant.', runs: 'You run this installation.',
		password: 'Password', old: 'Password until now', fresh: 'New password', help: 'At least 8 characters, not your e-mail address',
		change: 'Change the password', changed: 'The password is changed. All other sessions have ended.', wrong: 'This is not your password.',
		look: 'Language and look', language: 'Language', scheme: 'Colours', light: 'Light', dark: 'Dark', auto: 'As the device',
	},
	de: {
		title: 'Profil', memberships: 'Mandanten', tenant: 'Mandant', role: 'Rolle', noTenant: 'Sie gehören zu keinem Mandanten.', runs: 'Sie betreiben diese Installation.',
		password: 'Passwort', old: 'Bisheriges Passwort', fresh: 'Neues Passwort', help: 'Mindestens 8 Zeichen, nicht Ihre E-Mail-Adresse',
		change: 'Passwort ändern', changed: 'Das Passwort ist geändert. Alle anderen Sitzungen sind beendet.', wrong: 'Das ist nicht Ihr Passwort.',
		look: 'Sprache und Aussehen', language: 'Sprache', scheme: 'Farben', light: 'Hell', dark: 'Dunkel', auto: 'Wie das Gerät',
	},
});

export default function Profile() {
	const t = useText(text);
	const me = useMe();

	return (
		<Page title={t.title} about={me.email}>
			<SimpleGrid cols={{base: 1, md: 2}}>
				<Password />
				<Stack>
					<Look />
					<Memberships />
				</Stack>
			</SimpleGrid>
			<Sessions />
			<Tokens />
		</Page>
	);
}

function Password() {
	const t = useText(text);
	const client = useQueryClient();
	const [round, setRound] = useState(0); // a new form after each change
	const fields: Field[] = [
		{name: 'old', kind: 'password', label: t.old, autoComplete: 'current-password', required: true},
		{name: 'new', kind: 'password', label: t.fresh, help: t.help, autoComplete: 'new-password', required: true},
	];

	async function change(values: Record<string, unknown>) {
		try {
			await ask(api.PATCH('/api/v1/me/password', {body: values as {old: string; new: string}}));
		} catch (error) {
			if (error instanceof Problem && error.code === 'forbidden')
				throw new Problem(error.status, error.code, t.wrong, {old: t.wrong}, error.requestId);
			throw error;
		}
		notifications.show({color: 'green', message: t.changed});
		setRound(round + 1);
		await client.invalidateQueries({queryKey: ['me', 'sessions']});
	}

	return <Part title={t.password}><Form key={round} fields={fields} submit={t.change} save={change} /></Part>;
}

function Look() {
	const t = useText(text);
	const {language, choose} = useLanguage();
	const {colorScheme, setColorScheme} = useMantineColorScheme();

	return (
		<Part title={t.look}>
			<Stack gap="sm">
				<Group justify="space-between">
					<Text size="sm" id="profile-language">{t.language}</Text>
					<SegmentedControl aria-labelledby="profile-language" value={language} onChange={(x) => choose(x as Language)}
						data={Object.entries(LANGUAGES).map(([value, label]) => ({value, label}))} />
				</Group>
				<Group justify="space-between">
					<Text size="sm" id="profile-scheme">{t.scheme}</Text>
					<SegmentedControl aria-labelledby="profile-scheme" value={colorScheme} onChange={(x) => setColorScheme(x as typeof colorScheme)}
						data={[{value: 'light', label: t.light}, {value: 'dark', label: t.dark}, {value: 'auto', label: t.auto}]} />
				</Group>
			</Stack>
		</Part>
	);
}

function Memberships() {
	const t = useText(text);
	const roles = useText(roleTexts);
	const me = useMe();

	return (
		<Part title={t.memberships}>
			{me.global_role === 'admin' && <Text size="sm" mb="xs">{t.runs}</Text>}
			{me.memberships.length === 0
				? me.global_role !== 'admin' && <Text size="sm">{t.noTenant}</Text>
				: (
					<Table aria-label={t.memberships}>
						<Table.Thead><Table.Tr><Table.Th>{t.tenant}</Table.Th><Table.Th>{t.role}</Table.Th></Table.Tr></Table.Thead>
						<Table.Tbody>
							{me.memberships.map(({tenant_id, name, domain, role}) => (
								<Table.Tr key={tenant_id}>
									<Table.Td>
										<Anchor component={Link} to={`/t/${domain}/${mayAct(role, 'admin') ? 'dashboard' : 'work'}`}>{name}</Anchor> <Text span size="xs" c="dimmed">{domain}</Text>
									</Table.Td>
									<Table.Td>{roleName(role, roles)}</Table.Td>
								</Table.Tr>
							))}
						</Table.Tbody>
					</Table>
				)}
		</Part>
	);
}
