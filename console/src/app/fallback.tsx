// What is shown instead of a page.
import {Anchor, Center, Stack, Text, Title} from '@mantine/core';
import {useRouter} from '@tanstack/react-router';
import {texts, useText} from '@/i18n/language';
import {ProblemNote} from '@/ui/problem';

const text = texts({
	en: {title: 'This page does not exist', about: 'Or it is not for you.', home: 'To the start'},
	de: {title: 'Diese Seite gibt es nicht', about: 'Oder sie ist nicht für Sie.', home: 'Zum Anfang'},
});

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

export function PageFault({error}: {error: unknown}) {
	const router = useRouter();

	return <ProblemNote error={error} onRetry={() => void router.invalidate()} />;
}
