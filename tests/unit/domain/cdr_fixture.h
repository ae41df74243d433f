/* What the tests of call records share: a spool, two tenants, calls. */
#ifndef CENTREX_TESTS_DOMAIN_CDR_FIXTURE_H
#define CENTREX_TESTS_DOMAIN_CDR_FIXTURE_H

#include <stdatomic.h>

#include "domain/cdr_private.h"
#include "fixture.h"

extern char spool[64];
extern struct fixture *fixture;
extern struct uuid acme, bell;
extern atomic_uint rejected, waiting, resumed, unwritten, written; /* notices */
extern const int64_t noon;                                         /* 2026-11-22T12:00:00Z */

int cdr_setup(void **state); /* of the group; its teardown is fixture_teardown */
int make_spool(void **state);
int remove_spool(void **state); /* and the rows of both tenants */

struct cdr_store *open_store(void);
struct uuid begin_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us);
void end_call(struct cdr_store *store, const struct uuid *call, int64_t end_us);
struct uuid whole_call(struct cdr_store *store, const struct uuid *tenant, int64_t start_us);

void wait_stored(struct cdr_store *store, uint64_t stored);
void expect_row(const struct uuid *tenant, const char *sql, const char *expected);

#define CDR_TEST(name) cmocka_unit_test_setup_teardown(name, make_spool, remove_spool)

#endif
