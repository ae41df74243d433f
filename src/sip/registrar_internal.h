/* For registrar.c (requests) and registrar_store.c (start, expiry, database). */
#ifndef CENTREX_SIP_REGISTRAR_INTERNAL_H
#define CENTREX_SIP_REGISTRAR_INTERNAL_H

#include "sip/bindings.h"

enum { REGISTRAR_DATE_MAX = 48 };

struct registrar {
	struct engine *engine;
	struct bindings *bindings;
	unsigned writing; /* batches under way */
	int64_t next_write_ms;
	int64_t date_s;    /* what date says */
	bool write_failed; /* and it was logged */
	char date[REGISTRAR_DATE_MAX];
	const char *node;
};

/* "Date: ...\r\n" (RFC 3261 section 20.17), made once a second. */
const char *registrar_date(struct registrar *registrar, int64_t now_s);

#endif
