/*
 * What directory.c (look-ups) and directory_refresh.c (loads, changes) share.
 *
 * One mutex guards everything and is held for a few look-ups at most, so that a peek from the
 * event loop does not block; snapshots are loaded without it.
 */
#ifndef CENTREX_DOMAIN_DIRECTORY_PRIVATE_H
#define CENTREX_DOMAIN_DIRECTORY_PRIVATE_H

#include <pthread.h>

#include "db/listen.h"
#include "domain/directory.h"
#include "domain/directory_table.h"
#include "domain/names.h"

struct directory {
	struct db *db;
	struct listen *listen;
	listen_h *also;
	void *also_arg;
	int64_t absent_us;
	bool warm;
	pthread_mutex_t watch_mutex; /* taken last; over these two */
	directory_watch_h *watch;
	void *watch_arg;
	pthread_t refresher;
	bool refreshing; /* the thread was started */

	pthread_mutex_t mutex;
	pthread_cond_t wake;   /* the refresher: tenants to load, a sweep, or closing */
	pthread_cond_t loaded; /* those who wait for a load */
	/* Under the mutex. */
	struct directory_table table;
	struct entry_queue stale, cold; /* stale ones come first: somebody asked for them */
	struct names *absent_domains, *absent_auth_usernames, *known_auth_usernames;
	uint64_t changes; /* notifications so far: an answer from before one is not remembered */
	uint64_t sweeps;
	/* Tenants that could not be loaded though the database is there (locked, or worse) are
	 * left alone until then, when the next attempt begins; 0: there are none. */
	uint64_t attempt;
	int64_t attempt_due_us;
	bool restored;  /* the database is back: what failed is tried again at once */
	bool sweep_due; /* compare with public.tenants: some may have gone, changed or come */
	bool closing;
	struct directory_counts counts;
};

/* With the mutex, which is given up meanwhile: loads the entry, or waits for the load that is under
 * way. The entry may be gone afterwards, unless the caller uses it. */
MUST_CHECK enum error_code directory_load(struct directory *directory, struct entry *entry,
                                          struct error *err);

/* The same, for somebody to whom a load under way may be too old: it may have begun before what he
 * asks for was committed. ERROR_OK: *ret_entry has a snapshot. */
MUST_CHECK enum error_code directory_load_anew(struct directory *directory,
                                               const struct uuid *tenant, struct entry **ret_entry,
                                               struct error *err);

/* With or without the mutex. tenant NULL: any. */
void directory_tell(struct directory *directory, const struct uuid *tenant,
                    enum directory_news news);

/* The thread that loads again what has changed; arg is the directory. */
void *directory_refresher(void *arg);

/* The listener's handler; arg is the directory. */
void directory_hear(enum listen_event event, const char *payload, void *arg);

#endif
