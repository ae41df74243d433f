#include "domain/session.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "db/queries.h"
#include "db/row.h"
#include "domain/audit.h"
#include "domain/password.h"
#include "domain/session_private.h"

static const struct row_column account_columns[] = {
	ROW_COLUMN(struct account, id, UUID),
	ROW_COLUMN(struct account, email, CHARS),
	ROW_COLUMN(struct account, password_hash, CHARS),
};

enum error_code account_read(struct db *db, const struct tx_statement *question,
                             struct account *ret_account, bool *ret_found, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(db, &scope, question, 1, &result, err);

	if (code)
		return code;
	*ret_found = tx_rows(result, 0) == 1;
	return *ret_found ? row_read(result, 0, 0, account_columns, COUNT_OF(account_columns),
	                             ret_account, err)
	                  : ERROR_OK;
}

static enum error_code refuse(struct error *err)
{
	return error_set(err, ERROR_UNAUTHENTICATED, NULL,
	                 "the e-mail address or the password is wrong");
}

/* What was typed as an e-mail address may be a password: only known addresses are written down. */
static enum error_code note_failure(struct db *db, const struct sign_in *sign_in,
                                    const struct account *account, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	struct actor actor = {.kind = ACTOR_SESSION,
	                      .address = sign_in->address,
	                      .request_id = sign_in->request_id};
	struct audit_entry entry = {
		.actor = &actor, .action = "login-failed", .resource = "session"};
	struct tx_statement note;
	enum error_code code;

	if (account) {
		actor.user = account->id;
		actor.name = account->email;
	}
	note = audit_installation(&entry);
	code = tx_run(db, &scope, &note, 1, NULL, err);
	return code ? code : refuse(err);
}

/* Costs of another time are brought up to today's while the password is at hand. */
static enum error_code rehash(struct db *db, struct account *account, const char *password,
                              struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char hash[PASSWORD_HASH_MAX], id[UUID_TEXT_MAX];
	struct tx_statement change;
	enum error_code code;

	if (!password_is_outdated(account->password_hash))
		return ERROR_OK;
	code = password_hash(password, hash, err);
	if (code)
		return code;
	change = TX_QUERY(QUERY_SESSION_REHASH, uuid_format(&account->id, id),
	                  account->password_hash, hash);
	code = tx_run(db, &scope, &change, 1, &result, err);
	if (!code && tx_affected(result, 0))
		snprintf(account->password_hash, sizeof(account->password_hash), "%s", hash);
	return code;
}

enum error_code session_begin(struct db *db, const struct sign_in *sign_in,
                              const struct account *account, struct session *ret_session,
                              struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct session session = {.id = uuid_at(clock_unix_us() / 1000), .user = account->id};
	char id[UUID_TEXT_MAX], user[UUID_TEXT_MAX], hash_text[SECRET_HASH_TEXT_MAX];
	char stay[16], idle[24];
	uint8_t hash[SECRET_HASH_BYTES];
	size_t n = 0;
	struct tx_statement work[3];
	enum error_code code;

	secret_make(SECRET_SESSION, session.secret);
	secret_hash(session.secret, hash);
	snprintf(stay, sizeof(stay), "%d", SESSIONS_MAX - 1);
	snprintf(idle, sizeof(idle), "%lld", (long long)sign_in->idle_s);
	snprintf(session.email, sizeof(session.email), "%s", account->email);
	uuid_format(&account->id, user);
	work[n++] = TX_QUERY(QUERY_SESSION_MAKE_ROOM, user, stay);
	work[n++] =
		TX_QUERY(QUERY_SESSION_CREATE, uuid_format(&session.id, id), user,
	                 secret_hash_text(hash, hash_text), sign_in->address, sign_in->user_agent,
	                 idle, account->password_hash, account->email, sign_in->request_id);
	/* Now and then, by chance: an id ends in random bits. */
	if (session.id.bytes[15] % 64 == 0)
		work[n++] = TX_QUERY(QUERY_SESSION_SWEEP);
	code = tx_run(db, &scope, work, n, &result, err);
	if (!code && tx_affected(result, 1) == 0)
		code = refuse(err); /* the password was changed this moment */
	if (!code)
		*ret_session = session;
	sodium_memzero(session.secret, sizeof(session.secret));
	return code;
}

enum error_code session_sign_in(struct db *db, const struct sign_in *sign_in,
                                struct session *ret_session, struct error *err)
{
	const struct tx_statement question = TX_QUERY(QUERY_SESSION_USER, sign_in->email);
	struct account account;
	bool found = false;
	enum error_code code = account_read(db, &question, &account, &found, err);

	if (code)
		return code;
	if (!password_matches(found ? account.password_hash : NULL, sign_in->password))
		return note_failure(db, sign_in, found ? &account : NULL, err);
	code = rehash(db, &account, sign_in->password, err);
	if (!code)
		code = session_begin(db, sign_in, &account, ret_session, err);
	sodium_memzero(&account, sizeof(account));
	return code;
}

