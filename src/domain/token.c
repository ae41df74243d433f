#include "domain/token.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/queries.h"
#include "domain/audit.h"
#include "domain/event.h"

static enum error_code check_scope(const struct principal *who, const struct token_new *token,
                                   struct error *err)
{
	enum access least;

	if (uuid_is_nil(&token->tenant))
		return who->operator_ ? ERROR_OK
		                      : error_set(err, ERROR_MISSING, "tenant",
		                                  "is required: a domain or an id");
	if (!token->role)
		return error_set(err, ERROR_MISSING, "role", "is required: what the token may do");
	least = principal_role(token->role);
	if (least == ACCESS_BOARD)
		least = ACCESS_ADMIN; /* it shows the queues of all */
	if (principal_access(who, &token->tenant) < least)
		return error_set(err, ERROR_FORBIDDEN, "role", "is more than you may do yourself");
	return ERROR_OK;
}

/* The lock and what is written to the audit log of the tenant, or of the installation. Returns how
 * many statements; the first of two has to come first in the unit of work. */
static size_t note(struct audit_entry *entry, const char *tenant, struct tx_statement notes[2])
{
	if (!tenant) {
		notes[0] = audit_installation(entry);
		return 1;
	}
	notes[0] = event_lock(tenant);
	notes[1] = audit_change(entry, tenant);
	return 2;
}

/* The row with the secret in it, and without for the audit log. */
static enum error_code add_secret(const char *row, const char *secret, struct text *ret_row,
                                  struct error *err)
{
	size_t n = strlen(row);

	text_reset(ret_row);
	text_add_n(ret_row, row, n - 1);
	text_addf(ret_row, ",\"secret\":\"%s\"}", secret);
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static enum error_code check_room(struct tx *tx, const char *user, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement count = TX_QUERY(QUERY_TOKEN_COUNT, user);
	enum error_code code = tx_exec(tx, &count, 1, &result, err);

	if (code)
		return code;
	if (strtol(tx_value(result, 0, 0, 0), NULL, 10) >= TOKENS_MAX)
		return error_set(err, ERROR_CONFLICT, NULL,
		                 "a user may have %d tokens; delete one first", TOKENS_MAX);
	return ERROR_OK;
}

enum error_code token_create(struct db *db, const struct principal *who, const struct actor *actor,
                             const struct token_new *token, struct text *ret_row, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .tenant = token->tenant, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct uuid id = uuid_at(clock_unix_us() / 1000);
	char id_text[UUID_TEXT_MAX], user[UUID_TEXT_MAX], tenant_text[UUID_TEXT_MAX];
	char secret[SECRET_TEXT_MAX], hash_text[SECRET_HASH_TEXT_MAX];
	uint8_t hash[SECRET_HASH_BYTES];
	struct audit_entry entry = {.actor = actor,
	                            .action = "create",
	                            .resource = "token",
	                            .resource_id = uuid_format(&id, id_text)};
	const char *tenant =
		uuid_is_nil(&token->tenant) ? NULL : uuid_format(&token->tenant, tenant_text);
	struct tx_statement create, notes[2];
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = check_scope(who, token, err);
	size_t n;

	if (code)
		return code;
	secret_make(SECRET_TOKEN, secret);
	secret_hash(secret, hash);
	create = TX_QUERY(QUERY_TOKEN_CREATE, id_text, uuid_format(&who->user, user), token->name,
	                  secret_hash_text(hash, hash_text), tenant, tenant ? token->role : NULL,
	                  token->expires_at);
	code = tx_open(db, &scope, &tx, err);
	if (!code)
		code = check_room(tx, user, err);
	if (!code)
		code = tx_exec(tx, &create, 1, &result, err);
	if (!code) {
		entry.after = tx_value(result, 0, 0, 0);
		n = note(&entry, tenant, notes);
		code = tx_exec(tx, notes, n, NULL, err);
	}
	if (!code)
		code = add_secret(entry.after, secret, ret_row, err);
	sodium_memzero(secret, sizeof(secret));
	return code ? code : tx_commit(TAKE(tx), err);
}

enum error_code token_list(struct db *db, const struct principal *who, struct text *ret_rows,
                           struct error *err)
{
	const struct membership *only = principal_narrowed(who);
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char user[UUID_TEXT_MAX], tenant[UUID_TEXT_MAX];
	const struct tx_statement list = TX_QUERY(QUERY_TOKEN_LIST, uuid_format(&who->user, user),
	                                          only ? uuid_format(&only->tenant, tenant) : NULL);
	enum error_code code = tx_run(db, &scope, &list, 1, &result, err);

	if (code)
		return code;
	text_reset(ret_rows);
	text_add(ret_rows, tx_value(result, 0, 0, 0));
	return ret_rows->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code token_delete(struct db *db, const struct uuid *user, const struct uuid *token,
                             const struct actor *actor, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX], user_text[UUID_TEXT_MAX];
	const struct tx_statement lock =
		TX_QUERY(QUERY_TOKEN_LOCK, uuid_format(token, id), uuid_format(user, user_text));
	const struct tx_statement erase = TX_QUERY(QUERY_TOKEN_DELETE, id, user_text);
	struct audit_entry entry = {
		.actor = actor, .action = "delete", .resource = "token", .resource_id = id};
	struct tx_statement notes[2];
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, &lock, 1, &result, err);
	if (!code && tx_rows(result, 0) == 0)
		code = error_set(err, ERROR_NOT_FOUND, "id", "there is no such token");
	if (!code)
		code = tx_exec(tx, &erase, 1, NULL, err);
	if (!code) {
		entry.before = tx_value(result, 0, 0, 1);
		code = tx_exec(tx, notes, note(&entry, tx_value(result, 0, 0, 0), notes), NULL,
		               err);
	}
	return code ? code : tx_commit(TAKE(tx), err);
}
