/* One row of the route table for each verb and action of each resource. */
#include <string.h>

#include "base/text.h"
#include "domain/store.h"
#include "web/api_resource.h"
#include "web/routes.h"

enum { PARAMETERS_MAX = 40 };

static const struct {
	enum web_method method;
	bool one;            /* the path names a row */
	const char *summary; /* %s: the resource */
	bool plural;
	unsigned status;
	route_h *handle;
} verbs[] = {
	[RESOURCE_CREATE] = {WEB_POST,   false, "Create: %s",  false, 201, api_resource_create},
	[RESOURCE_LIST] = {WEB_GET,    false, "List the %s", true,  200, api_resource_list  },
	[RESOURCE_SHOW] = {WEB_GET,    true,  "Show: %s",    false, 200, api_resource_show  },
	[RESOURCE_UPDATE] = {WEB_PATCH,  true,  "Change: %s",  false, 200, api_resource_update},
	[RESOURCE_DELETE] = {WEB_DELETE, true,  "Delete: %s",  false, 204, api_resource_delete},
};

_Static_assert(COUNT_OF(verbs) == RESOURCE_VERB_COUNT, "one row per verb");

struct maker {
	struct resource_routes *made;
	size_t routes_max;
};

/* Keeps what a row points at. NULL: out of memory. */
static void *own(struct maker *maker, void *memory)
{
	if (memory)
		maker->made->owned[maker->made->n_owned++] = memory;
	return memory;
}

static char *own_text(struct maker *maker, struct text *text)
{
	char *string = text_take(text);

	text_clear(text);
	return own(maker, string);
}

/* "{id}", "{queue_id}/{extension_id}"; the tenant itself is {tenant}, so that the gate resolves it.
 */
static void add_keys(const struct resource *resource, struct text *path)
{
	if (strcmp(resource->path, "tenants") == 0) {
		text_add(path, "/{tenant}");
		return;
	}
	for (size_t i = 0; i < resource_key_count(resource); i++)
		text_addf(path, "/{%s}", resource->keys[i]);
}

static char *make_path(struct maker *maker, const struct resource *resource, bool one,
                       const struct resource_action *action)
{
	struct text path = {0};

	text_addf(&path, "/api/v1/%s%s", resource_in_tenant(resource) ? "tenants/{tenant}/" : "",
	          resource->path);
	if (one)
		add_keys(resource, &path);
	if (action)
		text_addf(&path, "/%s", action->name);
	return own_text(maker, &path);
}

static bool filters(const struct field *field)
{
	return field_is_column(field) && !(field->flags & (FIELD_HIDDEN | FIELD_SECRET)) &&
	       field->type != FIELD_JSON;
}

static void add_parameter(struct route *route, struct route_parameter *all,
                          const struct route_parameter *parameter)
{
	if (route->n_parameters < PARAMETERS_MAX)
		all[route->n_parameters++] = *parameter;
}

static bool has(const struct resource *resource, unsigned flag)
{
	for (size_t i = 0; i < resource->n_fields; i++)
		if (resource->fields[i].flags & flag)
			return true;
	return false;
}

/* A list in order of time takes a range of it. */
static bool is_timed(const struct resource *resource)
{
	const struct field *field = resource_field(resource, resource->order[0]);

	return field && field->type == FIELD_TIME;
}

static void add_list_parameters(const struct resource *resource, struct route *route,
                                struct route_parameter *all)
{
	const struct {
		bool given;
		struct route_parameter parameter;
	} rows[] = {
		{true,
	         {"limit", FIELD_INTEGER, "rows of a page", .least = 1, .most = STORE_LIMIT_MAX}                         },
		{true,						{"cursor", FIELD_TEXT, "`next` of the page before"}},
		{has(resource,					FIELD_SORTED),
	         {"sort", FIELD_TEXT, "a column to sort by, with - before it from its end"}},
		{has(resource,						   FIELD_SEARCHED),											   {"q", FIELD_TEXT, "text that rows must contain"}},
		{is_timed(resource),   {"from", FIELD_TIME, "rows of this time or later"}},
		{is_timed(resource),{"to", FIELD_TIME, "rows before this time"}										      },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].given)
			add_parameter(route, all, &rows[i].parameter);
	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];
		const struct route_parameter filter = {
			.name = field->name,
			.type = FIELD_TEXT,
			.description = "only rows with this value; empty: with none",
		};

		if (filters(field))
			add_parameter(route, all, &filter);
	}
}

