/*
 * Who answers queues (the tenant's table agents): what he wants (status, set by people here or at
 * his phone) and what he does (state, told by switches).
 *
 * A status asked for here (resource agent: `centrex agent update`, the API) stands in the row at
 * once, with requested_at, and NOTIFY "agent <tenant>" (db/listen.h) tells the switches' side,
 * which sets it there; what the switch then reports confirms it. Until then other reports lose
 * against it: they are of the time before. What is changed at a switch is carried to the others.
 * A switch that connects is given the status of this table: it reports only what changes there
 * afterwards.
 *
 * Each report that changes something is an event of kind "agent" (domain/event.h), with NOTIFY
 * "live <tenant>", and a row of his history (agent_states); one that changes nothing writes
 * nothing. Any thread; each call waits for the database: an engine's loop has
 * domain/agent_writer.h. Errors: ERROR_NOT_FOUND: no such tenant, extension, or agent; tx_run's.
 */
#ifndef CENTREX_DOMAIN_AGENT_H
#define CENTREX_DOMAIN_AGENT_H

#include <stdbool.h>

#include "db/db.h"
#include "domain/snapshot.h"

/* X(enum, slug in the database and API) */
#define AGENT_STATUS_LIST(X)                                                                       \
	X(AVAILABLE, "available")                                                                  \
	X(ON_BREAK, "on_break")                                                                    \
	X(LOGGED_OUT, "logged_out")

enum agent_status {
#define X(id, slug) AGENT_##id,
	AGENT_STATUS_LIST(X)
#undef X
		AGENT_STATUS_COUNT
};

#define AGENT_STATE_LIST(X)                                                                        \
	X(WAITING, "waiting") /* nothing */                                                        \
	X(RINGING, "ringing") /* a call is offered to him */                                       \
	X(TALKING, "talking") /* with somebody from a queue */                                     \
	X(WRAP_UP, "wrap_up") /* such a call has ended; he is left alone for a while */

enum agent_state {
#define X(id, slug) AGENT_##id,
	AGENT_STATE_LIST(X)
#undef X
		AGENT_STATE_COUNT
};

enum { AGENT_REASON_MAX = 64 * 4 + 1, AGENT_NODE_MAX = 64 * 4 + 1 }; /* bytes */

struct agent {
	struct uuid extension;
	char number[EXTENSION_NUMBER_MAX];
	enum agent_status status;
	enum agent_state state;
	unsigned missed; /* offers not answered, one after the other */
	bool requested;  /* status was asked for here and no switch has confirmed it yet */
	bool ready;      /* he wraps up, and has said since that he is available */
	char reason[AGENT_REASON_MAX];
	char node[AGENT_NODE_MAX]; /* the switch that told the state; "": none yet */
};

const char *agent_status_slug(enum agent_status status);
const char *agent_state_slug(enum agent_state state);

/* Every agent of the tenant by number, as strcmp sorts; free() the array (NULL: none). */
MUST_CHECK enum error_code agent_list(struct db *db, const struct uuid *tenant,
                                      struct agent **ret_agents, size_t *ret_n, struct error *err);

enum agent_outcome {
	AGENT_SAME,    /* known already: nothing was written */
	AGENT_CHANGED, /* written, or confirmed */
	AGENT_REFUSED, /* a status asked for here is still to be set there: it stays; or he is
	                  waiting at one node but busy at another: that stays */
};

/* number: the extension's; reason: why, "" or a slug such as "no_answer". A change is told to all
 * switches (NOTIFY "agent <tenant>"). ret_outcome NULL: not asked for. */
MUST_CHECK enum error_code agent_report_status(struct db *db, const struct uuid *tenant,
                                               const char *number, enum agent_status status,
                                               const char *reason, enum agent_outcome *ret_outcome,
                                               struct error *err);
/* node: the switch where he does it. */
MUST_CHECK enum error_code agent_report_state(struct db *db, const struct uuid *tenant,
                                              const char *number, enum agent_state state,
                                              const char *node, enum agent_outcome *ret_outcome,
                                              struct error *err);

/* The node's connection is gone, or has come back: whoever was busy there is waiting. */
MUST_CHECK enum error_code agent_forget_node(struct db *db, const struct uuid *tenant,
                                             const char *node, struct error *err);

#endif
