#include "db/result.h"

struct tx_result *result_new(size_t n)
{
	struct tx_result *result = calloc(1, sizeof(*result) + n * sizeof(result->results[0]));

	if (result)
		result->n = n;
	return result;
}

static PGresult *result_of(const struct tx_result *result, size_t statement)
{
	return result && statement < result->n ? result->results[statement] : NULL;
}

size_t tx_rows(const struct tx_result *result, size_t statement)
{
	return (size_t)PQntuples(result_of(result, statement));
}

size_t tx_affected(const struct tx_result *result, size_t statement)
{
	PGresult *rows = result_of(result, statement);

	return rows ? (size_t)strtoull(PQcmdTuples(rows), NULL, 10) : 0;
}

const char *tx_value(const struct tx_result *result, size_t statement, size_t row, size_t column)
{
	PGresult *rows = result_of(result, statement);

	if (!rows || row >= (size_t)PQntuples(rows) || column >= (size_t)PQnfields(rows) ||
	    PQgetisnull(rows, (int)row, (int)column))
		return NULL;
	return PQgetvalue(rows, (int)row, (int)column);
}

void tx_result_free(struct tx_result *result)
{
	if (!result)
		return;
	for (size_t i = 0; i < result->n; i++)
		PQclear(result->results[i]);
	free(result);
}

void tx_result_auto_free(struct tx_result **result)
{
	tx_result_free(*result);
}
