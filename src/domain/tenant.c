#include "domain/tenant.h"

#include <stdio.h>
#include <string.h>

#include "base/files.h"
#include "db/provision.h"
#include "db/queries.h"
#include "domain/hooks.h"
#include "domain/store_parts.h"

/* Lower case; false when it is too long to be a domain. */
static bool fold(const char *name, char ret_folded[static DOMAIN_MAX])
{
	size_t n = strlen(name);

	if (n >= DOMAIN_MAX)
		return false;
	for (size_t i = 0; i <= n; i++)
		ret_folded[i] =
			name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	return true;
}

static enum error_code check_name(const char *name, const char *folded, struct error *err)
{
	const struct field *domain = resource_field(resource_find("tenant"), "domain");
	AUTO(json_auto_unref) json_t *value = NULL;
	struct uuid id;
	enum error_code code;

	if (uuid_parse(name, &id))
		return ERROR_OK;
	code = field_parse(domain, folded, strlen(folded), &value, err);
	return code == ERROR_INVALID
	               ? error_set(err, code, "tenant", "must be a tenant's domain or id")
	               : code;
}

enum error_code tenant_find(struct db *db, const char *name, struct tenant *ret_tenant,
                            struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char folded[DOMAIN_MAX];
	struct tx_statement find;
	struct uuid id;
	enum error_code code;

	if (!fold(name, folded))
		return error_set(err, ERROR_INVALID, "tenant", "must be a tenant's domain or id");
	code = check_name(name, folded, err);
	if (code)
		return code;
	find = TX_QUERY(QUERY_TENANT_FIND, folded, uuid_parse(name, &id) ? name : NULL);
	code = tx_run(db, &scope, &find, 1, &result, err);
	if (code)
		return code;
	if (tx_rows(result, 0) == 0)
		return error_set(err, ERROR_NOT_FOUND, "tenant", "there is no tenant %.200s", name);
	if (!uuid_parse(tx_value(result, 0, 0, 0), &ret_tenant->id))
		return error_set(err, ERROR_INTERNAL, "id", NULL);
	snprintf(ret_tenant->domain, sizeof(ret_tenant->domain), "%s", tx_value(result, 0, 0, 1));
	return ERROR_OK;
}

/* The row, its key and its audit entry come with the schema, or not at all. */
static enum error_code provision(const struct store_call *call, const json_t *body,
                                 struct text *ret_row, struct error *err)
{
	struct tx_statement also[2];
	struct provision tenant = {
		.id = uuid_random(),
		.name = json_string_value(json_object_get(body, "name")),
		.domain = json_string_value(json_object_get(body, "domain")),
		.timezone = json_string_value(json_object_get(body, "timezone")),
		.locale = json_string_value(json_object_get(body, "locale")),
		.also = also,
	};
	struct store_once_texts once;
	struct audit_actor actor;
	char id[UUID_TEXT_MAX];

	uuid_format(&tenant.id, id);
	audit_actor(&call->actor, &actor);
	also[tenant.n_also++] =
		audit_tenant_row(&actor, resource_verb_name(RESOURCE_CREATE), id, NULL);
	if (call->once) {
		store_once_text(call->once, &once);
		also[tenant.n_also++] = TX_QUERY(QUERY_ONCE_KEEP_TENANT, once.actor,
		                                 call->once->key, once.hash, once.status, id);
	}
	text_reset(ret_row);
	return provision_create(call->db, &tenant, ret_row, err);
}

enum error_code tenant_resource_create(const struct store_call *call, const json_t *body,
                                       struct text *ret_row, struct error *err)
{
	static const struct uuid installation;
	enum error_code code, earlier;
	bool found = false;

	if (call->once) {
		code = store_once_find(call->db, &installation, call->once, &found, ret_row, err);
		if (code || found)
			return code;
	}
	code = provision(call, body, ret_row, err);
	/* The same request, sent twice at once, may have been quicker. */
	if (code && call->once) {
		earlier =
			store_once_find(call->db, &installation, call->once, &found, ret_row, NULL);
		if (!earlier && found)
			return ERROR_OK;
	}
	if (!code)
		store_etag_stored(call, text_string(ret_row));
	return code;
}

enum error_code tenant_resource_remove(const struct store_call *call, const json_t *row,
                                       struct error *err)
{
	const char *id_text = json_string_value(json_object_get(row, "id"));
	const char *schema = json_string_value(json_object_get(row, "schema_name"));
	AUTO(text_clear) struct text media = {0};
	struct audit_actor actor;
	struct tx_statement told;
	char version[STORE_VERSION_MAX];
	struct uuid id;
	enum error_code code;

	if (!id_text || !uuid_parse(id_text, &id) || !schema)
		return error_set(err, ERROR_INTERNAL, "id", "is missing in the row");
	audit_actor(&call->actor, &actor);
	snprintf(version, sizeof(version), "%s", call->if_match ? call->if_match : "");
	told = audit_tenant_row(&actor, resource_verb_name(RESOURCE_DELETE), id_text,
	                        call->if_match ? version : NULL);
	code = provision_drop_told(call->db, &id, &told, err);
	if (code || !call->media)
		return code;
	text_addf(&media, "%s/%s", call->media, schema);
	return media.failed ? error_set(err, ERROR_MEMORY, NULL, NULL)
	                    : files_remove(media.data, err);
}
