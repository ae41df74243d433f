/*
 * The logins besides the owner: made when they are missing, by the owner login, which needs
 * CREATEROLE for that (and from PostgreSQL 16 on has the ADMIN option of what it made by itself).
 */
#ifndef CENTREX_DB_LOGINS_H
#define CENTREX_DB_LOGINS_H

#include <stdbool.h>

#include "base/text.h"
#include "db/db.h"

/*
 * Checks that the server will do (PostgreSQL 15 or later, a UTF-8 database, an owner who may create
 * roles and schemas), then makes the logins that are missing. With a secret they get the passwords
 * that derive from it, sent as SCRAM verifiers; reset gives them to those that were there, too.
 * ERROR_INVALID on "database" says what the server lacks.
 */
MUST_CHECK enum error_code logins_ensure(struct db *db, const uint8_t *secret, bool reset,
                                         unsigned *ret_made, struct error *err);

/* Connects once as each login. ERROR_UNAVAILABLE names the one the server refuses. */
MUST_CHECK enum error_code logins_check(struct db *db, struct error *err);

/* What the server's superuser can do once in this database so that a tenant's role cannot leave
 * itself (docs/security.md): SQL for psql, a line each. */
MUST_CHECK enum error_code logins_hardening(struct db *db, struct text *out, struct error *err);

#endif
