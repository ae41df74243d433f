// What somebody may do, in words.
import {texts} from '@/i18n/language';

export const roleTexts = texts({
	en: {
		owner: 'Owner', admin: 'Administrator', agent: 'Agent', wallboard: 'Wallboard',
		about: {owner: 'everything, also other owners and the deletion of the tenant', admin: 'everything but owners, the audit log and the deletion of the tenant', agent: 'own phone and calls, the queues he answers'},
	},
	de: {
		owner: 'Inhaber', admin: 'Administrator', agent: 'Agent', wallboard: 'Wallboard',
		about: {owner: 'alles, auch andere Inhaber und das Löschen des Mandanten', admin: 'alles außer Inhabern, Protokoll und Löschen des Mandanten', agent: 'eigenes Telefon und eigene Anrufe, eigene Warteschlangen'},
	},
});

type Words = (typeof roleTexts)['de'] | (typeof roleTexts)['en'];

export function roleName(role: string | null | undefined, t: Words): string {
	switch (role) {
	case 'owner': case 'admin': case 'agent': case 'wallboard': return t[role];
	default: return role ?? '';
	}
}
