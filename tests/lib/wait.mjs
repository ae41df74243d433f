// Waiting for something to become true, without fixed sleeps.

export function delay(ms) {
	return new Promise((resolve) => setTimeout(resolve, ms));
}

// Calls check() again and again until it gives a truthy value, and returns that. What check throws
// counts as "not yet"; after timeoutMs the last of it is in the error. what is text, or a function
// that gives it when it is needed.
export async function waitFor(check, what, timeoutMs = 10_000) {
	const end = Date.now() + timeoutMs;
	let last;

	for (let pause = 5; ; pause = Math.min(pause * 1.5, 100)) {
		try {
			const value = await check();
			if (value)
				return value;
			last = undefined;
		} catch (error) {
			last = error;
		}
		if (Date.now() >= end)
			throw new Error(`waited ${timeoutMs} ms for ${typeof what === 'function' ? what() : what}`, {cause: last});
		await delay(pause);
	}
}

// The promise's value, or an error after timeoutMs that says what did not happen.
export async function within(promise, what, timeoutMs = 10_000) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms for ${what}`)), timeoutMs);
	});

	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}
