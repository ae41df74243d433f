#include "db/pool.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/condition.h"
#include "base/text.h"

/* A backend keeps what it has seen of the catalogue (a tenant's five tables: 75 KB); one that has
 * grown for long enough is replaced. */
enum { RECYCLE_PREPARED = 8 * STATEMENTS_MAX };
static const int64_t recycle_age_us = 3600 * INT64_C(1000000);

/* After a connect that got no answer at all, others do not wait for the same silence. */
static const int64_t silence_us = 1000000;

/* The server's own limit comes first, so that its error says what happened. */
static const int64_t grace_us = 2000000;

struct pool {
	pthread_mutex_t mutex;
	pthread_cond_t given;
	struct connection_options options;
	struct connection *idle; /* the last given first */
	unsigned open;           /* idle, lent, and being opened */
	int64_t silent_until_us; /* monotonic */
	uint64_t taken, waited, timed_out, opened, failed;
};

struct db {
	unsigned connections_per_login;
	int64_t connect_us, wait_us, statement_us;
	struct pool pools[POOL_COUNT];
};

unsigned db_slot(const struct uuid *tenant)
{
	return tenant->bytes[15] % DB_SLOTS;
}

const char *db_login_name(unsigned login, char buffer[static DB_LOGIN_MAX])
{
	if (login < DB_SLOTS)
		snprintf(buffer, DB_LOGIN_MAX, "centrex_app_%02u", login);
	else
		snprintf(buffer, DB_LOGIN_MAX, "centrex_public");
	return buffer;
}

void db_login_password(const uint8_t secret[static DB_SECRET_BYTES], const char *login,
                       char ret_password[static DB_PASSWORD_MAX])
{
	uint8_t mac[crypto_auth_hmacsha256_BYTES];

	_Static_assert(sizeof(mac) * 2 < DB_PASSWORD_MAX, "the password has room");
	_Static_assert(crypto_auth_hmacsha256_KEYBYTES == DB_SECRET_BYTES, "the secret is the key");
	crypto_auth_hmacsha256(mac, (const uint8_t *)login, strlen(login), secret);
	sodium_bin2hex(ret_password, DB_PASSWORD_MAX, mac, sizeof(mac));
	sodium_memzero(mac, sizeof(mac));
}

struct db_config pool_defaults(const struct db_config *config)
{
	struct db_config full = *config;

	full.application_name = full.application_name ? full.application_name : "centrex";
	full.connections_per_login = full.connections_per_login ? full.connections_per_login : 2;
	full.connect_timeout_ms = full.connect_timeout_ms ? full.connect_timeout_ms : 3000;
	full.statement_timeout_ms = full.statement_timeout_ms ? full.statement_timeout_ms : 30000;
	return full;
}

static const char *option_value(const struct connection_options *options, const char *name)
{
	for (size_t i = 0; i < options->n; i++)
		if (strcmp(options->names[i], name) == 0)
			return options->values[i];
	return "";
}

/* Settings go with the start of the session, never by SET: a unit of work cannot lose them. */
static bool set_session_options(struct connection_options *options, const struct db_config *config,
                                unsigned login)
{
	AUTO(text_clear) struct text session = {0};

	text_addf(&session,
	          "%s -c TimeZone=UTC -c DateStyle=ISO -c search_path=%s -c statement_timeout=%u"
	          " -c idle_in_transaction_session_timeout=%u",
	          option_value(options, "options"), login < DB_SLOTS ? "" : "public,pg_temp",
	          config->statement_timeout_ms, 2 * config->statement_timeout_ms);
	return !session.failed && connection_options_set(options, "options", session.data);
}

static bool set_login(struct connection_options *options, const uint8_t *secret, unsigned login)
{
	char name[DB_LOGIN_MAX];
	char password[DB_PASSWORD_MAX] = "";
	bool done;

	if (login == POOL_OWNER)
		return true;
	db_login_name(login, name);
	if (secret)
		db_login_password(secret, name, password);
	done = connection_options_set(options, "user", name) &&
	       connection_options_set(options, "password", password);
	sodium_memzero(password, sizeof(password));
	return done;
}

