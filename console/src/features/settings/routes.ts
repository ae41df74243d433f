import {IconSettings} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'settings', role: 'admin', load: () => import('./settings'),
		nav: {label: texts({en: 'Settings', de: 'Einstellungen'}), icon: IconSettings, order: 80}},
];
