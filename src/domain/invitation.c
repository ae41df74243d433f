#include "domain/invitation.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "db/queries.h"
#include "db/row.h"
#include "domain/audit.h"
#include "domain/password.h"
#include "domain/session_private.h"
#include "domain/store.h"

enum { NOBODYS_PASSWORD_LENGTH = 43 };

static const struct row_column invited_columns[] = {
	{"id", ROW_UUID, false, offsetof(struct invited, user), sizeof(struct uuid)},
	ROW_COLUMN(struct invited, email, CHARS),
};

static enum error_code find_user(struct db *db, const char *email, struct invited *ret_invited,
                                 bool *ret_found, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement question = TX_QUERY(QUERY_INVITATION_USER, email);
	enum error_code code = tx_run(db, &scope, &question, 1, &result, err);

	if (code)
		return code;
	*ret_found = tx_rows(result, 0) == 1;
	return *ret_found ? row_read(result, 0, 0, invited_columns, COUNT_OF(invited_columns),
	                             ret_invited, err)
	                  : ERROR_OK;
}

static enum error_code create_user(struct db *db, const char *email, const struct actor *actor,
                                   struct error *err)
{
	const struct store_call call = {
		.db = db, .resource = resource_find("user"), .actor = *actor};
	char password[NOBODYS_PASSWORD_LENGTH + 1];
	AUTO(json_auto_unref) json_t *body = NULL;
	AUTO(text_clear) struct text row = {0};

	random_password(password, NOBODYS_PASSWORD_LENGTH);
	body = json_pack("{s:s, s:s}", "email", email, "password", password);
	sodium_memzero(password, sizeof(password));
	if (!body)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return store_create(&call, body, &row, err);
}

enum error_code invitation_find_user(struct db *db, const char *email, const struct actor *actor,
                                     struct invited *ret_invited, struct error *err)
{
	struct invited invited = {0};
	bool found = false;
	enum error_code code = find_user(db, email, &invited, &found, err);

	if (!code && !found) {
		code = create_user(db, email, actor, err);
		invited.created = code == ERROR_OK;
		/* Somebody else invited him this moment. */
		if (code == ERROR_CONFLICT)
			code = ERROR_OK;
		if (!code)
			code = find_user(db, email, &invited, &found, err);
		if (!code && !found)
			code = error_set(err, ERROR_CONFLICT, "email", "was removed this moment");
	}
	if (!code)
		*ret_invited = invited;
	return code;
}

struct link {
	char secret[SECRET_TEXT_MAX];
	char hash[SECRET_HASH_TEXT_MAX];
	char seconds[16];
};

static void make_link(struct link *ret_link)
{
	uint8_t hash[SECRET_HASH_BYTES];

	secret_make(SECRET_INVITATION, ret_link->secret);
	secret_hash(ret_link->secret, hash);
	secret_hash_text(hash, ret_link->hash);
	snprintf(ret_link->seconds, sizeof(ret_link->seconds), "%d", INVITATION_S);
}

static struct audit_entry entry_of(const struct actor *actor, const char *action, const char *user)
{
	return (struct audit_entry){
		.actor = actor, .action = action, .resource = "user", .resource_id = user};
}

/* Another tenant may have added him since: then he is its member, and no longer ours to take back.
 */
enum error_code invitation_undo(struct db *db, const struct invited *invited,
                                const struct actor *actor, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(tx_result_auto_free) struct tx_result *noted = NULL;
	char id[UUID_TEXT_MAX];
	struct audit_entry entry = entry_of(actor, "delete", uuid_format(&invited->user, id));
	const struct tx_statement undo[] = {
		TX_QUERY(QUERY_INVITATION_HOLD, id),
		TX_QUERY(QUERY_INVITATION_UNDO, id),
	};
	const struct tx_statement note = audit_installation(&entry);
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, undo, COUNT_OF(undo), &result, err);
	if (!code && tx_affected(result, 1) > 0)
		code = tx_exec(tx, &note, 1, &noted, err);
	if (!code)
		code = tx_commit(TAKE(tx), err);
	return code;
}

enum error_code invitation_make(struct db *db, const struct uuid *user, const struct actor *actor,
                                char ret_secret[static SECRET_TEXT_MAX], struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX];
	struct audit_entry entry = entry_of(actor, "invite", uuid_format(user, id));
	struct link link;
	struct tx_statement work[2];
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(db, &scope, &tx, err);

	make_link(&link);
	work[0] = TX_QUERY(QUERY_INVITATION_MAKE, id, link.hash, link.seconds);
	work[1] = audit_installation(&entry);
	if (!code)
		code = tx_exec(tx, work, COUNT_OF(work), &result, err);
	if (!code && tx_affected(result, 0) == 0)
		code = error_set(err, ERROR_NOT_FOUND, "user", "there is no such user");
	if (!code)
		code = tx_commit(TAKE(tx), err);
	if (!code)
		memcpy(ret_secret, link.secret, sizeof(link.secret));
	sodium_memzero(&link, sizeof(link));
	return code;
}

