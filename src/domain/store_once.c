#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

#include "db/queries.h"
#include "domain/store_parts.h"

void store_once_text(const struct store_once *once, struct store_once_texts *ret)
{
	uuid_format(&once->actor, ret->actor);
	ret->hash[0] = '\\';
	ret->hash[1] = 'x';
	sodium_bin2hex(ret->hash + 2, sizeof(ret->hash) - 2, once->request_hash,
	               sizeof(once->request_hash));
	snprintf(ret->status, sizeof(ret->status), "%u", once->status);
}

struct tx_statement store_key_lock(const struct store_once *once,
                                   char buffer[static STORE_LOCK_MAX])
{
	char actor[UUID_TEXT_MAX];

	snprintf(buffer, STORE_LOCK_MAX, "%s %s", uuid_format(&once->actor, actor), once->key);
	return TX_QUERY(QUERY_KEY_LOCK, buffer);
}

enum error_code store_replay(struct store_once *once, const char *answer, bool same,
                             const char *status, struct text *ret_row, struct error *err)
{
	if (!same)
		return error_set(err, ERROR_KEY_REUSED, "Idempotency-Key",
		                 "was used for another request");
	once->replayed = true;
	once->status = (unsigned)strtoul(status, NULL, 10);
	text_reset(ret_row);
	text_add(ret_row, answer);
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code store_once_find(struct db *db, const struct uuid *tenant, struct store_once *once,
                                bool *ret_found, struct text *ret_answer, struct error *err)
{
	bool in_tenant = !uuid_is_nil(tenant);
	const struct tx_scope scope = {.door = in_tenant ? TX_TENANT : TX_PUBLIC,
	                               .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct store_once_texts texts;
	struct tx_statement find;
	enum error_code code;

	store_once_text(once, &texts);
	find = in_tenant ? TX_QUERY(QUERY_ONCE_FIND, texts.actor, once->key, texts.hash)
	                 : TX_QUERY(QUERY_ONCE_FIND_PUBLIC, texts.actor, once->key, texts.hash);
	code = tx_run(db, &scope, &find, 1, &result, err);
	if (code)
		return code;
	*ret_found = tx_rows(result, 0) == 1;
	return *ret_found ? store_replay(once, tx_value(result, 0, 0, 0),
	                                 store_is_true(tx_value(result, 0, 0, 2)),
	                                 tx_value(result, 0, 0, 1), ret_answer, err)
	                  : ERROR_OK;
}

struct tx_statement store_once_keep(const struct store_once *once, bool in_tenant,
                                    const char *answer, struct store_once_texts *texts)
{
	store_once_text(once, texts);
	return in_tenant ? TX_QUERY(QUERY_ONCE_KEEP, texts->actor, once->key, texts->hash,
	                            texts->status, answer)
	                 : TX_QUERY(QUERY_ONCE_KEEP_PUBLIC, texts->actor, once->key, texts->hash,
	                            texts->status, answer);
}