static bool add_parameters(struct maker *maker, const struct resource *resource,
                           struct route *route)
{
	static const struct route_parameter secrets = {"secrets", FIELD_CHOICE,
	                                               "yes: secrets in clear", "yes no"};
	static const struct route_parameter confirm = {"confirm", FIELD_TEXT,
	                                               "what is to be deleted, named once more"};
	struct route_parameter *all = own(maker, calloc(PARAMETERS_MAX, sizeof(*all)));

	if (!all)
		return false;
	if (route->verb == RESOURCE_LIST)
		add_list_parameters(resource, route, all);
	else if (route->verb == RESOURCE_SHOW && has(resource, FIELD_SECRET))
		add_parameter(route, all, &secrets);
	else if (route->verb == RESOURCE_DELETE && resource->confirm)
		add_parameter(route, all, &confirm);
	route->parameters = all;
	return true;
}

static enum access least(enum access access)
{
	return access == ACCESS_NONE ? ACCESS_OPERATOR : access;
}

/* A password is hashed on the way into its row. */
static bool hashes(const struct resource *resource, enum resource_verb verb)
{
	return (verb == RESOURCE_CREATE || verb == RESOURCE_UPDATE) && has(resource, FIELD_INPUT);
}

static bool add_verb(struct maker *maker, const struct resource *resource, enum resource_verb verb)
{
	struct route *route = &maker->made->routes[maker->made->n++];
	struct text summary = {0};

	text_addf(&summary, verbs[verb].summary,
	          verbs[verb].plural ? resource->plural : resource->name);
	*route = (struct route){
		.method = verbs[verb].method,
		.path = make_path(maker, resource, verbs[verb].one, NULL),
		.access = least(resource->access[verb]),
		.flags = hashes(resource, verb) ? ROUTE_HASHES : 0,
		.handle = verbs[verb].handle,
		.summary = own_text(maker, &summary),
		.tag = resource->path,
		.status = verbs[verb].status,
		.resource = resource,
		.verb = verb,
	};
	return route->path && route->summary && add_parameters(maker, resource, route);
}

static bool add_action(struct maker *maker, const struct resource *resource,
                       const struct resource_action *action)
{
	struct route *route = &maker->made->routes[maker->made->n++];

	*route = (struct route){
		.method = WEB_POST,
		.path = make_path(maker, resource, true, action),
		.access = least(action->access),
		.handle = api_resource_act,
		.summary = action->description,
		.tag = resource->path,
		.status = action->later ? 202 : 200,
		.resource = resource,
		.verb = RESOURCE_UPDATE,
		.action = action,
	};
	return route->path;
}

static bool add_resource(struct maker *maker, const struct resource *resource)
{
	bool good = true;

	for (enum resource_verb verb = 0; verb < RESOURCE_VERB_COUNT && good; verb++)
		if (resource->verbs & RESOURCE_VERB(verb))
			good = add_verb(maker, resource, verb);
	for (size_t i = 0; i < resource->n_actions && good; i++)
		good = add_action(maker, resource, &resource->actions[i]);
	return good;
}

enum error_code resource_routes_make(struct resource_routes *ret_made, struct error *err)
{
	enum { OWNED_EACH = 3 }; /* path, summary, parameters */
	struct maker maker = {.made = ret_made, .routes_max = 1};
	bool good;

	for (size_t i = 0; i < n_resources; i++)
		maker.routes_max += RESOURCE_VERB_COUNT + resources[i].n_actions;
	*ret_made = (struct resource_routes){
		.routes = calloc(maker.routes_max, sizeof(struct route)),
		.owned = calloc(maker.routes_max * OWNED_EACH, sizeof(void *)),
	};
	good = ret_made->routes && ret_made->owned;
	for (size_t i = 0; i < n_resources && good; i++)
		if (resources[i].path)
			good = add_resource(&maker, &resources[i]);
	if (good)
		return ERROR_OK;
	resource_routes_clear(ret_made);
	return error_set(err, ERROR_MEMORY, NULL, NULL);
}

void resource_routes_clear(struct resource_routes *made)
{
	for (size_t i = 0; made->owned && i < made->n_owned; i++)
		free(made->owned[i]);
	free(made->owned);
	free(made->routes);
	*made = (struct resource_routes){0};
}
