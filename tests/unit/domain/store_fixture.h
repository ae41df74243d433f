/* What tests of the store's writing share: a tenant of its own for each test, and Ann, who owns it.
 */
#ifndef CENTREX_TESTS_DOMAIN_STORE_FIXTURE_H
#define CENTREX_TESTS_DOMAIN_STORE_FIXTURE_H

#include <pthread.h>

#include "domain/store.h"
#include "fixture.h"
#include "unit.h"

extern struct fixture *fixture;
extern struct uuid tenant;
extern const struct actor ann;

/* cmocka's group setup, and each test's. */
int store_setup(void **state);
int store_tenant(void **state);

struct store_call call_of(const char *name);
/* Both take body. */
enum error_code create(const struct store_call *call, json_t *body, struct text *row,
                       struct error *err);
enum error_code update(const struct store_call *call, const char *key, json_t *body,
                       struct text *row, struct error *err);
void must(enum error_code code, const struct error *err);

/* The first value of a query as the tenant; as the superuser in schema public. */
void assert_value(const char *sql, const char *expected);
void assert_public(const char *sql, const char *expected);

/* One of two that write at once. */
struct rival {
	struct store_call call;
	pthread_barrier_t *start;
	struct store_once once;
	const char *key;
	char value[16];
	enum error_code code;
	struct error err;
	struct text row;
};

/* Both begin when both are there; returns when both are done. */
void race(struct rival rivals[static 2], void *(*run)(void *));

#endif
