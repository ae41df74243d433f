/*
 * Call records: exactly one row per call in the caller's tenant, whatever dies meanwhile.
 *
 * Each step of a call is a record in a durable local journal (base/journal.h); one thread carries
 * ended calls to PostgreSQL in batches, keyed by the call's UUID (insert ... on conflict do
 * nothing), and forgets them only when committed. A call that had begun and not ended when the
 * process died is closed at the next start with cause "engine_restart", at the last time the
 * journal is known to have been alive (a few seconds at most before the end).
 *
 * The step functions copy, never block on the disk or the database, and may be called from the
 * SIP loop; the journal thread writes and fdatasyncs in groups.
 */
#ifndef CENTREX_DOMAIN_CDR_H
#define CENTREX_DOMAIN_CDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/uuid.h"
#include "db/db.h"

/* X(enum, slug): how a call ended, for cdr_details.disposition. */
#define CDR_DISPOSITION_LIST(X)                                                                    \
	X(ANSWERED, "answered")                                                                    \
	X(NO_ANSWER, "no_answer")                                                                  \
	X(BUSY, "busy")                                                                            \
	X(DECLINED, "declined")                                                                    \
	X(CANCELLED, "cancelled")                                                                  \
	X(FAILED, "failed")

enum cdr_disposition {
#define X(id, slug) CDR_##id,
	CDR_DISPOSITION_LIST(X)
#undef X
		CDR_DISPOSITION_COUNT
};

struct cdr_begin {
	struct uuid call; /* cdrs.id: uuid_at() */
	struct uuid tenant;
	const char *caller_id_name;   /* whatever was sent: cut and made UTF-8 here; NULL: "" */
	const char *caller_id_number; /* the calling extension's number */
	const char *dest_number;
	const char *context;
	const char *sip_call_id; /* of the caller's leg */
	const char *direction;   /* "internal" (NULL too), "inbound" or "outbound" */
	int64_t start_us;        /* unix time */
};

/* A caller is in a queue from now on. */
struct cdr_queue {
	struct uuid call;
	struct uuid queue_call; /* queue_calls.id: uuid_at() */
	struct uuid queue;
	const char *queue_name; /* cut and made UTF-8 here */
	int64_t joined_us;
};

/* X(enum, slug): queue_calls.outcome. */
#define CDR_QUEUE_OUTCOME_LIST(X)                                                                  \
	X(ANSWERED, "answered")                                                                    \
	X(ABANDONED, "abandoned")                                                                  \
	X(OVERFLOWED, "overflowed")

enum cdr_queue_outcome {
#define X(id, slug) CDR_QUEUE_##id,
	CDR_QUEUE_OUTCOME_LIST(X)
#undef X
		CDR_QUEUE_OUTCOME_COUNT
};

/* He is not any more: an agent has him, he hung up, or was led elsewhere. */
struct cdr_queue_left {
	struct uuid call, queue_call;
	int64_t left_us;
	enum cdr_queue_outcome outcome;
	const char *reason;       /* a slug; NULL: "" */
	const char *answered_by;  /* ANSWERED: the extension's number */
	const struct uuid *agent; /* ANSWERED */
	bool in_service_level; /* ANSWERED: within the queue's service_level_s; else found here */
};

/* What has become of an offer to an agent, so far. */
struct cdr_queue_offer {
	struct uuid call, queue_call; /* the last it joined */
	struct uuid offer;            /* queue_offers.id: uuid_at() */
	struct uuid agent;
	const char *extension;
	int64_t offered_us, answered_us, ended_us; /* 0: not */
	const char *outcome; /* of one that has ended: a slug of queue_offers.outcome */
};

struct cdr_end {
	struct uuid call;
	int64_t end_us;
	enum cdr_disposition disposition;
	const char *cause; /* a slug: "normal", "no_answer", a route cause, "media_silence", ... */
	unsigned sip_status;      /* final status to the caller; 0: none */
	const char *hangup_by;    /* "caller", "callee", "engine" */
	const char *answered_by;  /* the extension that answered; NULL */
	const struct uuid *queue; /* the queue it came through; NULL */
	const char *legs_json;    /* a JSON array, one object a leg; NULL: [] */
	/*
	 * What became of the caller in queues, a JSON array: rows of queue_calls and queue_offers,
	 * written in the transaction of the call's own row.
	 *
	 * [{"id","queue_id","queue_name","joined_at","left_at","answered_at","ended_at","outcome",
	 *   "reason","answered_by","agent_id","in_service_level",
	 *   "offers":[{"id","agent_id","extension","offered_at","answered_at","ended_at","outcome",
	 *              "talk_ms"}]}]
	 *
	 * Times in RFC 3339; answered_at only where somebody did. Times are put in order, texts
	 * cut; what has no id or no time is left out. NULL, or no such array: what
	 * cdr_queue_joined, cdr_queue_offered and cdr_queue_left told is taken.
	 */
	const char *queue_calls_json;
	const char *recording_path; /* cdrs.recording_path; NULL: none */
	const char *recording;      /* cdr_details.recording; NULL: none was wanted */
};