/* What the conninfo itself says comes before these. */
static bool set_keepalives(struct connection_options *options)
{
	static const char *const rows[][2] = {
		{"keepalives_idle",     "30"   },
		{"keepalives_interval", "10"   },
		{"keepalives_count",    "3"    },
		{"tcp_user_timeout",    "30000"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!*option_value(options, rows[i][0]) &&
		    !connection_options_set(options, rows[i][0], rows[i][1]))
			return false;
	return true;
}

enum error_code pool_options(const struct db_config *config, unsigned login,
                             struct connection_options *ret_options, struct error *err)
{
	char *message = NULL;
	PQconninfoOption *given = PQconninfoParse(config->owner ? config->owner : "", &message);
	bool done = true;

	*ret_options = (struct connection_options){0};
	if (!given) {
		/* libpq's words may quote the conninfo, and with it a password. */
		PQfreemem(message);
		return error_set(err, ERROR_INVALID, "database",
		                 "this is not a PostgreSQL URL or conninfo");
	}
	for (PQconninfoOption *row = given; row->keyword; row++)
		if (row->val && *row->val)
			done = done && connection_options_set(ret_options, row->keyword, row->val);
	PQconninfoFree(given);
	done = done &&
	       connection_options_set(ret_options, "application_name", config->application_name) &&
	       connection_options_set(ret_options, "client_encoding", "UTF8") &&
	       set_session_options(ret_options, config, login) &&
	       set_login(ret_options, config->secret, login) && set_keepalives(ret_options);
	return done ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

static void pool_init(struct pool *pool)
{

	pthread_mutex_init(&pool->mutex, NULL);
	condition_init(&pool->given);
}

static void pool_clear(struct pool *pool)
{
	while (pool->idle) {
		struct connection *connection = pool->idle;

		pool->idle = connection->next;
		connection_close(connection);
	}
	connection_options_clear(&pool->options);
	pthread_cond_destroy(&pool->given);
	pthread_mutex_destroy(&pool->mutex);
}

enum error_code db_open(const struct db_config *config, struct db **ret_db, struct error *err)
{
	struct db_config full = pool_defaults(config);
	struct db *db = calloc(1, sizeof(*db));
	enum error_code code = ERROR_OK;

	if (!db)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	db->connections_per_login = full.connections_per_login;
	db->connect_us = (int64_t)full.connect_timeout_ms * 1000;
	db->statement_us = (int64_t)full.statement_timeout_ms * 1000;
	db->wait_us = db->statement_us + grace_us;
	for (unsigned login = 0; login < POOL_COUNT; login++) {
		pool_init(&db->pools[login]);
		if (code == ERROR_OK)
			code = pool_options(&full, login, &db->pools[login].options, err);
	}
	if (code != ERROR_OK) {
		db_close(db);
		return code;
	}
	*ret_db = db;
	return ERROR_OK;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	for (unsigned login = 0; login < POOL_COUNT; login++)
		pool_clear(&db->pools[login]);
	free(db);
}

static void add_counts(struct db_counts *counts, struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	counts->open += pool->open;
	for (const struct connection *idle = pool->idle; idle; idle = idle->next)
		counts->idle++;
	counts->taken += pool->taken;
	counts->waited += pool->waited;
	counts->timed_out += pool->timed_out;
	counts->opened += pool->opened;
	counts->failed += pool->failed;
	pthread_mutex_unlock(&pool->mutex);
}

void db_counts(struct db *db, struct db_counts *ret_counts)
{
	*ret_counts = (struct db_counts){.most = db->connections_per_login * POOL_COUNT};
	for (unsigned login = 0; login < POOL_COUNT; login++)
		add_counts(ret_counts, &db->pools[login]);
}

/* One place of the pool becomes free. */
static void pool_shrink(struct pool *pool)
{
	pthread_mutex_lock(&pool->mutex);
	pool->open--;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}

/* Opens a connection for the place that was reserved. */
static enum error_code pool_open(struct db *db, struct pool *pool,
                                 struct connection **ret_connection, struct error *err)
{
	bool timed_out;
	enum error_code code = connection_open(&pool->options, db->connect_us, db->wait_us,
	                                       ret_connection, &timed_out, err);

	pthread_mutex_lock(&pool->mutex);
	pool->opened += code == ERROR_OK;
	pool->failed += code != ERROR_OK;
	if (code != ERROR_OK && timed_out)
		pool->silent_until_us = clock_monotonic_us() + silence_us;
	pthread_mutex_unlock(&pool->mutex);
	if (code == ERROR_OK)
		return ERROR_OK;
	pool_shrink(pool);
	return code;
}

/* An idle connection, or NULL for leave to open one. */
static enum error_code pool_wait(struct db *db, struct pool *pool,
                                 struct connection **ret_connection, struct error *err)
{
	int64_t until_us = clock_monotonic_us() + db->statement_us;
	enum error_code code = ERROR_OK;

	*ret_connection = NULL;
	pthread_mutex_lock(&pool->mutex);
	pool->taken++;
	pool->waited += !pool->idle && pool->open >= db->connections_per_login;
	while (!pool->idle && pool->open >= db->connections_per_login && code == ERROR_OK)
		if (!condition_wait(&pool->given, &pool->mutex, until_us))
			code = error_set(err, ERROR_TIMEOUT, NULL,
			                 "every connection to the database is in use");
	pool->timed_out += code == ERROR_TIMEOUT && !pool->idle;
	if (pool->idle) {
		code = ERROR_OK;
		*ret_connection = pool->idle;
		pool->idle = pool->idle->next;
	} else if (code == ERROR_OK && pool->silent_until_us > clock_monotonic_us()) {
		code = error_set(err, ERROR_UNAVAILABLE, NULL, NULL);
		error_detail(err, "connect: no answer a moment ago");
	} else if (code == ERROR_OK) {
		pool->open++;
	}
	/* Woken for a place that is not taken: it may be the next one's. */
	if (code != ERROR_OK)
		pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
	return code;
}

enum error_code pool_take(struct db *db, unsigned login, struct connection **ret_connection,
                          struct error *err)
{
	struct pool *pool = &db->pools[login];

	for (;;) {
		struct connection *connection;
		enum error_code code = pool_wait(db, pool, &connection, err);

		if (code != ERROR_OK)
			return code;
		if (!connection)
			return pool_open(db, pool, ret_connection, err);
		if (connection_is_alive(connection)) {
			*ret_connection = connection;
			return ERROR_OK;
		}
		connection_close(connection);
		pool_shrink(pool);
	}
}

static void pool_forget(struct pool *pool)
{
	struct connection *idle;

	pthread_mutex_lock(&pool->mutex);
	idle = TAKE(pool->idle);
	pthread_mutex_unlock(&pool->mutex);
	while (idle) {
		struct connection *connection = idle;

		idle = connection->next;
		connection_close(connection);
		pool_shrink(pool);
	}
}

void pool_give(struct db *db, unsigned login, struct connection *connection)
{
	struct pool *pool = &db->pools[login];

	if (connection->outdated)
		pool_forget(pool);
	if (connection->spoiled || connection->statements.prepared > RECYCLE_PREPARED ||
	    clock_monotonic_us() - connection->opened_us > recycle_age_us) {
		connection_close(connection);
		pool_shrink(pool);
		return;
	}
	pthread_mutex_lock(&pool->mutex);
	connection->next = pool->idle;
	pool->idle = connection;
	pthread_cond_signal(&pool->given);
	pthread_mutex_unlock(&pool->mutex);
}
