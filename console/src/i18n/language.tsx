// The language of the person, kept in this browser. Texts stand beside the pages that use them, in
// all languages at once: one that misses a key does not compile.
import {createContext, type ReactNode, useContext, useEffect, useMemo, useState} from 'react';

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

type Choice = {language: Language; choose: (language: Language) => void};

const LanguageContext = createContext<Choice>({language: 'en', choose: () => undefined});

export function LanguageProvider({children}: {children: ReactNode}) {
	const [language, setLanguage] = useState(firstLanguage);

	useEffect(() => {
		document.documentElement.lang = language;
	}, [language]);
	const choice = useMemo(() => ({language, choose(chosen: Language) {
		localStorage.setItem(STORE, chosen);
		setLanguage(chosen);
	}}), [language]);

	return <LanguageContext.Provider value={choice}>{children}</LanguageContext.Provider>;
}

export function useLanguage(): Choice {
	return useContext(LanguageContext);
}

export function useText<T>(all: Texts<T>): Same<T> {
	return all[useLanguage().language] as Same<T>;
}
