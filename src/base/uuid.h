/* UUIDs (RFC 9562), kept as their 16 bytes in network order. */
#ifndef CENTREX_BASE_UUID_H
#define CENTREX_BASE_UUID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/base.h"

enum { UUID_TEXT_MAX = 37, UUID_HEX_MAX = 33 }; /* with the closing NUL */

struct uuid {
	uint8_t bytes[16];
};

struct uuid uuid_random(void); /* version 4: nothing can be told from it */
struct uuid
uuid_at(int64_t unix_time_ms); /* version 7: sorts by time; for rows, never for secrets */

/* Strict: 36 characters in the 8-4-4-4-12 form, either case. False leaves ret_uuid alone. */
MUST_CHECK bool uuid_parse(const char *text, struct uuid *ret_uuid);

/* Lower case with hyphens; returns buffer. */
const char *uuid_format(const struct uuid *uuid, char buffer[static UUID_TEXT_MAX]);

/* The 32 hex digits without hyphens, as in schema names; returns buffer. */
const char *uuid_format_hex(const struct uuid *uuid, char buffer[static UUID_HEX_MAX]);

bool uuid_equal(const struct uuid *a, const struct uuid *b);
bool uuid_is_nil(const struct uuid *uuid);
int uuid_version(const struct uuid *uuid);

#endif
