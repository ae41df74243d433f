// The frame of the pages that nobody need be signed in for.
import {Card, Center, Stack, Text, Title} from '@mantine/core';
import {type ReactNode, useEffect} from 'react';

export function EntryCard({title, about, children}: {title: string; about?: ReactNode; children: ReactNode}) {
	useEffect(() => {
		document.title = `${title} · Centrex`;
	}, [title]);
	return (
		<Center mih="100dvh" p="md" component="main">
			<Card withBorder shadow="sm" padding="xl" w="100%" maw={400}>
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
