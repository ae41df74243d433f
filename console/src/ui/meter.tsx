// How much of what may be is used, as a bar with its words.
import {Group, Progress, Text} from '@mantine/core';

const NEARLY_FULL = 0.9;

export function Meter({label, used, most, said}: {label: string; used: number; most: number; said: string}) {
	const ratio = most > 0 ? Math.min(used / most, 1) : 1;

	return (
		<Group gap="sm">
			<Progress.Root size="md" w={180}>
				<Progress.Section value={ratio * 100} color={ratio > NEARLY_FULL ? 'red.7' : 'blue.7'} aria-label={label} aria-valuetext={said} />
			</Progress.Root>
			<Text size="sm">{label}: {said}</Text>
		</Group>
	);
}
