#include "domain/directory.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "db/queries.h"
#include "domain/directory_private.h"

enum {
	ABSENT_MAX = 10000,
	ABSENT_S = 30,
	KNOWN_MAX = 1 << 18, /* auth_usernames asked for; one pushed out is asked for again */
};

/* With the mutex: the tenant's entry with a snapshot, loaded where it is not there yet. */
static enum error_code find_entry(struct directory *directory, const struct uuid *tenant,
                                  struct entry **ret_entry, struct error *err)
{
	struct entry *entry = directory_table_tenant(&directory->table, tenant);
	enum error_code code;

	if (!entry) {
		entry = directory_table_add(&directory->table, tenant);
		if (!entry)
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		entry->swept = directory->sweeps;
	}
	if (!entry->snapshot) {
		code = directory_load(directory, entry, err);
		if (code != ERROR_OK)
			return code;
		entry = directory_table_tenant(&directory->table, tenant);
		if (!entry || !entry->snapshot)
			return error_set(err, ERROR_NOT_FOUND, NULL, "there is no such tenant");
	}
	*ret_entry = entry;
	return ERROR_OK;
}

enum error_code directory_find_tenant(struct directory *directory, const struct uuid *tenant,
                                      struct snapshot **ret_snapshot, struct error *err)
{
	struct entry *entry;
	enum error_code code;

	pthread_mutex_lock(&directory->mutex);
	code = find_entry(directory, tenant, &entry, err);
	if (code == ERROR_OK)
		*ret_snapshot = snapshot_ref(entry->snapshot);
	pthread_mutex_unlock(&directory->mutex);
	return code;
}

enum directory_answer directory_peek_tenant(struct directory *directory, const struct uuid *tenant,
                                            struct snapshot **ret_snapshot)
{
	enum directory_answer answer = DIRECTORY_ASK;
	struct entry *entry;

	pthread_mutex_lock(&directory->mutex);
	entry = directory_table_tenant(&directory->table, tenant);
	if (entry && entry->snapshot) {
		*ret_snapshot = snapshot_ref(entry->snapshot);
		answer = DIRECTORY_HIT;
	}
	pthread_mutex_unlock(&directory->mutex);
	return answer;
}

bool directory_is_behind(struct directory *directory, const struct uuid *tenant)
{
	const struct entry *entry;
	bool behind;

	pthread_mutex_lock(&directory->mutex);
	entry = directory_table_tenant(&directory->table, tenant);
	behind = !directory->counts.listening || !entry || entry->stale || entry->loading;
	pthread_mutex_unlock(&directory->mutex);
	return behind;
}

enum error_code directory_renew_tenant(struct directory *directory, const struct uuid *tenant,
                                       struct snapshot **ret_snapshot, struct error *err)
{
	struct entry *entry;
	enum error_code code;

	pthread_mutex_lock(&directory->mutex);
	code = directory_load_anew(directory, tenant, &entry, err);
	if (code == ERROR_OK)
		*ret_snapshot = snapshot_ref(entry->snapshot);
	pthread_mutex_unlock(&directory->mutex);
	return code;
}

/* Lower case, without a dot at the end. False: no tenant can be called so. */
static bool normalise(const char *domain, char ret_domain[static DOMAIN_MAX])
{
	size_t n = strnlen(domain, DOMAIN_MAX + 1);

	if (n && domain[n - 1] == '.')
		n--;
	if (n == 0 || n >= DOMAIN_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = domain[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c - 'A' + 'a');
		else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '.')
			return false;
		ret_domain[i] = c;
	}
	ret_domain[n] = '\0';
	return true;
}

static bool is_absent(const struct names *absent, const void *name, size_t n)
{
	struct uuid nobody;

	return names_get(absent, name, n, clock_monotonic_us(), &nobody);
}

enum directory_answer directory_peek_domain(struct directory *directory, const char *domain,
                                            struct snapshot **ret_snapshot)
{
	enum directory_answer answer = DIRECTORY_ASK;
	char name[DOMAIN_MAX];
	struct entry *entry;

