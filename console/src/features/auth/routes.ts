import type {FeatureRoute} from '@/ui/route';

export const routes: readonly FeatureRoute[] = [
	{area: 'public', path: 'sign-in', load: () => import('./sign-in')},
	{area: 'public', path: 'invitation', load: () => import('./invitation')},
	{area: 'public', path: 'forgotten', load: () => import('./forgotten')},
];
