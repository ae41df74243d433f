#include "web/openapi.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "web/etag.h"
#include "web/openapi_parts.h"

static const char frame[] =
	"{'openapi': '3.1.0', 'info': {'title': 'Centrex',"
	" 'summary': 'The HTTP API of a multi-tenant PBX', 'version': '1',"
	" 'description': 'Every operation takes Accept-Language (RFC 9110): what a problem says,"
	" the faults of an import and the steps of a route are in German for whom likes it best,"
	" in English for all others; Content-Language tells which. Names and codes are the same.',"
	" 'license': {'name': 'Apache License 2.0', 'identifier': 'Apache-2.0'}},"
	" 'servers': [{'url': '/'}],"
	" 'security': [{'token': []}, {'session': []}]}";

static const char security_schemes[] =
	"{'token': {'type': 'http', 'scheme': 'bearer',"
	" 'description': 'An API token, ctx_..., made with POST /api/v1/me/tokens'},"
	" 'session': {'type': 'apiKey', 'in': 'cookie', 'name': 'centrex_session',"
	" 'description': 'What signing in sets; behind TLS its name begins with __Host-'},"
	" 'switch': {'type': 'http', 'scheme': 'basic',"
	" 'description': 'The setting freeswitch-credentials'}}";

static const char headers[] =
	"{'X-Request-Id': {'description': 'The name of this request in the log', 'required': true,"
	" 'schema': {'type': 'string', 'pattern': '^[0-9a-f]{32}$'}},"
	" 'ETag': {'description': 'The version of what is shown', 'required': true,"
	" 'schema': {'type': 'string'}},"
	" 'NewETag': {'description': 'The version of what was made; not on an answer sent again',"
	" 'schema': {'type': 'string'}},"
	" 'Location': {'description': 'The path of what was made', 'required': true,"
	" 'schema': {'type': 'string', 'format': 'uri-reference'}},"
	" 'Content-Language': {'description': 'The language of detail and of errors[].message',"
	" 'required': true, 'schema': {'type': 'string', 'enum': ['en', 'de']}},"
	" 'Retry-After': {'description': 'Seconds to wait', 'required': true,"
	" 'schema': {'type': 'integer', 'minimum': 1}}}";

static const char parameters[] =
	"{'IdempotencyKey': {'name': 'Idempotency-Key', 'in': 'header', 'description':"
	" 'The same key with the same request, sent again, gets the same answer and makes nothing',"
	" 'schema': {'type': 'string', 'minLength': 1, 'maxLength': 255}},"
	" 'IfMatch': {'name': 'If-Match', 'in': 'header', 'description':"
	" 'The ETag of the row as it was read: 412 when somebody changed it since',"
	" 'schema': {'type': 'string'}},"
	" 'IfNoneMatch': {'name': 'If-None-Match', 'in': 'header', 'description':"
	" 'The ETag of what was read before: 304 when it still is so',"
	" 'schema': {'type': 'string'}},"
	" 'Range': {'name': 'Range', 'in': 'header', 'description':"
	" 'The bytes wanted, like bytes=0-1023: 206 with these',"
	" 'schema': {'type': 'string'}}}";

/* Groups of routes that are no resource's. */
static const struct {
	const char *tag, *description;
} tags[] = {
	{"session",    "signing in and out, and who one is"                  },
	{"directory",  "names and numbers of a tenant, for everybody in it"  },
	{"routing",    "where a dialled number leads"                        },
	{"events",     "what changes, as it happens"                         },
	{"operation",  "for whoever runs the installation"                   },
	{"freeswitch", "what FreeSWITCH asks and sends; 404 while it may not"},
	{"about",      "this document"				       },
};

void openapi_clear(struct openapi *openapi)
{
	text_clear(&openapi->document);
}

