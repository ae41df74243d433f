/*
 * The tenants a directory has in memory, found by id and by domain in constant time. For
 * directory*.c; everything happens under the directory's mutex.
 */
#ifndef CENTREX_DOMAIN_DIRECTORY_TABLE_H
#define CENTREX_DOMAIN_DIRECTORY_TABLE_H

#include <sodium.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "domain/snapshot.h"

struct entry {
	struct uuid tenant;
	struct snapshot *snapshot; /* NULL until it is loaded for the first time */
	uint64_t changes;          /* notifications so far; a load reflects those before it */
	uint64_t failed;           /* directory's attempt in which a load failed for its own sake */
	uint64_t swept;            /* number of the last sweep that found it in the database */
	bool loading;
	bool stale; /* in the list of those to be loaded again */
	bool cold;  /* in the list of those to be loaded for the first time, unasked */
	bool gone;  /* out of the table; freed by its last user */
	unsigned users;
	uint64_t loads;       /* finished so far: what those who wait look at */
	enum error_code code; /* outcome of the last one */
	struct error err;
	LIST_ENTRY(entry) by_tenant, by_domain;
	TAILQ_ENTRY(entry) in_queue; /* of the one list or the other */
};

LIST_HEAD(entry_list, entry);
TAILQ_HEAD(entry_queue, entry);

struct directory_table {
	uint8_t key[crypto_shorthash_KEYBYTES]; /* domains come from strangers */
	size_t n, n_lists;                      /* n_lists: a power of two */
	size_t n_snapshots, bytes;              /* entries that have one; memory of these */
	struct entry_list *tenants, *domains;
};

MUST_CHECK enum error_code directory_table_init(struct directory_table *table);
/* Frees every entry. */
void directory_table_clear(struct directory_table *table);

struct entry *directory_table_tenant(const struct directory_table *table,
                                     const struct uuid *tenant);
struct entry *directory_table_domain(const struct directory_table *table, const char *domain);

/* NULL: out of memory. */
struct entry *directory_table_add(struct directory_table *table, const struct uuid *tenant);
/* Takes over the reference; the one before is given back. */
void directory_table_set(struct directory_table *table, struct entry *entry,
                         struct snapshot *snapshot);
/* Frees the entry, unless somebody uses it; it must be in no queue. */
void directory_table_remove(struct directory_table *table, struct entry *entry);
/* The end of a use (users++); frees an entry that has been removed meanwhile. */
void directory_table_release(struct entry *entry);

#endif
