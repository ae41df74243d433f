/* Between routes.c, routes_resource.c and router.c. */
#ifndef CENTREX_WEB_ROUTES_H
#define CENTREX_WEB_ROUTES_H

#include "web/route.h"

enum { ROUTE_SEGMENTS_MAX = 12 };

/* The tree the rows are found by. Rows outlive it. */
struct node;
MUST_CHECK enum error_code router_open(const struct route *const *routes, size_t n,
                                       struct node **ret_root, struct error *err);
void router_close(struct node *root);
void router_match(const struct node *root, enum web_method method, const char *path,
                  struct route_match *ret_match);

/* The rows made from the resource table, with the texts they point at. */
struct resource_routes {
	struct route *routes;
	size_t n;
	void **owned;
	size_t n_owned;
};

MUST_CHECK enum error_code resource_routes_make(struct resource_routes *ret_made,
                                                struct error *err);
void resource_routes_clear(struct resource_routes *made);

/* routes_open with these tables and the rows of resources. */
MUST_CHECK enum error_code routes_make(const struct route_table *const *tables, size_t n_tables,
                                       struct routes **ret_routes, struct error *err);

#endif
