/* What a route may answer: its success, and the problems that can happen to it. */
#include <stdio.h>
#include <string.h>

#include "web/openapi_parts.h"
#include "web/reply.h"

static bool always(const struct route *route)
{
	(void)route;
	return true;
}

static bool knows_callers(const struct route *route)
{
	return route->access != ACCESS_NONE || route->flags & (ROUTE_DEMANDS | ROUTE_SWITCH);
}

/* Also where one proves who one is, or is sent by another site's page. */
static bool may_refuse(const struct route *route)
{
	return knows_callers(route) || (route->flags & ROUTE_HASHES);
}

static bool has_origin(const struct route *route)
{
	return knows_callers(route) || route->method != WEB_GET;
}

static bool names_row(const struct route *route)
{
	/* A row may be named in the body: a link's secret. FreeSWITCH may not be let in at all. */
	return (route->flags & (ROUTE_HASHES | ROUTE_SWITCH)) || strchr(route->path, '{') != NULL;
}

/* A GET too: a name that several rows have. */
static bool can_conflict(const struct route *route)
{
	return route->method != WEB_GET || route->resource || route->n_parameters ||
	       strstr(route->path, "/{id}");
}

static bool takes_body(const struct route *route)
{
	return route->body || (route->flags & (ROUTE_BODY_FILE | ROUTE_BODY_RAW)) ||
	       (route->resource && !route->action &&
	        (route->verb == RESOURCE_CREATE || route->verb == RESOURCE_UPDATE));
}

static bool waits(const struct route *route)
{
	return !(route->flags & ROUTE_INLINE);
}

bool openapi_changes_row(const struct route *route)
{
	return route->resource && route->method != WEB_GET && names_row(route) &&
	       (route->action || route->verb == RESOURCE_UPDATE || route->verb == RESOURCE_DELETE);
}

bool openapi_has_etag(const struct route *route)
{
	if (route->flags & ROUTE_FILE)
		return true;
	if (route->resource)
		return route->action || route->verb != RESOURCE_DELETE;
	return route->answer && route->answer->list;
}

bool openapi_makes_row(const struct route *route)
{
	return route->resource && !route->action && route->verb == RESOURCE_CREATE;
}

/* By a POST that can be sent again, or from a file. */
static bool makes_rows(const struct route *route)
{
	return openapi_makes_row(route) ||
	       (route->method == WEB_POST && route->flags & ROUTE_BODY_RAW);
}

static bool gives_file(const struct route *route)
{
	return route->flags & ROUTE_FILE;
}

static bool takes_file(const struct route *route)
{
	return route->flags & ROUTE_BODY_FILE;
}

/* clang-format off */
/* name: the component's. retries: Retry-After says when to come back. */
static const struct problem_rule {
	unsigned status;
	const char *name;
	bool (*may)(const struct route *route);
	bool retries;
	const char *description;
} problem_rules[] = {
	{400, "Invalid", always, false,
	 "A parameter, a header or a member of the body breaks a rule"},
	{401, "Unauthenticated", may_refuse, false,
	 "No session and no token, or one that has ended"},
	{403, "Forbidden", has_origin, false, "The caller's role does not allow this"},
	{404, "NotFound", names_row, false,
	 "There is no such thing, or the caller has no access to it"},
	{409, "Conflict", can_conflict, false, "It exists already, or is in use"},
	{412, "Changed", openapi_changes_row, false, "If-Match names another version of the row"},
	{413, "TooLarge", takes_body, false, "The body, or what it asks for, is over a limit"},
	{422, "Unprocessable", makes_rows, false,
	 "Rows of the file are at fault, or the Idempotency-Key was used for another request"},
	{416, "Outside", gives_file, false, "The Range begins behind the end"},
	{415, "MediaType", takes_body, false, "The body is of another media type"},
	{429, "RateLimited", always, true, "Too many requests"},
	{500, "Fault", always, false, "A fault in Centrex; its log has more under the request_id"},
	{507, "Full", takes_file, false, "The disk is full; nothing was kept"},
	{503, "Unavailable", waits, true, "The database is away, or there is too much to do"},
};
/* clang-format on */

static const char problem_schema[] =
	"{'type': 'object', 'description': 'What went wrong (RFC 9457)', 'properties': {"
	"'type': {'type': 'string', 'format': 'uri-reference'},"
	"'title': {'type': 'string', 'description': 'the kind of problem'},"
	"'status': {'type': 'integer', 'minimum': 400, 'maximum': 599},"
	"'code': {'type': 'string', 'description': 'what a program decides by; never changes'},"
	"'detail': {'type': 'string', 'description': 'one sentence for people'},"
	"'request_id': {'type': 'string', 'pattern': '^[0-9a-f]{32}$',"
	" 'description': 'as in X-Request-Id and in the log'},"
	"'errors': {'type': 'array', 'description': 'the fields at fault', 'items': {"
	"'type': 'object', 'properties': {"
	"'field': {'type': 'string', 'description': 'a member, a parameter or a header'},"
	"'message': {'type': 'string', 'description': 'the rule it breaks'},"
	"'row': {'type': 'integer', 'description': 'of a file: the row, the first is 1'}},"
	" 'required': ['field', 'message'], 'additionalProperties': false}}},"
	" 'required': ['type', 'title', 'status', 'code', 'detail', 'request_id', 'errors'],"
	" 'additionalProperties': false}";

