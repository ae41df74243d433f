#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/files.h"
#include "db/queries.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/media_private.h"
#include "domain/store_parts.h"

enum {
	CHUNK_BYTES = 64 * 1024,
	NUMBER_MAX = 24,
	SHA256_TEXT_MAX = 2 * crypto_hash_sha256_BYTES + 1,
	GONE_EVERY_BYTES = 4 * 1024 * 1024,
};

static const int64_t mib = 1024 * 1024;

/* One upload on its way. */
struct taking {
	struct uploads *uploads;
	const struct store_call *call;
	const struct media_upload *upload;
	struct media_draft draft;
	struct media_found found;
	char sha256[SHA256_TEXT_MAX];
	char name[4 * MEDIA_NAME_MAX + 1];
	int64_t used, allowed; /* bytes */
	uint64_t bytes;        /* of all its files */
	bool unsure;           /* a commit was sent; what came of it is not known */
};

static enum error_code quota_passed(const struct taking *taking, struct error *err)
{
	return error_set(err, ERROR_TOO_LARGE, "file",
	                 "does not fit: %.1f of the tenant's %" PRId64
	                 " MiB of audio are used, and "
	                 "a file needs its own size and 8.2 MiB a minute",
	                 (double)taking->used / (double)mib, taking->allowed / mib);
}

static enum error_code read_usage(const struct tx_result *result, size_t statement,
                                  struct taking *taking, struct error *err)
{
	const char *used = tx_value(result, statement, 0, 0);
	const char *allowed = tx_value(result, statement, 0, 1);

	if (!used || !allowed)
		return error_set(err, ERROR_INTERNAL, NULL, NULL);
	taking->used = strtoll(used, NULL, 10);
	taking->allowed = strtoll(allowed, NULL, 10);
	return ERROR_OK;
}

static const char *number(int64_t value, char buffer[static NUMBER_MAX])
{
	snprintf(buffer, NUMBER_MAX, "%" PRId64, value);
	return buffer;
}

static const char *default_quota(const struct taking *taking, char buffer[static NUMBER_MAX])
{
	return number(uploads_quota(taking->uploads), buffer);
}

/* Before anything is written: most uploads that do not fit end here. */
static enum error_code check_usage(struct taking *taking, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = taking->call->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char quota[NUMBER_MAX];
	const struct tx_statement look = TX_QUERY(QUERY_MEDIA_USAGE, default_quota(taking, quota));
	enum error_code code = tx_run(taking->call->db, &scope, &look, 1, &result, err);

	if (!code)
		code = read_usage(result, 0, taking, err);
	if (!code && taking->used + (int64_t)taking->upload->bytes > taking->allowed)
		code = quota_passed(taking, err);
	return code;
}

static enum error_code copy(struct taking *taking, struct error *err)
{
	const struct media_upload *upload = taking->upload;
	uint8_t chunk[CHUNK_BYTES], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;
	enum error_code code = ERROR_OK;

