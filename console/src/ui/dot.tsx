// A state as a coloured dot with its word: colour alone tells nobody who cannot see it.
import {Group, Text} from '@mantine/core';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'off';

const COLOURS: Record<Tone, string> = {good: 'green.7', busy: 'blue.7', warn: 'orange.7', bad: 'red.7', off: 'gray.6'};

export function Dot({tone, label}: {tone: Tone; label: string}) {
	return (
		<Group gap={8} wrap="nowrap" component="span" display="inline-flex">
			<Text component="span" c={COLOURS[tone]} lh={1} aria-hidden>●</Text>
			<Text component="span" size="sm">{label}</Text>
		</Group>
	);
}
