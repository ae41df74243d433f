#include "web/routes.h"

#include <string.h>

#include "web/api_cdr.h"
#include "web/api_directory.h"
#include "web/api_events.h"
#include "web/api_figures.h"
#include "web/api_freeswitch.h"
#include "web/api_import.h"
#include "web/api_invite.h"
#include "web/api_media.h"
#include "web/api_metrics.h"
#include "web/api_openapi.h"
#include "web/api_operator.h"
#include "web/api_preferences.h"
#include "web/api_queue.h"
#include "web/api_record.h"
#include "web/api_recording.h"
#include "web/api_route.h"
#include "web/api_session.h"
#include "web/api_setting.h"
#include "web/api_tenant.h"
#include "web/api_token.h"
#include "web/health.h"

/* Every const table of routes, a line each: not laid out by the tool, whose columns make every new
 * one a conflict. */
/* clang-format off */
static const struct route_table *const tables[] = {
	&api_cdr_routes,
	&api_directory_routes,
	&api_events_routes,
	&api_figures_routes,
	&api_freeswitch_routes,
	&api_queue_routes,
	&api_record_routes,
	&api_import_routes,
	&api_invite_routes,
	&api_media_routes,
	&api_metrics_routes,
	&api_openapi_routes,
	&api_operator_routes,
	&api_preferences_routes,
	&api_recording_routes,
	&api_route_routes,
	&api_session_routes,
	&api_setting_routes,
	&api_tenant_routes,
	&api_token_routes,
	&health_routes,
};
/* clang-format on */

struct routes {
	struct resource_routes made;
	const struct route **rows;
	size_t n;
	struct node *root;
};

const char *web_method_name(enum web_method method)
{
	static const char *const names[] = {
		[WEB_GET] = "GET",     [WEB_POST] = "POST",     [WEB_PUT] = "PUT",
		[WEB_PATCH] = "PATCH", [WEB_DELETE] = "DELETE",
	};

	_Static_assert(COUNT_OF(names) == WEB_METHOD_COUNT, "one name per method");
	return names[method];
}

/* A row of a const table stands in for the one that would be made: a resource whose body is no JSON
 * (media), or whose list is found otherwise (call records). */
static bool is_taken(const struct routes *routes, const struct route *made)
{
	for (size_t i = 0; i < routes->n; i++)
		if (routes->rows[i]->method == made->method &&
		    strcmp(routes->rows[i]->path, made->path) == 0)
			return true;
	return false;
}

/* A row that makes or shows rows of a resource has it in itself, as those that are made have. */
static enum error_code add(struct routes *routes, const struct route *row, struct error *err)
{
	struct route *copy;

	routes->rows[routes->n] = row;
	if (row->of) {
		copy = malloc(sizeof(*copy));
		if (!copy)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		*copy = *row;
		copy->resource = resource_find(row->of);
		routes->rows[routes->n] = copy;
	}
	routes->n++;
	return ERROR_OK;
}

enum error_code routes_make(const struct route_table *const *all, size_t n_tables,
                            struct routes **ret_routes, struct error *err)
{
	struct routes *routes = calloc(1, sizeof(*routes));
	enum error_code code = routes ? resource_routes_make(&routes->made, err)
	                              : error_set(err, ERROR_MEMORY, NULL, NULL);
	size_t n = code == ERROR_OK ? routes->made.n : 0;

	for (size_t t = 0; t < n_tables; t++)
		n += all[t]->n;
	if (code == ERROR_OK && !(routes->rows = calloc(n, sizeof(*routes->rows))))
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code != ERROR_OK) {
		routes_close(routes);
		return code;
	}
	for (size_t t = 0; t < n_tables; t++)
		for (size_t i = 0; code == ERROR_OK && i < all[t]->n; i++)
			code = add(routes, &all[t]->routes[i], err);
	for (size_t i = 0; i < routes->made.n; i++)
		if (!is_taken(routes, &routes->made.routes[i]))
			routes->rows[routes->n++] = &routes->made.routes[i];
	if (code == ERROR_OK)
		code = router_open(routes->rows, routes->n, &routes->root, err);
	if (code != ERROR_OK)
		routes_close(routes);
	else
		*ret_routes = routes;
	return code;
}

enum error_code routes_open(struct routes **ret_routes, struct error *err)
{
	return routes_make(tables, COUNT_OF(tables), ret_routes, err);
}

void routes_close(struct routes *routes)
{
	if (!routes)
		return;
	router_close(routes->root);
	/* Some rows are the made ones: these go last. */
	for (size_t i = 0; i < routes->n; i++)
		if (routes->rows[i]->of)
			free((struct route *)routes->rows[i]);
	resource_routes_clear(&routes->made);
	free(routes->rows);
	free(routes);
}

size_t routes_count(const struct routes *routes)
{
	return routes->n;
}

const struct route *routes_at(const struct routes *routes, size_t i)
{
	return routes->rows[i];
}

void routes_match(const struct routes *routes, enum web_method method, const char *path,
                  struct route_match *ret_match)
{
	router_match(routes->root, method, path, ret_match);
}
