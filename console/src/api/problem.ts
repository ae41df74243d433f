// An error of the API (RFC 9457), or that it cannot be reached.
import type {components} from './schema';

type Body = components['schemas']['Problem'];
export type ProblemCode = Body['code'] | 'unreachable';

export class Problem extends Error {
	constructor(readonly status: number, readonly code: ProblemCode, detail: string,
		readonly fields: Readonly<Record<string, string>> = {}, readonly requestId = '') {
		super(detail);
	}

	static of(status: number, body: unknown): Problem {
		const told = typeof body === 'object' && body !== null ? body as Partial<Body> : {};
		const fields: Record<string, string> = {};

		for (const {field, message} of told.errors ?? [])
			fields[field] ??= message;
		return new Problem(status, told.code ?? 'internal', told.detail ?? '', fields, told.request_id ?? '');
	}

	static unreachable(): Problem {
		return new Problem(0, 'unreachable', '');
	}
}
