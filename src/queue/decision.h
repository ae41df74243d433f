/*
 * What a machine of queues decided, about whom and why. Slugs are stable: they are stored and
 * shown.
 */
#ifndef CENTREX_QUEUE_DECISION_H
#define CENTREX_QUEUE_DECISION_H

#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

/* X(enum, slug, what a person reads): about one agent, when a caller is looked after. */
#define QUEUE_VERDICT_LIST(X)                                                                      \
	X(OFFERED, "offered", "is offered the call")                                               \
	X(LOGGED_OUT, "logged_out", "is logged out")                                               \
	X(ON_BREAK, "on_break", "is on break")                                                     \
	X(UNREGISTERED, "unregistered", "has no registered phone")                                 \
	X(RINGING, "ringing", "is being offered another call")                                     \
	X(TALKING, "talking", "talks with a caller of a queue")                                    \
	X(IN_CALL, "in_call", "is in a call of his own")                                           \
	X(WRAP_UP, "wrap_up", "is wrapping up")                                                    \
	X(DELAYED, "delayed", "did not take his last offer, and is left alone for a while")        \
	X(TIER_WAITS, "tier_waits", "his tier is not tried yet")                                   \
	X(TIER_PASSED, "tier_passed", "a further tier has replaced his")                           \
	X(OTHERS_TURN, "others_turn", "another agent is tried first")                              \
	X(OLDER_CALLER, "older_caller", "goes to a caller who came first")                         \
	X(ALREADY_OFFERED, "already_offered", "is being offered this call")                        \
	X(IS_CALLER, "is_caller", "is the caller")

enum queue_verdict {
#define X(id, slug, text) QUEUE_VERDICT_##id,
	QUEUE_VERDICT_LIST(X)
#undef X
		QUEUE_VERDICT_COUNT
};

/* X(enum, slug, what a person reads): what happened to a caller, an offer or an agent. */
#define QUEUE_DECISION_LIST(X)                                                                     \
	X(JOINED, "joined", "the caller joined the queue")                                         \
	X(CONSIDERED, "considered", "agents were looked at for the caller")                        \
	X(TIER_OPENED, "tier_opened", "a further tier is tried")                                   \
	X(ANSWERED, "answered", "an agent answered and has the caller")                            \
	X(TOO_LATE, "too_late", "an agent answered after another, and is let go")                  \
	X(NO_ANSWER, "no_answer", "the agent did not answer")                                      \
	X(BUSY, "busy", "the agent's phone is busy")                                               \
	X(DECLINED, "declined", "the agent declined")                                              \
	X(UNREACHABLE, "unreachable", "the agent's phone could not be reached")                    \
	X(CONNECT_FAILED, "connect_failed", "the agent answered, and could not be connected")      \
	X(WITHDRAWN, "withdrawn", "the offer was taken back")                                      \
	X(LOST, "lost", "nobody told how the offer ended; it was ended")                           \
	X(AUTO_BREAK, "auto_break", "the agent missed too many offers and is on break")            \
	X(ABANDONED, "abandoned", "the caller hung up")                                            \
	X(MAX_WAIT, "max_wait", "the caller waited as long as the queue allows")                   \
	X(NO_AGENTS, "no_agents", "nobody is there to answer")                                     \
	X(QUEUE_GONE, "queue_gone", "the queue was removed")                                       \
	X(ENDED, "ended", "the agent and the caller have parted")

enum queue_decision_kind {
#define X(id, slug, text) QUEUE_DECISION_##id,
	QUEUE_DECISION_LIST(X)
#undef X
		QUEUE_DECISION_COUNT
};

struct queue_considered {
	struct uuid agent;
	unsigned tier, position;
	enum queue_verdict verdict;
	int64_t until_us; /* WRAP_UP, DELAYED, TIER_WAITS: when that ends; 0: not known */
};

/* Valid while the handler runs. One is told when something changed: a caller for whom the same
 * agents are passed over for the same reasons as the last time is not told of again. */
struct queue_decision {
	enum queue_decision_kind kind;
	int64_t at_us;
	struct uuid queue;
	const struct uuid *call;  /* NULL: none */
	const struct uuid *agent; /* whom it is about; NULL: none */
	unsigned tier;            /* TIER_OPENED */
	size_t n_considered;      /* CONSIDERED */
	const struct queue_considered *considered;
};

typedef void queue_decision_h(const struct queue_decision *decision, void *arg);

const char *queue_verdict_slug(enum queue_verdict verdict);
const char *queue_verdict_text(enum queue_verdict verdict);
const char *queue_decision_slug(enum queue_decision_kind kind);
const char *queue_decision_text(enum queue_decision_kind kind);

#endif