enum error_code session_password_matches(struct db *db, const char *email, const char *password,
                                         bool *ret_matches, struct error *err)
{
	const struct tx_statement question = TX_QUERY(QUERY_SESSION_USER, email);
	struct account account;
	bool found = false;
	enum error_code code = account_read(db, &question, &account, &found, err);

	if (!code)
		*ret_matches = password_matches(found ? account.password_hash : NULL, password);
	return code;
}

/* The one value of a query that makes JSON. */
static enum error_code read_json(struct db *db, const struct tx_statement *question,
                                 struct text *ret_rows, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(db, &scope, question, 1, &result, err);

	if (code)
		return code;
	if (!tx_rows(result, 0))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such user");
	text_reset(ret_rows);
	text_add(ret_rows, tx_value(result, 0, 0, 0));
	return ret_rows->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code session_list(struct db *db, const struct uuid *user, const struct uuid *current,
                             struct text *ret_rows, struct error *err)
{
	char user_text[UUID_TEXT_MAX], current_text[UUID_TEXT_MAX];
	const struct tx_statement question =
		TX_QUERY(QUERY_SESSION_LIST, uuid_format(user, user_text),
	                 uuid_format(current, current_text));

	return read_json(db, &question, ret_rows, err);
}

enum error_code session_memberships(struct db *db, const struct principal *who,
                                    struct text *ret_rows, struct error *err)
{
	const struct membership *only = principal_narrowed(who);
	char text[UUID_TEXT_MAX];
	struct tx_statement question;

	if (only)
		question = TX_QUERY(QUERY_SESSION_TOKEN_MEMBERSHIP,
		                    uuid_format(&only->tenant, text), access_slug(only->access));
	else
		question = TX_QUERY(QUERY_SESSION_MEMBERSHIPS, uuid_format(&who->user, text));
	return read_json(db, &question, ret_rows, err);
}

enum error_code session_end(struct db *db, const struct uuid *user, const struct uuid *session,
                            const struct actor *actor, const char *action, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX], user_text[UUID_TEXT_MAX];
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	struct audit_entry entry = {
		.actor = actor, .action = action, .resource = "session", .resource_id = id};
	const struct tx_statement end =
		TX_QUERY(QUERY_SESSION_END, uuid_format(session, id), uuid_format(user, user_text));
	const struct tx_statement note = audit_installation(&entry);
	enum error_code code = tx_open(db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, &end, 1, &result, err);
	if (!code && tx_affected(result, 0) == 0)
		code = error_set(err, ERROR_NOT_FOUND, "id", "there is no such session");
	if (!code)
		code = tx_exec(tx, &note, 1, NULL, err);
	return code ? code : tx_commit(TAKE(tx), err);
}

static enum error_code store_password(struct db *db, const struct password_change *change,
                                      const struct account *account, const char *hash,
                                      struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char user[UUID_TEXT_MAX], keep[UUID_TEXT_MAX];
	struct audit_entry entry = {.actor = &change->actor,
	                            .action = "password",
	                            .resource = "user",
	                            .resource_id = user};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	const struct tx_statement store =
		TX_QUERY(QUERY_SESSION_PASSWORD, uuid_format(&change->user, user),
	                 account->password_hash, hash);
	const struct tx_statement rest[] = {
		TX_QUERY(QUERY_SESSION_END_OTHERS, user, uuid_format(&change->keep, keep)),
		TX_QUERY(QUERY_INVITATION_TAKE_BACK, user),
		audit_installation(&entry),
	};
	enum error_code code = tx_open(db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, &store, 1, &result, err);
	if (!code && tx_affected(result, 0) == 0)
		code = error_set(err, ERROR_CONFLICT, "old",
		                 "the password was changed this moment");
	if (!code)
		code = tx_exec(tx, rest, COUNT_OF(rest), NULL, err);
	return code ? code : tx_commit(TAKE(tx), err);
}

enum error_code session_change_password(struct db *db, const struct password_change *change,
                                        struct error *err)
{
	char user[UUID_TEXT_MAX], hash[PASSWORD_HASH_MAX];
	const struct tx_statement question =
		TX_QUERY(QUERY_SESSION_USER_BY_ID, uuid_format(&change->user, user));
	struct account account;
	bool found = false;
	enum error_code code = account_read(db, &question, &account, &found, err);

	if (!code && !found)
		code = error_set(err, ERROR_UNAUTHENTICATED, NULL, NULL);
	if (!code)
		code = password_check(change->new_, account.email, "new", err);
	if (!code && !password_matches(account.password_hash, change->old))
		code = error_set(err, ERROR_FORBIDDEN, "old", "is not your password");
	if (!code)
		code = password_hash(change->new_, hash, err);
	if (!code)
		code = store_password(db, change, &account, hash, err);
	return code;
}
