import {IconHistory} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'audit', role: 'owner', load: () => import('./audit'),
		nav: {label: texts({en: 'Audit', de: 'Protokoll'}), icon: IconHistory, order: 90}},
];
