// What went wrong, in words, with a way on.
import {Alert, Button, Group, Text} from '@mantine/core';
import {notifications} from '@mantine/notifications';
import {IconAlertTriangle} from '@tabler/icons-react';
import {useState} from 'react';
import {Problem} from '@/api/problem';
import {texts, useText} from '@/i18n/language';

export const problemTexts = texts({
	en: {
		title: 'That did not work', unreachable: 'The server cannot be reached.', unavailable: 'The server is not ready. Try again in a moment.',
		forbidden: 'You may not do this.', notFound: 'This is not there any more.', rateLimited: 'Too many requests. Try again in a moment.',
		changed: 'Somebody changed this meanwhile. Load it again.', other: 'Something went wrong.', again: 'Try again',
		request: (id: string) => `Request ${id}`, close: 'Close',
	},
	de: {
		title: 'Das hat nicht geklappt', unreachable: 'Der Server ist nicht erreichbar.', unavailable: 'Der Server ist nicht bereit. Versuchen Sie es gleich noch einmal.',
		forbidden: 'Das dürfen Sie nicht.', notFound: 'Das gibt es nicht mehr.', rateLimited: 'Zu viele Anfragen. Versuchen Sie es gleich noch einmal.',
		changed: 'Jemand hat das inzwischen geändert. Laden Sie es neu.', other: 'Etwas ist schiefgegangen.', again: 'Erneut versuchen',
		request: (id: string) => `Anfrage ${id}`, close: 'Schließen',
	},
});

type ProblemTexts = ReturnType<typeof useText<(typeof problemTexts)['en']>>;

// The server's own words say more where it names a rule; these are for the rest.
export function problemText(error: unknown, t: ProblemTexts): string {
	if (!(error instanceof Problem))
		return t.other;
	switch (error.code) {
	case 'unreachable': return t.unreachable;
	case 'unavailable': case 'busy': case 'timeout': return t.unavailable;
	case 'forbidden': return t.forbidden;
	case 'not_found': return t.notFound;
	case 'rate_limited': return t.rateLimited;
	case 'precondition_failed': return t.changed;
	default: return error.message || t.other;
	}
}

// onRetry: what it gives is waited for.
export function ProblemNote({error, onRetry, again}: {error: unknown; onRetry?: () => unknown; again?: string}) {
	const t = useText(problemTexts);
	const [busy, setBusy] = useState(false);

	async function retry() {
		setBusy(true);
		try {
			await onRetry?.();
		} finally {
			setBusy(false);
		}
	}

	return (
		<Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} title={t.title} role="alert">
			<Group justify="space-between" align="center">
				<div>
					<Text size="sm">{problemText(error, t)}</Text>
					{error instanceof Problem && error.requestId && <Text size="xs">{t.request(error.requestId)}</Text>}
				</div>
				{onRetry && <Button size="xs" color="red.9" variant="filled" loading={busy} onClick={() => void retry()}>{again ?? t.again}</Button>}
			</Group>
		</Alert>
	);
}

// For actions that have no form: a note that goes away.
export function useProblemNotice(): (error: unknown) => void {
	const t = useText(problemTexts);

	return (error) => {
		notifications.show({color: 'red', title: t.title, message: problemText(error, t), closeButtonProps: {'aria-label': t.close}});
	};
}

// That something was done: a note that goes away.
export function useNotice(): (message: string) => void {
	const t = useText(problemTexts);

	return (message) => {
		notifications.show({message, closeButtonProps: {'aria-label': t.close}});
	};
}

