#include "web/api_media.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audio/format.h"
#include "base/config.h"
#include "db/queries.h"
#include "domain/media.h"
#include "web/api_resource.h"
#include "web/multipart.h"
#include "web/reply.h"
#include "web/request.h"
#include "web/stored_file.h"

enum { CATEGORY_MAX = 16, HASH_CHUNK_BYTES = 64 * 1024, PATH_MAX_BYTES = 128 };

#define AUDIO_RATES "8000 16000 48000"

/* What a form says. */
struct form {
	char category[CATEGORY_MAX];
	bool has_category;
	struct multipart_part *file; /* NULL: not given */
};

static void form_clear(struct form *form)
{
	free(form->file);
}

static enum error_code take_category(const struct request *request,
                                     const struct multipart_part *part, struct form *form,
                                     struct error *err)
{
	const struct field *field = resource_field(resource_find("media"), "category");
	AUTO(json_auto_unref) json_t *value = NULL;
	ssize_t n = 0;
	enum error_code code;

	if (form->has_category)
		return error_set(err, ERROR_INVALID, part->name, "is given twice");
	if (!part->is_file && part->bytes < sizeof(form->category))
		n = pread(request->body_file, form->category, (size_t)part->bytes,
		          (off_t)part->offset);
	if (n < 0)
		return error_errno(err, "read the body");
	form->has_category = true;
	code = field_parse(field, form->category, (size_t)n, &value, err);
	return code;
}

static enum error_code take_file(const struct request *request, const struct multipart_part *part,
                                 struct form *form, struct error *err)
{
	int64_t most_mib = config_number(request->web->config, CONFIG_WEB_UPLOAD_MAX_MIB);

	if (form->file)
		return error_set(err, ERROR_INVALID, part->name, "is given twice");
	if (!part->is_file)
		return error_set(err, ERROR_INVALID, part->name,
		                 "must be a file, with a file name");
	if (part->bytes > (uint64_t)most_mib * 1024 * 1024)
		return error_set(err, ERROR_TOO_LARGE, part->name, "is larger than %lld MiB",
		                 (long long)most_mib);
	form->file = malloc(sizeof(*form->file));
	if (!form->file)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	*form->file = *part;
	return ERROR_OK;
}

static enum error_code read_form(const struct request *request, struct form *form,
                                 struct error *err)
{
	AUTO(multipart_auto_close) struct multipart *multipart = NULL;
	AUTO(auto_free) struct multipart_part *part = malloc(sizeof(*part));
	bool more = true;
	enum error_code code = multipart_open(
		request->body_file, request_header(request, "Content-Type"), &multipart, err);

	if (!code && !part)
		code = error_set(err, ERROR_MEMORY, NULL, NULL);
	while (!code && more) {
		code = multipart_next(multipart, part, &more, err);
		if (code || !more)
			break;
		if (strcmp(part->name, "category") == 0)
			code = take_category(request, part, form, err);
		else if (strcmp(part->name, "file") == 0)
			code = take_file(request, part, form, err);
		else
			code = error_set(err, ERROR_UNKNOWN_FIELD, part->name,
			                 "is no field of this form");
	}
	if (!code && !form->has_category)
		code = error_set(err, ERROR_MISSING, "category", "is required");
	if (!code && !form->file)
		code = error_set(err, ERROR_MISSING, "file", "is required");
	return code;
}

/* What an Idempotency-Key belongs to: the form's content, whatever its boundary was. */
static enum error_code hash_form(const struct request *request, const struct form *form,
                                 uint8_t ret_hash[static crypto_generichash_BYTES],
                                 struct error *err)
{
	const struct multipart_part *file = form->file;
	AUTO(auto_free) uint8_t *chunk = malloc(HASH_CHUNK_BYTES);
	crypto_generichash_state state;

