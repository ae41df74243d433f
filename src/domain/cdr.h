/*
 * Call records: exactly one row per call in the caller's tenant, whatever dies meanwhile.
 *
 * Each step of a call is a record in a durable local journal (base/journal.h); one thread carries
 * ended calls to PostgreSQL in batches, keyed by the call's UUID (insert ... on conflict do
 * nothing), and forgets them only when committed. A call that had begun and not ended when the
 * process died is closed at the next start with cause "engine_restart".
 *
 * The step functions copy, never block on the disk or the database, and may be called from the
 * SIP loop; the journal thread writes and fdatasyncs in groups.
 */
#ifndef CENTREX_DOMAIN_CDR_H
#define CENTREX_DOMAIN_CDR_H

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
	const char *caller_id_name;   /* UTF-8; bounded by the caller; "" allowed */
	const char *caller_id_number; /* the calling extension's number */
	const char *dest_number;
	const char *context;
	const char *sip_call_id; /* of the caller's leg */
	int64_t start_us;        /* unix time */
};

struct cdr_end {
	struct uuid call;
	int64_t end_us;
	enum cdr_disposition disposition;
	const char *cause; /* a slug: "normal", "no_answer", a route cause, "media_silence", ... */
	unsigned sip_status;     /* final status to the caller; 0: none */
	const char *hangup_by;   /* "caller", "callee", "engine" */
	const char *answered_by; /* the extension that answered; NULL */
	const char *legs_json;   /* a JSON array, one object a leg; NULL: [] */
};

struct cdr_store;

struct cdr_config {
	const char *spool; /* directory, exists, ours alone (locked) */
	struct db *db;
};

struct cdr_counts {
	uint64_t begun, ended, stored, waiting, closed_at_start;
};

MUST_CHECK enum error_code cdr_open(const struct cdr_config *config, struct cdr_store **ret_store,
                                    struct error *err);
/* Writes out what is queued; what PostgreSQL has not taken stays in the spool. */
void cdr_close(struct cdr_store *store);

/* ERROR_IO once the journal cannot be written (disk full): the call goes on, the record is kept in
 * memory and retried; log it. */
MUST_CHECK enum error_code cdr_begin(struct cdr_store *store, const struct cdr_begin *begin);
MUST_CHECK enum error_code cdr_answer(struct cdr_store *store, const struct uuid *call,
                                      int64_t answer_us);
MUST_CHECK enum error_code cdr_end(struct cdr_store *store, const struct cdr_end *end);

void cdr_counts(struct cdr_store *store, struct cdr_counts *ret_counts);
const char *cdr_disposition_slug(enum cdr_disposition disposition);

#endif
