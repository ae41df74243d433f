// Whether one takes calls of queues, why not, and since when.
import {Button, Group, Menu, Text} from '@mantine/core';
import {IconChevronUp, IconCoffee, IconLogout, IconPlayerPlay} from '@tabler/icons-react';
import {useState} from 'react';
import {serverNow} from '@/api/clock';
import {useTenant} from '@/api/session';
import {useFormat} from '@/i18n/format';
import {useText} from '@/i18n/language';
import {Dot, type Tone} from '@/ui/dot';
import {secondsSince, useNow} from '@/ui/now';
import {useProblemNotice} from '@/ui/problem';
import {useStatus} from './own';
import type {Extension} from './own';
import type {Agent} from './present';
import {text} from './text';
import style from './work.module.css';

const TONES: Record<Agent['status'], Tone> = {available: 'good', on_break: 'warn', logged_out: 'off'};

function useWords() {
	const t = useText(text);

	return {
		status: {available: t.available, on_break: t.onBreak, logged_out: t.loggedOut},
		// What the queue itself says why it has sent somebody on break.
		reason: (reason: string) => reason === 'no_answer' ? t.missedCalls : reason,
	};
}

function Lasting({agent}: {agent: Agent}) {
	const format = useFormat();

	useNow();
	return <Text span fw={600} className={style.figures} role="timer">{format.duration(secondsSince(agent.status_since, serverNow()))}</Text>;
}

export function Status({agent, extension}: {agent: Agent; extension: Extension}) {
	const t = useText(text);
	const words = useWords();
	const told = useProblemNotice();
	const set = useStatus(extension);
	const {breakReasons: reasons} = useTenant();
	const [busy, setBusy] = useState<Agent['status']>();

	async function choose(status: Agent['status'], reason = '') {
		setBusy(status);
		try {
			await set(status, reason);
		} catch (error) {
			told(error);
		} finally {
			setBusy(undefined);
		}
	}
	const button = (status: Agent['status']) => ({
		className: style.thumb, classNames: {section: style.picture}, loading: busy === status, disabled: busy !== undefined && busy !== status, variant: agent.status === status ? 'filled' : 'default',
		'aria-pressed': agent.status === status, px: 4,
	});

	return (
		<section aria-label={t.status}>
			<Group justify="space-between" mb="xs">
				<Group gap="xs" role="status">
					<Dot tone={TONES[agent.status]} label={words.status[agent.status]} />
					{agent.reason && <Text size="sm">{words.reason(agent.reason)}</Text>}
				</Group>
				<Lasting agent={agent} />
			</Group>
			<Group grow gap="xs" wrap="nowrap" preventGrowOverflow={false}>
				<Button {...button('available')} leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={() => void choose('available')}>{t.beAvailable}</Button>
				{reasons.length === 0
					? <Button {...button('on_break')} leftSection={<IconCoffee size={18} aria-hidden />} onClick={() => void choose('on_break')}>{t.takeBreak}</Button>
					: (
						<Menu position="top" width={240}>
							<Menu.Target>
								<Button {...button('on_break')} leftSection={<IconCoffee size={18} aria-hidden />} rightSection={<IconChevronUp size={16} aria-hidden />}>{t.takeBreak}</Button>
							</Menu.Target>
							<Menu.Dropdown aria-label={t.reasons}>
								{reasons.map((reason) => <Menu.Item key={reason} className={style.thumb} onClick={() => void choose('on_break', reason)}>{reason}</Menu.Item>)}
								<Menu.Item className={style.thumb} onClick={() => void choose('on_break')}>{t.plainBreak}</Menu.Item>
							</Menu.Dropdown>
						</Menu>
					)}
				<Button {...button('logged_out')} leftSection={<IconLogout size={18} aria-hidden />} onClick={() => void choose('logged_out')}>{t.logOut}</Button>
			</Group>
		</section>
	);
}
