#include "db/logins.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "db/batch.h"
#include "db/pool.h"
#include "db/queries.h"

/* A name of 63 bytes, each of which may have to be doubled, in quotes. */
enum { NAME_ROOM = 130 };

static const struct tx_scope owner_scope = {.door = TX_OWNER};

/* The first columns of server_facts. */
static const char *const facts[] = {
	"the server must be PostgreSQL 15 or later",
	"the database must have the encoding UTF8",
	"the owner login must be allowed to create roles (alter role ... createrole)",
	"the owner login must be allowed to create schemas in the database",
	"the owner login must be allowed to create tables in schema public",
};

/*
 * Only a superuser can take these from everybody; the embedded server is made so (db/embedded.c),
 * and docs/security.md has the same lines for the superuser of an operator's own server. With them
 * a statement that runs as a tenant cannot leave the tenant's role, even for another tenant of the
 * same slot: it can call no function that sets the role, and run no block of code.
 */
static const char *const hardening[] = {
	"revoke execute on function pg_catalog.set_config(text, text, boolean) from public",
	"revoke usage on language plpgsql from public",
};

/* And to whom they are given back, each of them followed by a login's name. */
static const char grant_set_config[] =
	"grant execute on function pg_catalog.set_config(text, text, boolean) to";
static const char grant_plpgsql[] = "grant usage on language plpgsql to";

struct server {
	bool superuser;           /* the owner login is one */
	char database[NAME_ROOM]; /* quoted */
	char owner[NAME_ROOM];    /* quoted */
};

static bool is_true(const char *value)
{
	return value && strcmp(value, "t") == 0;
}

static enum error_code check_server(struct db *db, struct server *ret_server, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_SERVER_FACTS);
	enum error_code code = tx_run(db, &owner_scope, &query, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	for (size_t i = 0; i < COUNT_OF(facts); i++)
		if (!is_true(tx_value(result, 0, 0, i)))
			return error_set(err, ERROR_INVALID, "database", "%s", facts[i]);
	ret_server->superuser = is_true(tx_value(result, 0, 0, COUNT_OF(facts)));
	snprintf(ret_server->database, NAME_ROOM, "%s",
	         tx_value(result, 0, 0, COUNT_OF(facts) + 1));
	snprintf(ret_server->owner, NAME_ROOM, "%s", tx_value(result, 0, 0, COUNT_OF(facts) + 2));
	return ERROR_OK;
}

static void read_present(const struct tx_result *result, bool present[static DB_LOGIN_COUNT],
                         unsigned *ret_absent)
{
	*ret_absent = 0;
	for (unsigned login = 0; login < DB_LOGIN_COUNT; login++) {
		char name[DB_LOGIN_MAX];

		db_login_name(login, name);
		present[login] = false;
		for (size_t row = 0; row < tx_rows(result, 0); row++)
			if (strcmp(tx_value(result, 0, row, 0), name) == 0)
				present[login] = true;
		*ret_absent += !present[login];
	}
}

static enum error_code find_absent(struct db *db, unsigned *ret_absent, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement query = TX_QUERY(QUERY_LOGINS_PRESENT);
	bool present[DB_LOGIN_COUNT];
	enum error_code code = tx_run(db, &owner_scope, &query, 1, &result, err);

	if (code == ERROR_OK)
		read_present(result, present, ret_absent);
	return code;
}

/* SCRAM verifiers, one a login; empty without a secret. */
struct verifiers {
	char *of[DB_LOGIN_COUNT];
};

static void verifiers_clear(struct verifiers *verifiers)
{
	for (unsigned login = 0; login < DB_LOGIN_COUNT; login++)
		PQfreemem(verifiers->of[login]);
}

/* The verifier instead of the password: nothing the server logs lets anybody in. libpq wants a
 * connection for it, though with the algorithm named it asks the server nothing. */
static enum error_code make_verifiers(struct db *db, const uint8_t *secret,
                                      struct verifiers *verifiers, struct error *err)
{
	struct connection *connection;
	enum error_code code = ERROR_OK;

