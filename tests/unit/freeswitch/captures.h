/* Call records as a FreeSWITCH sent them (tests/freeswitch/captures). */
#ifndef CENTREX_TESTS_FREESWITCH_CAPTURES_H
#define CENTREX_TESTS_FREESWITCH_CAPTURES_H

#include <stddef.h>

struct capture {
	char *all;        /* the request, headers included; NUL-terminated */
	const char *body; /* in it */
	size_t n;
};

/* name without ".http". Fails the test where there is none. */
struct capture capture_read(const char *name);
void capture_clear(struct capture *capture); /* for AUTO */

#endif
