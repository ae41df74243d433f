// A part of a page that loads by itself: skeleton, problem with a way on, or what was read.
import {Box, Card, Title} from '@mantine/core';
import type {UseQueryResult} from '@tanstack/react-query';
import type {ReactNode} from 'react';
import {Waiting} from './page';
import {ProblemNote} from './problem';

export function Loaded<T>({query, rows, children}: {query: UseQueryResult<T>; rows?: number; children: (data: T) => ReactNode}) {
	// What was asked for before stands there, paler, until the answer comes.
	if (query.isPlaceholderData && query.data !== undefined)
		return <Box aria-busy="true" className="stale">{children(query.data)}</Box>;
	if (query.data !== undefined)
		return children(query.data);
	if (query.error)
		return <ProblemNote error={query.error} onRetry={() => query.refetch()} />;
	return <Waiting rows={rows} />;
}

export function Part({title, actions, children}: {title: string; actions?: ReactNode; children: ReactNode}) {
	return (
		<Card withBorder padding="md" component="section" aria-label={title}>
			<div style={{display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: 12}}>
				<Title order={2} size="h4">{title}</Title>
				{actions}
			</div>
			{children}
		</Card>
	);
}
