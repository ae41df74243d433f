/* A CSV file from a stranger: bounded rows and faults; every object has known fields only, and what
 * is said about it is JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/csv_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good, const char *what)
{
	if (!good) {
		fprintf(stderr, "%s\n", what);
		abort();
	}
}

static void check_faults(struct csv_rows *rows)
{
	AUTO(json_auto_unref) json_t *faults = NULL;
	AUTO(text_clear) struct text json = {0};

	text_add_char(&json, '[');
	csv_rows_faults(rows, LANGUAGE_DE, &json);
	text_add_char(&json, ']');
	must(!json.failed, "no memory");
	faults = json_loadb(json.data, json.length, 0, NULL);
	must(faults, "the faults are no JSON");
	must(json_array_size(faults) ==
	             (rows->n_faults < CSV_FAULTS_MAX ? rows->n_faults : CSV_FAULTS_MAX),
	     "the faults are not as many as counted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct resource *resource = resource_find("extension");
	const struct field *fields[CSV_COLUMNS_MAX];
	AUTO(csv_rows_clear) struct csv_rows rows = {0};
	size_t n = 0, row;
	json_t *object;

	for (size_t i = 0; i < resource->n_fields; i++)
		if (field_settable(&resource->fields[i], RESOURCE_CREATE))
			fields[n++] = &resource->fields[i];
	if (csv_rows_read((const char *)data, size, fields, n, &rows, NULL))
		return 0;
	must(rows.n <= CSV_ROWS_MAX && json_array_size(rows.objects) <= rows.n, "too many rows");
	check_faults(&rows);
	json_array_foreach(rows.objects, row, object)
	{
		must(rows.numbers[row] > (row ? rows.numbers[row - 1] : 1),
		     "rows are not in order");
		must(!resource_check(resource, RESOURCE_CREATE, object, NULL),
		     "a row without a fault does not pass");
	}
	return 0;
}
