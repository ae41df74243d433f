#include <string.h>

#include "db/migrate.h"
#include "db/queries.h"

void migrate_status_clear(struct migrate_status *status)
{
	for (size_t i = 0; i < status->n_behind; i++) {
		free(status->behind[i].schema);
		free(status->behind[i].domain);
	}
	free(status->behind);
	*status = (struct migrate_status){0};
}

static unsigned parse(const char *text)
{
	return text ? (unsigned)strtoul(text, NULL, 10) : 0;
}

static enum error_code read_behind(const struct tx_result *result, size_t statement,
                                   struct migrate_status *status, struct error *err)
{
	size_t n = tx_rows(result, statement);

	status->behind = calloc(n + 1, sizeof(*status->behind));
	if (!status->behind)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (; status->n_behind < n; status->n_behind++) {
		struct migrate_behind *behind = &status->behind[status->n_behind];

		behind->schema = strdup(tx_value(result, statement, status->n_behind, 0));
		behind->domain = strdup(tx_value(result, statement, status->n_behind, 1));
		behind->version = parse(tx_value(result, statement, status->n_behind, 2));
		if (!behind->schema || !behind->domain) {
			free(behind->schema);
			free(behind->domain);
			return error_set(err, ERROR_MEMORY, NULL, NULL);
		}
	}
	return ERROR_OK;
}

enum error_code migrate_status(struct db *db, const struct migrate_scripts *scripts,
                               struct migrate_status *ret_status, struct error *err)
{
	const struct tx_scope scope = {.door = TX_OWNER};
	AUTO(migrate_status_clear)
	struct migrate_status status = {
		.public_newest = (unsigned)(scripts ? scripts->n_public : public_migration_count),
		.tenant_newest = (unsigned)(scripts ? scripts->n_tenant : tenant_migration_count),
	};
	AUTO(tx_result_auto_free) struct tx_result *present = NULL;
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char newest[12];
	struct tx_statement first = TX_QUERY(QUERY_PUBLIC_PRESENT);
	struct tx_statement then[] = {
		TX_QUERY(QUERY_VERSION_SHOW, "public"),
		TX_QUERY(QUERY_TENANTS_COUNT),
		TX_QUERY(QUERY_VERSION_DIFFERS, newest),
	};
	enum error_code code = tx_run(db, &scope, &first, 1, &present, err);

	snprintf(newest, sizeof(newest), "%u", status.tenant_newest);
	if (code != ERROR_OK)
		return code;
	status.set_up = strcmp(tx_value(present, 0, 0, 0), "t") == 0;
	if (status.set_up) {
		code = tx_run(db, &scope, then, COUNT_OF(then), &result, err);
		if (code != ERROR_OK)
			return code;
		status.public_version = parse(tx_value(result, 0, 0, 0));
		status.tenants = parse(tx_value(result, 1, 0, 0));
		code = read_behind(result, 2, &status, err);
	}
	if (code == ERROR_OK) {
		*ret_status = status;
		status = (struct migrate_status){0};
	}
	return code;
}
