// Dates, times and numbers as the tenant writes them: its locale and time zone, else the browser's.
import {createContext, type ReactNode, useContext, useMemo} from 'react';
import {useLanguage} from './language';

const DAY_MS = 86_400_000;

export class Format {
	readonly #dateTime: Intl.DateTimeFormat;
	readonly #date: Intl.DateTimeFormat;
	readonly #time: Intl.DateTimeFormat;
	readonly #clock: Intl.DateTimeFormat;
	readonly #number: Intl.NumberFormat;
	readonly #percent: Intl.NumberFormat;
	readonly #relative: Intl.RelativeTimeFormat;

	constructor(readonly locale: string | undefined, readonly timeZone: string | undefined, language: string) {
		this.#dateTime = new Intl.DateTimeFormat(locale, {dateStyle: 'medium', timeStyle: 'medium', timeZone});
		this.#date = new Intl.DateTimeFormat(locale, {dateStyle: 'medium', timeZone});
		this.#time = new Intl.DateTimeFormat(locale, {timeStyle: 'short', timeZone});
		this.#clock = new Intl.DateTimeFormat(locale, {timeStyle: 'medium', timeZone});
		this.#number = new Intl.NumberFormat(locale);
		this.#percent = new Intl.NumberFormat(locale, {style: 'percent', maximumFractionDigits: 1});
		this.#relative = new Intl.RelativeTimeFormat(language, {numeric: 'auto'});
	}

	dateTime = (at: string | number | Date): string => this.#dateTime.format(new Date(at));
	date = (at: string | number | Date): string => this.#date.format(new Date(at));
	time = (at: string | number | Date): string => this.#time.format(new Date(at));
	clock = (at: string | number | Date): string => this.#clock.format(new Date(at)); // with seconds
	number = (x: number): string => this.#number.format(x);
	percent = (ratio: number): string => this.#percent.format(ratio);

	// 0:07, 12:03, 1:02:03
	duration = (seconds: number): string => {
		const whole = Math.max(0, Math.floor(seconds));
		const two = (x: number) => String(x).padStart(2, '0');
		const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];

		return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
	};

	bytes = (n: number): string => {
		const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
		const power = n > 0 ? Math.min(units.length - 1, Math.floor(Math.log2(n) / 10)) : 0;
		const value = n / 1024 ** power;

		return `${new Intl.NumberFormat(this.locale, {maximumFractionDigits: value < 10 && power ? 1 : 0}).format(value)} ${units[power]}`;
	};

	// "3 minutes ago", "in 2 days"
	ago = (at: string | number | Date, now = Date.now()): string => {
		const ms = new Date(at).getTime() - now;
		const steps: [Intl.RelativeTimeFormatUnit, number][] = [['day', DAY_MS], ['hour', 3_600_000], ['minute', 60_000]];
		const [unit, size] = steps.find(([, one]) => Math.abs(ms) >= one) ?? ['second', 1000];

		return this.#relative.format(Math.trunc(ms / size), unit);
	};
}

// A locale or zone that this browser does not know must not take the page away.
function makeFormat(locale: string | undefined, timeZone: string | undefined, language: string): Format {
	for (const [l, z] of [[locale, timeZone], [locale, undefined], [undefined, timeZone]] as const) {
		try {
			return new Format(l || undefined, z || undefined, language);
		} catch (error) {
			if (!(error instanceof RangeError))
				throw error;
		}
	}
	return new Format(undefined, undefined, language);
}

const FormatContext = createContext<Format | null>(null);

export function FormatProvider({locale, timeZone, children}: {locale?: string; timeZone?: string; children: ReactNode}) {
	const {language} = useLanguage();
	const format = useMemo(() => makeFormat(locale, timeZone, language), [locale, timeZone, language]);

	return <FormatContext.Provider value={format}>{children}</FormatContext.Provider>;
}

export function useFormat(): Format {
	const {language} = useLanguage();
	const given = useContext(FormatContext);

	return useMemo(() => given ?? makeFormat(undefined, undefined, language), [given, language]);
}
