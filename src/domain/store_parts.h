/* What reading and writing share. For domain/store_*.c only. */
#ifndef CENTREX_DOMAIN_STORE_PARTS_H
#define CENTREX_DOMAIN_STORE_PARTS_H

#include "domain/audit.h"
#include "domain/store.h"

#define STORE_NO_MEMBER "must be a member of the tenant"

enum { STORE_KEY_MAX = 255, STORE_VERSION_MAX = 33 };

/* A statement under construction. Its values stay valid until it is cleared, which wipes them. */
struct store_sql {
	struct text name; /* the same for the same SQL; with a dot, which no named query has */
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
/* The id of the row that a field's text names. Users are looked for among the tenant's members
 * only, where the row is in a tenant's schema: whether somebody else is a user is not its business.
 */
MUST_CHECK enum error_code store_find_reference(const struct store_call *call,
                                                const struct field *field, const char *name,
                                                char ret_id[static UUID_TEXT_MAX],
                                                struct error *err);
bool store_among_members(const struct store_call *call, const struct field *field);

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

/* The columns a row is shown with, over e. detail: with those that lists leave out. */
void store_add_columns(const struct store_call *call, bool detail, struct store_sql *statement);
/* The version of a stored row, of SQL that gives it as JSON text: STORE_VERSION_MAX - 1 characters.
 */
void store_add_version(struct store_sql *statement, const char *stored);
/* The whole statement: the row of this id as it is shown, and its version. For code that writes
 * without the store, in the unit of work that wrote. */
void store_add_shown_row(const struct store_call *call, const char *id,
                         struct store_sql *statement);
/* Fills call->ret_etag where it is set: the version, and a hash of what is shown. */
void store_etag(const struct store_call *call, const char *version, const char *shown);

/* The same, of a row that is shown as it is stored. */
void store_etag_stored(const struct store_call *call, const char *row);

MUST_CHECK enum error_code store_show_row(const struct store_call *call,
                                          const struct store_key *key, struct text *ret_row,
                                          struct error *err);

bool store_is_true(const char *value);

/* Whether rows that only owners may write are out of the call's reach. */
bool store_below_owner(const struct store_call *call);
/* What Centrex gives a new row: its id, and the tenant it belongs to. */
MUST_CHECK enum error_code store_generate(const struct store_call *call, json_t *body,
                                          struct error *err);

enum { STORE_LOCK_MAX = UUID_TEXT_MAX + 256 };

/* A change of one row, with all that goes with it (domain/store_change.c). */
struct store_change {
	const struct store_call *call;
	const char *action; /* for the audit log: create, update, delete, an action's name */
	const struct store_key *key; /* NULL: create */
	const json_t *body;          /* NULL: delete */
	struct store_once *once;     /* NULL: none */
	bool show_secrets;
	struct uuid tenant; /* filled: in whose log it stands */
};

/* ret_row NULL: not asked for (delete). */
MUST_CHECK enum error_code store_change_run(struct store_change *change, struct text *ret_row,
                                            struct error *err);
/* The refusals of a change without the change: what a hook asks before it begins. */
MUST_CHECK enum error_code store_change_check(struct store_change *change, struct error *err);

/* domain/store_once.c: what goes with an Idempotency-Key. */

/* The values as PostgreSQL reads them. */
void store_once_text(const struct store_once *once, struct store_once_texts *ret_texts);
/* Behind TX_PUBLIC and TX_OWNER: of two with one key the second waits; buffer is its value. */
struct tx_statement store_key_lock(const struct store_once *once,
                                   char buffer[static STORE_LOCK_MAX]);
/* The earlier answer, or ERROR_KEY_REUSED. */
MUST_CHECK enum error_code store_replay(struct store_once *once, const char *answer, bool same,
                                        const char *status, struct text *ret_row,
                                        struct error *err);

#endif
