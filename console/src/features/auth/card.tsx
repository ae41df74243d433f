// The frame of the pages that nobody need be signed in for.
import {Card, Center, Stack, Text, Title} from '@mantine/core';
import {type ReactNode, useEffect, useRef} from 'react';

export function EntryCard({title, about, children}: {title: string; about?: ReactNode; children: ReactNode}) {
	const card = useRef<HTMLDivElement>(null);

	useEffect(() => card.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);
	useEffect(() => {
		document.title = `${title} · Centrex`;
	}, [title]);
	return (
		<Center mih="100dvh" p="md" component="main">
			<Card ref={card} withBorder shadow="sm" padding="xl" w="100%" maw={400}>
				<Stack>
					<div>
						<Text fw={700} c="dimmed">Centrex</Text>
						<Title order={1} size="h2">{title}</Title>
						{about && <Text size="sm" c="dimmed">{about}</Text>}
					</div>
					{children}
				</Stack>
			</Card>
		</Center>
	);
}