	crypto_hash_sha256_init(&state);
	for (uint64_t at = 0; !code && at < upload->bytes;) {
		size_t wanted = upload->bytes - at < sizeof(chunk) ? (size_t)(upload->bytes - at)
		                                                   : sizeof(chunk);
		ssize_t n = pread(upload->file, chunk, wanted, (off_t)(upload->offset + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error_errno(err, "read the upload");
		crypto_hash_sha256_update(&state, chunk, (size_t)n);
		code = files_write_at(taking->draft.original, at, chunk, (size_t)n, err);
		at += (uint64_t)n;
	}
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(taking->sha256, sizeof(taking->sha256), hash, sizeof(hash));
	return code;
}

static void write_renditions(const struct taking *taking, struct text *out)
{
	char id[UUID_TEXT_MAX];

	uuid_format(&taking->draft.id, id);
	for (size_t i = 0; i < MEDIA_RENDITIONS; i++)
		text_addf(out, "%s{\"rate\":%u,\"file\":\"%s/%u.wav\",\"bytes\":%" PRIu64 "}",
		          i ? "," : "[", media_rates[i], id, media_rates[i],
		          taking->found.bytes[i]);
	text_add_char(out, ']');
}

/* The rows of the file, unless the quota is passed; ret_row: the stored row. */
static enum error_code insert(struct tx *tx, struct taking *taking, struct text *ret_row,
                              struct error *err)
{
	const struct media_found *found = &taking->found;
	char id[UUID_TEXT_MAX], path[2 * MEDIA_PATH_MAX], bytes[NUMBER_MAX], rate[NUMBER_MAX];
	char channels[NUMBER_MAX], duration[NUMBER_MAX], peak[NUMBER_MAX], mean[NUMBER_MAX];
	char quota[NUMBER_MAX];
	AUTO(text_clear) struct text renditions = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement statement;
	enum error_code code;

	write_renditions(taking, &renditions);
	snprintf(path, sizeof(path), "%s/%s", uuid_format(&taking->draft.id, id),
	         taking->draft.original_name);
	snprintf(peak, sizeof(peak), "%.2f", found->peak_db);
	snprintf(mean, sizeof(mean), "%.2f", found->mean_db);
	statement = TX_QUERY(QUERY_MEDIA_INSERT, id, taking->upload->category, taking->name, path,
	                     taking->sha256, number((int64_t)taking->bytes, bytes), found->format,
	                     number(found->sample_rate, rate), number(found->channels, channels),
	                     number(found->duration_ms, duration), found->has_peak ? peak : NULL,
	                     found->has_mean ? mean : NULL, renditions.data,
	                     default_quota(taking, quota));
	if (renditions.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = tx_exec(tx, &statement, 1, &result, err);
	if (!code)
		code = read_usage(result, 0, taking, err);
	if (code)
		return code;
	if (!tx_value(result, 0, 0, 2))
		return quota_passed(taking, err);
	text_add(ret_row, tx_value(result, 0, 0, 2));
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* The row as it is shown, by the unit of work that wrote it. */
static enum error_code show(struct tx *tx, const struct taking *taking, struct text *ret_row,
                            struct error *err)
{
	AUTO(store_sql_clear) struct store_sql sql = {0};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char id[UUID_TEXT_MAX];
	struct tx_statement statement;
	enum error_code code;

	store_add_shown_row(taking->call, uuid_format(&taking->draft.id, id), &sql);
	code = store_sql_ready(&sql, &statement, err);
	if (!code)
		code = tx_exec(tx, &statement, 1, &result, err);
	if (code)
		return code;
	if (tx_rows(result, 0) != 1)
		return error_set(err, ERROR_INTERNAL, NULL, NULL);
	store_etag(taking->call, tx_value(result, 0, 0, 1), tx_value(result, 0, 0, 0));
	text_reset(ret_row);
	text_add(ret_row, tx_value(result, 0, 0, 0));
	return ret_row->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* What stands with the rows: the audit log, the event, the answer under its key. */
static enum error_code tell(struct tx *tx, const struct taking *taking, const struct text *stored,
                            const struct text *shown, struct error *err)
{
	const struct store_call *call = taking->call;
	struct store_once_texts texts;
	char id[UUID_TEXT_MAX];
	struct audit_entry entry = {
		.actor = &call->actor,
		.action = "create",
		.resource = call->resource->name,
		.resource_id = uuid_format(&taking->draft.id, id),
		.after = text_string(stored),
	};
	struct tx_statement statements[3] = {
		audit_tenant(&entry),
		event_change(call->resource->name, id, "create"),
	};
	size_t n = 2;

	if (call->once)
		statements[n++] = store_once_keep(call->once, true, text_string(shown), &texts);
	return tx_exec(tx, statements, n, NULL, err);
}

static enum error_code write_rows(struct taking *taking, struct text *ret_row, struct error *err)
{
	const struct store_call *call = taking->call;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = call->tenant, .writes = true};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	AUTO(text_clear) struct text stored = {0};
	char tenant[UUID_TEXT_MAX];
	const struct tx_statement lock = event_lock(uuid_format(&call->tenant, tenant));
	enum error_code code = tx_open(call->db, &scope, &tx, err);

	if (!code)
		code = tx_exec(tx, &lock, 1, NULL, err);
	if (!code)
		code = insert(tx, taking, &stored, err);
	if (!code)
		code = show(tx, taking, ret_row, err);
	if (!code)
		code = tell(tx, taking, &stored, ret_row, err);
	if (code)
		return code;
	code = tx_commit(TAKE(tx), err);
	taking->unsure = code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT;
	return code;
}

static enum error_code take(struct taking *taking, struct text *ret_row, struct error *err)
{
	enum error_code code = check_usage(taking, err);
	uint64_t most;

	if (!code)
		code = copy(taking, err);
	if (code)
		return code;
	most = (uint64_t)(taking->allowed - taking->used) - taking->upload->bytes;
	code = media_convert(taking->uploads, taking->upload, &taking->draft, most, &taking->found,
	                     err);
	/* Not the file, but what becomes of it. */
	if (code == ERROR_TOO_LARGE && err && strcmp(err->field, "file") != 0)
		return quota_passed(taking, err);
	if (code)
		return code;
	taking->bytes = taking->upload->bytes + taking->found.peaks_bytes;
	for (size_t i = 0; i < MEDIA_RENDITIONS; i++)
		taking->bytes += taking->found.bytes[i];
	code = media_draft_publish(&taking->draft, taking->found.format, err);
	return code ? code : write_rows(taking, ret_row, err);
}

static enum error_code check(struct taking *taking, struct error *err)
{
	const struct media_upload *upload = taking->upload;
	const struct field *category = resource_field(taking->call->resource, "category");
	AUTO(json_auto_unref) json_t *value = NULL;
	enum error_code code =
		field_parse(category, upload->category, strlen(upload->category), &value, err);

	if (!code)
		code = media_check_name(upload->name, upload->name_length, "file", err);
	if (code)
		return code;
	memcpy(taking->name, upload->name, upload->name_length);
	taking->name[upload->name_length] = '\0';
	return ERROR_OK;
}

static enum error_code look_once(const struct store_call *call, bool *ret_found,
                                 struct text *ret_row, struct error *err)
{
	*ret_found = false;
	return call->once ? store_once_find(call->db, &call->tenant, call->once, ret_found, ret_row,
	                                    err)
	                  : ERROR_OK;
}

/* The same key may have come into use meanwhile, and kept the rows of this upload out. */
static enum error_code explain(const struct store_call *call, enum error_code code,
                               struct text *ret_row, struct error *err)
{
	struct error other;
	bool found;
	enum error_code again = look_once(call, &found, ret_row, &other);

	if (again == ERROR_OK)
		return found ? ERROR_OK : code;
	if (again != ERROR_KEY_REUSED)
		return code;
	return error_set(err, again, other.field, "%s", other.message);
}

enum error_code media_upload(struct uploads *uploads, const struct store_call *call,
                             const struct media_upload *upload, struct text *ret_row,
                             struct error *err)
{
	struct taking taking = {.uploads = uploads, .call = call, .upload = upload};
	bool found = false;
	enum error_code code = check(&taking, err);

	if (!code)
		code = look_once(call, &found, ret_row, err);
	if (code || found)
		return code;
	code = media_draft_open(uploads->config.directory, &call->tenant, &taking.draft, err);
	if (code)
		return code;
	code = take(&taking, ret_row, err);
	/* Whether the rows of a commit that was cut off are there, the next sweep sees. */
	if (code && !taking.unsure)
		media_draft_abandon(&taking.draft);
	media_draft_clear(&taking.draft);
	return code && !taking.unsure ? explain(call, code, ret_row, err) : code;
}
