// One queue of the wallboard. Its letters grow with the card: a card alone on a screen is read from afar.
import {Box, Group, Text, Title} from '@mantine/core';
import {IconAlertTriangle, IconCircleCheck, IconUrgent} from '@tabler/icons-react';
import {useFormat} from '@/i18n/format';
import {texts, useText} from '@/i18n/language';
import {type Figures, grownSeconds} from '@/resource/queue-figures';
import {type Level, type Limits, levelOf, worst} from './thresholds';
import type {Today} from './today';

const text = texts({
	en: {waiting: 'Waiting', longest: 'Longest wait', answered: 'Answered today', abandoned: 'Hung up today', level: 'Service level', free: 'Free', busy: 'Busy', onBreak: 'On break', is: {good: 'All well', warn: 'Look here', bad: 'Act now'}},
	de: {waiting: 'Wartende', longest: 'Längste Wartezeit', answered: 'Heute angenommen', abandoned: 'Heute aufgelegt', level: 'Servicelevel', free: 'Frei', busy: 'Beschäftigt', onBreak: 'Pause', is: {good: 'Alles gut', warn: 'Hinsehen', bad: 'Handeln'}},
});
// On the dark ground each has more than 7:1.
const COLOUR: Record<Level, string> = {good: '#f8f9fa', warn: '#ffd43b', bad: '#ffa8a8'};
const EDGE: Record<Level, string> = {good: '#495057', warn: '#ffd43b', bad: '#ff6b6b'};
const ICON = {good: IconCircleCheck, warn: IconAlertTriangle, bad: IconUrgent};

function Figure({label, value, level = 'good', size, span = 2}: {label: string; value: string; level?: Level; size: string; span?: number}) {
	const t = useText(text);
	const Icon = ICON[level];

	return (
		<div style={{minWidth: 0, gridColumn: `span ${span}`}}>
			<Text component="dt" c="#ced4da" lh={1.2} style={{fontSize: `max(0.85rem, calc(${size} * 0.26))`}}>{label}</Text>
			<Text component="dd" m={0} fw={700} lh={1.05} c={COLOUR[level]} style={{fontSize: `max(1.2rem, ${size})`, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap'}}>
				{value}
				{level !== 'good' && <Icon role="img" aria-label={t.is[level]} style={{width: '0.45em', height: '0.45em', marginLeft: '0.15em'}} />}
			</Text>
		</div>
	);
}

export function QueueCard({figures, readAt, now, limits, today}: {figures: Figures; readAt: number; now: number; limits: Limits; today?: Today}) {
	const t = useText(text);
	const format = useFormat();
	const longest = grownSeconds(figures.longest_wait_ms, readAt, now);
	const percent = today?.service_level === null || today?.service_level === undefined ? null : today.service_level * 100;
	const levels = {
		waiting: levelOf('waiting', figures.waiting, limits),
		longest: levelOf('longest', longest, limits),
		level: levelOf('level', percent, limits),
		free: figures.agents ? levelOf('free', figures.free, limits) : 'good' as Level,
	};
	const is = worst(Object.values(levels));
	const Icon = ICON[is];
	const large = 'min(15cqw, 22cqh)';
	const medium = 'min(9.5cqw, 12cqh)';

	return (
		<Box component="section" aria-label={figures.queue} p="md" style={{containerType: 'size', border: `3px solid ${EDGE[is]}`, borderRadius: 12, background: '#1a1d21'}}>
			<Group justify="space-between" wrap="nowrap" align="center" mb="xs">
				<Title order={2} c="#f8f9fa" style={{fontSize: `max(1.1rem, calc(${medium} * 0.6))`, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap'}}>{figures.queue}</Title>
				<Group gap={6} wrap="nowrap" c={COLOUR[is]} style={{fontSize: `max(0.9rem, calc(${medium} * 0.34))`}}>
					<Icon aria-hidden style={{width: '1.3em', height: '1.3em', flexShrink: 0}} /><Text span inherit fw={700}>{t.is[is]}</Text>
				</Group>
			</Group>
			<Box component="dl" m={0} style={{display: 'grid', gridTemplateColumns: 'repeat(6, minmax(0, 1fr))', rowGap: '0.6rem', columnGap: '0.6rem'}}>
				<Figure label={t.waiting} value={format.number(figures.waiting)} level={levels.waiting} size={large} span={3} />
				<Figure label={t.longest} value={longest === null ? '–' : format.duration(longest)} level={levels.longest} size={large} span={3} />
				<Figure label={t.answered} value={today ? format.number(today.answered) : '–'} size={medium} />
				<Figure label={t.abandoned} value={today ? format.number(today.abandoned) : '–'} size={medium} />
				<Figure label={t.level} value={percent === null ? '–' : `${format.number(Math.round(percent))} %`} level={levels.level} size={medium} />
				<Figure label={t.free} value={format.number(figures.free)} level={levels.free} size={medium} />
				<Figure label={t.busy} value={format.number(figures.busy + figures.ringing + figures.wrap_up)} size={medium} />
				<Figure label={t.onBreak} value={format.number(figures.on_break)} size={medium} />
			</Box>
		</Box>
	);
}
