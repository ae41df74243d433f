/*
 * Call records that have no place (public.dead_letters): kept whole, with the reason, until they
 * are replayed or removed. Calls block on the database.
 */
#ifndef CENTREX_FREESWITCH_DEAD_LETTERS_H
#define CENTREX_FREESWITCH_DEAD_LETTERS_H

#include "base/text.h"
#include "db/db.h"
#include "freeswitch/intake.h"

/* X(enum, slug): why. */
#define DEAD_REASON_LIST(X)                                                                        \
	X(UNREADABLE, "unreadable")             /* no record of a call */                          \
	X(UNKNOWN_TENANT, "unknown_tenant")     /* it names no tenant there is */                  \
	X(TENANTS_DISAGREE, "tenants_disagree") /* it names several */                             \
	X(REFUSED, "refused")                   /* PostgreSQL refuses the row */

enum dead_reason {
#define X(id, slug) DEAD_##id,
	DEAD_REASON_LIST(X)
#undef X
		DEAD_REASON_COUNT
};

/* The same body again is one more attempt of the same letter. leg: as text, "" where it is not
 * known. why: its message becomes the detail. */
MUST_CHECK enum error_code dead_letter_keep(struct db *db, const struct intake_letter *letter,
                                            const char *leg, const char *node,
                                            enum dead_reason reason, const struct error *why,
                                            struct error *err);

/* A JSON array of the newest, without the bodies. */
MUST_CHECK enum error_code dead_letter_list(struct db *db, unsigned most, struct text *ret_json,
                                            struct error *err);
/* One, without the body. ERROR_NOT_FOUND. */
MUST_CHECK enum error_code dead_letter_show(struct db *db, const struct uuid *id,
                                            struct text *ret_json, struct error *err);

struct dead_letter {
	struct text body, content_type, leg;
};

/* ERROR_NOT_FOUND. */
MUST_CHECK enum error_code dead_letter_fetch(struct db *db, const struct uuid *id,
                                             struct dead_letter *ret_letter, struct error *err);
void dead_letter_clear(struct dead_letter *letter);

/* ERROR_NOT_FOUND. */
MUST_CHECK enum error_code dead_letter_remove(struct db *db, const struct uuid *id,
                                              struct error *err);

/* All ids, oldest first: an array to be freed. */
MUST_CHECK enum error_code dead_letter_ids(struct db *db, struct uuid **ret_ids, size_t *ret_n,
                                           struct error *err);

#endif
