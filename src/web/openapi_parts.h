/* The parts of the document, for openapi*.c only. */
#ifndef CENTREX_WEB_OPENAPI_PARTS_H
#define CENTREX_WEB_OPENAPI_PARTS_H

#include "web/openapi.h"

/* What is being written. A failed allocation is remembered and told at the end. */
struct openapi_draft {
	json_t *schemas; /* by name */
	bool failed;
};

/* Put value (NULL: a failed allocation) into object or array, and take it. */
void openapi_set(struct openapi_draft *draft, json_t *object, const char *key, json_t *value);
void openapi_append(struct openapi_draft *draft, json_t *array, json_t *value);

/* A JSON text of ours, written with ' for ". */
json_t *openapi_literal(struct openapi_draft *draft, const char *json);

/* Adds text in the form of a type's name: "queue-member" becomes "QueueMember". */
void openapi_add_name(struct text *text, const char *name);

/* {"$ref": "#/components/<kind>/<name><suffix>"} */
json_t *openapi_reference(const char *kind, const char *name, const char *suffix);

/* The schema of one value: as people give it, or as Centrex shows it. */
json_t *openapi_field(struct openapi_draft *draft, const struct field *field, bool input);

/* A reference to the schema of what a route takes or answers as JSON, which is added where it is
 * not yet; NULL: there is none. */
json_t *openapi_body(struct openapi_draft *draft, const struct route *route);
json_t *openapi_answer(struct openapi_draft *draft, const struct route *route);

/* "parameters" of an operation: of the path, the query and the headers. */
json_t *openapi_parameters(struct openapi_draft *draft, const struct route *route);

/* "responses" of an operation; and all that can go wrong, for the components. */
json_t *openapi_responses(struct openapi_draft *draft, const struct route *route);
json_t *openapi_problems(struct openapi_draft *draft);

/* True for a route that changes or deletes one row of a resource: If-Match. */
bool openapi_changes_row(const struct route *route);
/* True where the answer carries an ETag; a GET of it takes If-None-Match. */
bool openapi_has_etag(const struct route *route);
/* True for a POST that takes an Idempotency-Key. */
bool openapi_makes_row(const struct route *route);

#endif
