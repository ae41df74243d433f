// The wallboard: queues large enough to be read across a room. It runs for months: it has nothing to
// click away, keeps the screen on, and comes back by itself (docs/adr/0092).
import {ActionIcon, Alert, Anchor, Box, Group, Text, Title, Tooltip} from '@mantine/core';
import {useDisclosure, useElementSize, useFullscreen} from '@mantine/hooks';
import {IconAdjustments, IconArrowLeft, IconLink, IconMaximize, IconMinimize, IconPlayerPause, IconPlayerPlay} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {type ReactNode, useEffect, useState} from 'react';
import {boardToken} from '@/api/board';
import {useLiveState} from '@/api/live';
import {mayAct, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {type Figures, useQueueFigures} from '@/resource/queue-figures';
import {useUrlState} from '@/resource/url';
import {useNow} from '@/ui/now';
import {Empty} from '@/ui/page';
import {Loaded} from '@/ui/part';
import {QueueCard} from './card';
import {layoutOf} from './layout';
import {LinkDialog} from './link';
import {useDark, useFreshLink, useRecovery, useWakeLock} from './screen';
import {Setup} from './setup';
import {readLimits} from './thresholds';
import {useToday} from './today';

const text = texts({
	en: {title: 'Wallboard', setup: 'Queues and limits', full: 'Full screen', small: 'End full screen', link: 'Link for a screen', back: 'Back to the console', lost: (at: string) => `The connection is lost. These are the figures of ${at}; it comes back by itself.`, old: (at: string) => `The figures cannot be read. These are those of ${at}; it goes on by itself.`, page: (page: string, of: string) => `Page ${page} of ${of}`, hold: 'Stay on this page', go: 'Turn the pages', none: 'No queue to show', choose: 'Create a queue, or choose others.', controls: 'Controls'},
	de: {title: 'Wallboard', setup: 'Warteschlangen und Grenzen', full: 'Vollbild', small: 'Vollbild beenden', link: 'Link für einen Bildschirm', back: 'Zurück zur Konsole', lost: (at: string) => `Die Verbindung ist unterbrochen. Dies sind die Zahlen von ${at}; sie wird von selbst wiederhergestellt.`, old: (at: string) => `Die Zahlen lassen sich nicht lesen. Dies sind die von ${at}; es geht von selbst weiter.`, page: (page: string, of: string) => `Seite ${page} von ${of}`, hold: 'Auf dieser Seite bleiben', go: 'Seiten umblättern', none: 'Keine Warteschlange zu zeigen', choose: 'Legen Sie eine an oder wählen Sie andere.', controls: 'Bedienung'},
});

const PAGE_MS = 15_000;
const NARROW_PX = 600; // a phone: in a hand one scrolls

// The queues of the page that is due; pages turn by themselves, unless somebody holds one.
function Cards({rows, card}: {rows: readonly Figures[]; card: (row: Figures) => ReactNode}) {
	const t = useText(text);
	const format = useFormat();
	const now = useNow();
	const {ref, width, height} = useElementSize();
	const [held, setHeld] = useState<number>();
	const narrow = width < NARROW_PX;
	const {columns, rows: lines, pages, onPage} = layoutOf(rows.length, width, height);
	const page = narrow ? 0 : (held ?? Math.floor(now / PAGE_MS)) % pages;
	const shown = narrow ? rows : rows.slice(page * onPage, (page + 1) * onPage);
	const grid = narrow ? {gridAutoRows: '17.5rem'} : {height, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`, gridTemplateRows: `repeat(${lines}, minmax(0, 1fr))`};

	return (
		<>
			<Box ref={ref} style={{flex: 1, minHeight: 0}}>
				{width > 0 && <Box style={{display: 'grid', gap: 16, ...grid}}>{shown.map(card)}</Box>}
			</Box>
			{!narrow && pages > 1 && (
				<Group justify="center" gap="sm">
					<Text fz="clamp(1rem, 1.4vw, 1.8rem)" c="#ced4da">{t.page(format.number(page + 1), format.number(pages))}</Text>
					<Tooltip label={held === undefined ? t.hold : t.go}>
						<ActionIcon variant="subtle" color="gray" size="lg" aria-label={held === undefined ? t.hold : t.go} onClick={() => setHeld(held === undefined ? page : undefined)}>
							{held === undefined ? <IconPlayerPause aria-hidden /> : <IconPlayerPlay aria-hidden />}
						</ActionIcon>
					</Tooltip>
				</Group>
			)}
		</>
	);
}

function Notice({id, children}: {id: string; children: ReactNode}) {
	return <Alert color="orange" variant="filled" autoContrast role="status" data-testid={id}><Text fz="clamp(1rem, 1.8vw, 2rem)" fw={600}>{children}</Text></Alert>;
}

function Clock() {
	const format = useFormat();

	return <Text component="time" fz="clamp(1.2rem, 2.4vw, 3rem)" fw={600}>{format.time(useNow())}</Text>;
}

export default function Wallboard() {
	const t = useText(text);
	const tenant = useTenant();
	const state = useLiveState();
	const figures = useQueueFigures();
	const now = useNow();
	const today = useToday(now);
	const [url] = useUrlState();
	const {toggle, fullscreen} = useFullscreen();
	const [sets, setup] = useDisclosure(false);
	const [links, link] = useDisclosure(false);
	const format = useFormat();
	const limits = readLimits(url);
	// Of what could not be read again, the oldest.
	const stale = [figures, today].filter(({data, isError}) => data && isError).map(({dataUpdatedAt}) => dataUpdatedAt).toSorted((a, b) => a - b)[0];
	const chosen = (url.queues ?? '').split(',').filter(Boolean);

	useDark();
	useWakeLock();
	useRecovery();
	useFreshLink();
	useEffect(() => {
		document.title = `${t.title} · ${tenant.name}`;
	}, [t.title, tenant.name]);

	return (
		<Box component="main" h="100dvh" p="md" display="flex" bg="var(--mantine-color-body)" style={{flexDirection: 'column', gap: 16, overflowY: 'auto'}}>
			<Group justify="space-between" wrap="nowrap" component="header">
				<Title order={1} fz="clamp(1.2rem, 2.4vw, 3rem)" style={{minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis'}}>{tenant.name}</Title>
				<Group wrap="nowrap" gap="xs">
					<Group gap={4} wrap="nowrap" role="group" aria-label={t.controls}>
						{!boardToken && <Tooltip label={t.back}><ActionIcon component={Link} to={`/t/${tenant.domain}/${mayAct(tenant.role, 'admin') ? 'queues' : 'work'}` as string} variant="subtle" color="gray" size="lg" aria-label={t.back}><IconArrowLeft aria-hidden /></ActionIcon></Tooltip>}
						{!boardToken && mayAct(tenant.role, 'admin') && <Tooltip label={t.link}><ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.link} onClick={link.open}><IconLink aria-hidden /></ActionIcon></Tooltip>}
						<Tooltip label={t.setup}><ActionIcon variant="subtle" color="gray" size="lg" aria-label={t.setup} onClick={setup.open}><IconAdjustments aria-hidden /></ActionIcon></Tooltip>
						<Tooltip label={fullscreen ? t.small : t.full}><ActionIcon variant="subtle" color="gray" size="lg" aria-label={fullscreen ? t.small : t.full} onClick={() => void toggle()}>{fullscreen ? <IconMinimize aria-hidden /> : <IconMaximize aria-hidden />}</ActionIcon></Tooltip>
					</Group>
					<Clock />
				</Group>
			</Group>
			{state === 'lost' && <Notice id="connection-lost">{t.lost(format.time(figures.dataUpdatedAt))}</Notice>}
			{state !== 'lost' && stale !== undefined && <Notice id="figures-old">{t.old(format.time(stale))}</Notice>}
			<Loaded query={figures} rows={6}>
				{(all) => {
					const shown = chosen.length ? all.filter(({queue_id}) => chosen.includes(queue_id)) : all;

					if (!shown.length)
						return <Empty title={t.none}>{t.choose} {!boardToken && <Anchor component={Link} to={`/t/${tenant.domain}/queues` as string}>{t.back}</Anchor>}</Empty>;
					return (
						<Cards rows={shown} card={(row) => (
							<QueueCard key={row.queue_id} figures={row} readAt={figures.dataUpdatedAt} now={now} limits={limits}
								today={today.data?.find(({queue_id}) => queue_id === row.queue_id)} />
						)} />
					);
				}}
			</Loaded>
			<Setup opened={sets} onClose={setup.close} queues={figures.data ?? []} />
			<LinkDialog opened={links} onClose={link.close} />
		</Box>
	);
}
