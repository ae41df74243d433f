/* Time. Wall clock for what is stored (microseconds since 1970, UTC); monotonic for durations. */
#ifndef CENTREX_BASE_CLOCK_H
#define CENTREX_BASE_CLOCK_H

#include <stdint.h>

#include "base/base.h"

enum { CLOCK_RFC3339_MAX = 32 };

int64_t clock_unix_us(void);
int64_t clock_monotonic_us(void);

/* RFC 3339 with microseconds and Z, "2026-11-22T10:00:00.000000Z"; returns buffer. */
const char *clock_rfc3339(int64_t unix_us, char buffer[static CLOCK_RFC3339_MAX]);

#endif
