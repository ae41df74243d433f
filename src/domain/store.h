/*
 * Create, list, show, update and delete rows of any resource. The SQL is made from the const
 * tables of domain/resource.h, never from a request; what a request says are values.
 *
 * A row is named by one text for each of its resource's keys: a UUID, or what people call it (an
 * extension's number, a tenant's domain, a user's e-mail address, a queue's name). A field that
 * refers to another row takes that row's name as well.
 */
#ifndef CENTREX_DOMAIN_STORE_H
#define CENTREX_DOMAIN_STORE_H

#include "domain/resource.h"

enum { STORE_LIMIT_DEFAULT = 50, STORE_LIMIT_MAX = 500 };

enum { STORE_ETAG_MAX = 65 /* 64 characters */, STORE_REQUEST_HASH_BYTES = 32 };

/* The same POST sent again gets the same answer: kept for a day, in the transaction of what it
 * made. ERROR_KEY_REUSED: the key was used for another request. */
struct store_once {
	struct uuid actor;                              /* whose key it is: the credential's user */
	const char *key;                                /* Idempotency-Key, 1 to 255 characters */
	uint8_t request_hash[STORE_REQUEST_HASH_BYTES]; /* of method, path and body */
	unsigned status; /* of the answer; out, where replayed: of the earlier one */
	bool replayed;   /* out: nothing was done; the row is the earlier answer */
};

/* For code that writes without the store: the earlier answer where there is one (found), else keep
 * the new one in the unit of work that makes it, with the statement of store_once_keep: where the
 * key came into use meanwhile it fails, and the whole unit with it; then look again. tenant nil:
 * the installation's keys. */
struct store_once_texts {
	char actor[UUID_TEXT_MAX], hash[2 * STORE_REQUEST_HASH_BYTES + 3], status[16];
};
MUST_CHECK enum error_code store_once_find(struct db *db, const struct uuid *tenant,
                                           struct store_once *once, bool *ret_found,
                                           struct text *ret_answer, struct error *err);
/* texts, once and answer stay valid as long as the statement. */
struct tx_statement store_once_keep(const struct store_once *once, bool in_tenant,
                                    const char *answer, struct store_once_texts *texts);

/* Who asks for what. tenant: nil where the resource belongs to the installation. */
struct store_call {
	struct db *db;
	const struct resource *resource;
	struct uuid tenant;
	bool show_secrets;
	const char *media; /* directory of the tenants' media; NULL: none kept */
	/* For the audit log and for own rows; all zero is the command line, which may do
	 * everything. */
	struct actor actor;
	/* Only rows that are the actor's own (resource.own); set by the edge for agents. */
	bool own_only;
	/* ETag (without quotes) of the row as it must be, else ERROR_PRECONDITION; NULL: any. */
	const char *if_match;
	struct store_once *once; /* create only; NULL: none */
	char *ret_etag;          /* NULL, or STORE_ETAG_MAX bytes: of the row shown or written */
};

struct store_query {
	const json_t *filter; /* object: field -> text it must equal ("": null); or NULL */
	const char *search;   /* q=: text looked for in the FIELD_SEARCHED columns; or NULL */
	const char *sort;  /* a FIELD_SORTED column, "-" before it: descending; NULL: the resource's
	                      order. The cursor belongs to the sort it was made with. */
	unsigned limit;    /* 1..STORE_LIMIT_MAX; 0: STORE_LIMIT_DEFAULT */
	const char *after; /* ret_next of the page before; or NULL */
	const char *from, *to; /* where the list is in order of time: from <= time < to; or NULL */
};

/* body is changed (references become ids, generated values are added) and stays the caller's. */
MUST_CHECK enum error_code store_create(const struct store_call *call, json_t *body,
                                        struct text *ret_row, struct error *err);

/* ret_rows: a JSON array of objects. ret_next: "" on the last page. */
MUST_CHECK enum error_code store_list(const struct store_call *call,
                                      const struct store_query *query, struct text *ret_rows,
                                      struct text *ret_next, struct error *err);

enum { STORE_MANY_MAX = 10000 };

/* One fault of store_create_many. */
struct store_fault {
	size_t row; /* index */
	enum error_code code;
	char field[ERROR_FIELD_MAX];
	char message[ERROR_MESSAGE_MAX];
};

/*
 * Creates all rows or none. rows: n bodies as store_create takes them, changed in place; a
 * FIELD_INPUT field may be missing (the user then has no password until he sets one). Not for
 * resources with a create hook. Where rows are at fault: ERROR_INVALID, at most faults_max of them
 * in ret_faults in the order of the rows, *ret_n_faults all that were found. dry_run: everything is
 * tried, nothing is kept. ret_rows: a JSON array of the new rows, generated secrets included; "[]"
 * after a dry run. One entry in the audit log (action import) and one event.
 */
MUST_CHECK enum error_code store_create_many(const struct store_call *call, json_t *const *rows,
                                             size_t n, bool dry_run, struct store_fault *ret_faults,
                                             size_t faults_max, size_t *ret_n_faults,
                                             struct text *ret_rows, struct error *err);

/* keys: one text for each of the resource's keys. */
MUST_CHECK enum error_code store_show(const struct store_call *call, const char *const *keys,
                                      struct text *ret_row, struct error *err);
MUST_CHECK enum error_code store_update(const struct store_call *call, const char *const *keys,
                                        json_t *body, struct text *ret_row, struct error *err);
MUST_CHECK enum error_code store_act(const struct store_call *call, const char *const *keys,
                                     const struct resource_action *action, struct text *ret_row,
                                     struct error *err);
MUST_CHECK enum error_code store_delete(const struct store_call *call, const char *const *keys,
                                        struct error *err);

/* The delete statement alone, for remove hooks; row as shown. */
MUST_CHECK enum error_code store_delete_row(const struct store_call *call, const json_t *row,
                                            struct error *err);

/* The id of the row people call `name`. field: what to blame. */
MUST_CHECK enum error_code store_find(struct db *db, const struct resource *resource,
                                      const struct uuid *tenant, const char *field,
                                      const char *name, char ret_id[static UUID_TEXT_MAX],
                                      struct error *err);

size_t resource_key_count(const struct resource *resource);

#endif
