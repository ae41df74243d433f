// What somebody set going and is not done yet: shown where it was begun, and not begun a second time.
import {useRef, useState} from 'react';
import {useProblemNotice} from './problem';

type Doing = {
	busy: string | undefined;                                  // which of them
	run: (what: string, work: () => Promise<unknown>) => Promise<void>; // a failure is told in a note
};

export function useDoing(): Doing {
	const notice = useProblemNotice();
	const [busy, setBusy] = useState<string>();
	const going = useRef(false); // a second click comes before the button is drawn anew

	async function run(what: string, work: () => Promise<unknown>) {
		if (going.current)
			return;
		going.current = true;
		setBusy(what);
		try {
			await work();
		} catch (error) {
			notice(error);
		} finally {
			going.current = false;
			setBusy(undefined);
		}
	}

	return {busy, run};
}