struct cdr_store;

/* What the caller should log; called on a thread of the store's own. */
enum cdr_notice {
	CDR_REJECTED,  /* PostgreSQL refuses this record: it is in <spool>/rejected, with err */
	CDR_WAITING,   /* the database takes none (err): records wait in the spool */
	CDR_RESUMED,   /* it does again */
	CDR_UNWRITTEN, /* the spool cannot be written (err): records wait in memory */
	CDR_WRITTEN,   /* it can again; but for CDR_REJECTED call and tenant are NULL */
};

/* err is NULL where none is named. */
typedef void cdr_notice_h(enum cdr_notice notice, const struct uuid *call,
                          const struct uuid *tenant, const struct error *err, void *arg);

struct cdr_config {
	const char *spool; /* directory, exists, ours alone (locked) */
	struct db *db;
	const char *node;     /* name of this machine, for cdr_details.node; NULL: "" */
	cdr_notice_h *notice; /* NULL allowed */
	void *arg;
};

struct cdr_counts {
	uint64_t begun, ended, stored;
	uint64_t waiting;         /* ended, and neither stored nor rejected yet */
	uint64_t closed_at_start; /* had begun when an earlier process died */
	uint64_t rejected;        /* set aside in <spool>/rejected */
	uint64_t dropped;         /* steps lost: the disk refused until the memory was full */
	uint64_t damaged;         /* places in the journal that could not be read */
	size_t live;              /* begun and not ended */
	bool disk_failing;        /* the journal cannot be written at present */
};

/* ERROR_BUSY when another process holds the spool. */
MUST_CHECK enum error_code cdr_open(const struct cdr_config *config, struct cdr_store **ret_store,
                                    struct error *err);
/* Writes out what is queued; what PostgreSQL has not taken stays in the spool, and so do calls that
 * have not ended. NULL is allowed. */
void cdr_close(struct cdr_store *store);

/* Each step: ERROR_IO while the journal cannot be written (disk full): the call goes on, the record
 * is kept in memory and retried. ERROR_TOO_LARGE, ERROR_MEMORY: the step is lost.
 * ERROR_CONFLICT, ERROR_NOT_FOUND: the call has begun already, or has not. */
MUST_CHECK enum error_code cdr_begin(struct cdr_store *store, const struct cdr_begin *begin);
/* The first answer counts. */
MUST_CHECK enum error_code cdr_answer(struct cdr_store *store, const struct uuid *call,
                                      int64_t answer_us);
/* Journaled, so that a caller whose process dies still has his row: abandoned, "engine_restart", or
 * as cdr_queue_left told, with the offers to agents. The end tells all of it once more.
 * ERROR_NOT_FOUND: no such call, or not joined; ERROR_CONFLICT: joined already;
 * ERROR_TOO_LARGE: the call was in CDR_QUEUES_MAX queues, later ones count only when it ends. */
enum { CDR_QUEUES_MAX = 16, CDR_OFFERS_MAX = 1000 }; /* offers: of one queue; the oldest give way */
MUST_CHECK enum error_code cdr_queue_joined(struct cdr_store *store, const struct cdr_queue *queue);
MUST_CHECK enum error_code cdr_queue_left(struct cdr_store *store,
                                          const struct cdr_queue_left *left);
/* Again whenever more has become of it. */
MUST_CHECK enum error_code cdr_queue_offered(struct cdr_store *store,
                                             const struct cdr_queue_offer *offer);
/* The call is being recorded into this file, as cdr_end.recording_path. Journaled, so that the
 * record of a call whose process dies names what is left of it, as "partial". */
MUST_CHECK enum error_code cdr_recording(struct cdr_store *store, const struct uuid *call,
                                         const char *path);
MUST_CHECK enum error_code cdr_end(struct cdr_store *store, const struct cdr_end *end);

void cdr_counts(struct cdr_store *store, struct cdr_counts *ret_counts);
const char *cdr_disposition_slug(enum cdr_disposition disposition);

#endif