/* Segments of the path behind /api/v1 that name something. */
static void add_path_name(struct text *text, const char *path)
{
	static const char prefix[] = "/api/v1/";

	if (strncmp(path, prefix, strlen(prefix)) == 0)
		path += strlen(prefix);
	while (*path) {
		size_t n = strcspn(path, "/");
		char segment[64];

		snprintf(segment, sizeof(segment), "%.*s", (int)n, path);
		path += n;
		path += strspn(path, "/");
		if (*segment == '{' && !*path)
			text_add(text, "By");
		if ((*segment == '{' && *path) || (strcmp(segment, "tenants") == 0 && *path &&
		                                   strncmp(path, "{tenant}/", 9) == 0))
			continue;
		openapi_add_name(text, segment);
	}
}

static void add_id(struct text *text, const struct route *route)
{
	const struct resource *resource = route->resource;

	if (!resource) {
		for (const char *c = web_method_name(route->method); *c; c++)
			text_add_char(text, (char)tolower((unsigned char)*c));
		add_path_name(text, route->path);
		return;
	}
	openapi_add_name(text,
	                 route->action ? route->action->name : resource_verb_name(route->verb));
	if (text->length)
		text->data[0] = (char)tolower((unsigned char)text->data[0]);
	if (route->action)
		text_add(text, "Of");
	openapi_add_name(text, !route->action && route->verb == RESOURCE_LIST ? resource->plural
	                                                                      : resource->name);
}

const char *openapi_id(const struct route *route, char buffer[static OPENAPI_ID_MAX])
{
	AUTO(text_clear) struct text text = {0};

	if (!route->id)
		add_id(&text, route);
	snprintf(buffer, OPENAPI_ID_MAX, "%s", route->id ? route->id : text_string(&text));
	return buffer;
}

static const char *const access_words[] = {
	[ACCESS_NONE] = "Nobody needs to be signed in.",
	[ACCESS_BOARD] = "Wallboards may, and whoever is signed in: figures; of agents, their own.",
	[ACCESS_USER] = "Whoever is signed in may.",
	[ACCESS_AGENT] = "Agents may, and all above: what is their own, or everybody's.",
	[ACCESS_ADMIN] = "Admins of the tenant may, and all above.",
	[ACCESS_OWNER] = "Owners of the tenant may, and administrators of the installation.",
	[ACCESS_OPERATOR] = "Administrators of the installation may.",
};

_Static_assert(COUNT_OF(access_words) == ACCESS_COUNT, "one sentence for each access");

static const char switch_words[] =
	"FreeSWITCHes may: from the addresses of freeswitch-from, with the credentials of"
	" freeswitch-credentials.";

/* Where the handler asks (gate_demand). */
static const char demands_words[] =
	"On the machine itself nobody needs to be signed in; from elsewhere, or with a token,"
	" administrators of the installation may.";

/* What a route takes as its body; NULL: nothing. */
static json_t *request_body(struct openapi_draft *draft, const struct route *route)
{
	json_t *schema = openapi_body(draft, route);
	json_t *body, *media, *content = json_object();
	bool is_form;
	const char *raw = route->body_type ? route->body_type : "application/octet-stream";

	if (!schema && !(route->flags & (ROUTE_BODY_FILE | ROUTE_BODY_RAW))) {
		json_decref(content);
		return NULL;
	}
	media = schema ? json_pack("{s:o}", "schema", schema) : json_object();
	is_form = schema && route->flags & ROUTE_BODY_FILE;
	if (is_form)
		openapi_set(draft, media, "encoding",
		            openapi_literal(draft, "{'file': {'contentType':"
		                                   " 'audio/*, application/octet-stream'}}"));
	openapi_set(draft, content,
	            !schema   ? raw
	            : is_form ? "multipart/form-data"
	                      : "application/json",
	            media);
	body = json_pack("{s:b, s:o}", "required", 1, "content", content);
	if (!body)
		draft->failed = true;
	return body;
}

static const char *who_may(const struct route *route)
{
	if (route->flags & ROUTE_SWITCH)
		return switch_words;
	return route->flags & ROUTE_DEMANDS ? demands_words : access_words[route->access];
}

/* Of a route without access. */
static const char *security_of(const struct route *route)
{
	if (route->flags & ROUTE_SWITCH)
		return "[{'switch': []}]";
	return route->flags & ROUTE_DEMANDS ? "[{}, {'token': []}, {'session': []}]" : "[]";
}

