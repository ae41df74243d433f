#include "web/api_cdr.h"

#include <string.h>

#include "web/cursor.h"
#include "web/etag.h"

static enum error_code add_item(const char *const *columns, void *arg, struct error *err)
{
	struct text *items = arg;

	if (items->length)
		text_add(items, ",\n");
	text_add(items, columns[0]);
	return items->failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

static enum error_code finish(const struct request *request, struct reply *reply, struct error *err)
{
	char etag[STORE_ETAG_MAX];

	if (reply->body.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	etag_of(&reply->body, etag);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

static enum error_code api_cdr_list(struct request *request, struct reply *reply, struct error *err)
{
	const char *cursor = request_query(request, "cursor");
	const char *sort = request_query(request, "sort");
	AUTO(text_clear) struct text items = {0};
	char after[CURSOR_MAX], next[CDR_CURSOR_MAX] = "";
	struct cdr_asked asked;
	enum error_code code = cdr_asked_read(request, &asked, err);

	if (!code && cursor)
		code = cursor_read(cursor, sort, after, &asked.page.after, err);
	if (!code && !asked.nobody)
		code = cdr_search(request->web->db, &request->tenant, &asked.filter, &asked.page,
		                  add_item, &items, next, err);
	/* The search calls it by its own name. */
	if (code && err && strcmp(err->field, "after") == 0)
		return cursor_bad(err);
	if (code)
		return code;
	text_addf(&reply->body, "{\"items\":[%s],\"next\":", text_string(&items));
	if (*next) {
		text_add_char(&reply->body, '"');
		cursor_write(sort, next, &reply->body);
		text_add(&reply->body, "\"}");
	} else {
		text_add(&reply->body, "null}");
	}
	return finish(request, reply, err);
}

static const struct cdr_span spans[] = {
	[CDR_BY_DAY] = {30, 3660},
	[CDR_BY_HOUR] = {2,  93  },
	[CDR_BY_EXTENSION] = {30, 3660},
};

static enum error_code api_cdr_statistics(struct request *request, struct reply *reply,
                                          struct error *err)
{
	AUTO(text_clear) struct text rows = {0};
	struct cdr_asked asked;
	struct cdr_statistics wanted;
	enum error_code code = cdr_asked_read(request, &asked, err);

	if (!code && !request_query(request, "by"))
		code = error_set(err, ERROR_MISSING, "by", "must be day, hour or extension");
	if (!code && !asked.filter.from)
		asked.from_us = INT64_MIN;
	if (!code && !asked.filter.to)
		asked.to_us = INT64_MIN;
	if (!code)
		code = cdr_span_settle(&spans[asked.by], &asked.from_us, &asked.to_us, err);
	if (code)
		return code;
	wanted = (struct cdr_statistics){
		.by = asked.by,
		.from_us = asked.from_us,
		.to_us = asked.to_us,
		.extension = asked.filter.own ? asked.filter.own : asked.filter.extension,
		.zone = asked.page.zone,
	};
	/* Of another extension an agent learns nothing. */
	if (asked.nobody || (asked.filter.own && asked.filter.extension &&
	                     strcmp(asked.filter.own, asked.filter.extension) != 0))
		text_add(&rows, "[]");
	else
		code = cdr_statistics(request->web->db, &request->tenant, &wanted, &rows, err);
	if (code)
		return code;
	text_addf(&reply->body, "{\"items\":%s,\"next\":null}", text_string(&rows));
	return finish(request, reply, err);
}

/* clang-format off */
#define FILTERS                                                                                    \
	{"from", FIELD_TIME, "calls that began at this time or later"},                            \
	{"to", FIELD_TIME, "calls that began before this time"},                                   \
	{"extension", FIELD_TEXT, "calls it made, was dialled in, or answered: 2 to 5 digits"},    \
	{"number", FIELD_TEXT, "the caller's or the dialled number; with * at the end, its beginning"}, \
	{"name", FIELD_TEXT, "the beginning of the caller's name, without regard to case"},        \
	{"direction", FIELD_CHOICE, "which way", .choices = "internal inbound outbound"},          \
	{"disposition", FIELD_CHOICE, "how it ended",                                              \
	 .choices = "answered no_answer busy declined cancelled failed"},                          \
	{"answered", FIELD_CHOICE, "answered or not", .choices = "yes no"},                        \
	{"queue", FIELD_TEXT, "a queue's id or name"},                                             \
	{"recording", FIELD_CHOICE, "what became of the recording", .choices = CDR_RECORDINGS},    \
	{"duration_least", FIELD_INTEGER, "seconds from start to end, at least", .most = INT32_MAX}, \
	{"duration_most", FIELD_INTEGER, "seconds from start to end, at most", .most = INT32_MAX}, \
	{"sort", FIELD_CHOICE, "the order of time, newest first if not given",                     \
	 .choices = "start_time -start_time"}

#define ZONE                                                                                       \
	{"tz", FIELD_CHOICE, "the time zone of days, hours and times; utc if not given",           \
	 .choices = "utc tenant"}

static const struct route_parameter list_parameters[] = {
	FILTERS,
	{"limit", FIELD_INTEGER, "most rows of a page", .least = 1, .most = STORE_LIMIT_MAX},
	{"cursor", FIELD_TEXT, "next of the page before"},
};

static const struct route_parameter export_parameters[] = {
	FILTERS,
	ZONE,
	{"format", FIELD_CHOICE, "ndjson if not given", .choices = "csv ndjson"},
};

static const struct route_parameter statistics_parameters[] = {
	{"by", FIELD_CHOICE, "what the calls are added up by; required", .choices = "day hour extension"},
	{"from", FIELD_TIME, "calls that began at this time or later, a quarter of an hour"},
	{"to", FIELD_TIME, "calls that began before this time, a quarter of an hour; now if not given"},
	{"extension", FIELD_TEXT, "of this one only: 2 to 5 digits"},
	ZONE,
};

#define TEXT(name_, most_, flags_, description_)                                                   \
	{.name = (name_), .type = FIELD_TEXT, .flags = (flags_), .most = (most_),                  \
	 .description = (description_)}
#define TIME(name_, flags_, description_)                                                          \
	{.name = (name_), .type = FIELD_TIME, .flags = (flags_), .description = (description_)}
#define COUNT(name_, most_, flags_, description_)                                                  \
	{.name = (name_), .type = FIELD_INTEGER, .flags = (flags_), .most = (most_),               \
	 .description = (description_)}

static const struct field record_fields[] = {
	{.name = "id", .type = FIELD_UUID, .description = "the call"},
	TIME("start_time", 0, "when it began"),
	TIME("answer_time", FIELD_NULLABLE, "when it was answered"),
	TIME("end_time", 0, "when it ended"),
	COUNT("duration", INT32_MAX, 0, "whole seconds from start to end"),
	TEXT("caller_id_name", 256, 0, "the caller's name"),
	TEXT("caller_id_number", 256, 0, "the caller's number"),
	TEXT("dest_number", 256, 0, "what was dialled"),
	TEXT("context", 256, 0, "dialplan context"),
	{.name = "direction", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,
	 .choices = "internal inbound outbound", .description = "which way"},
	{.name = "disposition", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,
	 .choices = "answered no_answer busy declined cancelled failed", .description = "how it ended"},
	TEXT("cause", 64, FIELD_NULLABLE, "why it ended"),
	COUNT("sip_status", 699, FIELD_NULLABLE, "final SIP status to the caller"),
	{.name = "hangup_by", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,
	 .choices = "caller callee engine", .description = "who ended it"},
	TEXT("answered_by", 64, FIELD_NULLABLE, "the extension that answered"),
	{.name = "queue_id", .type = FIELD_UUID, .flags = FIELD_NULLABLE,
	 .description = "the queue it came through"},
	TEXT("queue", 100, FIELD_NULLABLE, "that queue's name, while it is there"),
	TEXT("recording_path", 1024, FIELD_NULLABLE, "the recording's file"),
	{.name = "recording", .type = FIELD_CHOICE, .flags = FIELD_NULLABLE,
	 .choices = CDR_RECORDINGS,
	 .description = "what became of the recording; null: none was wanted"},
};

static const struct field statistic_fields[] = {
	TIME("start", FIELD_NULLABLE, "by day or hour: when it begins"),
	TEXT("extension", 5, FIELD_NULLABLE, "by extension: its number"),
	COUNT("calls", INT64_MAX, 0, "calls that began then, or in which the extension took part"),
	COUNT("answered", INT64_MAX, 0, "of them answered"),
	COUNT("missed", INT64_MAX, 0, "of them not answered"),
	COUNT("talk_s", INT64_MAX, 0, "seconds from answer to end, of all"),
	{.name = "mean_wait_s", .type = FIELD_JSON, .flags = FIELD_NULLABLE,
	 .description = "mean seconds from start to answer, of those answered"},
};

static const struct shape records_shape = {"CallRecord", record_fields, COUNT_OF(record_fields), true};
static const struct shape statistics_shape = {
	"CallStatistic", statistic_fields, COUNT_OF(statistic_fields), true};
/* clang-format on */

#define PARAMETERS(table) .parameters = (table), .n_parameters = COUNT_OF(table)

static const struct route routes[] = {
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/cdrs",
         .access = ACCESS_AGENT,
         .handle = api_cdr_list,
         .summary = "List the call records, newest first",
         .tag = "cdrs",
         PARAMETERS(list_parameters),
         .answer = &records_shape,
	 },
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/cdrs/export",
         .access = ACCESS_AGENT,
         .flags = ROUTE_LONG | ROUTE_STREAM,
         .handle = api_cdr_export,
         .summary = "Export call records as CSV or NDJSON",
         .tag = "cdrs",
         PARAMETERS(export_parameters),
         .answer_type = "application/x-ndjson text/csv",
	 },
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/cdrs/statistics",
         .access = ACCESS_AGENT,
         .handle = api_cdr_statistics,
         .summary = "Add up the calls by day, hour or extension",
         .tag = "cdrs",
         PARAMETERS(statistics_parameters),
         .answer = &statistics_shape,
	 },
};

const struct route_table api_cdr_routes = {routes, COUNT_OF(routes)};
