#include "db/batch.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const char placeholder[] = ":\"tenant\"";

void batch_clear(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++)
		free(batch->owned[i]);
	free(batch->owned);
	free(batch->rows);
	*batch = (struct batch){0};
}

static bool batch_reserve(struct batch *batch)
{
	size_t room = batch->room ? 2 * batch->room : 64;
	struct tx_statement *rows;
	char **owned;

	if (batch->n < batch->room)
		return true;
	rows = realloc(batch->rows, room * sizeof(*rows));
	if (rows)
		batch->rows = rows;
	owned = realloc(batch->owned, room * sizeof(*owned));
	if (owned)
		batch->owned = owned;
	if (!rows || !owned)
		return false;
	batch->room = room;
	return true;
}

void batch_add(struct batch *batch, const struct tx_statement *statement)
{
	if (batch->failed || !batch_reserve(batch)) {
		batch->failed = true;
		return;
	}
	batch->rows[batch->n] = *statement;
	batch->owned[batch->n++] = NULL;
}

/* Takes sql, which came from malloc, over; NULL means there was no memory. */
static void batch_add_owned(struct batch *batch, char *sql)
{
	if (!sql)
		batch->failed = true;
	else
		batch_add(batch, &(struct tx_statement){.sql = sql});
	if (batch->failed)
		free(sql);
	else
		batch->owned[batch->n - 1] = sql;
}

void batch_addf(struct batch *batch, const char *format, ...)
{
	char *sql = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&sql, format, arguments) < 0)
		sql = NULL;
	va_end(arguments);
	batch_add_owned(batch, sql);
}

void batch_add_script(struct batch *batch, const struct script *script, const char *tenant)
{
	for (size_t i = 0; i < script->n_statements; i++) {
		const char *sql = script->statements[i];
		const char *found = tenant ? strstr(sql, placeholder) : NULL;
		struct text text = {0};

		if (!found) {
			batch_add(batch, &(struct tx_statement){.sql = sql});
			continue;
		}
		for (; found; found = strstr(sql, placeholder)) {
			text_add_n(&text, sql, (size_t)(found - sql));
			text_addf(&text, "\"%s\"", tenant);
			sql = found + strlen(placeholder);
		}
		text_add(&text, sql);
		batch_add_owned(batch, text_take(&text));
	}
}

const char *schema_name(const struct uuid *tenant, char buffer[static SCHEMA_NAME_MAX])
{
	char hex[UUID_HEX_MAX];

	snprintf(buffer, SCHEMA_NAME_MAX, "tenant_%s", uuid_format_hex(tenant, hex));
	return buffer;
}
