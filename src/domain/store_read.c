#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "domain/store_parts.h"

void store_add_columns(const struct store_call *call, bool detail, struct store_sql *statement)
{
	const struct resource *resource = call->resource;
	const char *comma = "";

	for (size_t i = 0; i < resource->n_fields; i++) {
		const struct field *field = &resource->fields[i];

		if ((field->flags & (FIELD_HIDDEN | FIELD_INPUT)) ||
		    (!detail && (field->flags & FIELD_DETAIL)))
			continue;
		text_add(&statement->sql, comma);
		if (field->flags & FIELD_COMPUTED)
			text_addf(&statement->sql, "(%s) as %s", field->computed, field->name);
		else if ((field->flags & FIELD_SECRET) && !call->show_secrets)
			text_addf(&statement->sql, "'" AUDIT_MASK "' as %s", field->name);
		else
			text_addf(&statement->sql, "e.%s", field->name);
		comma = ", ";
	}
}

void store_add_version(struct store_sql *statement, const char *stored)
{
	text_addf(&statement->sql, "left(encode(sha256(convert_to(%s, 'UTF8')), 'hex'), %d)",
	          stored, STORE_VERSION_MAX - 1);
}

void store_etag(const struct store_call *call, const char *version, const char *shown)
{
	enum { HASH_BYTES = crypto_generichash_BYTES_MIN };
	uint8_t hash[HASH_BYTES];
	char text[2 * HASH_BYTES + 1];

	if (!call->ret_etag)
		return;
	crypto_generichash(hash, sizeof(hash), (const uint8_t *)shown, strlen(shown), NULL, 0);
	sodium_bin2hex(text, sizeof(text), hash, sizeof(hash));
	snprintf(call->ret_etag, STORE_ETAG_MAX, "%s%s", version ? version : "", text);
}

void store_etag_stored(const struct store_call *call, const char *row)
{
	uint8_t hash[crypto_hash_sha256_BYTES];
	char version[2 * crypto_hash_sha256_BYTES + 1];

	crypto_hash_sha256(hash, (const uint8_t *)row, strlen(row));
	sodium_bin2hex(version, sizeof(version), hash, sizeof(hash));
	version[STORE_VERSION_MAX - 1] = '\0';
	store_etag(call, version, row);
}

static void build_show(const struct store_call *call, const struct store_key *key,
                       struct store_sql *show)
{
	text_addf(&show->name, "%s.show%s%s", call->resource->name,
	          call->show_secrets ? "_secrets" : "", call->ret_etag ? "_etag" : "");
	text_add(&show->sql, "select (select row_to_json(r) from (select ");
	store_add_columns(call, true, show);
	text_add(&show->sql, ") as r)");
	if (call->ret_etag) {
		text_add(&show->sql, ", ");
		store_add_version(show, "to_json(e)::text");
	}
	text_addf(&show->sql, " from %s as e", call->resource->table);
	store_add_where(call, key, show);
}

enum error_code store_show_row(const struct store_call *call, const struct store_key *key,
                               struct text *ret_row, struct error *err)
{
	AUTO(store_sql_clear) struct store_sql show = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code;

	build_show(call, key, &show);
	code = store_run(call, false, &show, &result, err);
	if (code)
		return code;
	if (tx_rows(result, 0) == 0)
		return store_not_found(call, err);
	text_reset(ret_row);
	text_add(ret_row, tx_value(result, 0, 0, 0));
	if (call->ret_etag)
		store_etag(call, tx_value(result, 0, 0, 1), text_string(ret_row));
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_show(const struct store_call *call, const char *const *keys,
                           struct text *ret_row, struct error *err)
{
	struct store_key key;
	enum error_code code = store_find_row(call, keys, &key, err);

	return code ? code : store_show_row(call, &key, ret_row, err);
}
