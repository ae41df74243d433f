import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'own', path: 'profile', load: () => import('./profile')},
];
