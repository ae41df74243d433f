// What is asked for, as the address bar has it and as the API takes it.
import {startOfDay, zonedInstant} from '@/i18n/zone';
import type {Query} from '@/resource/pages';
import type {UrlState} from '@/resource/url';

export const PERIODS = ['today', 'yesterday', 'week', 'month', 'custom'] as const;
export const DIRECTIONS = ['internal', 'inbound', 'outbound'] as const;
export const RESULTS = ['answered', 'missed', 'no_answer', 'busy', 'declined', 'cancelled', 'failed'] as const;
export const RECORDINGS = ['recorded', 'partial', 'failed', 'deleted', 'expired'] as const;

// The names in the address bar.
export const FILTER_KEYS = ['when', 'from', 'to', 'direction', 'result', 'who', 'extension', 'queue', 'recording', 'least', 'most'] as const;
export type FilterKey = (typeof FILTER_KEYS)[number];
export type Filters = Partial<Record<FilterKey, string>>;

const known = (value: string | undefined, all: readonly string[]): string | undefined => value && all.includes(value) ? value : undefined;
const seconds = (value: string | undefined): string | undefined => value && /^\d{1,9}$/.test(value) ? value : undefined;
const instant = (value: string | undefined, zone: string | undefined): number | undefined => {
	const at = value ? zonedInstant(value, zone) : Number.NaN;

	return Number.isNaN(at) ? undefined : at;
};

// Whatever somebody typed into the address bar, what cannot be understood is not asked for.
export function readFilters(url: UrlState): Filters {
	const filters: Filters = {};

	for (const key of FILTER_KEYS)
		if (url[key])
			filters[key] = url[key];
	return {
		...filters,
		when: known(url.when, PERIODS),
		direction: known(url.direction, DIRECTIONS),
		result: known(url.result, RESULTS),
		recording: known(url.recording, RECORDINGS),
		least: seconds(url.least),
		most: seconds(url.most),
	};
}

export function isFiltered(filters: Filters): boolean {
	return FILTER_KEYS.some((key) => filters[key]);
}

// Which fields contradict each other.
export function wrongFilters(filters: Filters, zone: string | undefined): FilterKey[] {
	const [from, to] = [instant(filters.from, zone), instant(filters.to, zone)];
	const wrong: FilterKey[] = [];

	if (filters.when === 'custom' && from !== undefined && to !== undefined && from >= to)
		wrong.push('to');
	if (filters.least && filters.most && Number(filters.least) > Number(filters.most))
		wrong.push('most');
	return wrong;
}

function period(filters: Filters, now: number, zone: string | undefined): {from?: number; to?: number} {
	switch (filters.when) {
	case 'today': return {from: startOfDay(now, zone)};
	case 'yesterday': return {from: startOfDay(now, zone, -1), to: startOfDay(now, zone)};
	case 'week': return {from: startOfDay(now, zone, -6)};
	case 'month': return {from: startOfDay(now, zone, -29)};
	case 'custom': return {from: instant(filters.from, zone), to: instant(filters.to, zone)};
	default: return {};
	}
}

// A number is told from a name by what it is made of; what is typed is its beginning.
function search(who: string | undefined): {number?: string; name?: string} {
	const text = who?.trim();

	if (!text)
		return {};
	return /^[+*#]?[\d\s()/.-]+$/.test(text) ? {number: `${text.replace(/[\s()/.-]/g, '')}*`} : {name: text};
}

const rfc3339 = (at: number | undefined): string | undefined => at === undefined ? undefined : new Date(at).toISOString();

export function toQuery(filters: Filters, now: number, zone: string | undefined): Query {
	const {from, to} = period(filters, now, zone);
	const query: Query = {
		from: rfc3339(from),
		to: rfc3339(to),
		direction: filters.direction,
		disposition: filters.result === 'missed' ? undefined : filters.result,
		answered: filters.result === 'missed' ? 'no' : undefined,
		...search(filters.who),
		extension: filters.extension,
		queue: filters.queue,
		recording: filters.recording,
		duration_least: filters.least,
		duration_most: filters.most,
	};

	return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}
