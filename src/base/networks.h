/*
 * Lists of IP addresses and networks, as people write them: "127.0.0.0/8 ::1, 10.0.0.5". No memory
 * of its own. An IPv4 address written as IPv6 (::ffff:10.0.0.5, RFC 4291 section 2.5.5.2) is the
 * IPv4 address, on both sides; ::/0 is every IPv6 address and no IPv4 one.
 */
#ifndef CENTREX_BASE_NETWORKS_H
#define CENTREX_BASE_NETWORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum { NETWORKS_MAX = 64 };

struct network {
	bool four;
	uint8_t bytes[16]; /* network order; of IPv4 the first four */
	unsigned bits;     /* that an address must share */
};

struct networks {
	struct network items[NETWORKS_MAX];
	size_t n;
};

/* Blanks and commas separate. ERROR_INVALID names the item that is none; ERROR_MISSING: the list is
 * empty; ERROR_TOO_LARGE. The messages are the rule alone, without a field. */
MUST_CHECK enum error_code networks_parse(const char *text, struct networks *ret_networks,
                                          struct error *err);

/* False also for what is no address. */
bool networks_match(const struct networks *networks, const char *address);

/* The next item of such a list, of *ret_n bytes; NULL: none is left. Start with *cursor at the
 * text.
 */
const char *networks_item(const char **cursor, size_t *ret_n);

#endif
