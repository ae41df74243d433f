// The language of the person, kept in this browser. Texts stand beside the pages that use them, in
// all languages at once: one that misses a key does not compile.
import {createContext, type ReactNode, useContext, useMemo, useState} from 'react';

export const LANGUAGES = {en: 'English', de: 'Deutsch'} as const;
export type Language = keyof typeof LANGUAGES;

// The same keys, texts for texts and functions for functions.
type Same<T> = T extends string ? string
	: T extends (...args: infer A) => string ? (...args: A) => string
	: {[K in keyof T]: Same<T[K]>};
export type Texts<T> = {en: T; de: Same<T>};

export function texts<const T>(all: {en: T; de: NoInfer<Same<T>>}): Texts<T> {
	return all;
}

const STORE = 'centrex.language';

function isLanguage(text: string | null | undefined): text is Language {
	return !!text && text in LANGUAGES;
}

function firstLanguage(): Language {
	const stored = localStorage.getItem(STORE);

	if (isLanguage(stored))
		return stored;
	return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

// At once, before anything of the page is drawn: requests say it too (api/language.ts).
function speak(language: Language): Language {
	document.documentElement.lang = language;
	return language;
}

// How dates and numbers are written where no tenant says it: in the language that was chosen, as in the
// country of the last tenant or the browser where they speak it; else as the last tenant, else the browser.
export function personLocale(chosen: Language | undefined, last: string | undefined, browser: readonly string[]): string | undefined {
	const known = [last, ...browser].filter((tag): tag is string => !!tag);

	return chosen ? known.find((tag) => tag.toLowerCase().split('-')[0] === chosen) ?? chosen : known[0];
}

// chosen: by the person, not by what the browser says.
type Choice = {language: Language; chosen: boolean; choose: (language: Language) => void};

const LanguageContext = createContext<Choice>({language: 'en', chosen: false, choose: () => undefined});

export function LanguageProvider({children}: {children: ReactNode}) {
	const [language, setLanguage] = useState(() => speak(firstLanguage()));
	const [chosen, setChosen] = useState(() => isLanguage(localStorage.getItem(STORE)));
	const choice = useMemo(() => ({language, chosen, choose(wanted: Language) {
		localStorage.setItem(STORE, wanted);
		setLanguage(speak(wanted));
		setChosen(true);
	}}), [language, chosen]);

	return <LanguageContext.Provider value={choice}>{children}</LanguageContext.Provider>;
}

export function useLanguage(): Choice {
	return useContext(LanguageContext);
}

export function useText<T>(all: Texts<T>): Same<T> {
	return all[useLanguage().language] as Same<T>;
}
