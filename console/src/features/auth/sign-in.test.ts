import {expect, test} from 'vitest';
import {safePlace} from './sign-in';

test('who signed in goes to a path of this site, whatever the link says', () => {
	for (const place of ['/', '/t/acme.test/calls?who=1%202&result=failed', '/profile'])
		expect(safePlace(place)).toBe(place);
	for (const place of [undefined, '', '//evil.test', '/\\evil.test', '/\t/evil.test', '/\n/evil.test', 'https://evil.test', 'javascript:alert(1)', 'evil.test', ' //evil.test'])
		expect(safePlace(place)).toBe('/');
});
