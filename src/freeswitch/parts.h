/*
 * What works on the event socket of one FreeSWITCH: a part is a row of the const table in node.c
 * and hears everything that happens there. Parts do not know each other.
 *
 *   queues   loads mod_callcenter and mod_local_stream where missing, makes the switch's queues,
 *            agents and tiers those of the database, by the smallest command for each change
 *   agents   the agents' states, both ways
 *   calls    live calls, hang-up (domain/live.h)
 *   phones   registrations (domain/registration.h)
 *   orphans  ends the channel that ring-all forgets (mod_callcenter.c, outbound_agent_thread_run)
 */
#ifndef CENTREX_FREESWITCH_PARTS_H
#define CENTREX_FREESWITCH_PARTS_H

#include "base/config.h"
#include "db/listen.h"
#include "domain/directory.h"
#include "domain/node_tenants.h"
#include "freeswitch/esl.h"

/* One configured FreeSWITCH; outlives its parts. */
struct fs_node {
	const char *name; /* calls.node, registrations.node, agents.node */
	const struct config *config;
	struct db *db;
	struct directory *directory;
	struct node_tenants *tenants; /* where calls and phones are counted */
	struct esl *_Atomic esl;      /* NULL until it is opened: parts' own threads run before */
};

struct fs_part {
	const char *name;
	/* What it wants to hear, with blanks between; NULL: nothing. custom: subclasses of CUSTOM.
	 * Two parts may name the same. */
	const char *events, *custom;
	MUST_CHECK enum error_code (*open)(const struct fs_node *node, void **ret_state,
	                                   struct error *err);
	void (*close)(void *state); /* after the connection's thread has ended */
	/* On the connection's thread; each may be NULL. `down` after each `up`, and never else. */
	void (*up)(void *state);
	void (*down)(void *state);
	void (*event)(void *state, const struct esl_event *event);
	void (*tick)(void *state, int64_t now_us); /* monotonic */
	void (*woken)(void *state);
	/* On the listener's thread: keep what is to be done, and esl_wake. */
	void (*hear)(void *state, enum listen_event event, const char *payload);
	/* Adds members `"name":number` to a JSON object, each behind a comma; on any thread. */
	void (*figures)(void *state, struct text *json);
};

extern const struct fs_part fs_queues, fs_agents, fs_calls, fs_phones, fs_orphans;

#endif
