#include "domain/principal.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/queries.h"
#include "db/row.h"

enum {
	WAYS = 8, /* rows a hash may stand in */
	SETS = 4096,
	/* After the database did not answer nobody asks it for so long: each question may take as
	 * long as a connection's time limit. */
	REST_US = 1000000,
};

static const int64_t FRESH_US = PRINCIPAL_FRESH_S * INT64_C(1000000);
static const int64_t AWAY_US = PRINCIPAL_AWAY_S * INT64_C(1000000);

/* A principal and its count: the public struct ends in an array, so the count stands before it. */
struct counted {
	atomic_uint references;
	struct principal principal;
};

struct row {
	struct principal *principal; /* NULL: free */
	int64_t asked_us;            /* clock_monotonic_us() before the database was asked */
	bool stale;                  /* something changed since */
};

struct principals {
	struct db *db;
	pthread_mutex_t mutex;
	uint64_t changes; /* an answer from before a change is stale when it comes */
	int64_t rest_until_us;
	struct row rows[SETS][WAYS];
};

static struct counted *counted_of(struct principal *principal)
{
	return (struct counted *)((char *)principal - offsetof(struct counted, principal));
}

struct principal *principal_ref(struct principal *principal)
{
	atomic_fetch_add_explicit(&counted_of(principal)->references, 1, memory_order_relaxed);
	return principal;
}

void principal_unref(struct principal *principal)
{
	if (principal && atomic_fetch_sub_explicit(&counted_of(principal)->references, 1,
	                                           memory_order_acq_rel) == 1)
		free(counted_of(principal));
}

static int compare_membership(const void *key, const void *row)
{
	return memcmp(key, &((const struct membership *)row)->tenant, sizeof(struct uuid));
}

enum access principal_access(const struct principal *principal, const struct uuid *tenant)
{
	const struct membership *membership;

	if (principal->operator_)
		return ACCESS_OPERATOR;
	membership = bsearch(tenant, principal->memberships, principal->n_memberships,
	                     sizeof(*membership), compare_membership);
	return membership ? membership->access : ACCESS_NONE;
}

const struct membership *principal_narrowed(const struct principal *principal)
{
	bool narrowed =
		principal->kind == ACTOR_TOKEN && !principal->operator_ && principal->n_memberships;

	return narrowed ? &principal->memberships[0] : NULL;
}

enum access principal_role(const char *role)
{
	static const struct {
		const char *role;
		enum access access;
	} rows[] = {
		{"wallboard", ACCESS_BOARD},
		{"agent",     ACCESS_AGENT},
		{"admin",     ACCESS_ADMIN},
		{"owner",     ACCESS_OWNER},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(role, rows[i].role) == 0)
			return rows[i].access;
	return ACCESS_NONE;
}

/* --- asking the database --------------------------------------------------------------------- */

struct found {
	struct uuid id, user_id;
	char email[PRINCIPAL_EMAIL_MAX];
	bool operator_;
	int64_t expires_at;
	struct uuid tenant_id; /* of a token that is for one tenant */
	char role[12];
};

static const struct row_column found_columns[] = {
	ROW_COLUMN(struct found, id, UUID),
	ROW_COLUMN(struct found, user_id, UUID),
	ROW_COLUMN(struct found, email, CHARS),
	ROW_COLUMN(struct found, operator_, SWITCH),
	ROW_COLUMN_NULL(struct found, expires_at, TIME),
	ROW_COLUMN_NULL(struct found, tenant_id, UUID),
	ROW_COLUMN_NULL(struct found, role, CHARS),
};

struct found_membership {
	struct uuid tenant_id;
	char role[8];
};

static const struct row_column membership_columns[] = {
	ROW_COLUMN(struct found_membership, tenant_id, UUID),
	ROW_COLUMN(struct found_membership, role, CHARS),
};

static enum access lesser(enum access a, enum access b)
{
	return a < b ? a : b;
}

/* A token for one tenant gives the lesser of its role and what its user is there now. A wallboard
 * shows all queues, which is not for an agent to hand on. */
static void narrow(const struct found *found, struct principal *principal)
{
	enum access most = principal_access(principal, &found->tenant_id);
	enum access access = lesser(principal_role(found->role), most);

	if (access == ACCESS_BOARD && most < ACCESS_ADMIN)
		access = ACCESS_NONE;
	principal->operator_ = false;
	principal->n_memberships = access ? 1 : 0;
	if (access)
		principal->memberships[0] =
			(struct membership){.tenant = found->tenant_id, .access = access};
}

static enum error_code read_memberships(const struct tx_result *result, struct principal *principal,
                                        struct error *err)
{
	for (size_t i = 0; i < tx_rows(result, 1); i++) {
		struct found_membership row;
		enum error_code code = row_read(result, 1, i, membership_columns,
		                                COUNT_OF(membership_columns), &row, err);

		if (code)
			return code;
		principal->memberships[principal->n_memberships++] = (struct membership){
			.tenant = row.tenant_id, .access = principal_role(row.role)};
	}
	return ERROR_OK;
}

