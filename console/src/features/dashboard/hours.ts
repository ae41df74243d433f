// The hours of a day in a zone, with what was counted in each: those without calls are left out by
// the API, and a day may have 23 or 25.
import type {Schemas} from '@/api/client';
import {startOfDay, zonedText} from '@/i18n/zone';

export type Hour = {at: number; label: string; answered: number; missed: number};
type Counted = Pick<Schemas['CallStatistic'], 'start' | 'answered' | 'missed'>;

const HOUR_MS = 3_600_000;

export function hoursOf(day: number, zone: string | undefined, counted: readonly Counted[]): Hour[] {
	const [began, end] = [startOfDay(day, zone), startOfDay(day, zone, 1)];
	const hours: Hour[] = [];

	for (let at = began; at < end; at += HOUR_MS)
		hours.push({at, label: zonedText(at, zone).slice(11, 13), answered: 0, missed: 0});
	for (const {start, answered, missed} of counted) {
		const at = Date.parse(start ?? '');
		const hour = hours.findLast((one) => one.at <= at);

		if (hour && at < end) {
			hour.answered += answered;
			hour.missed += missed;
		}
	}
	// The hour that comes twice has two bars, which need two names.
	return hours.map((hour, i) => hours[i - 1]?.label === hour.label ? {...hour, label: `${hour.label}+`} : hour);
}
