import {QueryClient} from '@tanstack/react-query';
import {afterEach, expect, test, vi} from 'vitest';
import {send} from '@/api/client';
import {meQuery} from '@/api/session';
import {signInPlace, watchSession} from './signed-out';

afterEach(() => vi.unstubAllGlobals());

test('who signs in again comes back to where he was, filters and all', () => {
	const place = signInPlace({pathname: '/t/acme.test/calls', search: '?result=failed&who=1%2B'});

	expect(new URLSearchParams(place.slice(place.indexOf('?'))).get('next')).toBe('/t/acme.test/calls?result=failed&who=1%2B');
});

test('only who was signed in is led to sign in by a request that is refused', async () => {
	const assign = vi.fn();
	const client = new QueryClient();

	vi.stubGlobal('location', {pathname: '/profile', search: '', assign});
	vi.stubGlobal('fetch', async () => new Response('{"code": "unauthenticated"}', {status: 401, headers: {'Content-Type': 'application/problem+json'}}));
	watchSession(client);
	await expect(send('GET', '/api/v1/me/tokens')).rejects.toThrow();
	expect(assign).not.toHaveBeenCalled();
	client.setQueryData(meQuery.queryKey, {email: 'anna@acme.test'} as never);
	await expect(send('GET', '/api/v1/me/tokens')).rejects.toThrow();
	expect(assign).toHaveBeenCalledWith('/sign-in?next=%2Fprofile');
});
