#include "domain/registration.h"

#include "base/text.h"
#include "db/queries.h"
#include "domain/event.h"

static void add_string(struct text *json, const char *name, const char *value)
{
	text_addf(json, ",\"%s\":\"", name);
	text_add_json(json, value, strlen(value));
	text_add_char(json, '"');
}

static void add_row(struct text *json, const char *node, const struct registration *row)
{
	char extension[UUID_TEXT_MAX];

	text_addf(json, "%s{\"extension_id\":\"%s\"", json->length > 1 ? "," : "",
	          uuid_format(&row->extension, extension));
	add_string(json, "contact", row->contact);
	if (!row->removed) {
		add_string(json, "received_address", row->received_address);
		add_string(json, "transport", row->transport);
		add_string(json, "call_id", row->call_id);
		add_string(json, "user_agent", row->user_agent);
		add_string(json, "node", node);
		text_addf(json,
		          ",\"received_port\":%u,\"cseq\":%u,\"registered_at\":%lld,"
		          "\"expires_at\":%lld",
		          row->received_port, row->cseq, (long long)row->registered_at,
		          (long long)row->expires_at);
	}
	text_addf(json, ",\"removed\":%s}", row->removed ? "true" : "false");
}

enum error_code registration_write(struct db *db, const struct uuid *tenant, const char *node,
                                   const struct registration *rows, size_t n, struct error *err)
{
	AUTO(text_clear) struct text json = {0};
	struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	char tenant_text[UUID_TEXT_MAX];

	text_add_char(&json, '[');
	for (size_t i = 0; i < n; i++)
		add_row(&json, node, &rows[i]);
	text_add_char(&json, ']');
	if (json.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	const struct tx_statement statements[] = {
		event_lock(uuid_format(tenant, tenant_text)),
		TX_QUERY(QUERY_REGISTRATION_WRITE, json.data, tenant_text),
	};

	return tx_run(db, &scope, statements, COUNT_OF(statements), NULL, err);
}

enum { READ = 1 }; /* place of the statement, after the lock */

enum {
	COLUMN_EXTENSION,
	COLUMN_AUTH_USERNAME,
	COLUMN_CONTACT,
	COLUMN_ADDRESS,
	COLUMN_PORT,
	COLUMN_TRANSPORT,
	COLUMN_CALL_ID,
	COLUMN_CSEQ,
	COLUMN_USER_AGENT,
	COLUMN_REGISTERED_AT,
	COLUMN_EXPIRES_AT
};

static bool read_row(const struct tx_result *result, size_t i, struct registration *ret_row)
{
	struct registration row = {
		.contact = tx_value(result, READ, i, COLUMN_CONTACT),
		.received_address = tx_value(result, READ, i, COLUMN_ADDRESS),
		.received_port =
			(unsigned)strtoul(tx_value(result, READ, i, COLUMN_PORT), NULL, 10),
		.transport = tx_value(result, READ, i, COLUMN_TRANSPORT),
		.call_id = tx_value(result, READ, i, COLUMN_CALL_ID),
		.cseq = (uint32_t)strtoul(tx_value(result, READ, i, COLUMN_CSEQ), NULL, 10),
		.user_agent = tx_value(result, READ, i, COLUMN_USER_AGENT),
		.registered_at = strtoll(tx_value(result, READ, i, COLUMN_REGISTERED_AT), NULL, 10),
		.expires_at = strtoll(tx_value(result, READ, i, COLUMN_EXPIRES_AT), NULL, 10),
	};

	if (!uuid_parse(tx_value(result, READ, i, COLUMN_EXTENSION), &row.extension) ||
	    !uuid_parse(tx_value(result, READ, i, COLUMN_AUTH_USERNAME), &row.auth_username))
		return false;
	*ret_row = row;
	return true;
}

enum error_code registration_read(struct db *db, const struct uuid *tenant, const char *node,
                                  struct registration_list *ret_list, struct error *err)
{
	struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	char tenant_text[UUID_TEXT_MAX];
	const struct tx_statement statements[] = {
		event_lock(uuid_format(tenant, tenant_text)),
		TX_QUERY(QUERY_REGISTRATION_READ, node, tenant_text),
	};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(db, &scope, statements, COUNT_OF(statements), &result, err);

	if (code != ERROR_OK)
		return code;
	size_t n = tx_rows(result, READ);
	struct registration_list list = {.rows = calloc(n + 1, sizeof(*list.rows))};

	if (!list.rows)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		if (read_row(result, i, &list.rows[list.n]))
			list.n++;
	list.texts = TAKE(result);
	*ret_list = list;
	return ERROR_OK;
}

void registration_list_clear(struct registration_list *list)
{
	free(list->rows);
	tx_result_free(list->texts);
	*list = (struct registration_list){0};
}
