/*
 * A tenant as a unit: its row in public.tenants, its role, its schema, its version.
 * Each function is one unit of work of the owner login: all of it happens or none.
 */
#ifndef CENTREX_DB_PROVISION_H
#define CENTREX_DB_PROVISION_H

#include "base/text.h"
#include "db/tx.h"

struct provision {
	struct uuid id; /* uuid_random(): schema and role are named after it, its last digit is the
	                   slot */
	const char *name;
	const char *domain;
	const char *timezone;            /* NULL: UTC */
	const char *locale;              /* NULL: en */
	const struct tx_statement *also; /* of the same unit of work, once the row is there */
	size_t n_also;
};

/* ret_row (NULL allowed) receives the row as JSON text. ERROR_CONFLICT on domain, ERROR_INVALID
 * naming the field; ERROR_BUSY while the installation is being migrated to a newer schema. */
MUST_CHECK enum error_code provision_create(struct db *db, const struct provision *tenant,
                                            struct text *ret_row, struct error *err);

/* Schema, role, memberships and row; the caller removes the media directory afterwards.
 * ERROR_NOT_FOUND. */
MUST_CHECK enum error_code provision_drop(struct db *db, const struct uuid *tenant,
                                          struct error *err);

/* The same with a statement before all others in the unit of work that must affect the tenant's
 * row, or insert: else ERROR_PRECONDITION, and nothing happens. */
MUST_CHECK enum error_code provision_drop_told(struct db *db, const struct uuid *tenant,
                                               const struct tx_statement *told, struct error *err);

#endif
