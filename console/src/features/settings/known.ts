// The settings this page knows: what they are when they are not set, and how they are kept.
import {send, sendTagged, type Tagged, withQuery} from '@/api/client';
import {Problem} from '@/api/problem';
import type {Values} from '@/resource/form';

export const DEFAULTS = {
	ring_s: null, hold_music: 'default', park_prefix: '70', park_s: 120,
	recording: 'none', recording_format: 'wav', recording_channels: 'mixed', recording_announced: true, recording_days: 0,
	break_reasons: '',
} as const;
export type Name = keyof typeof DEFAULTS;

// 70 and "70" are the same prefix.
function likeDefault(name: Name, value: unknown): unknown {
	return typeof DEFAULTS[name] === 'string' ? String(value) : value;
}

// As a form's row: what is set, else what holds then.
export function valuesOf(set: readonly {name: string; value?: unknown}[]): Values {
	const values: Values = {...DEFAULTS};

	for (const {name, value} of set)
		if (name in DEFAULTS)
			values[name] = likeDefault(name as Name, value);
	return values;
}

export function isDefault(name: string, value: unknown): boolean {
	return value === null || value === '' || value === DEFAULTS[name as Name];
}

type Setting = {name: string; value?: unknown};

// As it is now, with its ETag; null: it is not set.
async function settingNow(path: string, name: string, set: ReadonlySet<string>): Promise<Tagged<Setting> | null> {
	if (!set.has(name))
		return null;
	try {
		return await sendTagged<Setting>('GET', `${path}/${name}`);
	} catch (error) {
		if (error instanceof Problem && error.status === 404)
			return null;
		throw error;
	}
}

// What somebody else made of it meanwhile is not overwritten.
async function saveOne(path: string, name: string, value: unknown, was: unknown, set: ReadonlySet<string>): Promise<void> {
	const now = await settingNow(path, name, set);
	const match: Record<string, string> = now?.etag ? {'If-Match': now.etag} : {};

	if (JSON.stringify(valuesOf(now ? [now.data] : [])[name]) !== JSON.stringify(was))
		throw new Problem(412, 'precondition_failed', name);
	if (!isDefault(name, value))
		await send('PUT', `${path}/${name}`, {value}, match);
	else if (now)
		await send('DELETE', `${path}/${name}`, undefined, {'Content-Type': 'application/json', ...match});
}

// One after the other, from what they were; what is as when it is not set is not set. An error names the
// field, not "value".
export async function saveSettings(path: string, values: Values, was: Values): Promise<void> {
	const {items} = await send<{items: Setting[]}>('GET', withQuery(path, {limit: 500}));
	const set = new Set(items.map(({name}) => name));

	for (const [name, value] of Object.entries(values)) {
		try {
			await saveOne(path, name, value, was[name], set);
		} catch (error) {
			if (!(error instanceof Problem))
				throw error;
			if (error.status === 404)
				continue; // was not set
			const told = error.fields.value;

			throw told === undefined ? error : new Problem(error.status, error.code, error.message, {[name]: told.replace(`of ${name} `, '')}, error.requestId);
		}
	}
}
