/* A list of statements that is built before it runs: provisioning and migration (inside db/). */
#ifndef CENTREX_DB_BATCH_H
#define CENTREX_DB_BATCH_H

#include "db/scripts.h"
#include "db/tx.h"

enum { SCHEMA_NAME_MAX = 64 };

struct batch {
	struct tx_statement *rows;
	char **owned; /* owned[i]: the text of rows[i], NULL when it is not ours */
	size_t n, room;
	bool failed; /* out of memory; later adds do nothing */
};

void batch_clear(struct batch *batch);

/* A statement whose text and values live as long as the batch. */
void batch_add(struct batch *batch, const struct tx_statement *statement);

/* A statement without values, not kept prepared. */
void batch_addf(struct batch *batch, const char *format, ...) PRINTF_LIKE(2, 3);

/* Every statement of a script, :"tenant" standing for the schema and role of that name (NULL where
 * the script is public's). */
void batch_add_script(struct batch *batch, const struct script *script, const char *tenant);

/* "tenant_" and the 32 hex digits: the tenant's schema and its role; returns buffer. */
const char *schema_name(const struct uuid *tenant, char buffer[static SCHEMA_NAME_MAX]);

#endif
