/*
 * A FreeSWITCH that is not there: what parts of its event socket ask is kept and answered by the
 * test, and the two tenants of fixture.h have ids. Link with 'wrap': freeswitch_switch.
 */
#ifndef CENTREX_TESTS_UNIT_FREESWITCH_FAKE_SWITCH_H
#define CENTREX_TESTS_UNIT_FREESWITCH_FAKE_SWITCH_H

#include "fixture.h"
#include "freeswitch/parts.h"

#define CUST1_ID "c1000000-0000-4000-8000-000000000001"
#define CUST2_ID "c2000000-0000-4000-8000-000000000002"

extern struct fs_node fake_node; /* "fs1" */

int fake_set_up(void **state); /* fixture_set_up and this */
int fake_tear_down(void **state);

/* Opens the part; its connection is up or not as fake_up says. */
void *fake_open(const struct fs_part *part);
void fake_up(const struct fs_part *part, void *state, bool up);

/* An event of lines "Name: value\n...". */
void fake_event(const struct fs_part *part, void *state, const char *format, ...) PRINTF_LIKE(3, 4);

/* The oldest command that is not answered, which is answered now (NULL: not at all); fails the test
 * unless it begins so. */
void fake_answer(const char *command, const char *body);
/* "": none is open. */
const char *fake_next(void);
/* Answers nothing and forgets all, as a lost connection does. */
void fake_lose(void);

/* The wakes there were since the last call. */
unsigned fake_woken(void);

#endif
