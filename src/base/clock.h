/* Time. Wall clock for what is stored (microseconds since 1970, UTC); monotonic for durations. */
#ifndef CENTREX_BASE_CLOCK_H
#define CENTREX_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

enum { CLOCK_RFC3339_MAX = 32 };

int64_t clock_unix_us(void);
int64_t clock_monotonic_us(void);

/* RFC 3339 with microseconds and Z, "2026-11-22T10:00:00.000000Z"; returns buffer. */
const char *clock_rfc3339(int64_t unix_us, char buffer[static CLOCK_RFC3339_MAX]);

/* An RFC 3339 date and time as clients send it, of the years 1970 to 9999: with an offset or Z,
 * fractions of a second up to six digits. False: it is none, or no such day or time. */
MUST_CHECK bool clock_parse(const char *text, int64_t *ret_unix_us);

#endif
