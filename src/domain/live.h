/*
 * The calls of this moment: the tenant's table `calls`, written behind by the engine, and the
 * events of kind "call" (domain/event.h), in the same transaction.
 *
 * The engine's memory is the truth. Steps are copied, gathered for a moment and written in batches
 * of one tenant by one thread. When a write fails the tenant's steps are dropped and, once the
 * database is back, its rows are made equal to the calls there are then, with events for the
 * difference: what is kept does not grow with the time the database is away. A call that began and
 * ended meanwhile has no events; its record (domain/cdr.h) is complete.
 *
 * Rows that an earlier process of this node left are removed, with the cause "engine_restart": a
 * tenant's before its first write, all others' soon after the start; those of a node that is no
 * more with "node_lost" (live_forget_node). Of a switch that goes on while nobody watches it
 * (live_config.adopts) they stay until live_adopt: those of calls that still are become ours
 * without a word, what changed meanwhile is told, those of calls that are no more end with the
 * cause null.
 *
 * The step functions never block on the database and may be called from the SIP loop.
 */
#ifndef CENTREX_DOMAIN_LIVE_H
#define CENTREX_DOMAIN_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/db.h"
#include "db/listen.h"

struct live;

/* Somebody wants this call ended (calls.hangup_requested_at is set in the tenant's own schema). On
 * the thread of the store; false: it cannot be taken now, and is asked for again. */
typedef bool live_hang_up_h(const struct uuid *tenant, const struct uuid *call, void *arg);

/* err: the database takes no rows; NULL: it does again. On the thread of the store. */
typedef void live_notice_h(const struct error *err, void *arg);

struct live_config {
	struct db *db;
	const char *node;      /* calls.node: no other process has this name; copied */
	live_notice_h *notice; /* NULL allowed */
	void *arg;
	bool adopts;                  /* nothing is written before live_adopt */
	struct node_tenants *tenants; /* where calls are counted; NULL: nowhere */
};

struct live_call {
	struct uuid id, tenant;
	const char *from_number, *from_name, *to_number; /* any bytes; cut and made UTF-8 here */
	int64_t started_us;                              /* unix time */
};

struct live_counts {
	size_t calls;     /* that are */
	size_t tenants;   /* with something to write */
	uint64_t written; /* steps */
	uint64_t dropped; /* steps of which only the outcome was or will be written */
	bool away;        /* the database takes no rows at present */
};

MUST_CHECK enum error_code live_open(const struct live_config *config, struct live **ret_live,
                                     struct error *err);
/* Writes what waits, for two seconds at most. NULL is allowed. */
void live_close(struct live *live);

/* Who ends calls; NULL: nobody any more (waits for one that runs). */
void live_on_hang_up(struct live *live, live_hang_up_h *hang_up, void *arg);

/* The calls that are have been told of. live NULL is allowed, here and below. */
void live_adopt(struct live *live);

/*
 * The steps of a call, in any order but for the first:
 *
 * | step          | state    | known beside                                     |
 * | ------------- | -------- | ------------------------------------------------ |
 * | live_ringing  | ringing  | first step; again: it left its queue or its slot |
 * | live_waiting  | waiting  | queue, since when                                |
 * | live_answered | answered | by whom, and the queue it came from              |
 * | live_parked   | parked   | the slot, and who had answered                   |
 * | live_ended    | -        |                                                  |
 *
 * A step into the state it has changes nothing, but for another queue or slot. live_parties is no
 * state: a leg came or went, and these are who is in the call now. An event tells then also who is
 * not any more ("parted"), and the last one who ever was, so that they hear of it.
 */
void live_ringing(struct live *live, const struct live_call *call);
void live_waiting(struct live *live, const struct uuid *call, const struct uuid *queue,
                  int64_t since_us);
/* slot: digits; what is no slot of table calls is left out. */
void live_parked(struct live *live, const struct uuid *call, const char *slot);
void live_answered(struct live *live, const struct uuid *call, const char *answered_by,
                   int64_t answered_us);
/* The numbers of the leg that calls and of the one that it talks with; NULL: as it was told before.
 */
void live_parties(struct live *live, const struct uuid *call, const char *from_number,
                  const char *answered_by);
void live_ended(struct live *live, const struct uuid *call, const char *cause);

/* A listen_h: "hangup <tenant>" makes it look for calls to end; arg is the struct live. */
void live_hear(enum listen_event event, const char *payload, void *arg);

/* Another node is no more: its rows of calls begun before that time (a timestamptz) go, in every
 * tenant. */
void live_forget_node(struct live *live, const char *node, const char *before);

void live_counts(struct live *live, struct live_counts *ret_counts);

#endif