	if (!chunk)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	crypto_generichash_init(&state, NULL, 0, crypto_generichash_BYTES);
	crypto_generichash_update(&state, (const uint8_t *)form->category, sizeof(form->category));
	crypto_generichash_update(&state, (const uint8_t *)file->file_name,
	                          file->file_name_length + 1);
	for (uint64_t at = 0; at < file->bytes;) {
		uint64_t left = file->bytes - at;
		ssize_t n = pread(request->body_file, chunk,
		                  left < HASH_CHUNK_BYTES ? (size_t)left : HASH_CHUNK_BYTES,
		                  (off_t)(file->offset + at));

		if (n <= 0)
			return error_errno(err, "read the body");
		crypto_generichash_update(&state, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	crypto_generichash_final(&state, ret_hash, crypto_generichash_BYTES);
	return ERROR_OK;
}

static enum error_code read_once(const struct request *request, const struct form *form,
                                 struct store_once *once, bool *ret_given, struct error *err)
{
	uint8_t hash[crypto_generichash_BYTES];
	enum error_code code = ERROR_OK;

	*ret_given = request_header(request, "Idempotency-Key");
	if (!*ret_given)
		return ERROR_OK;
	code = hash_form(request, form, hash, err);
	return code ? code
	            : api_resource_once(request, (const char *)hash, sizeof(hash), once, ret_given,
	                                err);
}

static bool is_gone(void *arg)
{
	return request_is_gone(arg);
}

static enum error_code api_media_upload(struct request *request, struct reply *reply,
                                        struct error *err)
{
	struct store_call call = request_store(request, request->route->resource);
	AUTO(form_clear) struct form form = {0};
	char etag[STORE_ETAG_MAX] = "";
	struct store_once once;
	struct media_upload upload;
	bool is_once;
	enum error_code code = read_form(request, &form, err);

	if (!code)
		code = read_once(request, &form, &once, &is_once, err);
	if (code)
		return code;
	call.once = is_once ? &once : NULL;
	call.ret_etag = etag;
	upload = (struct media_upload){
		.file = request->body_file,
		.offset = form.file->offset,
		.bytes = form.file->bytes,
		.name = form.file->file_name,
		.name_length = form.file->file_name_length,
		.category = form.category,
		.is_gone = is_gone,
		.arg = request,
	};
	code = media_upload(request->web->uploads, &call, &upload, &reply->body, err);
	return code ? code : api_resource_created(request, &call, reply, err);
}

static enum error_code read_row(const struct request *request, json_t **ret_row, struct error *err)
{
	const struct store_call call = request_store(request, resource_find("media"));
	const char *keys[RESOURCE_KEYS_MAX] = {request_parameter(request, "id")};
	AUTO(text_clear) struct text json = {0};
	enum error_code code = store_show(&call, keys, &json, err);

	if (code)
		return code;
	*ret_row = json_loadb(text_string(&json), json.length, 0, NULL);
	return *ret_row ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static enum error_code answer_original(const struct request *request, const json_t *row,
                                       struct reply *reply, struct error *err)
{
	const struct stored_file file = {
		.path = text_of(row, "file_path"),
		.name = text_of(row, "original_name"),
	};

	return stored_file_answer(request, &file, reply, err);
}

/* A rendition is called as the original is, with its rate. */
static enum error_code answer_rendition(const struct request *request, const json_t *row,
                                        const char *rate, struct reply *reply, struct error *err)
{
	const char *original = text_of(row, "original_name");
	const char *dot = strrchr(original, '.');
	char path[PATH_MAX_BYTES];
	AUTO(text_clear) struct text name = {0};
	struct stored_file file = {.path = path, .type = audio_format_type(AUDIO_WAV)};

	snprintf(path, sizeof(path), "%s/%s.wav", text_of(row, "id"), rate);
	text_add_n(&name, original,
	           dot && dot != original ? (size_t)(dot - original) : strlen(original));
	text_addf(&name, "-%s.wav", rate);
	if (name.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	file.name = name.data;
	return stored_file_answer(request, &file, reply, err);
}

static enum error_code api_media_audio(struct request *request, struct reply *reply,
                                       struct error *err)
{
	static const struct field rates = {
		.name = "rate", .type = FIELD_CHOICE, .choices = AUDIO_RATES " original"};
	const char *rate = request_query(request, "rate");
	AUTO(json_auto_unref) json_t *value = NULL;
	AUTO(json_auto_unref) json_t *row = NULL;
	enum error_code code = ERROR_OK;

	if (!rate)
		rate = "original";
	code = field_parse(&rates, rate, strlen(rate), &value, err);
	if (!code)
		code = read_row(request, &row, err);
	if (code)
		return code;
	return strcmp(rate, "original") == 0 ? answer_original(request, row, reply, err)
	                                     : answer_rendition(request, row, rate, reply, err);
}

static enum error_code api_media_peaks(struct request *request, struct reply *reply,
                                       struct error *err)
{
	AUTO(json_auto_unref) json_t *row = NULL;
	char path[PATH_MAX_BYTES];
	const struct stored_file file = {.path = path, .type = "application/json"};
	enum error_code code = read_row(request, &row, err);

	if (code)
		return code;
	snprintf(path, sizeof(path), "%s/peaks.json", text_of(row, "id"));
	return stored_file_answer(request, &file, reply, err);
}

static const struct route_parameter audio_parameters[] = {
	{
         .name = "rate",
         .type = FIELD_CHOICE,
         .description =
			"samples a second of a mono wav file, or the file as it was uploaded", .choices = AUDIO_RATES " original",
	 },
};

static const struct field peaks_fields[] = {
	{.name = "duration_ms",
         .type = FIELD_INTEGER,
         .flags = FIELD_READ_ONLY,
         .most = INT32_MAX,
         .description = "how long it lasts"						 },
	{.name = "peaks",
         .type = FIELD_JSON,
         .flags = FIELD_READ_ONLY,
         .most = RESOURCE_BODY_MAX,
         .description = "[least, most] of each of 800 equal stretches, samples from -1 to 1"},
};

static const struct shape peaks_shape = {"MediaPeaks", peaks_fields, COUNT_OF(peaks_fields), false};

static enum error_code api_media_quota(struct request *request, struct reply *reply,
                                       struct error *err)
{
	const struct config *config = request->web->config;
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = request->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char usual[24];
	const struct tx_statement usage = TX_QUERY(QUERY_MEDIA_USAGE, usual);
	enum error_code code;

	snprintf(usual, sizeof(usual), "%lld",
	         (long long)config_number(config, CONFIG_MEDIA_QUOTA_MIB) * 1024 * 1024);
	code = tx_run(request->web->db, &scope, &usage, 1, &result, err);
	if (code)
		return code;
	text_addf(&reply->body, "{\"bytes\":%s,\"bytes_most\":%s,\"upload_bytes_most\":%lld}",
	          tx_value(result, 0, 0, 0), tx_value(result, 0, 0, 1),
	          (long long)config_number(config, CONFIG_WEB_UPLOAD_MAX_MIB) * 1024 * 1024);
	return reply->body.failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* clang-format off */
static const struct field quota_fields[] = {
	{.name = "bytes", .type = FIELD_INTEGER, .most = INT64_MAX,
	 .description = "what the files and what was made of them take"},
	{.name = "bytes_most", .type = FIELD_INTEGER, .most = INT64_MAX,
	 .description = "what they may take"},
	{.name = "upload_bytes_most", .type = FIELD_INTEGER, .most = INT64_MAX,
	 .description = "what one upload may have"},
};
/* clang-format on */

static const struct shape quota_shape = {"MediaQuota", quota_fields, COUNT_OF(quota_fields), false};

static const struct field upload_fields[] = {
	{.name = "category",
         .type = FIELD_CHOICE,
         .flags = FIELD_REQUIRED,
         .choices = "moh ivr",
         .description = "moh (music on hold) or ivr (announcement)"},
	{.name = "file",
         .type = FIELD_TEXT,
         .flags = FIELD_REQUIRED,
         .description = "a file with its name: wav, flac, ogg or mp3"},
};

static const struct shape upload_shape = {"MediaUpload", upload_fields, COUNT_OF(upload_fields),
                                          false};

#define MEDIA_PATH "/api/v1/tenants/{tenant}/media"

static const struct route routes[] = {
	{
         .method = WEB_POST,
         .path = MEDIA_PATH,
         .access = ACCESS_ADMIN,
         .flags = ROUTE_BODY_FILE | ROUTE_LONG,
         .handle = api_media_upload,
         .summary = "Upload an audio file",
         .tag = "media",
         .body = &upload_shape,
         .status = 201,
         .verb = RESOURCE_CREATE,
         .of = "media",
	 },
	{
         .method = WEB_GET,
         .path = MEDIA_PATH "/{id}/audio",
         .access = ACCESS_ADMIN,
         .flags = ROUTE_FILE,
         .handle = api_media_audio,
         .summary = "Get the audio of a file",
         .tag = "media",
         .parameters = audio_parameters,
         .n_parameters = COUNT_OF(audio_parameters),
         .answer_type = "audio/wav audio/flac audio/ogg audio/mpeg",
	 },
	{
         .method = WEB_GET,
         .path = MEDIA_PATH "/{id}/peaks",
         .access = ACCESS_ADMIN,
         .flags = ROUTE_FILE,
         .handle = api_media_peaks,
         .summary = "Get the picture of a file's audio",
         .tag = "media",
         .answer = &peaks_shape,
	 },
	{
         .method = WEB_GET,
         .path = MEDIA_PATH "/quota",
         .access = ACCESS_ADMIN,
         .handle = api_media_quota,
         .summary = "Show how much audio there may be",
         .tag = "media",
         .answer = &quota_shape,
	 },
};

const struct route_table api_media_routes = {routes, COUNT_OF(routes)};
