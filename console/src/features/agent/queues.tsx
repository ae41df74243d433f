// The queues one answers: who waits in them, and for how long.
import {Box, Table, Text} from '@mantine/core';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {useNow} from '@/ui/now';
import {Waiting} from '@/ui/page';
import {Part} from '@/ui/part';
import {ProblemNote} from '@/ui/problem';
import {type Extension, type Figures, useOwnQueues} from './own';
import {text} from './text';
import style from './work.module.css';

// What was read grows on from then.
function Longest({row}: {row: Figures}) {
	const format = useFormat();
	const now = useNow();

	return row.longest_wait_ms === null ? '–' : format.duration((row.longest_wait_ms + now - row.readAt) / 1000);
}

export function Queues({extension}: {extension: Extension}) {
	const t = useText(text);
	const format = useFormat();
	const {queues, error, retry} = useOwnQueues(extension);

	return (
		<Part title={t.queues}>
			{!queues && (error ? <ProblemNote error={error} onRetry={retry} /> : <Waiting rows={2} />)}
			{queues && (
				<Box className={style.scroll} tabIndex={0} role="region" aria-label={t.queues}>
					<Table verticalSpacing={6} stickyHeader>
						<Table.Thead>
							<Table.Tr><Table.Th w="45%">{t.queue}</Table.Th><Table.Th ta="right">{t.waiting}</Table.Th><Table.Th ta="right">{t.longest}</Table.Th><Table.Th ta="right" visibleFrom="xs">{t.free2}</Table.Th></Table.Tr>
						</Table.Thead>
						<Table.Tbody>
							{queues.map((row) => (
								<Table.Tr key={row.queue_id}>
									<Table.Td style={{overflowWrap: 'break-word'}}>{row.queue}</Table.Td>
									<Table.Td ta="right"><Text span fw={row.waiting > 0 ? 700 : 400} className={style.figures}>{format.number(row.waiting)}</Text></Table.Td>
									<Table.Td ta="right" className={style.figures}><Longest row={row} /></Table.Td>
									<Table.Td ta="right" className={style.figures} visibleFrom="xs">{format.number(row.free)}</Table.Td>
								</Table.Tr>
							))}
						</Table.Tbody>
					</Table>
				</Box>
			)}
		</Part>
	);
}
