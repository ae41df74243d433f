// One's calls since midnight, newest first, with their recordings.
import {ActionIcon, Box, Button, Group, Text, Tooltip} from '@mantine/core';
import {IconPhoneIncoming, IconPhoneOutgoing, IconPlayerPlay, IconPlayerStop} from '@tabler/icons-react';
import {useEffect, useState} from 'react';
import type {Schemas} from '@/api/client';
import {serverNow} from '@/api/clock';
import {tenantPath, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {startOfDay} from '@/i18n/zone';
import {useArrivals} from '@/resource/arrivals';
import {useRows} from '@/resource/pages';
import {Waiting} from '@/ui/page';
import {Part} from '@/ui/part';
import {Player} from '@/ui/player';
import {ProblemNote} from '@/ui/problem';
import type {Extension} from './own';
import {mayHaveHad} from './present';
import {text} from './text';
import style from './work.module.css';

type Record = Schemas['CallRecord'];

const ROWS = 50;

// New at midnight of the tenant.
function useToday(): number {
	const {timeZone} = useTenant();
	const [day, setDay] = useState(() => startOfDay(serverNow(), timeZone || undefined));

	useEffect(() => {
		const next = startOfDay(day, timeZone || undefined, 1);
		const timer = setTimeout(() => setDay(startOfDay(serverNow(), timeZone || undefined)), Math.max(1000, next - serverNow() + 500));

		return () => clearTimeout(timer);
	}, [day, timeZone]);
	return day;
}

function outcome(row: Record, outgoing: boolean, t: ReturnType<typeof useText<(typeof text)['en']>>): string | null {
	switch (row.disposition) {
	case 'answered': return null;
	case 'busy': return outgoing ? t.busy : t.missed;
	case 'failed': return t.failed;
	default: return outgoing ? t.noAnswer : t.missed;
	}
}

function Row({row, number}: {row: Record; number: string}) {
	const t = useText(text);
	const format = useFormat();
	const tenant = useTenant();
	const [plays, setPlays] = useState(false);
	const outgoing = row.caller_id_number === number && row.direction !== 'inbound';
	const who = outgoing ? row.dest_number : row.caller_id_name || row.caller_id_number || t.unknown;
	// In a queue somebody else may have answered what was offered here.
	const went = outcome(row, outgoing, t);
	const Icon = outgoing ? IconPhoneOutgoing : IconPhoneIncoming;

	return (
		<li style={{padding: '8px 0', borderTop: '1px solid var(--mantine-color-default-border)'}}>
			<Group wrap="nowrap" gap="sm">
				<Icon size={18} role="img" aria-label={outgoing ? t.outgoing : t.incoming} style={{flex: 'none'}} />
				<div style={{flex: 1, minWidth: 0}}>
					<Text size="sm" fw={600} truncate>{who}</Text>
					<Text size="xs" c="dimmed" truncate>{format.time(row.start_time)}{row.queue ? ` · ${row.queue}` : ''}</Text>
				</div>
				<Text size="sm" className={style.figures} c={went ? 'var(--mantine-color-error)' : undefined}>{went ?? format.duration(row.duration)}</Text>
				{row.recording === 'recorded' || row.recording === 'partial' ? (
					<Tooltip label={plays ? t.hide : t.play}>
						<ActionIcon variant="default" size={44} aria-expanded={plays} aria-label={`${plays ? t.hide : t.play}: ${who}, ${format.time(row.start_time)}`} onClick={() => setPlays(!plays)}>
							{plays ? <IconPlayerStop size={18} /> : <IconPlayerPlay size={18} />}
						</ActionIcon>
					</Tooltip>
				) : null}
			</Group>
			{plays && (
				<Box mt="xs"><Player autoPlay src={tenantPath(tenant, `/cdrs/${row.id}/recording`)} label={t.recording(who)} durationMs={row.duration * 1000} /></Box>
			)}
		</li>
	);
}

export function Today({extension}: {extension: Extension}) {
	const t = useText(text);
	const tenant = useTenant();
	const today = useToday();
	const number = extension.extension_number;
	const key = [tenant.id, 'cdrs', 'today', number];
	const path = tenantPath(tenant, '/cdrs');
	const query = {extension: number, from: new Date(today).toISOString(), limit: ROWS};
	const {rows, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage} = useRows<Record>(key, path, query);

	useArrivals({scope: key, path, query}, (call) => mayHaveHad(call, number));
	return (
		<Part title={t.today}>
			{!rows && (error ? <ProblemNote error={error} onRetry={() => refetch()} /> : <Waiting rows={4} />)}
			{rows?.length === 0 && <Text c="dimmed" size="sm">{t.noCalls}</Text>}
			{rows && rows.length > 0 && (
				<Box className={style.scroll} tabIndex={0} role="region" aria-label={t.today}>
					<ul style={{listStyle: 'none', margin: 0, padding: 0}}>{rows.map((row) => <Row key={row.id} row={row} number={number} />)}</ul>
					{hasNextPage && <Button variant="subtle" fullWidth className={style.thumb} loading={isFetchingNextPage} onClick={fetchNextPage}>{t.more}</Button>}
				</Box>
			)}
		</Part>
	);
}
