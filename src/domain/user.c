#include "domain/user.h"

#include <sodium.h>
#include <string.h>

#include "db/queries.h"
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

	(void)verb;
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

static enum error_code clear_assignment(struct db *db, const char *user, const struct uuid *tenant,
                                        struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant, .writes = true};
	const struct tx_statement clear = TX_QUERY(QUERY_ASSIGNMENT_CLEAR, user);

	return tx_run(db, &scope, &clear, 1, NULL, err);
}

enum error_code user_leave(struct db *db, const struct uuid *user, const struct uuid *tenant,
                           struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC, .tenant = *tenant, .writes = true};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char user_text[UUID_TEXT_MAX], tenant_text[UUID_TEXT_MAX];
	const struct tx_statement leave =
		TX_QUERY(QUERY_MEMBERSHIP_DELETE, uuid_format(user, user_text),
	                 uuid_format(tenant, tenant_text));
	enum error_code code = clear_assignment(db, user_text, tenant, err);

	if (code)
		return code;
	code = tx_run(db, &scope, &leave, 1, &result, err);
	if (code)
		return code;
	if (tx_affected(result, 0) == 0)
		return error_set(err, ERROR_NOT_FOUND, "user_id", "there is no such member");
	/* hold_member() let an assignment finish before the membership went; none can begin now. */
	return clear_assignment(db, user_text, tenant, err);
}

static enum error_code row_uuid(const json_t *row, const char *column, struct uuid *ret_uuid,
                                struct error *err)
{
	const char *text = json_string_value(json_object_get(row, column));

	if (!text || !uuid_parse(text, ret_uuid))
		return error_set(err, ERROR_INTERNAL, column, "is missing in the row");
	return ERROR_OK;
}

enum error_code member_resource_remove(const struct store_call *call, const json_t *row,
                                       struct error *err)
{
	struct uuid user;
	enum error_code code = row_uuid(row, "user_id", &user, err);

	return code ? code : user_leave(call->db, &user, &call->tenant, err);
}

enum error_code user_resource_remove(const struct store_call *call, const json_t *row,
                                     struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[UUID_TEXT_MAX];
	struct tx_statement list;
	struct uuid user, tenant;
	enum error_code code = row_uuid(row, "id", &user, err);

	if (code)
		return code;
	list = TX_QUERY(QUERY_USER_TENANTS, uuid_format(&user, text));
	code = tx_run(call->db, &scope, &list, 1, &result, err);
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++) {
		if (!uuid_parse(tx_value(result, 0, i, 0), &tenant))
			return error_set(err, ERROR_INTERNAL, "tenant_id", NULL);
		code = user_leave(call->db, &user, &tenant, err);
		/* Somebody else took him out meanwhile, or the tenant went: what we wanted. */
		if (code == ERROR_NOT_FOUND)
			code = ERROR_OK;
	}
	return code ? code : store_delete_row(call, row, err);
}
