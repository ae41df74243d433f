import {expect, test} from 'vitest';
import {type Phones, withPresence, withRegistration} from './phones';

const event = {extension_id: 'a', extension: '101', registered: true, phones: 1, user_agent: 'Snom', address: '192.0.2.1', port: 5060, transport: 'udp'};
const none: Phones = new Map([['a', {presence: 'offline', phones: []}], ['b', {presence: 'talking', phones: []}]]);

test('a phone comes, comes again, and goes', () => {
	const one = withRegistration(none, event);

	expect(one.get('a')?.phones.map(({userAgent}) => userAgent)).toEqual(['Snom']);
	expect(withRegistration(one, {...event, user_agent: 'Snom 2'}).get('a')?.phones.map(({userAgent}) => userAgent)).toEqual(['Snom 2']);
	const two = withRegistration(one, {...event, port: 5062, phones: 2});
	expect(two.get('a')?.phones.map(({port}) => port)).toEqual([5062, 5060]);
	expect(withRegistration(two, {...event, registered: false}).get('a')?.phones.map(({port}) => port)).toEqual([5062]);
	expect(one.get('b')).toBe(none.get('b'));
});

test('what is told of an extension that is not in sight is left to when it comes', () => {
	expect(withRegistration(none, {...event, extension_id: 'c'})).toBe(none);
	expect(withPresence(none, {extension_id: 'c', extension: '103', presence: 'online'})).toBe(none);
	expect(withPresence(none, {extension_id: 'a', extension: '101', presence: 'ringing'}).get('a')?.presence).toBe('ringing');
});
