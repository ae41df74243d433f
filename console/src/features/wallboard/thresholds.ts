// When a figure needs somebody: limits as the address has them, and what a figure is by them.
export type Level = 'good' | 'warn' | 'bad';
// From `warn` on somebody should look, from `bad` on act. Of free agents and the service level less is worse.
export type Limit = {warn: number; bad: number};
export type LimitName = 'waiting' | 'longest' | 'level' | 'free';
export type Limits = Record<LimitName, Limit>;

export const LIMITS: Limits = {
	waiting: {warn: 3, bad: 6},
	longest: {warn: 60, bad: 180}, // seconds
	level: {warn: 80, bad: 60},    // percent
	free: {warn: 1, bad: 0},
};
const LESS_IS_WORSE: readonly LimitName[] = ['level', 'free'];
const MOST = 86_400;

export function levelOf(name: LimitName, value: number | null, limits: Limits): Level {
	const {warn, bad} = limits[name];

	if (value === null)
		return 'good';
	const reached = (limit: number) => LESS_IS_WORSE.includes(name) ? value <= limit : value >= limit;

	return reached(bad) ? 'bad' : reached(warn) ? 'warn' : 'good';
}

const ORDER: readonly Level[] = ['good', 'warn', 'bad'];

export function worst(levels: readonly Level[]): Level {
	return ORDER[Math.max(0, ...levels.map((level) => ORDER.indexOf(level)))] ?? 'good';
}

// "60-180"; whatever else stands there: the usual limit.
export function readLimits(from: Record<string, string | undefined>): Limits {
	const read = (name: LimitName): Limit => {
		const [, warn, bad] = /^(\d{1,6})-(\d{1,6})$/.exec(from[name] ?? '') ?? [];

		return warn === undefined || bad === undefined ? LIMITS[name] : {warn: Math.min(Number(warn), MOST), bad: Math.min(Number(bad), MOST)};
	};

	return {waiting: read('waiting'), longest: read('longest'), level: read('level'), free: read('free')};
}

// undefined: the usual one, which needs no place in the address.
export function writeLimit(name: LimitName, {warn, bad}: Limit): string | undefined {
	return warn === LIMITS[name].warn && bad === LIMITS[name].bad ? undefined : `${warn}-${bad}`;
}
