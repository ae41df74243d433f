import {expect, test} from 'vitest';
import {personLocale} from './language';

test('dates are written as the person chose, else as the last tenant, else as the browser', () => {
	expect(personLocale('de', 'de-CH', ['en-GB'])).toBe('de-CH');
	expect(personLocale('de', 'fr-FR', ['en-GB', 'de-AT'])).toBe('de-AT');
	expect(personLocale('de', 'fr-FR', ['en-GB'])).toBe('de');
	expect(personLocale(undefined, 'fr-FR', ['en-GB'])).toBe('fr-FR');
	expect(personLocale(undefined, undefined, ['en-GB', 'de-AT'])).toBe('en-GB');
	expect(personLocale(undefined, undefined, [])).toBeUndefined();
});
