// The first password, or a new one, by a link that works once. The secret stands behind #, which no
// server and no proxy gets to see, and is taken out of the address bar before anything else.
import {Alert, Anchor, Text} from '@mantine/core';
import {useQuery, useQueryClient} from '@tanstack/react-query';
import {Link, useNavigate} from '@tanstack/react-router';
import {useEffect, useState} from 'react';
import {api, ask} from '@/api/client';
import {Problem} from '@/api/problem';
import {meQuery} from '@/api/session';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {EntryCard} from './card';

const text = texts({
	en: {
		title: 'Set your password', about: 'With it and your e-mail address you sign in from now on.', password: 'Password',
		help: 'At least 8 characters, not your e-mail address', submit: 'Set the password and sign in',
		gone: 'This link does not work', goneAbout: 'It works once, within seven days, and only the newest one. Ask for another.',
		another: 'Ask for a link by mail', back: 'To sign in', instead: (email: string) => `You are signed in as ${email}. This signs you out and in as who was invited.`,
	},
	de: {
		title: 'Passwort setzen', about: 'Damit und mit Ihrer E-Mail-Adresse melden Sie sich künftig an.', password: 'Passwort',
		help: 'Mindestens 8 Zeichen, nicht Ihre E-Mail-Adresse', submit: 'Passwort setzen und anmelden',
		gone: 'Dieser Link gilt nicht', goneAbout: 'Er gilt einmal, sieben Tage lang, und nur der neueste. Lassen Sie sich einen neuen geben.',
		another: 'Link per E-Mail anfordern', back: 'Zur Anmeldung', instead: (email: string) => `Sie sind als ${email} angemeldet. Hiermit melden Sie sich ab und als die eingeladene Person an.`,
	},
});

export default function Invitation() {
	const t = useText(text);
	const client = useQueryClient();
	const navigate = useNavigate();
	const {data: me} = useQuery(meQuery);
	const [secret] = useState(() => window.location.hash.slice(1));
	const [gone, setGone] = useState(!secret);
	const fields: Field[] = [{name: 'password', kind: 'password', label: t.password, help: t.help, autoComplete: 'new-password', required: true}];

	useEffect(() => {
		if (window.location.hash)
			void navigate({to: '/invitation', hash: '', replace: true} as never);
	}, [navigate]);

	async function accept(values: Record<string, unknown>) {
		try {
			const signedIn = await ask(api.POST('/api/v1/invitations/accept', {body: {secret, password: String(values.password ?? '')}}));

			client.clear();
			client.setQueryData(meQuery.queryKey, signedIn as never);
		} catch (error) {
			if (error instanceof Problem && error.status === 404)
				return setGone(true);
			throw error;
		}
		await navigate({to: '/', replace: true} as never);
	}

	if (gone)
		return (
			<EntryCard title={t.gone} about={t.goneAbout}>
				<Anchor component={Link} to={'/forgotten' as string} size="sm">{t.another}</Anchor>
				<Anchor component={Link} to={'/sign-in' as string} size="sm">{t.back}</Anchor>
			</EntryCard>
		);
	return (
		<EntryCard title={t.title} about={t.about}>
			{me && <Alert color="orange" variant="light"><Text size="sm">{t.instead(me.email)}</Text></Alert>}
			<Form fields={fields} submit={t.submit} save={accept} />
		</EntryCard>
	);
}
