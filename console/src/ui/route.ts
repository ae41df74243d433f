// What a feature brings: its pages as rows, which the router and the navigation read.
import type {TablerIcon} from '@tabler/icons-react';
import type {ComponentType} from 'react';
import type {Role} from '@/api/session';
import type {Texts} from '@/i18n/language';

export type Area =
	| 'public'    // nobody need be signed in: /path
	| 'own'       // whoever is signed in: /path
	| 'operator'  // administrators of the installation: /operator/path
	| 'tenant'    // members with that role: /t/$tenant/path
	| 'screen';   // the same, alone on the screen, without the frame

export type FeatureRoute = {
	area: Area;
	path: string;
	role?: Role;                     // of a tenant's pages; agent when absent
	load: () => Promise<{default: ComponentType}>;
	nav?: {label: Texts<string>; icon: TablerIcon; order: number}; // a line in the navigation
};
