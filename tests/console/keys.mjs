// Somebody without a mouse: goes from stop to stop with Tab, and sees at each where he is.
//
//   const keys = new Keys(page);
//   await keys.to('New extension');      Tab until there; fails where the focus is out of sight, or lost
//   await keys.press('Enter');
//   await keys.isAt(/Extension 110/);

import assert from 'node:assert/strict';

import {waitFor} from '../lib/wait.mjs';

const STOPS_MOST = 120;

export class Keys {
	constructor(page) {
		this.page = page;
	}

	press(...keys) {
		return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
	}

	type(text) {
		return this.page.keyboard.type(text);
	}

	// {name, role, seen, marked} of what has the focus; null: nothing has.
	focus() {
		return this.page.evaluate(() => {
			const element = document.activeElement;

			if (!element || element === document.body)
				return null;
			const labels = (element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ').trim();
			const name = element.getAttribute('aria-label') || labels || [...element.labels ?? []].map((label) => label.textContent).join(' ') || element.textContent || element.getAttribute('placeholder') || '';
			const box = element.getBoundingClientRect();
			const on = (one) => {
				const style = one && getComputedStyle(one);

				return !!style && style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) > 0;
			};
			// A field's border takes the first colour; of a switch its picture, which stands beside it, is marked.
			const first = document.createElement('i');

			first.style.color = 'var(--mantine-primary-color-filled)';
			document.body.append(first);
			const border = element.matches('input, textarea, select')
				&& [element, element.parentElement].some((one) => getComputedStyle(one).borderTopColor === getComputedStyle(first).color);

			first.remove();
			return {
				name: name.replace(/[\s*]+/g, ' ').trim(), role: element.getAttribute('role') ?? element.tagName.toLowerCase(),
				seen: element.matches('main, h1') || (box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth),
				marked: element.matches('main, h1, [role=dialog]') || border || [element, element.nextElementSibling, element.parentElement].some(on),
			};
		});
	}

	async isAt(name) {
		let focus;

		await waitFor(async () => {
			focus = await this.focus();
			return focus && (typeof name === 'string' ? focus.name === name : name.test(focus.name));
		}, () => `the focus to be at ${name}; it is at ${JSON.stringify(focus)}`);
	}

	async to(name, key = 'Tab') {
		const passed = [];

		for (let i = 0; i < STOPS_MOST; i++) {
			await this.press(key);
			const focus = await this.focus();

			passed.push(focus?.name);
			if (!focus)
				continue; // the browser's own
			// Scrolled to and coloured in the next frame.
			await waitFor(async () => {
				const now = await this.focus();

				return now?.seen && now.marked;
			}, `the focus to be in sight and marked at ${JSON.stringify(focus)}`);
			if (typeof name === 'string' ? focus.name === name : name.test(focus.name))
				return;
		}
		assert.fail(`${name} is not reached by ${key}: ${passed.join(' | ')}`);
	}
}
