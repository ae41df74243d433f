#include "domain/user.h"

#include <sodium.h>
#include <string.h>

#include "db/queries.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/hooks.h"
#include "domain/password.h"

enum error_code user_find(struct db *db, const char *field, const char *name, struct uuid *ret_user,
                          struct error *err)
{
	static const struct uuid none;
	char id[UUID_TEXT_MAX];
	enum error_code code = store_find(db, resource_find("user"), &none, field, name, id, err);

	if (code)
		return code;
	return uuid_parse(id, ret_user) ? ERROR_OK : error_set(err, ERROR_INTERNAL, field, NULL);
}

enum error_code user_prepare(enum resource_verb verb, json_t *body, struct error *err)
{
	json_t *password = json_object_get(body, "password");
	char hash[PASSWORD_HASH_MAX];
	enum error_code code;

	/* Rows of an import have none. */
	if (!password && verb == RESOURCE_CREATE) {
		password_nobodys(hash);
		return json_object_set_new(body, "password_hash", json_string(hash))
		               ? error_set(err, ERROR_MEMORY, NULL, NULL)
		               : ERROR_OK;
	}
	if (!password)
		return ERROR_OK;
	code = password_hash(json_string_value(password), hash, err);
	if (code)
		return code;
	sodium_memzero((char *)json_string_value(password), json_string_length(password));
	if (json_object_set_new(body, "password_hash", json_string(hash)))
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	json_object_del(body, "password");
	return ERROR_OK;
}

enum error_code user_updated(const struct store_call *call, const json_t *body, const char *row,
                             struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .writes = true};
	AUTO(json_auto_unref) json_t *json = NULL;
	struct tx_statement work[2];
	const char *id;

	if (!json_object_get(body, "password_hash"))
		return ERROR_OK;
	json = json_loads(row, 0, NULL);
	id = json_string_value(json_object_get(json, "id"));
	if (!id)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	work[0] = TX_QUERY(QUERY_SESSION_END_OTHERS, id, NULL);
	work[1] = TX_QUERY(QUERY_INVITATION_TAKE_BACK, id);
	return tx_run(call->db, &scope, work, COUNT_OF(work), NULL, err);
}

/* Under the lock that orders the tenant's events. */
static enum error_code clear_assignment(const struct store_call *call, const char *user,
                                        struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = call->tenant, .writes = true};
	struct audit_actor actor;
	struct tx_statement clear[2];
	char tenant[UUID_TEXT_MAX];

	audit_actor(&call->actor, &actor);
	clear[0] = event_lock(uuid_format(&call->tenant, tenant));
	clear[1] = TX_QUERY(QUERY_ASSIGNMENT_CLEAR, user, actor.kind, actor.user, actor.name,
	                    actor.address, actor.request_id);
	return tx_run(call->db, &scope, clear, COUNT_OF(clear), NULL, err);
}

/* With the membership his tokens for the tenant end; a later membership does not revive them. */
static enum error_code drop_tokens(const struct store_call *call, const char *user,
                                   struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .tenant = call->tenant, .writes = true};
	char tenant[UUID_TEXT_MAX];
	const struct tx_statement drop =
		TX_QUERY(QUERY_TOKENS_LEAVE, user, uuid_format(&call->tenant, tenant));

	return tx_run(call->db, &scope, &drop, 1, NULL, err);
}

enum error_code member_resource_remove(const struct store_call *call, const json_t *row,
                                       struct error *err)
{
	const char *user = json_string_value(json_object_get(row, "user_id"));
	enum error_code code;

	if (!user)
		return error_set(err, ERROR_INTERNAL, "user_id", "is missing in the row");
	code = clear_assignment(call, user, err);
	if (!code)
		code = store_delete_row(call, row, err);
	if (!code)
		code = drop_tokens(call, user, err);
	/* hold_member() let an assignment finish before the membership went; none can begin now. */
	return code ? code : clear_assignment(call, user, err);
}

enum error_code user_leave(const struct store_call *call, const struct uuid *user,
                           const struct uuid *tenant, struct error *err)
{
	struct store_call leave = {
		.db = call->db,
		.resource = resource_find("member"),
		.tenant = *tenant,
		.actor = call->actor,
	};
	AUTO(json_auto_unref) json_t *row = NULL;
	char text[UUID_TEXT_MAX];

	/* Whoever may remove a user may remove him as an owner. */
	leave.actor.access = ACCESS_OPERATOR;
	row = json_pack("{ss}", "user_id", uuid_format(user, text));
	return row ? member_resource_remove(&leave, row, err)
	           : error_set(err, ERROR_MEMORY, NULL, NULL);
}

enum error_code user_resource_remove(const struct store_call *call, const json_t *row,
                                     struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	const char *text = json_string_value(json_object_get(row, "id"));
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement list = TX_QUERY(QUERY_USER_TENANTS, text);
	struct uuid user, tenant;
	enum error_code code;

	if (!text || !uuid_parse(text, &user))
		return error_set(err, ERROR_INTERNAL, "id", "is missing in the row");
	code = tx_run(call->db, &scope, &list, 1, &result, err);
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++) {
		if (!uuid_parse(tx_value(result, 0, i, 0), &tenant))
			return error_set(err, ERROR_INTERNAL, "tenant_id", NULL);
		code = user_leave(call, &user, &tenant, err);
		/* Somebody else took him out meanwhile, or the tenant went: what we wanted. */
		if (code == ERROR_NOT_FOUND)
			code = ERROR_OK;
	}
	return code ? code : store_delete_row(call, row, err);
}
