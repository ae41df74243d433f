/*
 * What is prepared on one connection: (tenant, statement name) -> name on the server, at most
 * STATEMENTS_MAX, the least recently used one making room. A statement is prepared per tenant
 * because PostgreSQL binds its table names when it is prepared.
 */
#ifndef CENTREX_DB_STATEMENTS_H
#define CENTREX_DB_STATEMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"

/* A plan takes 10 to 20 KB in the server's process. */
enum { STATEMENTS_MAX = 512, STATEMENT_NAME_MAX = 16, STATEMENTS_BUCKETS = 1024 };

struct statement {
	char server_name[STATEMENT_NAME_MAX];
	char *name;
	struct uuid tenant;
	uint32_t hash;
	uint32_t unit;         /* the unit of work that last used it */
	uint16_t older, newer; /* by use; index + 1, 0: none */
	uint16_t next;         /* in its bucket, or in the free list */
};

struct statements {
	struct statement *rows; /* STATEMENTS_MAX, allocated at the first use */
	uint16_t *buckets;
	uint16_t oldest, newest, free;
	uint32_t unit;
	uint32_t prepared; /* in all, since the connection was opened */
};

/* A new unit of work begins: what it uses is not evicted before the next one begins. */
void statements_begin(struct statements *statements);

/* NULL: not prepared here. */
struct statement *statements_find(struct statements *statements, const struct uuid *tenant,
                                  const char *name);

/* A row for a statement about to be prepared. ret_evicted receives the server's name of the one
 * that had to go, else "". NULL: no memory, or everything is in use by this unit of work (then run
 * it unprepared). */
struct statement *statements_add(struct statements *statements, const struct uuid *tenant,
                                 const char *name, char ret_evicted[static STATEMENT_NAME_MAX]);

/* The server has not got it after all. */
void statements_drop(struct statements *statements, struct statement *statement);

void statements_clear(struct statements *statements);

#endif
