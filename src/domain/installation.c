#include "domain/installation.h"

#include <stdio.h>

#include "db/queries.h"
#include "db/scripts.h"

enum { NUMBER_MAX = 12 };

/* clang-format off */
#define COUNT(name_, description_)                                                                 \
	{.name = name_, .type = FIELD_INTEGER, .most = INT32_MAX, .description = description_}
#define TEXT(name_, flags_, description_)                                                          \
	{.name = name_, .type = FIELD_TEXT, .flags = flags_, .description = description_}
#define TIME(name_, description_)                                                                  \
	{.name = name_, .type = FIELD_TIME, .flags = FIELD_NULLABLE, .description = description_}
#define PARTS(table) .type = FIELD_JSON, .parts = (table), .n_parts = COUNT_OF(table)

static const struct field version_fields[] = {
	COUNT("version", "a version; 0: the tenant's is not known"),
	COUNT("tenants", "so many are at it"),
};

static const struct field behind_fields[] = {
	{.name = "tenant_id", .type = FIELD_UUID, .description = "the tenant"},
	TEXT("name", 0, "its name"),
	TEXT("domain", 0, "its domain"),
	TEXT("schema_name", 0, "its schema"),
	COUNT("version", "the version it is at; 0: not known"),
	TIME("applied_at", "since when"),
	TIME("failed_at", "when migrating it was tried last and failed; null: it did not fail"),
	TEXT("error_code", FIELD_NULLABLE, "why it failed, for a program"),
	TEXT("error", FIELD_NULLABLE, "why it failed"),
};

const struct field migrations_fields[MIGRATIONS_FIELDS] = {
	COUNT("public_version", "the version that schema public is at"),
	COUNT("public_newest", "the one of this program"),
	TIME("public_applied_at", "since when it is at that"),
	COUNT("tenant_newest", "the version of this program for tenants"),
	COUNT("tenants", "tenants there are"),
	COUNT("tenants_behind", "of them: at another version"),
	{.name = "versions", PARTS(version_fields),
	 .description = "the versions that tenants are at, the newest first"},
	{.name = "behind", PARTS(behind_fields),
	 .description = "tenants at another version, at most 100: first those that failed"},
};
/* clang-format on */

enum error_code installation_migrations(struct db *db, struct text *ret_json, struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char public_newest[NUMBER_MAX], tenant_newest[NUMBER_MAX], most[NUMBER_MAX];
	const struct tx_statement show =
		TX_QUERY(QUERY_MIGRATIONS_SHOW, public_newest, tenant_newest, most);
	enum error_code code;

	snprintf(public_newest, sizeof(public_newest), "%u", (unsigned)public_migration_count);
	snprintf(tenant_newest, sizeof(tenant_newest), "%u", (unsigned)tenant_migration_count);
	snprintf(most, sizeof(most), "%d", MIGRATIONS_BEHIND_MAX);
	code = tx_run(db, &scope, &show, 1, &result, err);
	if (code)
		return code;
	if (!tx_rows(result, 0))
		return error_set(err, ERROR_INTERNAL, "version", NULL);
	text_reset(ret_json);
	text_add(ret_json, tx_value(result, 0, 0, 0));
	return ret_json->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