static json_t *problem_codes(struct openapi_draft *draft)
{
	json_t *codes = json_array();

	for (enum error_code code = ERROR_OK; code < ERROR_CODE_COUNT; code++)
		if (problem_status(code) >= 400)
			openapi_append(draft, codes, json_string(error_slug(code)));
	return codes;
}

static json_t *header_reference(const char *name)
{
	AUTO(text_clear) struct text path = {0};

	text_addf(&path, "#/components/headers/%s", name);
	return path.failed ? NULL : json_pack("{s:s}", "$ref", text_string(&path));
}

static json_t *response(struct openapi_draft *draft, const char *description)
{
	json_t *headers = json_object();

	openapi_set(draft, headers, "X-Request-Id", header_reference("X-Request-Id"));
	return json_pack("{s:s, s:o}", "description", description, "headers", headers);
}

static void add_header(struct openapi_draft *draft, json_t *response, const char *name)
{
	openapi_set(draft, json_object_get(response, "headers"), name, header_reference(name));
}

/* Takes schema; NULL: nothing is said of what the bytes are. */
static void add_content(struct openapi_draft *draft, json_t *response, const char *type,
                        json_t *schema)
{
	json_t *content = json_object_get(response, "content");
	json_t *media = schema ? json_pack("{s:o}", "schema", schema) : json_object();

	if (!content) {
		content = json_object();
		openapi_set(draft, response, "content", content);
	}
	openapi_set(draft, content, type, media);
}

json_t *openapi_problems(struct openapi_draft *draft)
{
	json_t *all = json_object(), *problem = openapi_literal(draft, problem_schema);
	json_t *unchanged = response(draft, "It is what If-None-Match names");

	add_header(draft, unchanged, "ETag");
	openapi_set(draft, all, "Unchanged", unchanged);
	openapi_set(draft, json_object_get(json_object_get(problem, "properties"), "code"), "enum",
	            problem_codes(draft));
	openapi_set(draft, draft->schemas, "Problem", problem);
	for (size_t i = 0; i < COUNT_OF(problem_rules); i++) {
		const struct problem_rule *rule = &problem_rules[i];
		json_t *one = response(draft, rule->description);

		add_header(draft, one, "Content-Language");
		if (rule->retries)
			add_header(draft, one, "Retry-After");
		add_content(draft, one, "application/problem+json",
		            openapi_reference("schemas", "Problem", ""));
		openapi_set(draft, all, rule->name, one);
	}
	return all;
}

static unsigned success_status(const struct route *route, const json_t *schema)
{
	if (route->status)
		return route->status;
	if (!schema && !route->answer_type)
		return 204;
	return openapi_makes_row(route) ? 201 : 200;
}

/* Of several media types none has a schema. */
static void add_each_content(struct openapi_draft *draft, json_t *response, const char *types)
{
	char type[64];

	for (size_t n; *types; types += n + strspn(types + n, " ")) {
		n = strcspn(types, " ");
		snprintf(type, sizeof(type), "%.*s", (int)n, types);
		add_content(draft, response, type, NULL);
	}
}

/* Takes schema; NULL: the answer is no JSON, or none. */
static json_t *success(struct openapi_draft *draft, const struct route *route, json_t *schema)
{
	json_t *one = response(draft, "Done");

	if (openapi_makes_row(route)) {
		add_header(draft, one, "Location");
		openapi_set(draft, json_object_get(one, "headers"), "ETag",
		            header_reference("NewETag"));
	} else if (openapi_has_etag(route)) {
		add_header(draft, one, "ETag");
	}
	if (route->answer_type && strchr(route->answer_type, ' '))
		add_each_content(draft, one, route->answer_type);
	else if (schema || route->answer_type)
		add_content(draft, one,
		            route->answer_type ? route->answer_type : "application/json", schema);
	return one;
}

json_t *openapi_responses(struct openapi_draft *draft, const struct route *route)
{
	json_t *responses = json_object(), *schema = openapi_answer(draft, route);
	char status[12];

	snprintf(status, sizeof(status), "%u", success_status(route, schema));
	openapi_set(draft, responses, status, success(draft, route, schema));
	if (gives_file(route))
		openapi_set(draft, responses, "206",
		            success(draft, route, openapi_answer(draft, route)));
	if (route->method == WEB_GET && openapi_has_etag(route))
		openapi_set(draft, responses, "304",
		            openapi_reference("responses", "Unchanged", ""));
	for (size_t i = 0; i < COUNT_OF(problem_rules); i++) {
		const struct problem_rule *rule = &problem_rules[i];

		if (!rule->may(route))
			continue;
		snprintf(status, sizeof(status), "%u", rule->status);
		openapi_set(draft, responses, status,
		            openapi_reference("responses", rule->name, ""));
	}
	return responses;
}
