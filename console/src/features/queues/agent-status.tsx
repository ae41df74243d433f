// What an agent wants, set for him: ready, on break with a reason, logged out.
import {Button, Menu, Modal, Stack} from '@mantine/core';
import {useDisclosure} from '@mantine/hooks';
import {IconChevronDown} from '@tabler/icons-react';
import {send} from '@/api/client';
import {tenantPath, useTenant} from '@/api/session';
import {texts, useText} from '@/i18n/language';
import {Form} from '@/resource/form';
import {useDoing} from '@/ui/doing';
import {FocusBack} from '@/ui/focus';
import {whoIs} from '@/ui/who';
import type {AgentStatus, LiveMember} from './data';
import {words} from './words';

const text = texts({
	en: {change: (who: string, status: string) => `Status of ${who}: ${status}. Change`, title: (who: string) => `${who} takes a break`, reason: 'Reason', reasonHelp: 'Shown to colleagues, for example lunch. May be left empty.', begin: 'Begin the break', close: 'Cancel'},
	de: {change: (who: string, status: string) => `Status von ${who}: ${status}. Ändern`, title: (who: string) => `${who} macht Pause`, reason: 'Grund', reasonHelp: 'Wird Kollegen gezeigt, zum Beispiel Mittag. Darf leer bleiben.', begin: 'Pause beginnen', close: 'Abbrechen'},
});

export function AgentStatusMenu({member}: {member: Pick<LiveMember, 'extension_id' | 'extension' | 'name' | 'status'>}) {
	const t = useText(text);
	const w = useText(words);
	const tenant = useTenant();
	const {busy, run} = useDoing();
	const [breaks, dialog] = useDisclosure(false);
	const set = (status: AgentStatus, reason = '') => send('PATCH', tenantPath(tenant, `/agents/${member.extension_id}`), {status, reason});
	const choose = (status: AgentStatus, reason?: string) => void run(status, () => set(status, reason));

	return (
		<>
			<Menu position="bottom-end">
				<Menu.Target>
					<Button size="compact-sm" variant="default" loading={busy !== undefined} rightSection={<IconChevronDown size={14} aria-hidden />} aria-label={t.change(whoIs(member), w.status[member.status])}>
						{w.status[member.status]}
					</Button>
				</Menu.Target>
				<Menu.Dropdown>
					<Menu.Item onClick={() => choose('available')}>{w.status.available}</Menu.Item>
					{tenant.breakReasons.map((reason) => (
						<Menu.Item key={reason} onClick={() => choose('on_break', reason)}>{w.status.on_break}: {reason}</Menu.Item>
					))}
					<Menu.Item onClick={dialog.open}>{w.status.on_break} …</Menu.Item>
					<Menu.Item onClick={() => choose('logged_out')}>{w.status.logged_out}</Menu.Item>
				</Menu.Dropdown>
			</Menu>
			<Modal opened={breaks} onClose={dialog.close} title={t.title(whoIs(member))} centered returnFocus={false} closeButtonProps={{'aria-label': t.close}}>
				<FocusBack />
				<Stack>
					<Form fields={[{name: 'reason', kind: 'text', label: t.reason, help: t.reasonHelp, most: 64}]} submit={t.begin} onCancel={dialog.close}
						onDone={dialog.close} save={({reason}) => set('on_break', String(reason ?? ''))} />
				</Stack>
			</Modal>
		</>
	);
}
