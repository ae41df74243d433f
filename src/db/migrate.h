/*
 * Brings the database to the schema of this binary: the logins, schema public, every tenant.
 *
 * schema_versions says how far each schema is, schema_migrations what each migration looked like
 * when it was first applied: one that was changed afterwards is refused. Each tenant is a unit of
 * work of its own, so a run that is stopped goes on where it was, several runs may go on at once,
 * and a tenant that fails does not stop the others.
 */
#ifndef CENTREX_DB_MIGRATE_H
#define CENTREX_DB_MIGRATE_H

#include <stdbool.h>

#include "db/scripts.h"
#include "db/tx.h"

/* What there is to apply; where a caller gives none, what stands in the binary. */
struct migrate_scripts {
	const struct script *public_migrations, *tenant_migrations;
	size_t n_public, n_tenant;
	const struct script *public_flat; /* used instead of the migrations on an empty database */
};

struct migrate_step {
	const char *schema;
	const char *domain;      /* NULL: schema public */
	unsigned from, to;       /* versions */
	unsigned n, total;       /* the n-th of so many; schema public is not counted */
	const struct error *err; /* NULL: done */
};

/* Called for each schema when it is done or has failed, by one thread at a time. */
typedef void migrate_step_h(const struct migrate_step *step, void *arg);

struct migrate_options {
	const struct migrate_scripts *scripts; /* NULL: the binary's */
	const uint8_t *secret;                 /* as in db_config: passwords of new logins */
	bool reset_passwords;                  /* of all logins */
	const char
		*canary;   /* domain, id or schema: goes first; the others only when it went well */
	unsigned parallel; /* tenants at once; 0: 2; no more than the owner has connections */
	unsigned lock_timeout_ms; /* 0: 2000; tried a few times */
	migrate_step_h *step;     /* NULL allowed */
	void *arg;
};

struct migrate_counts {
	unsigned logins_made;
	unsigned behind; /* tenants that were */
	unsigned done, failed;
};

/* ERROR_OK also when tenants failed: see the counts. ret_counts is filled in any case. */
MUST_CHECK enum error_code migrate_run(struct db *db, const struct migrate_options *options,
                                       struct migrate_counts *ret_counts, struct error *err);

struct migrate_behind {
	char *schema;
	char *domain;
	unsigned version;
};

struct migrate_status {
	bool set_up; /* false: nothing of Centrex is in this database */
	unsigned public_version, public_newest;
	unsigned tenant_newest;
	unsigned tenants;
	size_t n_behind; /* tenants of another version than tenant_newest */
	struct migrate_behind *behind;
};

/* Changes nothing. scripts NULL: the binary's. */
MUST_CHECK enum error_code migrate_status(struct db *db, const struct migrate_scripts *scripts,
                                          struct migrate_status *ret_status, struct error *err);
void migrate_status_clear(struct migrate_status *status);

#endif
