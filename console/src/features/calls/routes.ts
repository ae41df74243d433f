import {IconPhoneCall} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'calls', load: () => import('./calls'),
		nav: {label: texts({en: 'Calls', de: 'Anrufe'}), icon: IconPhoneCall, order: 40}},
];
