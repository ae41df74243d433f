/* The rows of a unit of work, as tx.h hands them out (inside db/ only). */
#ifndef CENTREX_DB_RESULT_H
#define CENTREX_DB_RESULT_H

#include <libpq-fe.h>

#include "db/tx.h"

struct tx_result {
	size_t n;
	PGresult *results[]; /* one per statement */
};

/* NULL: out of memory. */
struct tx_result *result_new(size_t n);

#endif
