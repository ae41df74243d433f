// Whether an answer of the server is one that its own description (/api/v1/openapi.json) allows:
// the status is documented for the operation, the headers are there, the body has exactly the
// members its schema names. Every answer of every HTTP test goes through here (tests/lib/http.mjs).

import assert from 'node:assert/strict';

import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

// What the server answers before it knows the operation: a request it cannot read, or of no route.
const BEFORE_ROUTE = new Set([400, 404, 405, 408, 411, 413, 414, 415, 429, 431, 501, 503, 505]);
// Of these what is about the form of the message, whatever the operation.
const OF_FORM = new Set([408, 411, 414, 431, 501, 505]);

// "/a/{b}/c" as segments; a parameter is null.
function segments(template) {
	return template.split('/').map((segment) => segment.startsWith('{') ? null : segment);
}

function fits(template, path) {
	return template.length === path.length && template.every((segment, i) =>
		segment === null ? path[i] !== '' : segment === path[i]);
}

function decoded(segment) {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment;
	}
}

// JSON, and the body of an answer that has some other type.
function isJson(type) {
	return /^application\/([a-z]+\+)?json$/.test(type);
}

export class Contract {
	constructor(document) {
		this.document = document;
		this.ajv = addFormats(new Ajv2020({strict: false, allErrors: true, validateFormats: true}));
		this.ajv.addSchema(document, 'api');
		this.validators = new Map();
		this.templates = Object.keys(document.paths).map((path) => ({path, segments: segments(path)}));
		// A literal segment wins over a parameter, the first difference decides.
		this.templates.sort((a, b) => {
			const i = a.segments.findIndex((segment, k) => (segment === null) !== (b.segments[k] === null));

			return i < 0 ? 0 : a.segments[i] === null ? 1 : -1;
		});
		this.seen = new Set(); // operationIds that were answered
	}

	// [{path, method, operation}]: every operation of the document.
	operations() {
		return Object.entries(this.document.paths).flatMap(([path, item]) => METHODS.filter((m) => item[m])
			.map((method) => ({path, method: method.toUpperCase(), operation: item[method]})));
	}

	resolve(value) {
		if (!value?.$ref)
			return value;
		return value.$ref.slice(2).split('/').reduce((at, key) =>
			at[key.replaceAll('~1', '/').replaceAll('~0', '~')], this.document);
	}

	// The path of the document that a request's path (no query) means; undefined: none.
	template(path) {
		const parts = path.split('/').map(decoded);

		return this.templates.find((template) => fits(template.segments, parts))?.path;
	}

	// What is wrong with value by the schema at a JSON pointer of the document; '' when nothing is.
	mismatch(pointer, value) {
		if (!this.validators.has(pointer))
			this.validators.set(pointer, this.ajv.compile({$ref: `api#${pointer}`}));
		const validate = this.validators.get(pointer);

		return validate(value) ? '' : this.ajv.errorsText(validate.errors, {dataVar: 'body'}) +
			validate.errors.map((e) => e.params?.additionalProperty ?? '').filter(Boolean).map((p) => ` (${p})`).join('');
	}

	// Fails the test unless the answer is as documented. headers: a Headers or an object of lower-case
	// names; body: a string, or undefined where it was not read (a stream).
	check({method, path, status, headers, body}) {
		const get = (name) => headers.get ? headers.get(name) : headers[name];
		const [plain] = path.split('?');
		const template = this.template(plain);
		const item = template && this.document.paths[template];
		const operation = item?.[method.toLowerCase()] ?? (method === 'HEAD' ? item?.get : undefined);
		const name = `${method} ${path}: ${status}`;
		const type = (get('content-type') ?? '').split(';')[0].trim();

		assert.notEqual(status, 500, `${name} ${body}`);
		assert.match(get('x-request-id') ?? '', /^[0-9a-f]{32}$/, `${name}: X-Request-Id`);
		if (status >= 400)
			this.checkProblem(name, {status, type, body, get, head: method === 'HEAD'});
		if (OF_FORM.has(status))
			return;
		if (!operation)
			return this.checkNoOperation(name, {method, status, item, get});
		const response = this.resolve(operation.responses[status]);

		assert.ok(response, `${name}: not documented for ${operation.operationId}: ${body}`);
		this.seen.add(operation.operationId);
		this.checkHeaders(name, response, get);
		if (method !== 'HEAD')
			this.checkBody(name, response, {type, body, pointer: this.pointer(template, method, operation, status)});
	}

	checkNoOperation(name, {method, status, item, get}) {
		if (item && METHODS.includes(method.toLowerCase())) {
			assert.ok([405, 429, 400, 503].includes(status), `${name}: a method that the document does not have`);
			if (status === 405)
				for (const m of METHODS.filter((known) => item[known]))
					assert.match(get('allow') ?? '', new RegExp(`\\b${m.toUpperCase()}\\b`), `${name}: Allow`);
			return;
		}
		if (method !== 'OPTIONS')
			assert.ok(BEFORE_ROUTE.has(status), `${name}: a route that the document does not have`);
	}

	checkProblem(name, {status, type, body, get, head}) {
		assert.equal(type, 'application/problem+json', `${name}: ${body}`);
		if (body === undefined || head)
			return;
		const problem = JSON.parse(body);

		assert.match(get('vary') ?? '', /accept-language/i, `${name}: Vary`);
		assert.match(get('content-language') ?? '', /^(en|de)$/, `${name}: Content-Language`);
		assert.equal(this.mismatch('/components/schemas/Problem', problem), '', `${name} ${body}`);
		assert.equal(problem.status, status, name);
		assert.equal(problem.request_id, get('x-request-id'), name);
	}

	checkHeaders(name, response, get) {
		for (const [header, reference] of Object.entries(response.headers ?? {})) {
			const {required, schema} = this.resolve(reference);
			const value = get(header.toLowerCase());

			if (value === null || value === undefined) {
				assert.ok(!required, `${name}: no ${header}`);
				continue;
			}
			const typed = schema.type === 'integer' && /^-?\d+$/.test(value) ? Number(value) : value;

			assert.ok(this.ajv.validate(schema, typed), `${name}: ${header}: ${value}`);
		}
	}

	checkBody(name, response, {type, body, pointer}) {
		if (!response.content) {
			assert.ok(!body, `${name}: a body where none is documented: ${body}`);
			return;
		}
		const known = Object.keys(response.content);

		assert.ok(known.includes(type), `${name}: ${type} is none of ${known}`);
		if (body === undefined || !isJson(type) || !response.content[type].schema)
			return;
		const wrong = this.mismatch(`${pointer}/content/${type.replaceAll('/', '~1')}/schema`, JSON.parse(body));

		assert.equal(wrong, '', `${name}: ${body}`);
	}

	pointer(template, method, operation, status) {
		const response = operation.responses[status];

		if (response.$ref)
			return response.$ref.slice(1);
		const of = this.document.paths[template][method.toLowerCase()] ? method.toLowerCase() : 'get';

		return `/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1')}/${of}/responses/${status}`;
	}
}
