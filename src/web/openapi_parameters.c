/* What a route takes beside its body: of the path, the query and the headers. */
#include <string.h>

#include "domain/store.h"
#include "web/openapi_parts.h"

/* Takes schema. */
static void add(struct openapi_draft *draft, json_t *parameters, const char *in, const char *name,
                const char *description, json_t *schema)
{
	json_t *one = json_pack("{s:s, s:s, s:o}", "name", name, "in", in, "schema", schema);

	if (description)
		openapi_set(draft, one, "description", json_string(description));
	if (strcmp(in, "path") == 0)
		openapi_set(draft, one, "required", json_true());
	openapi_append(draft, parameters, one);
}

static void add_text(struct openapi_draft *draft, json_t *parameters, const char *in,
                     const char *name, const char *description)
{
	add(draft, parameters, in, name, description,
	    openapi_literal(draft, "{'type': 'string', 'minLength': 1}"));
}

/* A row's key in the path: by id, and by what people call it. */
static void add_key(struct openapi_draft *draft, json_t *parameters, const struct route *route,
                    const char *name)
{
	const struct resource *resource = route->resource;
	const struct field *field = resource ? resource_field(resource, name) : NULL;
	AUTO(text_clear) struct text words = {0};

	if (strcmp(name, "tenant") == 0)
		text_add(&words, "the tenant: its id or its domain");
	else if (!field)
		text_addf(&words, "its %s", name);
	else if (resource->natural && strcmp(name, resource->keys[0]) == 0)
		text_addf(&words, "its %s or its %s", name, resource->natural);
	else
		text_add(&words, field->description);
	if (words.failed)
		draft->failed = true;
	add_text(draft, parameters, "path", name, text_string(&words));
}

static void add_path(struct openapi_draft *draft, json_t *parameters, const struct route *route)
{
	const char *begin = route->path;

	while ((begin = strchr(begin, '{'))) {
		char name[64];
		size_t n = strcspn(++begin, "}");

		if (n >= sizeof(name))
			n = sizeof(name) - 1;
		memcpy(name, begin, n);
		name[n] = '\0';
		add_key(draft, parameters, route, name);
	}
}

static void add_query(struct openapi_draft *draft, json_t *parameters, const struct route *route)
{
	for (size_t i = 0; i < route->n_parameters; i++) {
		const struct route_parameter *parameter = &route->parameters[i];
		const struct field field = {
			.name = parameter->name,
			.type = parameter->type,
			.choices = parameter->choices,
			.least = parameter->least,
			.most = parameter->most,
		};

		add(draft, parameters, "query", parameter->name, parameter->description,
		    openapi_field(draft, &field, true));
	}
}

static void add_headers(struct openapi_draft *draft, json_t *parameters, const struct route *route)
{
	if (openapi_makes_row(route))
		openapi_append(draft, parameters,
		               openapi_reference("parameters", "IdempotencyKey", ""));
	if (openapi_changes_row(route))
		openapi_append(draft, parameters, openapi_reference("parameters", "IfMatch", ""));
	if (route->method == WEB_GET && openapi_has_etag(route))
		openapi_append(draft, parameters,
		               openapi_reference("parameters", "IfNoneMatch", ""));
	if (route->flags & ROUTE_FILE)
		openapi_append(draft, parameters, openapi_reference("parameters", "Range", ""));
}

json_t *openapi_parameters(struct openapi_draft *draft, const struct route *route)
{
	json_t *parameters = json_array();

	add_path(draft, parameters, route);
	add_query(draft, parameters, route);
	add_headers(draft, parameters, route);
	return parameters;
}
