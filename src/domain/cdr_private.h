/* What cdr.c (the steps), cdr_replay.c (after a restart) and cdr_upload.c (to PostgreSQL) share. */
#ifndef CENTREX_DOMAIN_CDR_PRIVATE_H
#define CENTREX_DOMAIN_CDR_PRIVATE_H

#include <pthread.h>
#include <sys/queue.h>

#include "domain/cdr_record.h"

enum { CDR_LIVE_LISTS = 4096, CDR_ALIVE_MS = 2000 };

/* An offer of a caller to an agent. */
struct cdr_offer {
	TAILQ_ENTRY(cdr_offer) in_stay;
	struct uuid id;
	int64_t answered_us, ended_us; /* 0: not */
	char *json;                    /* members */
};

TAILQ_HEAD(cdr_offers, cdr_offer);

/* A queue its caller is or was in. */
struct cdr_stay {
	STAILQ_ENTRY(cdr_stay) in_call;
	struct cdr_offers offers; /* in their order */
	size_t n_offers;
	struct uuid queue_call;
	int64_t joined_us;
	int64_t left_us;  /* 0: is in */
	int64_t ended_us; /* 0: when the call ends */
	char *joined;     /* members as JSON */
	char *left;       /* the same; NULL: is in */
};

STAILQ_HEAD(cdr_stays, cdr_stay);

/* A call that has begun and not ended. */
struct cdr_live {
	struct cdr_stays stays; /* in their order */
	struct uuid call, tenant;
	int64_t start_us, answer_us;
	char *recording;            /* the file's path; NULL: none */
	struct journal_position at; /* its begin stands there or later */
	LIST_ENTRY(cdr_live) in_list;
	TAILQ_ENTRY(cdr_live) in_order;
	size_t begin_n;
	char begin[]; /* the members of its begin */
};

LIST_HEAD(cdr_live_list, cdr_live);
TAILQ_HEAD(cdr_live_queue, cdr_live);

struct cdr_store {
	struct cdr_config config; /* strings are our own */
	struct journal *journal;
	pthread_t uploader;

	pthread_mutex_t mutex; /* before the journal's own */
	pthread_cond_t stop_wake;
	/* Under the mutex. */
	struct cdr_live_list lists[CDR_LIVE_LISTS];
	struct cdr_live_queue order; /* by `at` */
	struct cdr_counts counts;
	bool replayed; /* before that, a sign of life would be taken for an earlier one */
	bool stopping;

	bool unwritten; /* the journal thread's own: the caller was told CDR_UNWRITTEN */

	/* The uploader's own. */
	struct journal_position taken;     /* PostgreSQL has everything before it */
	struct journal_position forgotten; /* segments before it are gone */
};

struct cdr_live *cdr_live_find(struct cdr_store *store, const struct uuid *call);
/* NULL: out of memory. */
struct cdr_live *cdr_live_add(struct cdr_store *store, const struct cdr_record *begin,
                              struct journal_position at);
void cdr_live_remove(struct cdr_store *store, struct cdr_live *live);

/* With the mutex: queues of a call (cdr_stays.c). From a record of kind JOIN or LEAVE; a join of a
 * queue call that is there changes nothing. */
enum error_code cdr_stay_take(struct cdr_live *live, const struct cdr_record *record);
/* When; 0: he did not. live NULL is allowed. */
int64_t cdr_stay_joined(struct cdr_live *live, const struct uuid *queue_call);
void cdr_stays_clear(struct cdr_stays *stays);
/* With the mutex: offers in the last queue of a call (cdr_offers.c), from a record of that kind. */
enum error_code cdr_offer_take(struct cdr_live *live, const struct cdr_record *record);
void cdr_offers_clear(struct cdr_stay *stay);
enum error_code cdr_offers_append(struct cdr_store *store, const struct cdr_live *live,
                                  const struct cdr_stay *stay);
/* JSON objects with commas between; beyond so many bytes only what was answered. */
void cdr_offers_told(const struct cdr_stay *stay, int64_t end_us, size_t most, struct text *out);
/* Once more at the journal's end, after the call's begin. */
enum error_code cdr_stays_append(struct cdr_store *store, const struct cdr_live *live);
/* The pieces of cdr_queue.h but the last go into the journal; ret_last stays empty where there is
 * none. end_us: as the call's; of who did not leave a queue until then that is when, and why. */
void cdr_stays_end(struct cdr_store *store, const struct cdr_live *live, const struct cdr_end *end,
                   struct text *ret_last);

/* With the mutex: the path of a call's recording, from a record of that kind; once more at the
 * journal's end, after the call's begin (nothing where there is none). */
enum error_code cdr_recording_take(struct cdr_live *live, const struct cdr_record *record);
enum error_code cdr_recording_append(struct cdr_store *store, const struct cdr_live *live);

/* With the mutex: writes the end of a live call and removes it. */
enum error_code cdr_live_end(struct cdr_store *store, struct cdr_live *live,
                             const struct cdr_end *end);

/* Appends to the journal, stamped with the time; counts nothing. With the mutex. */
enum error_code cdr_append(struct cdr_store *store, const struct cdr_record *record);

/* Reads the journal of earlier processes: calls that did not end are closed. */
MUST_CHECK enum error_code cdr_replay(struct cdr_store *store, struct error *err);

/* The thread that carries ended calls to PostgreSQL; arg is the store. */
void *cdr_uploader(void *arg);

/* Keeps the journal short: begins of long calls are written again at its end, and what stands
 * before the first begin and the first end still needed is removed. */
void cdr_shorten(struct cdr_store *store);

#endif
