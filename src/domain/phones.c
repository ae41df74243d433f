#include "domain/phones.h"

#include "db/queries.h"

struct phones {
	size_t n;
	struct {
		struct uuid extension;
		unsigned count;
	} rows[];
};

enum error_code phones_load(struct db *db, const struct uuid *tenant, struct phones **ret_phones,
                            struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	const struct tx_statement statement = TX_QUERY(QUERY_ROUTE_PHONES);
	enum error_code code = tx_run(db, &scope, &statement, 1, &result, err);
	struct phones *phones;

	if (code != ERROR_OK)
		return code;
	phones = calloc(1, sizeof(*phones) + tx_rows(result, 0) * sizeof(phones->rows[0]));
	if (!phones)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < tx_rows(result, 0); i++) {
		if (!uuid_parse(tx_value(result, 0, i, 0), &phones->rows[phones->n].extension))
			continue;
		phones->rows[phones->n++].count =
			(unsigned)strtoul(tx_value(result, 0, i, 1), NULL, 10);
	}
	*ret_phones = phones;
	return ERROR_OK;
}

void phones_free(struct phones *phones)
{
	free(phones);
}

void phones_auto_free(struct phones **phones)
{
	phones_free(*phones);
}

unsigned phones_count(const struct extension *extension, void *arg)
{
	const struct phones *phones = arg;

	for (size_t i = 0; i < phones->n; i++)
		if (uuid_equal(&phones->rows[i].extension, &extension->id))
			return phones->rows[i].count;
	return 0;
}
