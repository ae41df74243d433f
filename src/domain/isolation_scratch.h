/*
 * Two tenants for a proof of isolation, each with a user of every role and a row in every table.
 * Every identifier in a tenant's schema is the tenant's own id, so that the other can be tried with
 * it; what people call a row differs between the two. They are told from real ones by their domains
 * and e-mail addresses (...verify-isolation.invalid), by which what a killed run left behind is
 * found and removed an hour later.
 */
#ifndef CENTREX_DOMAIN_ISOLATION_SCRATCH_H
#define CENTREX_DOMAIN_ISOLATION_SCRATCH_H

#include <stdbool.h>

#include "base/text.h"
#include "db/db.h"
#include "domain/access.h"

enum {
	SCRATCH_DOMAIN_ROOM = 80,
	SCRATCH_SCHEMA_ROOM = 64,
	SCRATCH_EMAIL_ROOM = 80,
	SCRATCH_USERS = 3,
};

struct scratch_user {
	struct uuid id;
	char text[UUID_TEXT_MAX];
	char email[SCRATCH_EMAIL_ROOM];
	const char *role;
	enum access access; /* the same */
	bool made;
};

struct scratch_side {
	struct uuid id;
	char text[UUID_TEXT_MAX];
	char schema[SCRATCH_SCHEMA_ROOM];
	char domain[SCRATCH_DOMAIN_ROOM];
	/* What its rows are called beside their ids. */
	char extension[8], number[16], queue[16], setting[16];
	struct scratch_user users[SCRATCH_USERS]; /* agent (whose the extension is), admin, owner */
	bool made;
};

struct scratch {
	struct db *db;
	struct scratch_side a, b;
	struct scratch_side nobody; /* of the same form, and never made */
};

/* Removes what is left of killed runs, then makes both. ERROR_INTERNAL: a table of the catalogue
 * has no row. What was made is removed by scratch_close also after an error. */
MUST_CHECK enum error_code scratch_open(struct db *db, struct scratch *ret_scratch,
                                        unsigned *ret_tables, struct error *err);

/* Keeps code and err when they tell of an error; else its own. */
MUST_CHECK enum error_code scratch_close(struct scratch *scratch, enum error_code code,
                                         struct error *err);

/* What stands in the side's schema and about it in schema public, as one text per table: equal
 * texts, equal rows. "table hash\n" lines in order. */
MUST_CHECK enum error_code scratch_rows(const struct scratch *scratch,
                                        const struct scratch_side *side, struct text *ret_rows,
                                        struct error *err);

#endif
