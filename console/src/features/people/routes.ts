import {IconUsers} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'tenant', path: 'people', role: 'admin', load: () => import('./people'),
		nav: {label: texts({en: 'Users and roles', de: 'Benutzer und Rollen'}), icon: IconUsers, order: 70}},
];
