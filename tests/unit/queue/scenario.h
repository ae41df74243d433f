/*
 * Small stories of a few agents and callers, as text.
 *
 * Agents are letters, calls are digits, queues are capital letters. `queues`, separated by ";":
 *
 *   Q ring-all a b.2 c.2.5 wrap_up_time=0
 *
 * an agent with tier and position (1.1 unless said), and rules by their names; those not named are
 * the database's defaults. At the beginning all agents are available and have a phone.
 *
 * `script` is lines of "<seconds> <event> -> <command>, <command>", what the machine says and
 * nothing else, in its order; without an arrow what it says does not matter. Until the line's
 * second the machine is ticked at each of its deadlines, as its owner does. Events:
 *
 *   join Q1 [from a]   left 1   answer 1a   failed 1a   (connect failed)   ended 1
 *   missed 1a   busy 1a   declined 1a   unreachable 1a
 *   available a   break a   out a   ready a   phone a   nophone a   incall a   nocall a
 *   queues ...         (from here on)
 *   tick
 *   states a=talking b=waiting        what others see
 *   why 1 a=offered b=tier_waits      what was told last of the agents looked at for the call
 *   told joined, considered           every decision since the last such line
 *
 * Commands: offer 1a, withdraw 1a, elsewhere 1a, refuse 1a, connect 1a, overflow 1 max_wait,
 * break a.
 */
#ifndef CENTREX_TESTS_QUEUE_SCENARIO_H
#define CENTREX_TESTS_QUEUE_SCENARIO_H

#include <stddef.h>

struct scenario {
	const char *name; /* the sentence it proves */
	const char *queues, *script;
};

/* Runs them as tests of these names; returns main's status. */
int scenarios_run(const char *group, const struct scenario *scenarios, size_t n);

#endif
