// What one chooses a time zone and a language from: the browser's zones, and languages as it names them.

const LOCALES = ['bg', 'cs', 'da', 'de-AT', 'de-CH', 'de-DE', 'el', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ', 'en-US', 'en-ZA', 'es-ES', 'es-MX', 'et', 'fi',
	'fr-BE', 'fr-CA', 'fr-CH', 'fr-FR', 'ga', 'hr', 'hu', 'it-CH', 'it-IT', 'ja', 'ko', 'lt', 'lv', 'nb', 'nl-BE', 'nl-NL', 'pl', 'pt-BR', 'pt-PT', 'ro', 'sk', 'sl', 'sv', 'tr', 'uk', 'zh-CN', 'zh-TW'];

export type Choice = {value: string; label: string};

export function zoneChoices(current: string): Choice[] {
	const zones = new Set(['UTC', ...current ? [current] : [], ...Intl.supportedValuesOf('timeZone')]);

	return [...zones].map((value) => ({value, label: value.replaceAll('_', ' ')}));
}

export function localeChoices(current: string, language: string): Choice[] {
	const names = new Intl.DisplayNames([language], {type: 'language'});
	const nameOf = (tag: string) => {
		try {
			return `${names.of(tag)} (${tag})`;
		} catch {
			return tag; // grandfathered tags have no name
		}
	};

	return [...new Set([...current ? [current] : [], 'de', 'en', ...LOCALES])].map((value) => ({value, label: nameOf(value)})).sort((a, b) => a.label.localeCompare(b.label, language));
}
