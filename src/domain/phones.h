/* How many phones of each extension are registered, as the database has it (at most a second late):
 * for route_call() outside the engine. */
#ifndef CENTREX_DOMAIN_PHONES_H
#define CENTREX_DOMAIN_PHONES_H

#include "db/db.h"
#include "domain/snapshot.h"

struct phones;

MUST_CHECK enum error_code phones_load(struct db *db, const struct uuid *tenant,
                                       struct phones **ret_phones, struct error *err);
void phones_free(struct phones *phones); /* NULL is allowed */
void phones_auto_free(struct phones **phones);

/* For struct route_call: phones_arg is the struct phones. */
unsigned phones_count(const struct extension *extension, void *phones);

#endif
