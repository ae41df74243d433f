/*
 * All snapshots of this process: found by domain, by tenant id, or by a phone's auth_username
 * (unique over the installation); kept fresh by NOTIFY; served stale while the database is away.
 *
 * Two ways in: directory_peek_* never blocks and is for the event loop (hit, known absence, or "ask
 * a worker"); directory_find_* may load from the database and is for worker threads.
 */
#ifndef CENTREX_DOMAIN_DIRECTORY_H
#define CENTREX_DOMAIN_DIRECTORY_H

#include <stdbool.h>

#include "db/listen.h"
#include "domain/snapshot.h"

struct directory;

struct directory_config {
	struct db *db;
	const struct db_config *db_config; /* for the listener; NULL: none, nothing is refreshed */
	unsigned absent_max;               /* unknown names remembered; 0: 10000 */
	unsigned absent_s;                 /* for so long; 0: 30 */
	/* Load every tenant in the background, also those that come later, so that none has to be
	 * asked for; while the database is away it goes on trying. */
	bool warm;
	/* Hears what the listener hears, after the directory; NULL: nobody does. */
	listen_h *also;
	void *also_arg;
};

struct directory_counts {
	uint64_t loads;    /* snapshots loaded, first time or again */
	uint64_t failures; /* loads that failed, other than for tenants that are gone */
	size_t tenants;    /* in memory */
	size_t stale;      /* of these, known to be behind the database */
	size_t bytes;      /* memory of the snapshots */
	/* directory_config.warm: every tenant there was is in memory, but for those that cannot be
	 * loaded though the database is there. */
	bool warm;
	bool listening; /* changes are heard of; false: what is here may be old */
};

MUST_CHECK enum error_code directory_open(const struct directory_config *config,
                                          struct directory **ret_directory, struct error *err);
void directory_close(struct directory *directory);

void directory_counts(struct directory *directory, struct directory_counts *ret_counts);

enum directory_answer {
	DIRECTORY_HIT,    /* ret_snapshot holds a new reference */
	DIRECTORY_ABSENT, /* it is known not to exist */
	DIRECTORY_ASK,    /* not loaded: call the find function from a worker */
};

enum directory_answer directory_peek_domain(struct directory *directory, const char *domain,
                                            struct snapshot **ret_snapshot);
enum directory_answer directory_peek_auth_username(struct directory *directory,
                                                   const struct uuid *auth_username,
                                                   struct snapshot **ret_snapshot);

enum directory_answer directory_peek_tenant(struct directory *directory, const struct uuid *tenant,
                                            struct snapshot **ret_snapshot);

/* What is in memory of the tenant may be older than the database: a change is not loaded yet, or
 * changes are not heard of at present. Does not block. */
bool directory_is_behind(struct directory *directory, const struct uuid *tenant);

/* What somebody who keeps something of a tenant has to know, as it happens, on whichever thread it
 * is noticed; bits, so that they can be gathered. */
enum directory_news {
	DIRECTORY_SNAPSHOT = 1, /* there is a newer picture of the tenant */
	DIRECTORY_AGENTS = 2,   /* an agent of it may be wanted otherwise; tenant NULL: of any */
	DIRECTORY_GONE = 4,     /* the tenant is in memory no more */
};

/* Must not block, nor call the directory. */
typedef void directory_watch_h(const struct uuid *tenant, enum directory_news news, void *arg);

/* h NULL: nobody any more (waits for one that runs). */
void directory_watch(struct directory *directory, directory_watch_h *h, void *arg);

/* Every tenant in memory, by domain; h returns false to stop. What h keeps it takes a reference
 * of. Runs without the directory's lock. False: no memory, h was not called. */
typedef bool directory_h(struct snapshot *snapshot, void *arg);
MUST_CHECK bool directory_each(struct directory *directory, directory_h *h, void *arg);

/* Domains are compared without regard to case, and to a dot at the end. */

/* ERROR_NOT_FOUND (remembered for a while), ERROR_UNAVAILABLE, or as snapshot_load. */
MUST_CHECK enum error_code directory_find_domain(struct directory *directory, const char *domain,
                                                 struct snapshot **ret_snapshot, struct error *err);
MUST_CHECK enum error_code directory_find_auth_username(struct directory *directory,
                                                        const struct uuid *auth_username,
                                                        struct snapshot **ret_snapshot,
                                                        struct error *err);
MUST_CHECK enum error_code directory_find_tenant(struct directory *directory,
                                                 const struct uuid *tenant,
                                                 struct snapshot **ret_snapshot, struct error *err);
/* Of a tenant in memory: as it is at the time of the call or later. ERROR_NOT_FOUND: it is not. */
MUST_CHECK enum error_code directory_renew_tenant(struct directory *directory,
                                                  const struct uuid *tenant,
                                                  struct snapshot **ret_snapshot,
                                                  struct error *err);

#endif
