// Where the focus goes when what had it is gone: after a dialog to where one was before, after a link to
// the title of the page it led to.
import {useEffect} from 'react';

const KEPT = 20;

let trail: HTMLElement[] = []; // where it was, the latest first
let arriving = false;          // on the way from one page to the next

export function watchFocus(): void {
	document.addEventListener('focusin', ({target}) => {
		if (target instanceof HTMLElement)
			trail = [target, ...trail.filter((one) => one !== target && one.isConnected)].slice(0, KEPT);
	});
}

// What is read out first, and what Tab goes on from.
function focusPage(): void {
	(document.querySelector<HTMLElement>('#content h1') ?? document.getElementById('content'))?.focus({preventScroll: true});
}

export function leavePage(): void {
	arriving = true;
}

// Told when a page is there, and when its title is, which may be later. What took the focus by itself keeps it.
export function arriveAtPage(): void {
	if (!arriving || !document.querySelector('#content h1'))
		return;
	arriving = false;
	if (!document.activeElement?.closest('main, [role=dialog]'))
		focusPage();
}

// The latest place that is still there: behind the menu, the dialogs and the row that are not.
function restore(): void {
	const within = [...document.querySelectorAll('[role=dialog]')].at(-1) ?? document; // which takes it by itself when it has just come

	if (document.activeElement && document.activeElement !== document.body)
		return;
	trail.find((one) => one.isConnected && within.contains(one) && one.checkVisibility() && !one.matches(':disabled'))?.focus({preventScroll: true});
	if (document.activeElement === document.body && within === document)
		focusPage();
}

// Stands in a dialog: when that is gone, the focus is not.
export function FocusBack() {
	useEffect(() => () => {
		setTimeout(restore);
	}, []);
	return null;
}
