import {IconMusic} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'media', role: 'admin', load: () => import('./media'),
		nav: {label: texts({en: 'Audio', de: 'Audio'}), icon: IconMusic, order: 60}},
];
