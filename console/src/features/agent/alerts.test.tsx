import {MantineProvider} from '@mantine/core';
import {cleanup, render, screen} from '@testing-library/react';
import {afterEach, expect, test, vi} from 'vitest';
import {Alerts} from './alerts';

afterEach(() => {
	cleanup();
	localStorage.clear();
	vi.unstubAllGlobals();
});

test('a browser that lets no page notify shows the page when it rings', () => {
	const made = vi.fn();

	localStorage.setItem('centrex.agent.notify', 'true');
	vi.stubGlobal('isSecureContext', true);
	vi.spyOn(document, 'hasFocus').mockReturnValue(false);
	vi.stubGlobal('Notification', class {
		static permission = 'granted';
		constructor() {
			made();
			throw new TypeError('Illegal constructor');
		}
	});
	render(<MantineProvider env="test"><Alerts presents={[{kind: 'ringing', id: 'c', who: {number: '102', name: ''}, queue: null, since: '2026-11-23T10:00:00Z'}]} /></MantineProvider>);
	expect(made).toHaveBeenCalledOnce();
	expect(screen.getByRole('group')).toBeTruthy();
});
