// The time, every second: for waits and talks that grow on the screen.
import {useEffect, useState} from 'react';
import {serverNow} from '@/api/clock';

export function useNow(everyMs = 1000): number {
	const [now, setNow] = useState(Date.now);

	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), everyMs);

		return () => clearInterval(timer);
	}, [everyMs]);
	return now;
}

// By the server's clock, which its times go by.
export function useServerNow(): number {
	useNow();
	return serverNow();
}

export const secondsSince = (at: string | null | undefined, now: number): number =>
	at ? Math.max(0, (now - Date.parse(at)) / 1000) : 0;
