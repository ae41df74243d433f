import {IconLayoutDashboard} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'dashboard', role: 'admin', load: () => import('./dashboard'),
		nav: {label: texts({en: 'Dashboard', de: 'Übersicht'}), icon: IconLayoutDashboard, order: 10}},
];