	if (!normalise(domain, name))
		return DIRECTORY_ABSENT;
	pthread_mutex_lock(&directory->mutex);
	entry = directory_table_domain(&directory->table, name);
	if (entry) {
		*ret_snapshot = snapshot_ref(entry->snapshot);
		answer = DIRECTORY_HIT;
	} else if (is_absent(directory->absent_domains, name, strlen(name))) {
		answer = DIRECTORY_ABSENT;
	}
	pthread_mutex_unlock(&directory->mutex);
	return answer;
}

/* With the mutex: the snapshot, when the phone's tenant is known and in memory. */
static struct snapshot *known_phone(struct directory *directory, const struct uuid *auth_username)
{
	struct entry *entry;
	struct uuid tenant;

	if (!names_get(directory->known_auth_usernames, auth_username, sizeof(*auth_username),
	               clock_monotonic_us(), &tenant))
		return NULL;
	entry = directory_table_tenant(&directory->table, &tenant);
	if (!entry || !entry->snapshot ||
	    !snapshot_by_auth_username(entry->snapshot, auth_username))
		return NULL;
	return entry->snapshot;
}

enum directory_answer directory_peek_auth_username(struct directory *directory,
                                                   const struct uuid *auth_username,
                                                   struct snapshot **ret_snapshot)
{
	enum directory_answer answer = DIRECTORY_ASK;
	struct snapshot *snapshot;

	pthread_mutex_lock(&directory->mutex);
	snapshot = known_phone(directory, auth_username);
	if (snapshot) {
		*ret_snapshot = snapshot_ref(snapshot);
		answer = DIRECTORY_HIT;
	} else if (is_absent(directory->absent_auth_usernames, auth_username,
	                     sizeof(*auth_username))) {
		answer = DIRECTORY_ABSENT;
	}
	pthread_mutex_unlock(&directory->mutex);
	return answer;
}

/* Asks PostgreSQL which tenant has the name; ERROR_NOT_FOUND: none. */
static enum error_code ask_tenant(struct directory *directory, struct tx_statement question,
                                  struct uuid *ret_tenant, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_PUBLIC};
	enum error_code code = tx_run(directory->db, &scope, &question, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	if (tx_rows(result, 0) == 0)
		return error_set(err, ERROR_NOT_FOUND, NULL, "no tenant has this name");
	if (!uuid_parse(tx_value(result, 0, 0, 0), ret_tenant))
		return error_set(err, ERROR_INTERNAL, NULL,
		                 "the database holds a broken tenant id");
	return ERROR_OK;
}

/* With the mutex. An answer from before a change may be wrong by now: it is not remembered. */
static void remember_absent(struct directory *directory, struct names *absent, const void *name,
                            size_t n, uint64_t changes)
{
	static const struct uuid nobody;
	int64_t now = clock_monotonic_us();

	if (directory->changes == changes)
		names_put(absent, name, n, &nobody, now, now + directory->absent_us);
}

static uint64_t changes_so_far(struct directory *directory)
{
	uint64_t changes;

	pthread_mutex_lock(&directory->mutex);
	changes = directory->changes;
	pthread_mutex_unlock(&directory->mutex);
	return changes;
}

enum error_code directory_find_domain(struct directory *directory, const char *domain,
                                      struct snapshot **ret_snapshot, struct error *err)
{
	enum error_code code;
	char name[DOMAIN_MAX];
	struct uuid tenant;
	uint64_t changes;

	switch (directory_peek_domain(directory, domain, ret_snapshot)) {
	case DIRECTORY_HIT:
		return ERROR_OK;
	case DIRECTORY_ABSENT:
		return error_set(err, ERROR_NOT_FOUND, "domain", "no tenant has this domain");
	case DIRECTORY_ASK:
		break;
	}
	if (!normalise(domain, name))
		return error_set(err, ERROR_NOT_FOUND, "domain", "no tenant has this domain");
	changes = changes_so_far(directory);
	code = ask_tenant(directory, TX_QUERY(QUERY_DIRECTORY_BY_DOMAIN, name), &tenant, err);
	if (code == ERROR_OK)
		code = directory_find_tenant(directory, &tenant, ret_snapshot, err);
	if (code != ERROR_NOT_FOUND)
		return code;
	pthread_mutex_lock(&directory->mutex);
	remember_absent(directory, directory->absent_domains, name, strlen(name), changes);
	pthread_mutex_unlock(&directory->mutex);
	return error_set(err, ERROR_NOT_FOUND, "domain", "no tenant has this domain");
}