static enum error_code nobody(struct error *err)
{
	return error_set(err, ERROR_UNAUTHENTICATED, NULL,
	                 "the session or token is not known or has ended");
}

static enum error_code read_principal(const struct tx_result *result, enum actor_kind kind,
                                      const uint8_t hash[static SECRET_HASH_BYTES],
                                      struct principal **ret_principal, struct error *err)
{
	struct counted *counted;
	struct principal *principal;
	struct found found;
	enum error_code code;

	if (tx_rows(result, 0) == 0)
		return nobody(err);
	code = row_read(result, 0, 0, found_columns, COUNT_OF(found_columns), &found, err);
	if (code)
		return code;
	/* Room for one membership at least: narrow() may make one. */
	counted =
		calloc(1, sizeof(*counted) + (tx_rows(result, 1) + 1) * sizeof(struct membership));
	if (!counted)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	atomic_init(&counted->references, 1);
	principal = &counted->principal;
	principal->user = found.user_id;
	memcpy(principal->email, found.email, sizeof(found.email));
	principal->operator_ = found.operator_;
	principal->kind = kind;
	principal->credential = found.id;
	principal->expires_us = found.expires_at ? found.expires_at : INT64_MAX;
	memcpy(principal->secret_hash, hash, SECRET_HASH_BYTES);
	code = read_memberships(result, principal, err);
	if (!code && kind == ACTOR_TOKEN && !uuid_is_nil(&found.tenant_id))
		narrow(&found, principal);
	/* A token lives on what its user may do: without that it is none. */
	if (!code && kind == ACTOR_TOKEN && !principal->operator_ && !principal->n_memberships)
		code = nobody(err);
	if (code)
		principal_unref(principal);
	else
		*ret_principal = principal;
	return code;
}

static enum error_code ask(struct principals *principals, enum actor_kind kind,
                           const uint8_t hash[static SECRET_HASH_BYTES], const char *address,
                           struct principal **ret_principal, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[SECRET_HASH_TEXT_MAX];
	struct tx_statement questions[2];
	enum error_code code;

	secret_hash_text(hash, text);
	if (kind == ACTOR_SESSION) {
		questions[0] = TX_QUERY(QUERY_PRINCIPAL_SESSION, text, address);
		questions[1] = TX_QUERY(QUERY_PRINCIPAL_SESSION_MEMBERSHIPS, text);
	} else {
		questions[0] = TX_QUERY(QUERY_PRINCIPAL_TOKEN, text);
		questions[1] = TX_QUERY(QUERY_PRINCIPAL_TOKEN_MEMBERSHIPS, text);
	}
	code = tx_run(principals->db, &scope, questions, 2, &result, err);
	return code ? code : read_principal(result, kind, hash, ret_principal, err);
}

/* --- the table ------------------------------------------------------------------------------- */

enum error_code principals_open(struct db *db, struct principals **ret_principals,
                                struct error *err)
{
	struct principals *principals = calloc(1, sizeof(*principals));

	if (!principals)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	principals->db = db;
	pthread_mutex_init(&principals->mutex, NULL);
	*ret_principals = principals;
	return ERROR_OK;
}

void principals_close(struct principals *principals)
{
	if (!principals)
		return;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++)
			principal_unref(principals->rows[i][k].principal);
	pthread_mutex_destroy(&principals->mutex);
	free(principals);
}

/* The rows a hash may stand in. It is a hash of random bits: nobody chooses where it leads. */
static struct row *find_set(struct principals *principals, const uint8_t *hash)
{
	uint32_t number;

	memcpy(&number, hash, sizeof(number));
	return principals->rows[number % SETS];
}

static struct row *find_row(struct principals *principals, const uint8_t *hash)
{
	struct row *set = find_set(principals, hash);

	for (struct row *row = set; row < set + WAYS; row++)
		if (row->principal &&
		    sodium_memcmp(row->principal->secret_hash, hash, SECRET_HASH_BYTES) == 0)
			return row;
	return NULL;
}

/* What is known and not too old. Whoever ended meanwhile has to be asked about. */
static struct principal *recall(struct principals *principals, const uint8_t *hash, bool away)
{
	int64_t now = clock_monotonic_us();
	const struct row *row = find_row(principals, hash);

	if (!row || row->principal->expires_us <= clock_unix_us())
		return NULL;
	if (away ? now - row->asked_us >= AWAY_US : row->stale || now - row->asked_us >= FRESH_US)
		return NULL;
	return principal_ref(row->principal);
}

