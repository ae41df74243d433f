/*
 * What phones.c (who is registered, on the connection's thread), phones_read.c (what FreeSWITCH
 * tells of it) and phones_write.c (the database, behind it) share.
 *
 * FreeSWITCH's memory is the truth; ours is a copy of it, and the rows are a copy of ours.
 */
#ifndef CENTREX_FREESWITCH_PHONES_PRIVATE_H
#define CENTREX_FREESWITCH_PHONES_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "base/behind.h"
#include "domain/registration.h"
#include "freeswitch/parts.h"

enum {
	PHONES_LISTS = 16384,
	PHONES_MAX = 200000, /* of one switch */
	PHONES_CONTACT_MAX = 1025,
	PHONES_CALL_ID_MAX = 513,
	PHONES_AGENT_MAX = 129,
	PHONES_ADDRESS_MAX = 64,
	PHONES_MOST_S = 10 * 365 * 86400, /* an expiry beyond is one of these */
	PHONES_LATE_S = 180, /* FreeSWITCH forgets a phone a minute and more after its time */
	PHONES_SWEEP_S = 10,
	PHONES_EVERY_MS = 1000,
	/* Its table lags behind its events; and the profile may not be there yet. */
	PHONES_LAG_US = 3000000,
	PHONES_AGAIN_US = 30000000, /* no sooner for something that is not understood */
	PHONES_BATCH = 500,
};

/* One registration as FreeSWITCH tells of it, in texts that are ASCII and fit. */
struct phone_words {
	struct uuid user; /* auth_username: what it is kept under (sip-force-extension) */
	char domain[DOMAIN_MAX];
	char contact[PHONES_CONTACT_MAX];
	char call_id[PHONES_CALL_ID_MAX];
	char user_agent[PHONES_AGENT_MAX];
	char address[PHONES_ADDRESS_MAX];
	unsigned port;
	const char *transport;
	int64_t expires_at; /* unix seconds */
};

struct phone {
	LIST_ENTRY(phone) in_list; /* by user */
	LIST_ENTRY(phone) in_call; /* by Call-ID */
	TAILQ_ENTRY(phone) in_due;
	struct uuid user;
	const char *domain, *contact, *call_id, *user_agent, *address, *transport;
	char *texts; /* all of these */
	unsigned port;
	int64_t registered_at, expires_at;
	int64_t touched_us; /* monotonic: by an event */
	bool due;           /* in the queue */
	bool writing;       /* behind: not to be freed */
	bool removed;
	bool listed;  /* during a list */
	bool counted; /* as a phone of this tenant */
	struct uuid tenant;
};

LIST_HEAD(phone_list, phone);
TAILQ_HEAD(phone_queue, phone);

struct phones_walk {
	struct uuid *tenants; /* NULL: not listed yet */
	size_t n, at, room;
	bool failed; /* no memory for all of them */
	bool done;
};

struct phones_part {
	const struct fs_node *node;
	struct behind *behind;
	/* The connection's thread: lists so often more, the next one then. */
	unsigned asks;
	int64_t ask_us, asked_us;

	pthread_mutex_t mutex; /* over these */
	struct phone_list lists[PHONES_LISTS], calls[PHONES_LISTS];
	struct phone_queue queue;
	size_t n;
	bool known; /* a list was taken */

	/* The thread behind. */
	struct phones_walk walk; /* rows of an earlier process */
	int64_t sweep_us;
	bool told; /* that the database takes nothing */

	atomic_uint_fast64_t figure_events, figure_strangers, figure_broken;
};

/* phones_read.c: false: it is broken, or none of ours. */
bool phones_read_event(const struct esl_event *event, struct phone_words *ret_words);

typedef void phones_row_h(const struct phone_words *words, void *arg);
/* Goes over "sofia status profile <p> reg"; false: it is none. */
bool phones_read_list(const char *text, size_t n, phones_row_h *h, void *arg, uint64_t *ret_broken);

/* With the mutex, here and below. */
struct phone *phones_find(struct phones_part *phones, const struct uuid *user, const char *contact);
void phones_remove(struct phones_part *phones, struct phone *phone);
void phones_due(struct phones_part *phones, struct phone *phone);
void phones_drop(struct phones_part *phones, struct phone *phone);
void phones_tally(struct phones_part *phones, struct phone *phone, const struct uuid *tenant);

/* A behind_h; arg is the struct phones_part. */
enum behind_result phones_write(void *arg);

#endif
