// What is shown instead of a page.
import {Anchor, Button, Center, Stack, Text, Title} from '@mantine/core';
import {useRouter} from '@tanstack/react-router';
import {useEffect} from 'react';
import {boardToken} from '@/api/board';
import {api, ask} from '@/api/client';
import {Problem} from '@/api/problem';
import {texts, useText} from '@/i18n/language';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {title: 'This page does not exist', about: 'Or it is not for you.', home: 'To the start',
		ended: 'The link of this screen has ended', another: 'An administrator makes a new one: Wallboard, Link for a screen.', away: 'The server cannot be reached', comes: 'The screen comes back by itself.',
		unloaded: 'This page could not be loaded', renewed: 'The server may have been renewed since you opened the console, or the connection is lost.', again: 'Load again'},
	de: {title: 'Diese Seite gibt es nicht', about: 'Oder sie ist nicht für Sie.', home: 'Zum Anfang',
		ended: 'Der Link dieses Bildschirms gilt nicht mehr', another: 'Ein Administrator erstellt einen neuen: Wallboard, Link für einen Bildschirm.', away: 'Der Server ist nicht erreichbar', comes: 'Der Bildschirm kommt von selbst wieder.',
		unloaded: 'Diese Seite ließ sich nicht laden', renewed: 'Vielleicht wurde der Server erneuert, seit Sie die Konsole geöffnet haben, oder die Verbindung ist unterbrochen.', again: 'Neu laden'},
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

// A page's file is not there: another build has others. Of a script the router has tried once by itself to load
// all anew; not of a style sheet.
const NO_FILE = /dynamically imported module|Importing a module script failed|Unable to preload CSS/;

function Unloaded() {
	const t = useText(text);

	return (
		<Center mih="50vh" p="md">
			<Stack align="center" gap="xs" role="alert">
				<Title order={1} size="h3">{t.unloaded}</Title>
				<Text c="dimmed" ta="center" maw={520}>{t.renewed}</Text>
				<Button onClick={() => window.location.reload()}>{t.again}</Button>
			</Stack>
		</Center>
	);
}

export function PageFault({error}: {error: unknown}) {
	const router = useRouter();

	if (boardToken)
		return <ScreenFault refused={error instanceof Problem && error.status === 401} />;
	if (error instanceof Error && NO_FILE.test(error.message))
		return <Unloaded />;
	return <ProblemNote error={error} onRetry={() => router.invalidate()} />;
}