static json_t *operation(struct openapi_draft *draft, const struct route *route)
{
	char id[OPENAPI_ID_MAX];
	json_t *body = request_body(draft, route);
	json_t *one = json_pack("{s:s, s:s*, s:s, s:[s]}", "operationId", openapi_id(route, id),
	                        "summary", route->summary, "description", who_may(route), "tags",
	                        route->tag ? route->tag : "");

	openapi_set(draft, one, "x-access", json_string(access_slug(route->access)));
	if (route->flags & (ROUTE_SNAPSHOT | ROUTE_INLINE))
		openapi_set(draft, one, "x-snapshot", json_true());
	if (route->access == ACCESS_NONE)
		openapi_set(draft, one, "security", openapi_literal(draft, security_of(route)));
	openapi_set(draft, one, "parameters", openapi_parameters(draft, route));
	if (body)
		openapi_set(draft, one, "requestBody", body);
	openapi_set(draft, one, "responses", openapi_responses(draft, route));
	return one;
}

static const char *tag_description(const char *tag)
{
	for (size_t i = 0; i < COUNT_OF(tags); i++)
		if (strcmp(tags[i].tag, tag) == 0)
			return tags[i].description;
	for (size_t i = 0; i < n_resources; i++)
		if (resources[i].path && strcmp(resources[i].path, tag) == 0)
			return resources[i].description;
	return NULL;
}

static void add_tag(struct openapi_draft *draft, json_t *list, const char *tag)
{
	json_t *known;
	size_t i;

	json_array_foreach(list, i, known)
	{
		if (strcmp(json_string_value(json_object_get(known, "name")), tag) == 0)
			return;
	}
	openapi_append(draft, list,
	               json_pack("{s:s, s:s*}", "name", tag, "description", tag_description(tag)));
}

static void add_route(struct openapi_draft *draft, json_t *paths, json_t *list,
                      const struct route *route)
{
	json_t *path = json_object_get(paths, route->path);
	char method[8];
	size_t n = 0;

	if (!path) {
		path = json_object();
		openapi_set(draft, paths, route->path, path);
	}
	for (const char *c = web_method_name(route->method); *c && n + 1 < sizeof(method); c++)
		method[n++] = (char)tolower((unsigned char)*c);
	method[n] = '\0';
	openapi_set(draft, path, method, operation(draft, route));
	if (route->tag)
		add_tag(draft, list, route->tag);
}

static json_t *components(struct openapi_draft *draft)
{
	json_t *all = json_object();

	openapi_set(draft, all, "responses", openapi_problems(draft));
	openapi_set(draft, all, "schemas", json_incref(draft->schemas));
	openapi_set(draft, all, "parameters", openapi_literal(draft, parameters));
	openapi_set(draft, all, "headers", openapi_literal(draft, headers));
	openapi_set(draft, all, "securitySchemes", openapi_literal(draft, security_schemes));
	return all;
}

static json_t *document(struct openapi_draft *draft, const struct routes *routes)
{
	json_t *root = openapi_literal(draft, frame);
	json_t *paths = json_object(), *list = json_array();

	for (size_t i = 0; i < routes_count(routes); i++)
		add_route(draft, paths, list, routes_at(routes, i));
	openapi_set(draft, root, "tags", list);
	openapi_set(draft, root, "paths", paths);
	openapi_set(draft, root, "components", components(draft));
	return root;
}

enum error_code openapi_write(const struct routes *routes, struct openapi *ret_openapi,
                              struct error *err)
{
	struct openapi_draft draft = {.schemas = json_object()};
	AUTO(json_auto_unref) json_t *root = document(&draft, routes);
	AUTO(auto_free) char *json = json_dumps(root, JSON_INDENT(1));
	struct openapi openapi = {0};

	json_decref(draft.schemas);
	if (draft.failed || !json)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	text_add(&openapi.document, json);
	text_add(&openapi.document, "\n");
	if (openapi.document.failed) {
		openapi_clear(&openapi);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	etag_of(&openapi.document, openapi.etag);
	*ret_openapi = openapi;
	return ERROR_OK;
}
