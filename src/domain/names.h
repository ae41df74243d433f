/*
 * A bounded memory of names: which tenant each belongs to, or that it belongs to none. For
 * domain/directory.
 *
 * Fixed size: a flood of invented names pushes out old rows and costs no memory. Names are kept as
 * a 128-bit hash under a random key, so that nobody can choose names that collide. Not thread-safe.
 */
#ifndef CENTREX_DOMAIN_NAMES_H
#define CENTREX_DOMAIN_NAMES_H

#include <stdbool.h>

#include "base/uuid.h"

struct names;

/* Room for about n names (rounded up). NULL: out of memory. */
struct names *names_new(size_t n);
void names_free(struct names *names); /* NULL is allowed */

/* Kept until expires_us (clock_monotonic_us()), unless it is pushed out. */
void names_put(struct names *names, const void *name, size_t n, const struct uuid *tenant,
               int64_t now_us, int64_t expires_us);
/* False: not known (any more). */
MUST_CHECK bool names_get(const struct names *names, const void *name, size_t n, int64_t now_us,
                          struct uuid *ret_tenant);
/* Forgets everything, at once. */
void names_clear(struct names *names);

#endif
