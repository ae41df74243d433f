// What goes on at one's phone, large: who calls and by which queue, with whom one talks, how much of
// the wrap-up is left.
import {Alert, Button, Group, Stack, Text} from '@mantine/core';
import {IconPhoneCalling, IconPhoneIncoming, IconPhoneOff} from '@tabler/icons-react';
import {useState} from 'react';
import {serverNow} from '@/api/clock';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {secondsSince, useNow} from '@/ui/now';
import {useProblemNotice} from '@/ui/problem';
import type {Agent, Party, Present} from './present';
import {text} from './text';
import style from './work.module.css';

export function partyName(who: Party | null, unknown: string): string {
	return who ? who.name || who.number || unknown : unknown;
}

function Who({who, queue}: {who: Party | null; queue: string | null}) {
	const t = useText(text);
	const name = partyName(who, t.unknown);

	return (
		<>
			<Text fz={28} fw={700} lh={1.2} style={{overflowWrap: 'anywhere'}}>{name}</Text>
			{who?.name && who.number && who.number !== who.name && <Text fz="lg">{who.number}</Text>}
			{queue && <Text fz="md" fw={600}>{t.via(queue)}</Text>}
		</>
	);
}

function Elapsed({since}: {since: string}) {
	const format = useFormat();

	useNow();
	return <Text fz={22} fw={600} className={style.figures} role="timer">{format.duration(secondsSince(since, serverNow()))}</Text>;
}

function WrapUp({present, onReady}: {present: Extract<Present, {kind: 'wrap_up'}>; onReady: () => Promise<void>}) {
	const t = useText(text);
	const format = useFormat();
	const told = useProblemNotice();
	const [busy, setBusy] = useState(false);

	useNow();
	const left = present.until ? Math.max(0, Math.ceil((Date.parse(present.until) - serverNow()) / 1000)) : null;

	async function ready() {
		setBusy(true);
		try {
			await onReady();
		} catch (error) {
			told(error);
		} finally {
			setBusy(false);
		}
	}

	return (
		<Stack gap={4}>
			<Group justify="space-between" align="baseline">
				<Text fw={600}>{t.wrapUp}</Text>
				{left !== null && <Text fz={22} fw={600} className={style.figures} role="timer">{t.left(format.duration(left))}</Text>}
			</Group>
			{present.who && <Text size="sm">{partyName(present.who, t.unknown)}{present.queue ? ` · ${t.via(present.queue)}` : ''}</Text>}
			<Button className={style.thumb} mt="xs" loading={busy} onClick={() => void ready()}>{t.ready}</Button>
		</Stack>
	);
}

function One({present, onReady}: {present: Present; onReady: () => Promise<void>}) {
	const t = useText(text);

	switch (present.kind) {
	case 'ringing':
		return (
			<Group className={style.ringing} wrap="nowrap" align="flex-start" role="alert" data-testid="ringing">
				<IconPhoneIncoming size={40} aria-hidden />
				<div style={{flex: 1, minWidth: 0}}>
					<Group justify="space-between" wrap="nowrap"><Text fw={600}>{t.rings}</Text><Elapsed since={present.since} /></Group>
					<Who who={present.who} queue={present.queue} />
					<Text size="sm">{t.answerThere}</Text>
				</div>
			</Group>
		);
	case 'calling':
	case 'talking':
		return (
			<Group className={style.talking} wrap="nowrap" align="flex-start" data-testid={present.kind}>
				<IconPhoneCalling size={32} aria-hidden />
				<div style={{flex: 1, minWidth: 0}}>
					<Group justify="space-between" wrap="nowrap"><Text fw={600}>{present.kind === 'talking' ? t.talking : t.calling}</Text><Elapsed since={present.since} /></Group>
					<Who who={present.who} queue={present.kind === 'talking' ? present.queue : null} />
				</div>
			</Group>
		);
	case 'wrap_up':
		return <div className={style.talking} data-testid="wrap-up"><WrapUp present={present} onReady={onReady} /></div>;
	}
}

export function Now({presents, agent, phones, onReady}: {presents: Present[]; agent: Agent | null; phones: number | undefined; onReady: () => Promise<void>}) {
	const t = useText(text);

	return (
		<Stack gap="xs">
			{phones === 0 && <Alert color="orange" variant="light" icon={<IconPhoneOff aria-hidden />} p="xs" role="status"><Text size="sm">{t.offline}</Text></Alert>}
			{presents.map((present) => <One key={`${present.kind}${present.id}`} present={present} onReady={onReady} />)}
			{presents.length === 0 && agent && (phones !== 0 || agent.status !== 'available') && (
				<Text c="dimmed" className={style.free}>{agent.status === 'available' ? t.free : agent.status === 'on_break' ? t.freeBreak : t.freeOut}</Text>
			)}
		</Stack>
	);
}
