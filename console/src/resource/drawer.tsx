// The form of a row at the side of its list.
import {Drawer} from '@mantine/core';
import type {ReactNode} from 'react';
import {texts, useText} from '@/i18n/language';
import {FocusBack} from '@/ui/focus';

const text = texts({en: {close: 'Close'}, de: {close: 'Schließen'}});

export function SideDrawer({opened, onClose, title, size = 'md', children}: {
	opened: boolean; onClose: () => void; title: string; size?: string; children: ReactNode}) {
	const t = useText(text);

	return (
		<Drawer opened={opened} onClose={onClose} position="right" size={size} title={title} returnFocus={false} closeButtonProps={{'aria-label': t.close}}>
			<FocusBack />
			{opened && children}
		</Drawer>
	);
}
