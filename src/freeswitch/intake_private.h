/* What intake.c (who waits), intake_batch.c (the committing threads), intake_store.c (rows and
 * statements) and intake_replay.c (from the spool) share. */
#ifndef CENTREX_FREESWITCH_INTAKE_PRIVATE_H
#define CENTREX_FREESWITCH_INTAKE_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "freeswitch/dead_letters.h"
#include "freeswitch/intake.h"
#include "freeswitch/intake_place.h"
#include "freeswitch/intake_spool.h"

enum {
	INTAKE_COMMITTERS = 4,
	INTAKE_BATCH_MAX = 200,
	INTAKE_BATCH_BYTES = 4 << 20,
	INTAKE_UNDER_WAY_MAX = 256 << 20, /* bytes of bodies at one time */
	INTAKE_WAIT_MS = 4000,            /* after which a record goes to the spool */
	INTAKE_HELD_MS = 2000,            /* how long a tenant that is locked is not tried again */
	INTAKE_HELD_MAX = 16,
};

enum intake_item_state { INTAKE_QUEUED, INTAKE_TAKEN, INTAKE_DONE };

/* What became of a record. */
struct intake_result {
	enum error_code code; /* ERROR_OK: it is committed */
	struct error err;
	bool is_dead; /* trying again is useless: reason and err say why */
	enum dead_reason reason;
	char leg[UUID_TEXT_MAX], node[RECORD_SLUG_MAX]; /* where it is dead; "": not known */
	bool repeated;
};

/* A record on its way. Belongs to who waits for it; abandoned: to who commits it. */
struct intake_item {
	STAILQ_ENTRY(intake_item) in_queue;
	struct record record;
	struct text data;
	bool placed; /* row and leg are written */
	struct place place;
	struct text row, leg; /* JSON for cdr_store (empty: not a caller's) and for cdr_legs */
	/* Under the mutex. */
	enum intake_item_state state;
	bool abandoned;
	struct intake_result result;
};

STAILQ_HEAD(intake_queue, intake_item);

struct intake_committer {
	struct intake *intake;
	pthread_t thread;
	bool runs;
	/* Under the mutex. */
	bool busy;
	struct uuid tenant; /* whose records it commits: no other does meanwhile */
};

struct intake {
	struct intake_config config;
	struct spool *spool; /* NULL: none, errors are told instead */
	struct intake_committer committers[INTAKE_COMMITTERS];
	pthread_t replayer;
	bool replays;
	pthread_mutex_t large; /* one dead letter over a MiB at a time */

	pthread_mutex_t mutex;
	pthread_cond_t work; /* something is queued, a tenant is free, or stopping */
	pthread_cond_t done; /* an item is */
	pthread_cond_t stop_wake;
	/* Under the mutex. */
	struct intake_queue queue;
	size_t under_way;
	bool away;      /* the database is: everything goes to the spool until it answers */
	bool doubt;     /* it may be: the same, and the replayer asks at once */
	bool unwritten; /* the spool cannot be written */
	struct {
		struct uuid tenant;
		int64_t until_us;
	} held[INTAKE_HELD_MAX]; /* tenants that are locked */
	bool replay_stops, stopping;
	struct intake_counts counts;
};

/* True when trying again later may help: the fault is not the record's. */
bool intake_passing(enum error_code code);

/* Reads a body and places it as far as memory goes. ERROR_INVALID: no record. */
MUST_CHECK enum error_code intake_item_new(struct intake *intake,
                                           const struct intake_letter *letter,
                                           struct intake_item **ret_item, struct error *err);
void intake_item_free(struct intake_item *item); /* NULL is allowed */

/* Gives an item to the committers. */
void intake_submit(struct intake *intake, struct intake_item *item);
/* Waits for it; wait_ms 0: as long as it takes. Frees the item, or leaves it to who commits it. */
void intake_await(struct intake *intake, struct intake_item *item, unsigned wait_ms,
                  struct intake_result *ret_result);

/* Keeps a letter among the dead ones; says so. */
MUST_CHECK enum error_code intake_bury(struct intake *intake, const struct intake_letter *letter,
                                       const struct intake_result *result, struct error *err);

/* The tenant's tables are locked: for a while its records go to the spool. With the mutex. */
void intake_hold(struct intake *intake, const struct uuid *tenant);

/* The database is away: told once. */
void intake_is_away(struct intake *intake, const struct error *err);
void intake_notice(const struct intake *intake, enum intake_notice notice, const char *leg,
                   const struct error *err);

/* Writes row and leg, for its place. False: out of memory. */
MUST_CHECK bool intake_item_write(struct intake_item *item);
/* One unit of work for items of one tenant; marks those that were there. */
MUST_CHECK enum error_code intake_store(struct db *db, struct intake_item *const *items, size_t n,
                                        struct error *err);

/* Threads; arg is the committer, or the intake. */
void *intake_committer(void *arg);
void *intake_replayer(void *arg);

#endif
