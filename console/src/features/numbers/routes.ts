import {IconHash} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'numbers', role: 'admin', load: () => import('./numbers'),
		nav: {label: texts({en: 'Numbers', de: 'Rufnummern'}), icon: IconHash, order: 50}},
];