/* With the mutex: the phone in its tenant's snapshot. One that is not there may have been added a
 * moment ago, its notification still on the way: the snapshot is loaded once more. */
static enum error_code find_phone(struct directory *directory, const struct uuid *tenant,
                                  const struct uuid *auth_username, struct snapshot **ret_snapshot,
                                  struct error *err)
{
	struct entry *entry;
	enum error_code code = find_entry(directory, tenant, &entry, err);

	if (code != ERROR_OK)
		return code;
	if (!snapshot_by_auth_username(entry->snapshot, auth_username)) {
		code = directory_load_anew(directory, tenant, &entry, err);
		if (code != ERROR_OK)
			return code;
		if (!snapshot_by_auth_username(entry->snapshot, auth_username))
			return ERROR_NOT_FOUND;
	}
	names_put(directory->known_auth_usernames, auth_username, sizeof(*auth_username), tenant,
	          clock_monotonic_us(), INT64_MAX);
	*ret_snapshot = snapshot_ref(entry->snapshot);
	return ERROR_OK;
}

enum error_code directory_find_auth_username(struct directory *directory,
                                             const struct uuid *auth_username,
                                             struct snapshot **ret_snapshot, struct error *err)
{
	enum error_code code;
	char text[UUID_TEXT_MAX];
	struct uuid tenant;
	uint64_t changes;

	switch (directory_peek_auth_username(directory, auth_username, ret_snapshot)) {
	case DIRECTORY_HIT:
		return ERROR_OK;
	case DIRECTORY_ABSENT:
		return error_set(err, ERROR_NOT_FOUND, "auth_username", "no phone has this name");
	case DIRECTORY_ASK:
		break;
	}
	changes = changes_so_far(directory);
	uuid_format(auth_username, text);
	code = ask_tenant(directory, TX_QUERY(QUERY_DIRECTORY_BY_AUTH_USERNAME, text), &tenant,
	                  err);
	pthread_mutex_lock(&directory->mutex);
	if (code == ERROR_OK)
		code = find_phone(directory, &tenant, auth_username, ret_snapshot, err);
	if (code == ERROR_NOT_FOUND) {
		remember_absent(directory, directory->absent_auth_usernames, auth_username,
		                sizeof(*auth_username), changes);
		error_set(err, ERROR_NOT_FOUND, "auth_username", "no phone has this name");
	}
	pthread_mutex_unlock(&directory->mutex);
	return code;
}

void directory_counts(struct directory *directory, struct directory_counts *ret_counts)
{
	const struct entry *entry;

	pthread_mutex_lock(&directory->mutex);
	*ret_counts = directory->counts;
	ret_counts->tenants = directory->table.n_snapshots;
	ret_counts->bytes = directory->table.bytes;
	ret_counts->stale = 0;
	TAILQ_FOREACH(entry, &directory->stale, in_queue)
	ret_counts->stale++;
	pthread_mutex_unlock(&directory->mutex);
}

/* With the mutex: a reference to each; NULL: no memory. */
static struct snapshot **hold_all(struct directory *directory, size_t *ret_n)
{
	struct snapshot **held = calloc(directory->table.n + 1, sizeof(struct snapshot *));
	const struct entry *entry;
	size_t n = 0;

	for (size_t i = 0; held && i < directory->table.n_lists; i++)
		LIST_FOREACH(entry, &directory->table.tenants[i], by_tenant)
	if (entry->snapshot)
		held[n++] = snapshot_ref(entry->snapshot);
	*ret_n = n;
	return held;
}

void directory_watch(struct directory *directory, directory_watch_h *h, void *arg)
{
	pthread_mutex_lock(&directory->watch_mutex);
	directory->watch = h;
	directory->watch_arg = arg;
	pthread_mutex_unlock(&directory->watch_mutex);
}

