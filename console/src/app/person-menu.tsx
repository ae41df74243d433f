// Who is signed in, and what is his own: profile, language, light or dark, the way out.
import {ActionIcon, Menu, useMantineColorScheme} from '@mantine/core';
import {IconLanguage, IconLogout, IconMoon, IconSun, IconUser} from '@tabler/icons-react';
import {useNavigate} from '@tanstack/react-router';
import {api, ask} from '@/api/client';
import {useMe} from '@/api/session';
import {LANGUAGES, type Language, texts, useLanguage, useText} from '@/i18n/language';
import {useDoing} from '@/ui/doing';

const text = texts({
	en: {me: 'Your account', profile: 'Profile', light: 'Light', dark: 'Dark', out: 'Sign out'},
	de: {me: 'Ihr Konto', profile: 'Profil', light: 'Hell', dark: 'Dunkel', out: 'Abmelden'},
});

export function PersonMenu() {
	const t = useText(text);
	const me = useMe();
	const navigate = useNavigate();
	const {busy, run} = useDoing();
	const {language, choose} = useLanguage();
	const {colorScheme, setColorScheme} = useMantineColorScheme();

	async function signOut() {
		await ask(api.POST('/api/v1/logout', {body: undefined as never, headers: {'Content-Type': 'application/json'}}));
		// A new page: nothing of what was read stays in memory.
		window.location.assign('/sign-in');
	}

	return (
		<Menu position="bottom-end" width={220}>
			<Menu.Target>
				<ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.me} loading={busy !== undefined}><IconUser size={20} aria-hidden /></ActionIcon>
			</Menu.Target>
			<Menu.Dropdown>
				<Menu.Label>{me.email}</Menu.Label>
				<Menu.Item leftSection={<IconUser size={16} aria-hidden />} onClick={() => void navigate({to: '/profile'} as never)}>{t.profile}</Menu.Item>
				{(Object.entries(LANGUAGES) as [Language, string][]).filter(([key]) => key !== language).map(([key, name]) => (
					<Menu.Item key={key} lang={key} leftSection={<IconLanguage size={16} aria-hidden />} onClick={() => choose(key)}>{name}</Menu.Item>
				))}
				<Menu.Item leftSection={colorScheme === 'dark' ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
					onClick={() => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark')}>{colorScheme === 'dark' ? t.light : t.dark}</Menu.Item>
				<Menu.Divider />
				<Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void run('out', signOut)}>{t.out}</Menu.Item>
			</Menu.Dropdown>
		</Menu>
	);
}
