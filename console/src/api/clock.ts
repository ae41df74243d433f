// The server's clock, as the dates of its answers tell it: that of a workstation may be minutes off,
// and who waits there would have waited since the future.
const COARSE_MS = 2000; // a date has whole seconds, and an answer takes its time

let aheadMs = 0;

export function learnTime(date: string | null): void {
	const ms = date ? Date.parse(date) - Date.now() : Number.NaN;

	if (!Number.isNaN(ms))
		aheadMs = Math.abs(ms) > COARSE_MS ? ms : 0;
}

export function serverNow(): number {
	return Date.now() + aheadMs;
}
