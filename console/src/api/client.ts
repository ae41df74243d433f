// Requests to the API, typed by its description. The session is a cookie of this origin.
import createClient from 'openapi-fetch';
import {boardHeaders} from './board';
import {learnTime} from './clock';
import {languageHeaders} from './language';
import {Problem} from './problem';
import type {components, paths} from './schema';

export type Schemas = components['schemas'];

export const api = createClient<paths>({baseUrl: '', credentials: 'same-origin', headers: boardHeaders});

api.use({
	onRequest({request}) {
		for (const [name, value] of Object.entries(languageHeaders()))
			request.headers.set(name, value);
	},
});

// Told of each answer that says nobody is signed in (any more); the app knows where to go then.
let signedOut = (): void => undefined;

export function onSignedOut(told: () => void): void {
	signedOut = told;
}

// Told of each answer that says one may not: what one may do may be another than it was.
let forbidden = (): void => undefined;

export function onForbidden(told: () => void): void {
	forbidden = told;
}

// Also of what is sent and read in another way: uploads, exports.
export function tellStatus(status: number): void {
	if (status === 401)
		signedOut();
	if (status === 403)
		forbidden();
}

type Answer<T> = {data?: T; error?: unknown; response: Response};

// What an answer holds, or the problem it tells of, thrown.
export async function ask<T>(request: Promise<Answer<T>>): Promise<T> {
	let answer: Answer<T>;
	try {
		answer = await request;
	} catch (cause) {
		if (cause instanceof DOMException && cause.name === 'AbortError')
			throw cause;
		throw Problem.unreachable();
	}
	learnTime(answer.response.headers.get('Date'));
	tellStatus(answer.response.status);
	if (!answer.response.ok)
		throw Problem.of(answer.response.status, answer.error);
	return answer.data as T;
}

// For the generic tables and forms, which know a path and no operation.
export async function send<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<T> {
	return (await sendTagged<T>(method, path, body, headers, signal)).data;
}

// servedAt: the server's clock, which times in answers go by; NaN where it was not told.
export type Tagged<T> = {data: T; etag: string | null; servedAt: number};

// With the ETag of the answer: what If-Match takes.
export async function sendTagged<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Tagged<T>> {
	const json = body !== undefined && !(body instanceof Blob);
	const request = fetch(path, {
		method,
		credentials: 'same-origin',
		signal,
		headers: {...boardHeaders, ...languageHeaders(), ...(json ? {'Content-Type': 'application/json'} : {}), ...headers},
		body: body === undefined ? undefined : json ? JSON.stringify(body) : body as Blob,
	}).then(async (response): Promise<Answer<T>> => {
		const text = await response.text();
		const told: unknown = /json/.test(response.headers.get('Content-Type') ?? '') && text ? JSON.parse(text) : undefined;

		return {response, data: told as T, error: told};
	});

	const data = await ask(request);

	const told = (await request).response.headers;

	return {data, etag: told.get('ETag'), servedAt: Date.parse(told.get('Date') ?? '')};
}

// `path` with parameters; those that are empty are left out.
export function withQuery(path: string, query: Record<string, string | number | boolean | null | undefined>): string {
	const entries = Object.entries(query).filter(([, x]) => x !== undefined && x !== null && x !== '');

	return entries.length ? `${path}?${new URLSearchParams(entries.map(([k, x]) => [k, String(x)]))}` : path;
}
