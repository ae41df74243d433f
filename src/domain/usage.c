#include "domain/usage.h"

#include <stdio.h>

#include "base/files.h"
#include "db/batch.h"
#include "db/queries.h"
#include "domain/cdr_search.h"
#include "domain/recording.h"

enum { NUMBER_MAX = 12 };

/* clang-format off */
#define COUNT(name_, description_)                                                                 \
	{.name = name_, .type = FIELD_INTEGER, .most = INT64_MAX, .description = description_}
#define TIME(name_, flags_, description_)                                                          \
	{.name = name_, .type = FIELD_TIME, .flags = flags_, .description = description_}

const struct field usage_fields[USAGE_FIELDS] = {
	COUNT("extensions", "extensions"),
	COUNT("queues", "queues"),
	COUNT("members", "users that belong to it"),
	COUNT("numbers", "further numbers"),
	COUNT("phones_online", "phones registered now"),
	COUNT("extensions_online", "extensions with a phone registered now"),
	COUNT("calls_now", "calls of this moment"),
	COUNT("media_files", "uploaded files"),
	COUNT("media_bytes", "what they take of the tenant's quota"),
	COUNT("recordings", "recordings of calls that are kept"),
	COUNT("cdrs_month", "call records since month_began"),
	TIME("month_began", 0, "the first of this month in the tenant's time zone"),
	TIME("first_call_at", FIELD_NULLABLE, "when the oldest call began of which there is a record"),
	TIME("last_call_at", FIELD_NULLABLE, "when the newest did"),
	COUNT("recordings_bytes", "what recordings take on this server's disk"),
	{.name = "recordings_measured", .type = FIELD_SWITCH,
	 .description = "false: there are too many files to look at, and recordings_bytes is of some"},
	COUNT("counted_to", "whatever there is more of was counted as so many"),
};
/* clang-format on */

static enum error_code count(struct db *db, const struct uuid *tenant, struct text *ret_json,
                             struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = *tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	char zone[CDR_ZONE_MAX], most[NUMBER_MAX];
	const struct tx_statement show = TX_QUERY(QUERY_USAGE_SHOW, most, zone);
	enum error_code code = cdr_tenant_zone(db, tenant, zone, err);

	snprintf(most, sizeof(most), "%d", USAGE_COUNTED_MAX);
	if (!code)
		code = tx_run(db, &scope, &show, 1, &result, err);
	if (!code)
		text_add(ret_json, tx_value(result, 0, 0, 0));
	return code;
}

static enum error_code measure(const char *media, const struct uuid *tenant,
                               struct files_measure *ret_measure, struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	char schema[SCHEMA_NAME_MAX];

	text_addf(&path, "%s/%s/" RECORDING_DIRECTORY, media, schema_name(tenant, schema));
	if (path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return files_measure(path.data, USAGE_COUNTED_MAX, ret_measure, err);
}

enum error_code usage_show(struct db *db, const char *media, const struct uuid *tenant,
                           struct text *ret_json, struct error *err)
{
	struct files_measure recordings = {0};
	enum error_code code;

	text_reset(ret_json);
	code = count(db, tenant, ret_json, err);
	if (!code)
		code = measure(media, tenant, &recordings, err);
	if (code)
		return code;
	if (ret_json->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	ret_json->data[--ret_json->length] = '\0'; /* was the object's brace */
	text_addf(ret_json,
	          ", \"recordings_bytes\" : %llu, \"recordings_measured\" : %s,"
	          " \"counted_to\" : %d}",
	          (unsigned long long)recordings.bytes, recordings.whole ? "true" : "false",
	          USAGE_COUNTED_MAX);
	return ret_json->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}
