// Answers of the server that are held back, to see what a page shows meanwhile.
//
//   const held = await hold(page, {method: 'POST', path: /\/extensions$/});
//   await button.click();
//   await held.asked();          the request is there and waits
//   held.count                   how many there were
//   await held.release();        they are answered, and all that come after

import {waitFor} from '../lib/wait.mjs';

// What says that something is under way, where it can be seen.
export const PROGRESS = '[aria-busy=true], [data-loading=true], [role=progressbar], .mantine-Loader-root';

// What says so now is no news later: a bar of how much is used, say.
export function knowProgress(page) {
	return page.evaluate((selector) => document.querySelectorAll(selector).forEach((one) => one.setAttribute('data-known', '')), PROGRESS);
}

export function seenProgress(page) {
	return page.evaluate((selector) => [...document.querySelectorAll(selector)]
		.filter((one) => !one.hasAttribute('data-known') && one.getClientRects().length && one.checkVisibility({opacityProperty: true, visibilityProperty: true}))
		.map((one) => one.outerHTML.slice(0, 120)), PROGRESS);
}

export async function hold(page, {method, path}) {
	const all = [];
	let open = false;
	const fits = (request) => request.method() === method && path.test(new URL(request.url()).pathname + new URL(request.url()).search);
	const handler = async (route) => {
		if (open || !fits(route.request()))
			return route.fallback();
		all.push(route);
	};
	const counted = (request) => {
		held.count += fits(request) ? 1 : 0;
	};
	const held = {
		count: 0,
		asked: () => waitFor(() => all.length > 0, `${method} ${path} to be asked`),
		async release() {
			open = true;
			// A request that the page gave up meanwhile has no answer.
			await Promise.all(all.map((route) => route.fallback().catch(() => undefined)));
		},
		async end() {
			await held.release();
			page.off('request', counted);
			await page.unroute('**/*', handler);
		},
	};

	page.on('request', counted);
	await page.route('**/*', handler);
	return held;
}
