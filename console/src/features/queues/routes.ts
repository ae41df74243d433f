import {IconUsersGroup} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'queues', role: 'admin', load: () => import('./queues'),
		nav: {label: texts({en: 'Queues', de: 'Warteschlangen'}), icon: IconUsersGroup, order: 30}},
	{area: 'tenant', path: 'queues/$queue', role: 'admin', load: () => import('./queue')},
];
