// What Mantine's own buttons are called, in the language of the person.
import {MantineThemeProvider} from '@mantine/core';
import {type ReactNode, useMemo} from 'react';
import {texts, useText} from '@/i18n/language';

const text = texts({en: {close: 'Close'}, de: {close: 'Schließen'}});

export function Words({children}: {children: ReactNode}) {
	const t = useText(text);
	const theme = useMemo(() => ({components: {Notification: {defaultProps: {closeButtonProps: {'aria-label': t.close}}}}}), [t]);

	return <MantineThemeProvider inherit theme={theme}>{children}</MantineThemeProvider>;
}
