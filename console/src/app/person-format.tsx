// Dates and numbers on pages that are of no tenant: as the person reads, in the time zone of his browser.
import type {ReactNode} from 'react';
import {useMe} from '@/api/session';
import {FormatProvider} from '@/i18n/format';
import {personLocale, useLanguage} from '@/i18n/language';
import {lastPlace} from './last-place';

export function PersonFormat({children}: {children: ReactNode}) {
	const me = useMe();
	const {language, chosen} = useLanguage();

	return <FormatProvider locale={personLocale(chosen ? language : undefined, lastPlace(me).locale, navigator.languages)}>{children}</FormatProvider>;
}
