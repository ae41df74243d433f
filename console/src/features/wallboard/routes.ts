import {IconDeviceTv} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'screen', path: 'wallboard', role: 'wallboard', load: () => import('./wallboard'),
		nav: {label: texts({en: 'Wallboard', de: 'Wallboard'}), icon: IconDeviceTv, order: 35}},
];
