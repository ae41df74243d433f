// What a tenant is made of, in forms.
import type {Field} from '@/fields/kind';
import {texts, useText} from '@/i18n/language';

const text = texts({
	en: {
		name: 'Name', domain: 'Domain', domainHelp: 'What its phones register with, like acme.example. Phones must be set anew when it changes.', zone: 'Time zone', locale: 'Language and country', localeHelp: 'A tag like de-CH: how dates and numbers are written',
		owner: 'E-mail of the first owner', ownerHelp: 'Who is new here is invited. Empty: nobody yet',
	},
	de: {
		name: 'Name', domain: 'Domain', domainHelp: 'Womit sich die Telefone anmelden, etwa acme.example. Ändert sie sich, müssen die Telefone neu eingestellt werden.', zone: 'Zeitzone', locale: 'Sprache und Land', localeHelp: 'Ein Kürzel wie de-CH: wie Datum und Zahlen geschrieben werden',
		owner: 'E-Mail des ersten Inhabers', ownerHelp: 'Wer neu ist, wird eingeladen. Leer: noch niemand',
	},
});

function zones(): {value: string; label: string}[] {
	const all = Intl.supportedValuesOf('timeZone');

	return (all.includes('UTC') ? all : ['UTC', ...all]).map((zone) => ({value: zone, label: zone.replaceAll('_', ' ')}));
}

export function useTenantFields(current?: string): {tenant: Field[]; owner: Field} {
	const t = useText(text);
	const known = zones();
	const choices = !current || known.some(({value}) => value === current) ? known : [{value: current, label: current}, ...known];

	return {
		tenant: [
			{name: 'name', kind: 'text', label: t.name, required: true, most: 200, placeholder: 'Acme'},
			{name: 'domain', kind: 'text', label: t.domain, help: t.domainHelp, required: true, most: 253, placeholder: 'acme.example'},
			{name: 'timezone', kind: 'choice', label: t.zone, choices},
			{name: 'locale', kind: 'text', label: t.locale, help: t.localeHelp, most: 64, placeholder: 'en'},
		],
		owner: {name: 'owner_email', kind: 'email', label: t.owner, help: t.ownerHelp},
	};
}