/* With the mutex. principal NULL: the secret is worth nothing any more. */
static void keep(struct principals *principals, const uint8_t *hash, struct principal *principal,
                 int64_t asked_us, bool stale)
{
	struct row *set = find_set(principals, hash);
	struct row *best = find_row(principals, hash);

	if (!principal && !best)
		return;
	/* Of two that asked at the same time the later question has the truer answer. */
	if (principal && best && best->asked_us > asked_us)
		return;
	for (struct row *row = set; !best && row < set + WAYS; row++)
		if (!row->principal)
			best = row;
	if (!best) {
		best = set;
		for (struct row *row = set; row < set + WAYS; row++)
			if (row->asked_us < best->asked_us)
				best = row;
	}
	principal_unref(best->principal);
	*best = (struct row){.principal = principal ? principal_ref(principal) : NULL,
	                     .asked_us = asked_us,
	                     .stale = stale};
}

static bool is_away(enum error_code code)
{
	return code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT;
}

static enum error_code find(struct principals *principals, enum actor_kind kind,
                            const uint8_t *hash, const char *address, bool away_allowed,
                            struct principal **ret_principal, struct error *err)
{
	struct principal *principal;
	int64_t asked_us = clock_monotonic_us();
	uint64_t changes;
	bool resting;
	enum error_code code = ERROR_UNAVAILABLE;

	pthread_mutex_lock(&principals->mutex);
	changes = principals->changes;
	resting = asked_us < principals->rest_until_us;
	principal = recall(principals, hash, resting && away_allowed);
	pthread_mutex_unlock(&principals->mutex);
	if (principal) {
		*ret_principal = principal;
		return ERROR_OK;
	}
	if (resting)
		error_set(err, code, NULL, NULL);
	else
		code = ask(principals, kind, hash, address, &principal, err);
	pthread_mutex_lock(&principals->mutex);
	if (code == ERROR_OK)
		keep(principals, hash, principal, asked_us, changes != principals->changes);
	else if (code == ERROR_UNAUTHENTICATED)
		keep(principals, hash, NULL, asked_us, false);
	else if (is_away(code) && !resting && changes == principals->changes)
		principals->rest_until_us = clock_monotonic_us() + REST_US;
	if (is_away(code) && away_allowed)
		principal = recall(principals, hash, true);
	pthread_mutex_unlock(&principals->mutex);
	if (!principal)
		return code;
	*ret_principal = principal;
	return ERROR_OK;
}

enum error_code principals_find(struct principals *principals,
                                const struct principal_question *question,
                                struct principal **ret_principal, struct error *err)
{
	uint8_t hash[SECRET_HASH_BYTES];
	enum actor_kind kind;

	if (secret_is(SECRET_TOKEN, question->secret))
		kind = ACTOR_TOKEN;
	else if (secret_is(SECRET_SESSION, question->secret))
		kind = ACTOR_SESSION;
	else
		return nobody(err);
	secret_hash(question->secret, hash);
	return find(principals, kind, hash, question->address, question->away_allowed,
	            ret_principal, err);
}

enum error_code principals_again(struct principals *principals, const struct principal *principal,
                                 struct principal **ret_principal, struct error *err)
{
	return find(principals, principal->kind, principal->secret_hash, NULL, true, ret_principal,
	            err);
}

static bool belongs(const struct principal *principal, const struct uuid *tenant)
{
	return bsearch(tenant, principal->memberships, principal->n_memberships,
	               sizeof(struct membership), compare_membership);
}

/* tenant: NULL is everybody. */
static void forget(struct principals *principals, const struct uuid *tenant)
{
	pthread_mutex_lock(&principals->mutex);
	principals->changes++;
	principals->rest_until_us = 0;
	for (size_t i = 0; i < SETS; i++)
		for (size_t k = 0; k < WAYS; k++) {
			struct row *row = &principals->rows[i][k];

			if (row->principal && (!tenant || belongs(row->principal, tenant)))
				row->stale = true;
		}
	pthread_mutex_unlock(&principals->mutex);
}

bool principal_same_rights(const struct principal *a, const struct principal *b)
{
	if (a->operator_ != b->operator_ || a->n_memberships != b->n_memberships)
		return false;
	for (size_t i = 0; i < a->n_memberships; i++)
		if (!uuid_equal(&a->memberships[i].tenant, &b->memberships[i].tenant) ||
		    a->memberships[i].access != b->memberships[i].access)
			return false;
	return true;
}

void principals_forget(struct principals *principals)
{
	forget(principals, NULL);
}

void principals_forget_tenant(struct principals *principals, const struct uuid *tenant)
{
	forget(principals, tenant);
}

void principals_forget_one(struct principals *principals, const struct principal *principal)
{
	pthread_mutex_lock(&principals->mutex);
	principals->changes++;
	keep(principals, principal->secret_hash, NULL, 0, false);
	pthread_mutex_unlock(&principals->mutex);
}
