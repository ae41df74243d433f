import {IconActivity, IconBuilding, IconDatabase, IconHistory, IconServer, IconShieldCheck, IconUsers} from '@tabler/icons-react';
import {texts} from '@/i18n/language';
import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'operator', path: 'tenants', load: () => import('./tenants'),
		nav: {label: texts({en: 'Tenants', de: 'Mandanten'}), icon: IconBuilding, order: 10}},
	{area: 'operator', path: 'tenants/$domain', load: () => import('./tenant')},
	{area: 'operator', path: 'users', load: () => import('./users'),
		nav: {label: texts({en: 'Users', de: 'Benutzer'}), icon: IconUsers, order: 20}},
	{area: 'operator', path: 'activity', load: () => import('./activity'),
		nav: {label: texts({en: 'Calls and phones', de: 'Anrufe und Telefone'}), icon: IconActivity, order: 30}},
	{area: 'operator', path: 'nodes', load: () => import('./nodes'),
		nav: {label: texts({en: 'Nodes', de: 'Knoten'}), icon: IconServer, order: 40}},
	{area: 'operator', path: 'migrations', load: () => import('./migrations'),
		nav: {label: texts({en: 'Migrations', de: 'Migrationen'}), icon: IconDatabase, order: 50}},
	{area: 'operator', path: 'isolation', load: () => import('./isolation'),
		nav: {label: texts({en: 'Isolation', de: 'Mandantentrennung'}), icon: IconShieldCheck, order: 60}},
	{area: 'operator', path: 'audit', load: () => import('./audit'),
		nav: {label: texts({en: 'Audit', de: 'Protokoll'}), icon: IconHistory, order: 70}},
];
