/* What is put where a request names something. */
#ifndef CENTREX_VERIFY_SAMPLE_H
#define CENTREX_VERIFY_SAMPLE_H

#include <jansson.h>

#include "domain/isolation_scratch.h"
#include "web/route.h"

/* Everything that names a side or a row of it. */
enum { SAMPLE_NAMES = 12 };

/* The i-th of side's names: first its id (which is the id of all its rows), then its users'. */
const char *sample_name(const struct scratch_side *side, size_t i);

/* What names a row of the side's own in the path of route, for its parameter name. */
const char *sample_own(const struct scratch_side *side, const struct route *route,
                       const char *name);

/* True for a member of a body that names something else: a reference, an id. */
bool sample_is_reference(const struct field *field);

/* The fields of what route takes as JSON; false: it takes none. */
bool sample_fields(const struct route *route, const struct field **ret_fields, size_t *ret_n);

/* A body that route takes from the side's people: what is required, else the first it may. NULL:
 * out of memory. */
json_t *sample_body(const struct scratch_side *side, const struct route *route);

#endif
