/* What reading and writing share. For domain/store_*.c only. */
#ifndef CENTREX_DOMAIN_STORE_PARTS_H
#define CENTREX_DOMAIN_STORE_PARTS_H

#include "domain/store.h"

#define STORE_MASK "********" /* shown for a secret */

enum { STORE_KEY_MAX = 255 };

/* A statement under construction. Its values stay valid until it is cleared, which wipes them. */
struct store_sql {
	struct text name; /* the same for the same SQL: what varies is spelt out in it */
	struct text sql;
	size_t n;
	char *values[TX_VALUES_MAX];
};

void store_sql_clear(struct store_sql *statement);
/* Takes value, which came from malloc; NULL means there was no memory. Returns its $ number. */
size_t store_sql_take(struct store_sql *statement, char *value);
/* The same with a copy. */
size_t store_sql_value(struct store_sql *statement, const char *value);
/* Valid as long as the statement. */
MUST_CHECK enum error_code store_sql_ready(const struct store_sql *statement,
                                           struct tx_statement *ret_ready, struct error *err);

/* Which row: the value of each of its resource's keys. */
struct store_key {
	size_t n;
	char values[RESOURCE_KEYS_MAX][STORE_KEY_MAX];
};

struct tx_scope store_scope(const struct store_call *call, bool writes);
MUST_CHECK enum error_code store_run(const struct store_call *call, bool writes,
                                     struct store_sql *statement, struct tx_result **ret_result,
                                     struct error *err);
enum error_code store_not_found(const struct store_call *call, struct error *err);

/* The row people named: what is not an id already is looked up. */
MUST_CHECK enum error_code store_find_row(const struct store_call *call, const char *const *keys,
                                          struct store_key *ret_key, struct error *err);
/* Names of other rows in the body become their ids. */
MUST_CHECK enum error_code store_resolve(const struct store_call *call, json_t *body,
                                         struct error *err);

/* " where e.id = $1 ...", with what the call may see: its tenant's, what is visible, its own. */
void store_add_where(const struct store_call *call, const struct store_key *key,
                     struct store_sql *statement);
/* " and ..." for what the call may see.. */
void store_add_seen(const struct store_call *call, struct store_sql *statement);
/* SQL of the resource table with name (":user", ":row", ":text") standing for with. */
void store_add_text(struct store_sql *statement, const char *sql, const char *name,
                    const char *with);

MUST_CHECK enum error_code store_show_row(const struct store_call *call,
                                          const struct store_key *key, struct text *ret_row,
                                          struct error *err);

#endif