struct reminded {
	struct uuid user_id;
	char email[PRINCIPAL_EMAIL_MAX];
};

static const struct row_column reminded_columns[] = {
	ROW_COLUMN(struct reminded, user_id, UUID),
	ROW_COLUMN(struct reminded, email, CHARS),
};

enum error_code invitation_remind(struct db *db, const char *email, const struct actor *actor,
                                  char ret_email[static PRINCIPAL_EMAIL_MAX],
                                  char ret_secret[static SECRET_TEXT_MAX], struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct audit_entry entry = entry_of(actor, "password-reset", NULL);
	struct reminded reminded = {0};
	char id[UUID_TEXT_MAX];
	struct link link;
	struct tx_statement work;
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(db, &scope, &tx, err);

	make_link(&link);
	work = TX_QUERY(QUERY_INVITATION_REMIND, email, link.hash, link.seconds);
	if (!code)
		code = tx_exec(tx, &work, 1, &result, err);
	if (!code && tx_rows(result, 0)) {
		code = row_read(result, 0, 0, reminded_columns, COUNT_OF(reminded_columns),
		                &reminded, err);
		entry.resource_id = uuid_format(&reminded.user_id, id);
	}
	work = audit_installation(&entry);
	if (!code)
		code = tx_exec(tx, &work, 1, NULL, err);
	if (!code)
		code = tx_commit(TAKE(tx), err);
	if (!code) {
		memcpy(ret_email, reminded.email, sizeof(reminded.email));
		memcpy(ret_secret, link.secret, sizeof(link.secret));
	}
	sodium_memzero(&link, sizeof(link));
	return code;
}

static enum error_code no_link(struct error *err)
{
	return error_set(err, ERROR_NOT_FOUND, "secret", "the link is not valid, or not any more");
}

/* Sets the password, once. */
static enum error_code use(struct db *db, const char *secret_hash, const struct account *account,
                           const struct sign_in *sign_in, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct actor actor = {.kind = ACTOR_SESSION,
	                            .user = account->id,
	                            .name = account->email,
	                            .address = sign_in->address,
	                            .request_id = sign_in->request_id};
	char id[UUID_TEXT_MAX];
	struct audit_entry entry =
		entry_of(&actor, "accept-invitation", uuid_format(&account->id, id));
	const struct tx_statement take = TX_QUERY(QUERY_INVITATION_USE, secret_hash);
	const struct tx_statement rest[] = {
		TX_QUERY(QUERY_INVITATION_PASSWORD, id, account->password_hash),
		TX_QUERY(QUERY_SESSION_END_OTHERS, id, NULL),
		audit_installation(&entry),
	};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	enum error_code code = tx_open(db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, &take, 1, &result, err);
	if (!code && tx_affected(result, 0) == 0)
		code = no_link(err);
	if (!code)
		code = tx_exec(tx, rest, COUNT_OF(rest), NULL, err);
	return code ? code : tx_commit(TAKE(tx), err);
}

enum error_code invitation_accept(struct db *db, const char *secret, const struct sign_in *sign_in,
                                  struct session *ret_session, struct error *err)
{
	char hash_text[SECRET_HASH_TEXT_MAX];
	uint8_t hash[SECRET_HASH_BYTES];
	struct account account;
	struct tx_statement question;
	bool found = false;
	enum error_code code;

	if (!secret_is(SECRET_INVITATION, secret))
		return no_link(err);
	secret_hash(secret, hash);
	question = TX_QUERY(QUERY_INVITATION_OPEN, secret_hash_text(hash, hash_text));
	code = account_read(db, &question, &account, &found, err);
	if (code)
		return code;
	if (!found)
		return no_link(err);
	code = password_check(sign_in->password, account.email, "password", err);
	if (!code)
		code = password_hash(sign_in->password, account.password_hash, err);
	if (!code)
		code = use(db, hash_text, &account, sign_in, err);
	if (!code)
		code = session_begin(db, sign_in, &account, ret_session, err);
	sodium_memzero(&account, sizeof(account));
	return code;
}

void invitation_link(const char *base, const char *secret, struct text *out)
{
	text_addf(out, "%s/invitation#%s", base, secret);
}
