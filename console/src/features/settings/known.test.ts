import {afterEach, expect, test, vi} from 'vitest';
import {Problem} from '@/api/problem';
import {isDefault, saveSettings, valuesOf} from './known';

afterEach(() => vi.unstubAllGlobals());

function server(answer: (method: string, path: string) => Response) {
	const asked: string[] = [];

	vi.stubGlobal('fetch', async (path: string, {method, body}: {method: string; body?: string}) => {
		asked.push([method, path, body].filter(Boolean).join(' '));
		return answer(method, path);
	});
	return asked;
}

// As the API tells one, and all.
function setting(value: unknown, name: string): Response {
	return new Response(JSON.stringify({name, value}), {headers: {'Content-Type': 'application/json', ETag: '"1"'}});
}

function list(...items: {name: string; value: unknown}[]): Response {
	return new Response(JSON.stringify({items, next: null}), {headers: {'Content-Type': 'application/json'}});
}

test('what somebody else set meanwhile is not overwritten', async () => {
	const asked = server((_, path) => path.includes('?') ? list({name: 'park_s', value: 90}) : setting(90, 'park_s'));
	const failure = await saveSettings('/s', {park_s: 60}, valuesOf([{name: 'park_s', value: 30}])).catch((error: unknown) => error);

	expect(failure).toMatchObject({status: 412, code: 'precondition_failed'});
	expect(asked).toEqual(['GET /s?limit=500', 'GET /s/park_s']);
});

test('what is not set has its default, and others\' settings are left out', () => {
	expect(valuesOf([{name: 'park_prefix', value: 80}, {name: 'x-own', value: 1}])).toMatchObject({park_prefix: '80', park_s: 120, recording_announced: true});
	expect('x-own' in valuesOf([{name: 'x-own', value: 1}])).toBe(false);
});

test('a default is removed, all else is set', async () => {
	const asked = server((method, path) => path.includes('?') ? list({name: 'recording', value: 'all'}) : method === 'GET' ? setting('all', 'recording') : new Response(null, {status: 204}));

	await saveSettings('/s', {recording: 'none', park_s: 60, ring_s: null, recording_announced: false}, valuesOf([{name: 'recording', value: 'all'}]));
	expect(asked.filter((one) => !one.startsWith('GET'))).toEqual(['DELETE /s/recording', 'PUT /s/park_s {"value":60}', 'PUT /s/recording_announced {"value":false}']);
	expect(isDefault('recording_announced', false)).toBe(false);
});

test('an error lands on the field of its setting', async () => {
	server((method) => method === 'GET' ? list() : new Response(JSON.stringify({code: 'invalid', detail: 'value: of park_s must be 5 to 3600', errors: [{field: 'value', message: 'of park_s must be 5 to 3600'}]}),
		{status: 400, headers: {'Content-Type': 'application/problem+json'}}));
	const failure = await saveSettings('/s', {park_s: 1}, valuesOf([])).catch((error: unknown) => error);

	expect(failure).toBeInstanceOf(Problem);
	expect((failure as Problem).fields).toEqual({park_s: 'must be 5 to 3600'});
});