	if (!secret)
		return ERROR_OK;
	code = pool_take(db, POOL_OWNER, &connection, err);
	if (code != ERROR_OK)
		return code;
	for (unsigned login = 0; login < DB_LOGIN_COUNT && code == ERROR_OK; login++) {
		char name[DB_LOGIN_MAX], password[DB_PASSWORD_MAX];

		db_login_password(secret, db_login_name(login, name), password);
		verifiers->of[login] =
			PQencryptPasswordConn(connection->pg, password, name, "scram-sha-256");
		sodium_memzero(password, sizeof(password));
		if (!verifiers->of[login])
			code = error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	pool_give(db, POOL_OWNER, connection);
	return code;
}

static void add_login(struct batch *batch, const struct server *server, unsigned login,
                      bool present, const char *verifier)
{
	char name[DB_LOGIN_MAX];

	db_login_name(login, name);
	if (!present) {
		batch_addf(batch, "create role %s login noinherit", name);
		batch_addf(batch, "alter role %s set search_path = ''", name);
		/* Where everybody may, or we cannot say, PostgreSQL warns and does nothing. */
		batch_addf(batch, "grant connect on database %s to %s", server->database, name);
		batch_addf(batch, "%s %s", grant_set_config, name);
	}
	/* Base64, $, : and digits: nothing to quote. */
	if (verifier)
		batch_addf(batch, "alter role %s password '%s'", name, verifier);
}

/* Under the lock what is there is looked up again: another process may have been quicker. */
static enum error_code make_logins(struct db *db, const struct server *server,
                                   const struct verifiers *verifiers, bool reset,
                                   unsigned *ret_made, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(batch_clear) struct batch batch = {0};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	struct tx_statement lock = TX_QUERY(QUERY_MIGRATION_LOCK);
	struct tx_statement query = TX_QUERY(QUERY_LOGINS_PRESENT);
	bool present[DB_LOGIN_COUNT];
	unsigned made = 0;
	enum error_code code = tx_open(db, &owner_scope, &tx, err);

	if (code == ERROR_OK)
		code = tx_exec(tx, &lock, 1, NULL, err);
	if (code == ERROR_OK)
		code = tx_exec(tx, &query, 1, &result, err);
	if (code != ERROR_OK)
		return code;
	read_present(result, present, &made);
	for (unsigned login = 0; login < DB_LOGIN_COUNT; login++)
		if (reset || !present[login])
			add_login(&batch, server, login, present[login], verifiers->of[login]);
	for (size_t i = 0; i < COUNT_OF(hardening) && server->superuser; i++)
		batch_addf(&batch, "%s", hardening[i]);
	if (batch.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = tx_exec(tx, batch.rows, batch.n, NULL, err);
	if (code == ERROR_OK)
		code = tx_commit(TAKE(tx), err);
	if (code == ERROR_OK)
		*ret_made = made;
	return code;
}

enum error_code logins_ensure(struct db *db, const uint8_t *secret, bool reset, unsigned *ret_made,
                              struct error *err)
{
	AUTO(verifiers_clear) struct verifiers verifiers = {0};
	struct server server;
	unsigned absent = 0;
	enum error_code code = check_server(db, &server, err);

	*ret_made = 0;
	if (code == ERROR_OK)
		code = find_absent(db, &absent, err);
	if (code != ERROR_OK || (!absent && !reset))
		return code;
	code = make_verifiers(db, secret, &verifiers, err);
	if (code == ERROR_OK)
		code = make_logins(db, &server, &verifiers, reset, ret_made, err);
	return code;
}

enum error_code logins_check(struct db *db, struct error *err)
{
	enum error_code code = ERROR_OK;

	for (unsigned login = 0; login < DB_LOGIN_COUNT && code == ERROR_OK; login++) {
		struct connection *connection;
		char name[DB_LOGIN_MAX];

		code = pool_take(db, login, &connection, err);
		if (code == ERROR_OK)
			pool_give(db, login, connection);
		else if (code == ERROR_UNAVAILABLE && err)
			snprintf(err->message, sizeof(err->message),
			         "the server refuses the login %s; see pg_hba.conf, or give it its "
			         "password with `centrex migrate --reset-passwords`",
			         db_login_name(login, name));
	}
	return code;
}

enum error_code logins_hardening(struct db *db, struct text *out, struct error *err)
{
	struct server server;
	enum error_code code = check_server(db, &server, err);

	if (code != ERROR_OK)
		return code;
	for (size_t i = 0; i < COUNT_OF(hardening); i++)
		text_addf(out, "%s;\n", hardening[i]);
	text_addf(out, "%s %s;\n", grant_plpgsql, server.owner);
	text_addf(out, "%s %s with grant option;\n", grant_set_config, server.owner);
	text_add(out, grant_set_config);
	for (unsigned login = 0; login < DB_LOGIN_COUNT; login++) {
		char name[DB_LOGIN_MAX];

		text_addf(out, "%s%s", login ? ", " : " ", db_login_name(login, name));
	}
	text_add(out, ";\n");
	return out->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
