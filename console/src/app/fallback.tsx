// What is shown instead of a page.
import {Anchor, Center, Stack, Text, Title} from '@mantine/core';
import {useRouter} from '@tanstack/react-router';
import {useEffect} from 'react';
import {boardToken} from '@/api/board';
import {api, ask} from '@/api/client';
import {Problem} from '@/api/problem';
import {texts, useText} from '@/i18n/language';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {title: 'This page does not exist', about: 'Or it is not for you.', home: 'To the start',
		ended: 'The link of this screen has ended', another: 'An administrator makes a new one: Wallboard, Link for a screen.', away: 'The server cannot be reached', comes: 'The screen comes back by itself.'},
	de: {title: 'Diese Seite gibt es nicht', about: 'Oder sie ist nicht für Sie.', home: 'Zum Anfang',
		ended: 'Der Link dieses Bildschirms gilt nicht mehr', another: 'Ein Administrator erstellt einen neuen: Wallboard, Link für einen Bildschirm.', away: 'Der Server ist nicht erreichbar', comes: 'Der Bildschirm kommt von selbst wieder.'},
});

const AGAIN_MS = 15_000;

export function NotFound() {
	const t = useText(text);

	return (
		<Center mih="50vh">
			<Stack align="center" gap="xs">
				<Title order={1} size="h3">{t.title}</Title>
				<Text c="dimmed">{t.about}</Text>
				<Anchor href="/">{t.home}</Anchor>
			</Stack>
		</Center>
	);
}

// Nobody stands before a screen on the wall who could try again: it begins anew once it is let in. Only
// then: a browser that loads a page from a server that is away stays with its own page of errors.
export function ScreenFault({refused}: {refused: boolean}) {
	const t = useText(text);

	useEffect(() => {
		const timer = setInterval(() => {
			ask(api.GET('/api/v1/me')).then(() => window.location.reload(), () => undefined);
		}, AGAIN_MS);

		return () => clearInterval(timer);
	}, []);
	return (
		<Center mih="100dvh" p="md">
			<Stack align="center" gap="xs" role="status">
				<Title order={1} size="h2">{refused ? t.ended : t.away}</Title>
				<Text c="dimmed" ta="center">{refused ? t.another : t.comes}</Text>
			</Stack>
		</Center>
	);
}

export function PageFault({error}: {error: unknown}) {
	const router = useRouter();

	if (boardToken)
		return <ScreenFault refused={error instanceof Problem && error.status === 401} />;

	return <ProblemNote error={error} onRetry={() => router.invalidate()} />;
}
