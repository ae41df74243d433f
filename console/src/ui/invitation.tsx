// What became of an invitation: a link to hand on, or a letter that is on its way.
import {Alert, Button, Stack, Text} from '@mantine/core';
import {useState} from 'react';
import {api, ask} from '@/api/client';
import {texts, useText} from '@/i18n/language';
import {Copyable} from './copy';
import {ProblemNote} from './problem';

const text = texts({
	en: {
		none: (email: string) => `${email} has an account already and can sign in.`,
		mailed: (email: string) => `${email} gets an e-mail with a link to set a password.`,
		pending: (email: string) => `${email} has no password yet. Who runs the installation can make a link to set one.`,
		link: (email: string) => `Hand this link to ${email}. It sets a password, once, within seven days. Whoever has it can sign in as this person.`,
		what: 'the link', make: 'Make the link',
		about: (email: string) => `${email} can set a new password with it, once, within seven days. Links that were made before stop working.`,
	},
	de: {
		none: (email: string) => `${email} hat schon ein Konto und kann sich anmelden.`,
		mailed: (email: string) => `${email} bekommt eine E-Mail mit einem Link, um ein Passwort zu setzen.`,
		pending: (email: string) => `${email} hat noch kein Passwort. Wer die Installation betreibt, kann dafür einen Link erstellen.`,
		link: (email: string) => `Geben Sie diesen Link an ${email} weiter. Er setzt ein Passwort, einmal, innerhalb von sieben Tagen. Wer ihn hat, kann sich als diese Person anmelden.`,
		what: 'Link', make: 'Link erstellen',
		about: (email: string) => `${email} kann damit einmal, innerhalb von sieben Tagen, ein neues Passwort setzen. Frühere Links gelten dann nicht mehr.`,
	},
});

export type Invited = {invitation?: 'none' | 'link' | 'mailed' | 'pending'; invitation_url?: string | null};

export function InvitationNote({email, invited}: {email: string; invited: Invited}) {
	const t = useText(text);
	const {invitation = 'none', invitation_url: url} = invited;

	return (
		<Alert variant="light" color={invitation === 'pending' ? 'orange' : 'blue'} role="status">
			<Stack gap="xs">
				<Text size="sm">{t[invitation](email)}</Text>
				{url && <Copyable value={url} what={t.what} />}
			</Stack>
		</Alert>
	);
}

// For who runs the installation: a password is set by its person with a link, never typed by others.
export function PasswordLink({user, email}: {user: string; email: string}) {
	const t = useText(text);
	const [made, setMade] = useState<Invited>();
	const [error, setError] = useState<unknown>();
	const [busy, setBusy] = useState(false);

	async function make() {
		setBusy(true);
		setError(undefined);
		try {
			setMade(await ask(api.POST('/api/v1/users/{id}/invitation', {params: {path: {id: user}}})));
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(false);
		}
	}

	if (made)
		return <InvitationNote email={email} invited={made} />;
	return (
		<Stack>
			<Text size="sm">{t.about(email)}</Text>
			{error !== undefined && <ProblemNote error={error} />}
			<Button loading={busy} onClick={() => void make()}>{t.make}</Button>
		</Stack>
	);
}
