/* The header field Range (RFC 9110 section 14.2) against something of known size. Hostile: fuzzed.
 */
#ifndef CENTREX_WEB_RANGE_H
#define CENTREX_WEB_RANGE_H

#include <stdint.h>

enum range_answer {
	RANGE_WHOLE,   /* no range, another unit, several ranges, or nonsense: the whole (200) */
	RANGE_PART,    /* ret_first and ret_last hold (206) */
	RANGE_OUTSIDE, /* it begins behind the end (416) */
};

/* header: NULL is RANGE_WHOLE. */
enum range_answer range_parse(const char *header, uint64_t size, uint64_t *ret_first,
                              uint64_t *ret_last);

#endif
