// What a wall clock shows in a time zone, as instants and back. Texts are as <input
// type="datetime-local"> has them: 2026-11-23T14:05.
const formats = new Map<string | undefined, Intl.DateTimeFormat>();

function formatOf(zone: string | undefined): Intl.DateTimeFormat {
	const known = formats.get(zone);

	if (known)
		return known;
	const made = new Intl.DateTimeFormat('en-US', {timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit',
		day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit'});

	formats.set(zone, made);
	return made;
}

// The wall clock's time as if it were UTC.
function wallMs(at: number, zone: string | undefined): number {
	const part = Object.fromEntries(formatOf(zone).formatToParts(at).map(({type, value}) => [type, Number(value)]));

	return Date.UTC(part.year ?? 0, (part.month ?? 1) - 1, part.day, part.hour, part.minute, part.second);
}

// A time that the clocks skip is the one as long after it; one that comes twice is the first.
function instantOf(wall: number, zone: string | undefined): number {
	const first = wall - (wallMs(wall - 86_400_000, zone) - (wall - 86_400_000));
	const second = wall - (wallMs(wall + 86_400_000, zone) - (wall + 86_400_000));

	return wallMs(first, zone) === wall ? first : wallMs(second, zone) === wall ? second : first;
}

// NaN: no such text.
export function zonedInstant(text: string, zone: string | undefined): number {
	const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text) ? Date.parse(`${text.slice(0, 16)}:00Z`) : Number.NaN;

	return Number.isNaN(wall) ? wall : instantOf(wall, zone);
}

export function zonedText(at: number, zone: string | undefined): string {
	return new Date(wallMs(at, zone)).toISOString().slice(0, 16);
}

// Midnight of the day of `at`, and of so many days later.
export function startOfDay(at: number, zone: string | undefined, days = 0): number {
	const wall = wallMs(at, zone);

	return instantOf(wall - wall % 86_400_000 + days * 86_400_000, zone);
}
