/*
 * The description of the HTTP API (OpenAPI 3.1), made from what the server itself obeys: the route
 * table, the resource table, the shapes and the table of errors. It cannot say what is not served.
 *
 * Extensions in each operation, for tests and for verify-isolation: "x-access" (the least access,
 * domain/access.h) and "x-snapshot": true where it works without the database.
 */
#ifndef CENTREX_WEB_OPENAPI_H
#define CENTREX_WEB_OPENAPI_H

#include "domain/store.h"
#include "web/route.h"

enum { OPENAPI_ID_MAX = 96 };

struct openapi {
	struct text document;      /* JSON */
	char etag[STORE_ETAG_MAX]; /* of the document, without quotes */
};

/* What a table leaves out (a tag's description, a name that is the only one) is the lint's to find
 * (script/checks/openapi): the server starts all the same. */
MUST_CHECK enum error_code openapi_write(const struct routes *routes, struct openapi *ret_openapi,
                                         struct error *err);
void openapi_clear(struct openapi *openapi);

/* The operationId: "listExtensions", "getRoute"; returns buffer. */
const char *openapi_id(const struct route *route, char buffer[static OPENAPI_ID_MAX]);

#endif
