// The frame of a page: its title, what can be done, and what it shows.
import {Group, Skeleton, Stack, Text, Title} from '@mantine/core';
import {type ReactNode, useEffect} from 'react';
import {arriveAtPage} from './focus';

export function Page({title, about, actions, children}: {
	title: string; about?: ReactNode; actions?: ReactNode; children: ReactNode}) {
	useEffect(() => {
		document.title = `${title} · Centrex`;
	}, [title]);
	useEffect(arriveAtPage, []);
	return (
		<Stack gap="md">
			<Group justify="space-between" align="flex-end" wrap="wrap">
				<div>
					<Title order={1} size="h2" tabIndex={-1}>{title}</Title>
					{about && <Text c="dimmed" size="sm">{about}</Text>}
				</div>
				{actions && <Group gap="xs">{actions}</Group>}
			</Group>
			{children}
		</Stack>
	);
}

export function Empty({title, children}: {title: string; children?: ReactNode}) {
	return (
		<Stack align="center" gap="xs" py="xl">
			<Text fw={600}>{title}</Text>
			{children && <Text c="dimmed" size="sm" component="div" ta="center">{children}</Text>}
		</Stack>
	);
}

export function Waiting({rows = 4, label}: {rows?: number; label?: string}) {
	return (
		<Stack gap="sm" aria-busy="true" aria-label={label} role="status">
			{Array.from({length: rows}, (_, i) => `row${i}`).map((key) => <Skeleton key={key} height={28} />)}
		</Stack>
	);
}
