/* A database with two tenants, a directory, an intake with a spool of its own, and records that a
 * test makes up: "key=value key=value", read in the place of record_read(). */
#ifndef CENTREX_TESTS_FREESWITCH_INTAKE_FIXTURE_H
#define CENTREX_TESTS_FREESWITCH_INTAKE_FIXTURE_H

#include <stdatomic.h>

#include "domain/fixture.h"
#include "freeswitch/intake.h"

extern struct fixture *fixture;
extern struct uuid acme, bell; /* acme.pbx.test has queue support and extensions 101, 102 */
extern struct uuid phone_101;  /* of acme */
extern struct directory *directory;
extern char spool[64];
extern atomic_uint notices[INTAKE_WRITTEN + 1];

int intake_setup(void **state);
int intake_teardown(void **state);
/* Each test: an empty spool, no records. */
int each_setup(void **state);
int each_teardown(void **state);

struct intake *open_intake(void);

/* "leg=N call=N ..." with the numbers as UUIDs; fields as struct record calls them, times in
 * seconds after noon; what begins with '!' is no record. */
enum error_code take(struct intake *intake, const char *body, enum intake_outcome *ret_outcome);
void expect_taken(struct intake *intake, const char *body, enum intake_outcome outcome);

void expect_sql(const struct uuid *tenant, const char *sql, const char *value);
/* Until the count is reached. */
void wait_replayed(struct intake *intake, uint64_t n);

#endif
