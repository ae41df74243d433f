/* Between the two files of the reference: reference_events.c says what an event does at once,
 * reference.c what follows from it. */
#ifndef CENTREX_TESTS_QUEUE_REFERENCE_PRIVATE_H
#define CENTREX_TESTS_QUEUE_REFERENCE_PRIVATE_H

#include "reference.h"

static const int64_t S = 1000000;

int64_t ref_most(int64_t a, int64_t b);
struct queue_command *ref_command(struct ref *ref, enum queue_command_kind kind, int call,
                                  int agent);
const struct queue_rules *ref_rules_of(const struct ref *ref, int call);
void ref_remember_somebody(struct ref *ref);
bool ref_waits(const struct ref_call *call);
void ref_plan(const struct ref *ref, struct ref_call *call);
void ref_agent_now(struct ref *ref, int agent, enum ref_state state, int64_t for_us);
void ref_withdraw(struct ref *ref, int agent, bool elsewhere);
void ref_withdraw_all(struct ref *ref, int call, bool elsewhere);
void ref_overflow(struct ref *ref, int call, enum queue_decision_kind reason);
void ref_settle(struct ref *ref);
void ref_set_time(struct ref *ref, int64_t now_us);
bool ref_behind(const struct ref_member *a, const struct ref_member *b);

#endif
