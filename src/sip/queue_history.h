/*
 * What became of one call in the queues it was in, and of each offer to an agent, for its record
 * (cdr_end.queue_calls_json, domain/cdr.h). No I/O. Times are monotonic microseconds; they are
 * written as of the wall clock when the caller joined, so that a clock that is set turns no order
 * around.
 *
 * A stay is open from queue_history_join to queue_history_leave (nobody answered) or
 * queue_history_end (somebody had).
 */
#ifndef CENTREX_SIP_QUEUE_HISTORY_H
#define CENTREX_SIP_QUEUE_HISTORY_H

#include <re.h>

#include "base/text.h"
#include "domain/cdr.h"
#include "domain/snapshot.h"

/* Offers of one stay that are kept, which bounds its memory; the oldest that nobody answered give
 * way. */
enum { QUEUE_OFFERS_KEPT = 1000 };

/* X(enum, slug of queue_offers.outcome) */
#define OFFER_OUTCOME_LIST(X)                                                                      \
	X(OPEN, "withdrawn")                                                                       \
	X(ANSWERED, "answered")                                                                    \
	X(NO_ANSWER, "no_answer")                                                                  \
	X(BUSY, "busy")                                                                            \
	X(DECLINED, "declined")                                                                    \
	X(UNREACHABLE, "unreachable")                                                              \
	X(ELSEWHERE, "elsewhere")                                                                  \
	X(WITHDRAWN, "withdrawn")                                                                  \
	X(FAILED, "failed")

enum offer_outcome {
#define X(id, slug) OFFER_##id,
	OFFER_OUTCOME_LIST(X)
#undef X
		OFFER_OUTCOME_COUNT
};

struct queue_history;

struct queue_offer {
	struct le le;
	struct queue_history *history;
	struct uuid id, agent;
	char extension[EXTENSION_NUMBER_MAX];
	enum offer_outcome outcome; /* of one whose phones ring: OPEN */
	bool ended;
	bool asked_back; /* its time is over, and its phones are told */
	bool picked_up;  /* the machine is told that one of them has answered */
	int64_t ring_until_us;
	uint16_t best; /* the status that says most of the phones that failed; 0: none yet */
	int64_t offered_us, answered_us, ended_us; /* 0: not */
};

/* More has become of an offer. */
typedef void queue_offer_told_h(const struct cdr_queue_offer *offer, void *arg);

struct queue_history {
	queue_offer_told_h *toldh; /* NULL: nobody is told; the call is not named */
	void *arg;
	struct text stays; /* JSON objects of the stays that are done, with commas between */
	/* The stay that is open. */
	bool open;
	struct uuid id; /* queue_calls.id */
	struct uuid queue;
	struct text name; /* the queue's */
	int64_t service_level_us;
	int64_t unix_us; /* what to add to a time */
	int64_t joined_us, answered_us;
	struct uuid agent; /* who answered */
	char answered_by[EXTENSION_NUMBER_MAX];
	struct list offers; /* struct queue_offer */
	size_t n_offers;
};

void queue_history_join(struct queue_history *history, const struct queue *queue, int64_t now_us);

/* NULL: out of memory. Valid until the stay ends. */
struct queue_offer *queue_history_offer(struct queue_history *history, const struct uuid *agent,
                                        const char *extension, int64_t now_us);
/* Of this agent, not ended; NULL: none. */
struct queue_offer *queue_history_open_offer(const struct queue_history *history,
                                             const struct uuid *agent);
void queue_history_offer_end(struct queue_offer *offer, enum offer_outcome outcome, int64_t now_us);
/* He has the caller; whatever else rings ended elsewhere. ret_left: what is to be journaled of it,
 * but for the call. */
void queue_history_answered(struct queue_history *history, struct queue_offer *offer,
                            int64_t now_us, struct cdr_queue_left *ret_left);

/* outcome: "abandoned" or "overflowed"; both are const text. Nothing where none is open. */
void queue_history_leave(struct queue_history *history, const char *outcome, const char *reason,
                         int64_t now_us);
/* The caller and the agent have parted. */
void queue_history_end(struct queue_history *history, const char *reason, int64_t now_us);

/* Adds the stays that are done as JSON objects, with commas between them and what is there. */
void queue_history_json(const struct queue_history *history, struct text *out);
void queue_history_clear(struct queue_history *history);

#endif