void directory_tell(struct directory *directory, const struct uuid *tenant,
                    enum directory_news news)
{
	pthread_mutex_lock(&directory->watch_mutex);
	if (directory->watch)
		directory->watch(tenant, news, directory->watch_arg);
	pthread_mutex_unlock(&directory->watch_mutex);
}

static int by_domain(const void *a, const void *b)
{
	struct snapshot *const *first = a, *const *second = b;

	return strcmp((*first)->domain, (*second)->domain);
}

bool directory_each(struct directory *directory, directory_h *h, void *arg)
{
	AUTO(auto_free) struct snapshot **held = NULL;
	bool goes_on = true;
	size_t n;

	pthread_mutex_lock(&directory->mutex);
	held = hold_all(directory, &n);
	pthread_mutex_unlock(&directory->mutex);
	if (held)
		qsort(held, n, sizeof(struct snapshot *), by_domain);
	for (size_t i = 0; held && i < n; i++) {
		goes_on = goes_on && h(held[i], arg);
		snapshot_unref(held[i]);
	}
	return held != NULL;
}

static struct directory *directory_new(const struct directory_config *config)
{
	struct directory *directory = calloc(1, sizeof(*directory));
	unsigned absent_max = config->absent_max ? config->absent_max : ABSENT_MAX;

	if (!directory)
		return NULL;
	directory->db = config->db;
	directory->also = config->also;
	directory->also_arg = config->also_arg;
	directory->absent_us = (config->absent_s ? config->absent_s : ABSENT_S) * INT64_C(1000000);
	directory->warm = directory->sweep_due = config->warm;
	directory->attempt = 1;
	TAILQ_INIT(&directory->stale);
	TAILQ_INIT(&directory->cold);
	pthread_mutex_init(&directory->mutex, NULL);
	pthread_mutex_init(&directory->watch_mutex, NULL);
	condition_init(&directory->wake);
	condition_init(&directory->loaded);
	directory->absent_domains = names_new(absent_max);
	directory->absent_auth_usernames = names_new(absent_max);
	directory->known_auth_usernames = names_new(KNOWN_MAX);
	if (directory_table_init(&directory->table) == ERROR_OK && directory->absent_domains &&
	    directory->absent_auth_usernames && directory->known_auth_usernames)
		return directory;
	directory_close(directory);
	return NULL;
}

enum error_code directory_open(const struct directory_config *config,
                               struct directory **ret_directory, struct error *err)
{
	struct directory *directory;
	enum error_code code;
	int failed;

	if (sodium_init() < 0)
		return error_set(err, ERROR_INTERNAL, NULL, "libsodium does not start");
	directory = directory_new(config);
	if (!directory)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	failed = pthread_create(&directory->refresher, NULL, directory_refresher, directory);
	if (failed) {
		directory_close(directory);
		errno = failed;
		return error_errno(err, "start the directory's thread");
	}
	directory->refreshing = true;
	if (config->db_config) {
		code = listen_open(config->db_config, directory_hear, directory, &directory->listen,
		                   err);
		if (code != ERROR_OK) {
			directory_close(directory);
			return code;
		}
	}
	*ret_directory = directory;
	return ERROR_OK;
}

void directory_close(struct directory *directory)
{
	if (!directory)
		return;
	if (directory->listen)
		listen_close(directory->listen);
	pthread_mutex_lock(&directory->mutex);
	directory->closing = true;
	pthread_cond_signal(&directory->wake);
	pthread_mutex_unlock(&directory->mutex);
	if (directory->refreshing)
		pthread_join(directory->refresher, NULL);
	directory_table_clear(&directory->table);
	names_free(directory->absent_domains);
	names_free(directory->absent_auth_usernames);
	names_free(directory->known_auth_usernames);
	pthread_cond_destroy(&directory->loaded);
	pthread_cond_destroy(&directory->wake);
	pthread_mutex_destroy(&directory->watch_mutex);
	pthread_mutex_destroy(&directory->mutex);
	free(directory);
}
