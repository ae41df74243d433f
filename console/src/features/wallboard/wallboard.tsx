// The wallboard: queues large enough to be read across a room. It runs for months: it has nothing to
// click away, keeps the screen on, and comes back by itself (docs/adr/0092).
import {ActionIcon, Alert, Anchor, Box, Group, Text, Title, Tooltip} from '@mantine/core';
import {useDisclosure, useFullscreen} from '@mantine/hooks';
import {IconAdjustments, IconArrowLeft, IconLink, IconMaximize, IconMinimize} from '@tabler/icons-react';
import {Link} from '@tanstack/react-router';
import {useEffect} from 'react';
import {boardToken} from '@/api/board';
import {useLiveState} from '@/api/live';
import {mayAct, useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {useQueueFigures} from '@/resource/queue-figures';
import {useUrlState} from '@/resource/url';
import {useNow} from '@/ui/now';
import {Empty} from '@/ui/page';
import {Loaded} from '@/ui/part';
import {QueueCard} from './card';
import {LinkDialog} from './link';
import {useDark, useFreshLink, useRecovery, useWakeLock} from './screen';
import {Setup} from './setup';
import {readLimits} from './thresholds';
import {useToday} from './today';

const text = texts({
	en: {title: 'Wallboard', setup: 'Queues and limits', full: 'Full screen', small: 'End full screen', link: 'Link for a screen', back: 'Back to the console', lost: 'The connection is lost. The figures may be old; it comes back by itself.', none: 'No queue to show', choose: 'Create a queue, or choose others.', controls: 'Controls'},
	de: {title: 'Wallboard', setup: 'Warteschlangen und Grenzen', full: 'Vollbild', small: 'Vollbild beenden', link: 'Link für einen Bildschirm', back: 'Zurück zur Konsole', lost: 'Die Verbindung ist unterbrochen. Die Zahlen können veraltet sein; sie wird von selbst wiederhergestellt.', none: 'Keine Warteschlange zu zeigen', choose: 'Legen Sie eine an oder wählen Sie andere.', controls: 'Bedienung'},
});

function columnsFor(n: number): number {
	return n <= 1 ? 1 : n <= 4 ? 2 : n <= 9 ? 3 : 4;
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
	const limits = readLimits(url);
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
			{state === 'lost' && <Alert color="orange" variant="filled" autoContrast role="status" data-testid="connection-lost"><Text fz="clamp(1rem, 1.8vw, 2rem)" fw={600}>{t.lost}</Text></Alert>}
			<Loaded query={figures} rows={6}>
				{(all) => {
					const shown = chosen.length ? all.filter(({queue_id}) => chosen.includes(queue_id)) : all;
					const columns = columnsFor(shown.length);

					if (!shown.length)
						return <Empty title={t.none}>{t.choose} {!boardToken && <Anchor component={Link} to={`/t/${tenant.domain}/queues` as string}>{t.back}</Anchor>}</Empty>;
					return (
						<Box style={{flex: 1, display: 'grid', gap: 16, gridTemplateColumns: `repeat(auto-fit, minmax(min(100%, max(300px, ${Math.floor(92 / columns)}%)), 1fr))`, gridAutoRows: 'minmax(17.5rem, 1fr)'}}>
							{shown.map((row) => (
								<QueueCard key={row.queue_id} figures={row} readAt={figures.dataUpdatedAt} now={now} limits={limits}
									today={today.data?.find(({queue_id}) => queue_id === row.queue_id)} />
							))}
						</Box>
					);
				}}
			</Loaded>
			<Setup opened={sets} onClose={setup.close} queues={figures.data ?? []} />
			<LinkDialog opened={links} onClose={link.close} />
		</Box>
	);
}
