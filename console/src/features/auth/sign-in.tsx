import {Anchor} from '@mantine/core';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {Link, useNavigate, useSearch} from '@tanstack/react-router';
import {useEffect} from 'react';
import {api, ask} from '@/api/client';
import {Problem} from '@/api/problem';
import {meQuery} from '@/api/session';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {EntryCard} from './card';

const text = texts({
	en: {title: 'Sign in', email: 'E-mail', password: 'Password', forgotten: 'Password forgotten?', wrong: 'E-mail or password is wrong.'},
	de: {title: 'Anmelden', email: 'E-Mail', password: 'Passwort', forgotten: 'Passwort vergessen?', wrong: 'E-Mail oder Passwort ist falsch.'},
});

// Only a path of this site: never where a link from elsewhere would like. What a browser leaves out of
// an address (tabs, ends of lines) could make two slashes of one.
export function safePlace(next: string | undefined): string {
	return next && /^\/(?![/\\])[^\s\p{Cc}]*$/u.test(next) ? next : '/';
}

export default function SignIn() {
	const t = useText(text);
	const client = useQueryClient();
	const navigate = useNavigate();
	const {next} = useSearch({strict: false}) as {next?: string};
	const {data: me} = useQuery(meQuery);
	const fields: Field[] = [
		{name: 'email', kind: 'email', label: t.email, autoComplete: 'username', required: true},
		{name: 'password', kind: 'password', label: t.password, autoComplete: 'current-password', required: true},
	];

	async function signIn(values: Record<string, unknown>) {
		try {
			const signedIn = await ask(api.POST('/api/v1/login', {body: {email: '', password: '', ...values}}));

			client.clear();
			client.setQueryData(meQuery.queryKey, signedIn as never);
		} catch (error) {
			if (error instanceof Problem && error.status === 401)
				throw new Problem(error.status, error.code, t.wrong, {password: t.wrong}, error.requestId);
			throw error;
		}
		await navigate({href: safePlace(next), replace: true});
	}

	// Whoever is signed in since yesterday goes on from here.
	useEffect(() => {
		if (me)
			void navigate({href: safePlace(next), replace: true});
	}, [me, next, navigate]);
	if (me)
		return null;
	return (
		<EntryCard title={t.title}>
			<Form fields={fields} submit={t.title} save={signIn} />
			<Anchor component={Link} to={'/forgotten' as string} size="sm">{t.forgotten}</Anchor>
		</EntryCard>
	);
}
