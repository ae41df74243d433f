/*
 * The named queries of sql/queries, as db/queries.h (generated) lists them.
 *
 *   struct tx_statement store = TX_QUERY(QUERY_CDR_STORE, id, rows);
 *
 * A wrong number of values does not compile. Include "db/queries.h", not this.
 */
#ifndef CENTREX_DB_QUERY_H
#define CENTREX_DB_QUERY_H

#include "db/tx.h"

struct query_text {
	const char *name; /* thing_verb */
	const char *sql;  /* one statement */
	size_t n_values;  /* $1..$n */
	enum tx_door door;
};

/* Indexed by enum query, one empty row after the last. */
extern const struct query_text query_texts[];
extern const size_t query_count;

#define TX_QUERY(query, ...)                                                                       \
	({                                                                                         \
		_Static_assert(sizeof((const char *[]){NULL, ##__VA_ARGS__}) ==                    \
		                       (query##_VALUES + 1) * sizeof(const char *),                \
		               "the query has another number of values");                          \
		(struct tx_statement){                                                             \
			.name = query_texts[query].name,                                           \
			.sql = query_texts[query].sql,                                             \
			.n_values = query##_VALUES,                                                \
			.values = {__VA_ARGS__},                                                   \
		};                                                                                 \
	})

#endif
