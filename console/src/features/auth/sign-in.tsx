import {Anchor} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {Link, useNavigate, useSearch} from '@tanstack/react-router';
import {api, ask} from '@/api/client';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {EntryCard} from './card';

const text = texts({
	en: {title: 'Sign in', email: 'E-mail', password: 'Password', forgotten: 'Password forgotten?'},
	de: {title: 'Anmelden', email: 'E-Mail', password: 'Passwort', forgotten: 'Passwort vergessen?'},
});

// Only a path of this site: never where a link from elsewhere would like.
function safePlace(next: string | undefined): string {
	return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

export default function SignIn() {
	const t = useText(text);
	const client = useQueryClient();
	const navigate = useNavigate();
	const {next} = useSearch({strict: false}) as {next?: string};
	const fields: Field[] = [
		{name: 'email', kind: 'email', label: t.email, autoComplete: 'username', required: true},
		{name: 'password', kind: 'password', label: t.password, autoComplete: 'current-password', required: true},
	];

	async function signIn(values: Record<string, unknown>) {
		await ask(api.POST('/api/v1/login', {body: {email: '', password: '', ...values}}));
		client.clear();
		await navigate({href: safePlace(next), replace: true});
	}

	return (
		<EntryCard title={t.title}>
			<Form fields={fields} submit={t.title} save={signIn} />
			<Anchor component={Link} to={'/forgotten' as string} size="sm">{t.forgotten}</Anchor>
		</EntryCard>
	);
}
