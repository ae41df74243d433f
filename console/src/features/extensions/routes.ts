import {IconPhone} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'extensions', role: 'admin', load: () => import('./extensions'),
		nav: {label: texts({en: 'Extensions', de: 'Nebenstellen'}), icon: IconPhone, order: 20}},
];
