#include "freeswitch/dead_letters.h"

#include <sodium.h>
#include <string.h>

#include "base/text.h"
#include "db/queries.h"

enum { LEG_MAX = 64, NODE_MAX = 64, CONTENT_TYPE_MAX = 100, DETAIL_MAX = 500, HEX_PREFIX = 2 };

static const char *const reasons[] = {
#define X(id, slug) slug,
	DEAD_REASON_LIST(X)
#undef X
};

static const struct tx_scope scope = {.door = TX_PUBLIC};

/* "\x6162": a bytea as PostgreSQL reads and writes one. */
static enum error_code to_hex(const void *bytes, size_t n, char **ret_hex, struct error *err)
{
	char *hex = malloc(HEX_PREFIX + 2 * n + 1);

	if (!hex)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	memcpy(hex, "\\x", HEX_PREFIX);
	sodium_bin2hex(hex + HEX_PREFIX, 2 * n + 1, bytes, n);
	*ret_hex = hex;
	return ERROR_OK;
}

static void from_hex(const char *hex, struct text *out)
{
	size_t n = strlen(hex);

	for (size_t i = HEX_PREFIX; i + 1 < n; i += 2)
		text_add_char(out,
		              (char)(text_hex_value(hex[i]) * 16 + text_hex_value(hex[i + 1])));
}

/* What strangers sent for a header or a name, as short ASCII; returns buffer. */
static const char *plain(const char *text, size_t most, char *buffer)
{
	size_t n = 0;

	for (; n < most && text[n]; n++)
		buffer[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
	buffer[n] = '\0';
	return buffer;
}

enum error_code dead_letter_keep(struct db *db, const struct intake_letter *letter, const char *leg,
                                 const char *node, enum dead_reason reason, const struct error *why,
                                 struct error *err)
{
	uint8_t fingerprint[crypto_hash_sha256_BYTES];
	char leg_plain[LEG_MAX + 1], node_plain[NODE_MAX + 1], type[CONTENT_TYPE_MAX + 1];
	char said[2 * ERROR_MESSAGE_MAX + 8], detail[DETAIL_MAX + 1];
	AUTO(auto_free) char *mark = NULL;
	AUTO(auto_free) char *body = NULL;
	enum error_code code;

	crypto_hash_sha256(fingerprint, (const uint8_t *)letter->body, letter->n);
	code = to_hex(fingerprint, sizeof(fingerprint), &mark, err);
	if (code == ERROR_OK)
		code = to_hex(letter->body, letter->n, &body, err);
	if (code != ERROR_OK)
		return code;
	snprintf(said, sizeof(said), "%s%s%s%s", why->message, why->detail[0] ? " (" : "",
	         why->detail, why->detail[0] ? ")" : "");

	const struct tx_statement statement =
		TX_QUERY(QUERY_DEAD_LETTER_KEEP, mark, plain(leg, LEG_MAX, leg_plain),
	                 plain(node, NODE_MAX, node_plain),
	                 plain(letter->content_type, CONTENT_TYPE_MAX, type), reasons[reason],
	                 plain(said, DETAIL_MAX, detail), body);

	return tx_run(db, &scope, &statement, 1, NULL, err);
}

/* The one value of a query. */
static enum error_code one_value(struct db *db, const struct tx_statement *statement,
                                 struct text *ret_json, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = tx_run(db, &scope, statement, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	if (!tx_rows(result, 0))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such dead letter");
	text_add(ret_json, tx_value(result, 0, 0, 0));
	return ret_json->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

enum error_code dead_letter_list(struct db *db, unsigned most, struct text *ret_json,
                                 struct error *err)
{
	char limit[16];

	snprintf(limit, sizeof(limit), "%u", most);

	const struct tx_statement statement = TX_QUERY(QUERY_DEAD_LETTER_LIST, limit);

	return one_value(db, &statement, ret_json, err);
}

enum error_code dead_letter_show(struct db *db, const struct uuid *id, struct text *ret_json,
                                 struct error *err)
{
	char text[UUID_TEXT_MAX];
	const struct tx_statement statement =
		TX_QUERY(QUERY_DEAD_LETTER_SHOW, uuid_format(id, text));

	return one_value(db, &statement, ret_json, err);
}

void dead_letter_clear(struct dead_letter *letter)
{
	text_clear(&letter->body);
	text_clear(&letter->content_type);
	text_clear(&letter->leg);
}

enum error_code dead_letter_fetch(struct db *db, const struct uuid *id,
                                  struct dead_letter *ret_letter, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[UUID_TEXT_MAX];
	const struct tx_statement statement =
		TX_QUERY(QUERY_DEAD_LETTER_FETCH, uuid_format(id, text));
	struct dead_letter letter = {0};
	enum error_code code = tx_run(db, &scope, &statement, 1, &result, err);

	if (code != ERROR_OK)
		return code;
	if (!tx_rows(result, 0))
		return error_set(err, ERROR_NOT_FOUND, "id", "there is no such dead letter");
	text_add(&letter.content_type, tx_value(result, 0, 0, 0));
	text_add(&letter.leg, tx_value(result, 0, 0, 1));
	from_hex(tx_value(result, 0, 0, 2), &letter.body);
	if (letter.body.failed || letter.content_type.failed || letter.leg.failed) {
		dead_letter_clear(&letter);
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	*ret_letter = letter;
	return ERROR_OK;
}

enum error_code dead_letter_remove(struct db *db, const struct uuid *id, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char text[UUID_TEXT_MAX];
	const struct tx_statement statement =
		TX_QUERY(QUERY_DEAD_LETTER_REMOVE, uuid_format(id, text));
	enum error_code code = tx_run(db, &scope, &statement, 1, &result, err);

	if (code == ERROR_OK && !tx_affected(result, 0))
		code = error_set(err, ERROR_NOT_FOUND, "id", "there is no such dead letter");
	return code;
}

enum error_code dead_letter_ids(struct db *db, struct uuid **ret_ids, size_t *ret_n,
                                struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement statement = TX_QUERY(QUERY_DEAD_LETTER_IDS);
	AUTO(auto_free) struct uuid *ids = NULL;
	enum error_code code = tx_run(db, &scope, &statement, 1, &result, err);
	size_t n = 0;

	if (code != ERROR_OK)
		return code;
	ids = calloc(tx_rows(result, 0) + 1, sizeof(*ids));
	if (!ids)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t row = 0; row < tx_rows(result, 0); row++)
		if (uuid_parse(tx_value(result, 0, row, 0), &ids[n]))
			n++;
	*ret_ids = TAKE(ids);
	*ret_n = n;
	return ERROR_OK;
}
