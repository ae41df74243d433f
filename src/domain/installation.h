/*
 * The installation as a whole, for whoever runs it: how far the migrations are, and what proofs of
 * isolation found (domain/isolation.h). Processes and reports are resources: `centrex node list`,
 * `centrex isolation-report list`.
 */
#ifndef CENTREX_DOMAIN_INSTALLATION_H
#define CENTREX_DOMAIN_INSTALLATION_H

#include "domain/resource.h"

enum { MIGRATIONS_FIELDS = 8, MIGRATIONS_BEHIND_MAX = 100 };

extern const struct field migrations_fields[MIGRATIONS_FIELDS];

/* A JSON object of migrations_fields; at most MIGRATIONS_BEHIND_MAX tenants are named. */
MUST_CHECK enum error_code installation_migrations(struct db *db, struct text *ret_json,
                                                   struct error *err);

#endif
