/*
 * Two tenants laid out by hand, cust1.pbx.test and cust2.pbx.test, and a directory that has them
 * (and nothing else): link with 'wrap': freeswitch_directory. cust1 has queues Sales team, sales
 * and support, with a sound each way, and numbers 7000 (Sales team), 7001 (support), 7002 (sales),
 * 7100 (an announcement), *98 and +431234 (extension 102); cust2 has a queue support.
 */
#ifndef CENTREX_TESTS_UNIT_FREESWITCH_FIXTURE_H
#define CENTREX_TESTS_UNIT_FREESWITCH_FIXTURE_H

#include "freeswitch/lookup.h"

/* Extensions 101 to 103 of the two tenants, with the names FreeSWITCH was seen to use. */
#define CUST1_101 "1a7d3f52-6f0e-4d0b-9a55-0b5f5f1c1101"
#define CUST1_102 "2b8e4063-701f-4e1c-8b66-1c60602d1102"
#define CUST1_103 "3c9f5174-8120-4f2d-9c77-2d71713e1103"
#define CUST2_101 "4da06285-9231-4a3e-ad88-3e82824f2101"
#define CUST2_102 "5eb17396-a342-4b4f-be99-4f9393502102"

enum fixture_state { FIXTURE_LOADED, FIXTURE_ASK, FIXTURE_AWAY };

struct fixture {
	struct snapshot cust1, cust2; /* a test may change them */
	/* What the directory says of a name: loaded already, to be loaded, or not to be had. */
	_Atomic enum fixture_state state; /* threads of parts read it */
	bool warming;                     /* not every tenant is in memory */
	_Atomic bool no_memory;           /* to go through them all */
	struct lookup lookup;
	struct text document; /* the last answer */
};

extern struct fixture fixture;

/* cmocka's set-up and tear-down of each test. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Asks; the document is in fixture.document. */
enum lookup_result fixture_ask(enum lookup_section section, const char *form);

/* Of an element of the document, `name="..."` and the value behind it; NULL: it is not there. */
const char *fixture_value(const char *element, const char *name);

#endif
