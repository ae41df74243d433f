// What jsdom does not have and Mantine asks for.
Object.defineProperty(window, 'matchMedia', {
	value: (query: string) => ({
		matches: false, media: query, onchange: null, addListener() {}, removeListener() {},
		addEventListener() {}, removeEventListener() {}, dispatchEvent: () => false,
	}),
});
window.ResizeObserver = class {
	observe() {}
	unobserve() {}
	disconnect() {}
};
Element.prototype.scrollIntoView = () => {};
