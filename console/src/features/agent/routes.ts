import {IconHeadset} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'work', load: () => import('./work'),
		nav: {label: texts({en: 'My work', de: 'Mein Arbeitsplatz'}), icon: IconHeadset, order: 5}},
];
