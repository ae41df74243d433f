// What the server says of faults is said in the language of the page.
export function languageHeaders(): Record<string, string> {
	return {'Accept-Language': document.documentElement.lang};
}
