/*
 * The demo's administrator, admin@pbx.test, with a password that is made once and kept in the state
 * directory (demo-admin, mode 0600), so that later starts can print it again.
 *
 * He is made only where nobody is a user yet and no tenants but the demo's are there: never on an
 * installation of somebody's own.
 */
#ifndef CENTREX_SERVE_DEMO_ADMIN_H
#define CENTREX_SERVE_DEMO_ADMIN_H

#include "base/config.h"
#include "db/db.h"
#include "domain/access.h"

#define DEMO_ADMIN_EMAIL "admin@pbx.test"

enum { DEMO_ADMIN_PASSWORD_MAX = 64 };

/* Who makes what is the demo's, for the audit log. */
extern const struct actor demo_actor;

/* ret_password "": there is none, or he has another by now. The caller wipes it. */
MUST_CHECK enum error_code demo_admin(const struct config *config, struct db *db, bool only_demo,
                                      char ret_password[static DEMO_ADMIN_PASSWORD_MAX],
                                      struct error *err);

#endif
