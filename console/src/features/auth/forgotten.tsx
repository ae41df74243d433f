import {Alert, Anchor} from '@mantine/core';
import {Link} from '@tanstack/react-router';
import {useState} from 'react';
import {api, ask} from '@/api/client';
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {EntryCard} from './card';

const text = texts({
	en: {
		title: 'New password', about: 'You get a link by mail, with which you set a new password.', email: 'E-mail', send: 'Send the link', back: 'To sign in',
		sent: (email: string) => `If ${email} is known here, a link is on its way. It works once, within seven days.`,
		none: 'Nothing came? Ask who runs this installation: a link can be made without mail, too.',
	},
	de: {
		title: 'Neues Passwort', about: 'Sie bekommen per E-Mail einen Link, mit dem Sie ein neues Passwort setzen.', email: 'E-Mail', send: 'Link senden', back: 'Zur Anmeldung',
		sent: (email: string) => `Wenn ${email} hier bekannt ist, ist ein Link unterwegs. Er gilt einmal, sieben Tage lang.`,
		none: 'Nichts angekommen? Fragen Sie, wer diese Installation betreibt: Dort kann ein Link auch ohne E-Mail erstellt werden.',
	},
});

export default function Forgotten() {
	const t = useText(text);
	const [sentTo, setSentTo] = useState('');
	const fields: Field[] = [{name: 'email', kind: 'email', label: t.email, autoComplete: 'username', required: true}];

	async function askForLink(values: Record<string, unknown>) {
		const email = String(values.email ?? '');

		await ask(api.POST('/api/v1/password-reset', {body: {email}}));
		setSentTo(email);
	}

	return (
		<EntryCard title={t.title} about={sentTo ? undefined : t.about}>
			{sentTo
				? <Alert role="status" variant="light">{t.sent(sentTo)} {t.none}</Alert>
				: <Form fields={fields} submit={t.send} save={askForLink} />}
			<Anchor component={Link} to={'/sign-in' as string} size="sm">{t.back}</Anchor>
		</EntryCard>
	);
}
