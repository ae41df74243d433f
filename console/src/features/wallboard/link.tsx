// A link that a screen opens and keeps: with a token of its own, which reads these figures and nothing else.
import {Alert, Button, Group, Modal, Stack, Text, TextInput} from '@mantine/core';
import {useQueryClient} from '@tanstack/react-query';
import {type FormEvent, useState} from 'react';
import {boardHash} from '@/api/board';
import {send} from '@/api/client';
import {useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {Copyable} from '@/ui/copy';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {
		title: 'Link for a screen', about: 'A screen on the wall cannot sign in. Make a link for it: whoever has it sees the figures of the queues, no names, no numbers, nothing else, and can change nothing.',
		name: 'Where it hangs', usual: 'Wallboard', make: 'Make a link', link: 'Link', once: 'Shown this once. Open it on the screen, in full screen. It works until you revoke it in your profile, under API tokens, or are no administrator any more.', close: 'Close',
	},
	de: {
		title: 'Link für einen Bildschirm', about: 'Ein Bildschirm an der Wand kann sich nicht anmelden. Erstellen Sie einen Link für ihn: Wer ihn hat, sieht die Zahlen der Warteschlangen, keine Namen, keine Nummern, nichts sonst, und kann nichts ändern.',
		name: 'Wo er hängt', usual: 'Wallboard', make: 'Link erstellen', link: 'Link', once: 'Wird nur dieses eine Mal gezeigt. Öffnen Sie ihn auf dem Bildschirm, im Vollbild. Er gilt, bis Sie ihn in Ihrem Profil unter API-Token widerrufen oder kein Administrator mehr sind.', close: 'Schließen',
	},
});

export function LinkDialog({opened, onClose}: {opened: boolean; onClose: () => void}) {
	const t = useText(text);
	const tenant = useTenant();
	const client = useQueryClient();
	const [name, setName] = useState<string>(t.usual);
	const [secret, setSecret] = useState('');
	const [error, setError] = useState<unknown>();
	const [busy, setBusy] = useState(false);

	async function make(event: FormEvent) {
		event.preventDefault();
		setBusy(true);
		setError(undefined);
		try {
			const token = await send<{secret: string}>('POST', '/api/v1/me/tokens', {name, tenant: tenant.id, role: 'wallboard'});

			setSecret(token.secret);
			void client.invalidateQueries({queryKey: ['me', 'tokens']});
		} catch (failure) {
			setError(failure);
		} finally {
			setBusy(false);
		}
	}

	function close() {
		setSecret('');
		onClose();
	}

	return (
		<Modal opened={opened} onClose={close} title={t.title} centered size="lg" closeButtonProps={{'aria-label': t.close}}>
			{secret ? (
				<Stack>
					<Copyable value={`${window.location.origin}${window.location.pathname}${window.location.search}${boardHash(secret)}`} what={t.link} />
					<Alert color="blue" variant="light"><Text size="sm">{t.once}</Text></Alert>
				</Stack>
			) : (
				<form onSubmit={(event) => void make(event)}>
					<Stack>
						<Text size="sm">{t.about}</Text>
						<TextInput label={t.name} required maxLength={100} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
						{error !== undefined && <ProblemNote error={error} />}
						<Group justify="flex-end"><Button type="submit" loading={busy}>{t.make}</Button></Group>
					</Stack>
				</form>
			)}
		</Modal>
	);
}
