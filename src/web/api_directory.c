#include "web/api_directory.h"

#include <stdio.h>
#include <string.h>

#include "db/queries.h"
#include "web/cursor.h"
#include "web/etag.h"

enum { SEARCH_MAX = 254, EXTENSIONS_MAX = 100 };

static const char kinds[] = "extension number queue";
static const char presences[] = "offline online ringing talking";

/* Where a page ended, and the columns of names_list. */
enum { SORT, KIND, ID, ROW };

/* "kind,id,sort": what people chose comes last, since it may hold anything. */
static enum error_code read_place(char *after, const char *place[static ROW], struct error *err)
{
	char *first = strchr(after, ','), *second = first ? strchr(first + 1, ',') : NULL;
	const struct field kind = {.name = "cursor", .type = FIELD_CHOICE, .choices = kinds};
	AUTO(json_auto_unref) json_t *value = NULL;
	struct uuid id;

	if (!second)
		return cursor_bad(err);
	*first = *second = '\0';
	if (!uuid_parse(first + 1, &id) || field_parse(&kind, after, strlen(after), &value, NULL))
		return cursor_bad(err);
	place[KIND] = after;
	place[ID] = first + 1;
	place[SORT] = second + 1;
	return ERROR_OK;
}

/* What is asked for of extensions. */
struct extensions {
	char ids[EXTENSIONS_MAX * UUID_TEXT_MAX + 2]; /* as PostgreSQL writes an array; "": all */
	bool phones;
};

/* Ids between commas, at most EXTENSIONS_MAX. */
static bool read_ids(const char *given, char ids[static EXTENSIONS_MAX * UUID_TEXT_MAX + 2])
{
	size_t n = strlen(given), most = (size_t)EXTENSIONS_MAX * UUID_TEXT_MAX;
	struct uuid id;

	if (n + 1 > most || (n + 1) % UUID_TEXT_MAX != 0)
		return false;
	for (size_t at = 0; at < n; at += UUID_TEXT_MAX) {
		char one[UUID_TEXT_MAX];

		snprintf(one, sizeof(one), "%s", given + at);
		if (!uuid_parse(one, &id) || strcspn(given + at, ",") != sizeof(one) - 1)
			return false;
	}
	snprintf(ids, most + 2, "{%s}", given);
	return true;
}

/* Where phones are is for administrators, as the registrations are. */
static enum error_code read_extensions(const struct request *request, struct extensions *ret,
                                       struct error *err)
{
	const char *given = request_query(request, "extension_id");
	enum error_code code = request_switch(request, "phones", &ret->phones, err);

	*ret->ids = '\0';
	if (!code && ret->phones && request->access < ACCESS_ADMIN)
		code = error_set(err, ERROR_FORBIDDEN, "phones", "is not for this role");
	if (!code && given && !read_ids(given, ret->ids))
		code = error_set(err, ERROR_INVALID, "extension_id",
		                 "must be ids with commas between them, at most %d",
		                 EXTENSIONS_MAX);
	return code;
}

static enum error_code read_query(const struct request *request, char plain[static CURSOR_MAX],
                                  const char *place[static ROW], int64_t *ret_limit,
                                  struct error *err)
{
	const char *cursor = request_query(request, "cursor");
	const char *search = request_query(request, "q");
	const struct field any = {.name = "q", .type = FIELD_TEXT, .most = SEARCH_MAX};
	AUTO(json_auto_unref) json_t *value = NULL;
	const char *after;
	enum error_code code = request_number(request, "limit", 1, STORE_LIMIT_MAX,
	                                      STORE_LIMIT_DEFAULT, ret_limit, err);

	if (!code && search)
		code = field_parse(&any, search, strlen(search), &value, err);
	if (!code && cursor)
		code = cursor_read(cursor, NULL, plain, &after, err);
	if (!code && cursor)
		code = read_place(plain + (after - plain), place, err);
	return code;
}

static void write_page(const struct tx_result *result, size_t limit, struct text *out)
{
	size_t n = tx_rows(result, 0) > limit ? limit : tx_rows(result, 0);
	AUTO(text_clear) struct text after = {0};

	text_add(out, "{\"items\":[");
	for (size_t row = 0; row < n; row++)
		text_addf(out, "%s%s", row ? ",\n" : "", tx_value(result, 0, row, ROW));
	if (n == tx_rows(result, 0)) {
		text_add(out, "],\"next\":null}");
		return;
	}
	text_addf(&after, "%s,%s,%s", tx_value(result, 0, n - 1, KIND),
	          tx_value(result, 0, n - 1, ID), tx_value(result, 0, n - 1, SORT));
	text_add(out, "],\"next\":\"");
	cursor_write(NULL, text_string(&after), out);
	text_add(out, "\"}");
	out->failed |= after.failed;
}

static enum error_code api_directory_list(struct request *request, struct reply *reply,
                                          struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = request->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const char *search = request_query(request, "q"), *place[ROW] = {NULL};
	char plain[CURSOR_MAX], rows[12], etag[STORE_ETAG_MAX];
	struct extensions extensions;
	struct tx_statement list;
	int64_t limit;
	enum error_code code = read_query(request, plain, place, &limit, err);

	if (!code)
		code = read_extensions(request, &extensions, err);
	if (code)
		return code;
	/* One more than asked for, to know whether there is a next page. */
	snprintf(rows, sizeof(rows), "%d", (int)limit + 1);
	list = TX_QUERY(QUERY_NAMES_LIST, search, place[SORT], place[KIND], place[ID], rows,
	                *extensions.ids ? extensions.ids : NULL, extensions.phones ? "t" : "f");
	code = tx_run(request->web->db, &scope, &list, 1, &result, err);
	if (code)
		return code;
	write_page(result, (size_t)limit, &reply->body);
	if (reply->body.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	etag_of(&reply->body, etag);
	etag_answer(request, etag, reply);
	return ERROR_OK;
}

/* clang-format off */
static const struct route_parameter parameters[] = {
	{"limit", FIELD_INTEGER, "at most so many, 50 when not given", NULL, 1, STORE_LIMIT_MAX},
	{"cursor", FIELD_TEXT, "the next page: `next` of the page before"},
	{"extension_id", FIELD_TEXT, "only these extensions: ids with commas between them, at most 100"},
	{"phones", FIELD_CHOICE, "yes: with the phones of extensions; for administrators", "yes no"},
	{"q", FIELD_TEXT, "only those with this in their number or name, without regard to case"},
};

static const struct field entry_fields[] = {
	{.name = "kind", .type = FIELD_CHOICE, .choices = kinds, .description = "what it is"},
	{.name = "id", .type = FIELD_UUID, .description = "its id"},
	{.name = "number", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .most = 20,
	 .description = "what one dials; null for a queue"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .most = 254,
	 .description = "e-mail address of the extension's user, or the queue's name"},
	{.name = "extension", .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .most = 5,
	 .description = "number of the extension that rings; null for a queue"},
	{.name = "registered", .type = FIELD_JSON, .flags = FIELD_NULLABLE, .most = 5,
	 .description = "of an extension: true when a phone of it is registered"},
	{.name = "presence", .type = FIELD_CHOICE, .choices = presences, .flags = FIELD_NULLABLE,
	 .description = "of an extension: what its person does, from calls and phones"},
	{.name = "phones", .type = FIELD_JSON, .flags = FIELD_NULLABLE,
	 .description = "with phones=yes, of an extension: its registrations, the last one first"},
};
/* clang-format on */

static const struct shape entry_shape = {"DirectoryEntry", entry_fields, COUNT_OF(entry_fields),
                                         true};

static const struct route routes[] = {
	{
         .method = WEB_GET,
         .path = "/api/v1/tenants/{tenant}/directory",
         .access = ACCESS_AGENT,
         .handle = api_directory_list,
         .summary = "List numbers and names",
         .tag = "directory",
         .parameters = parameters,
         .n_parameters = COUNT_OF(parameters),
         .answer = &entry_shape,
	 },
};

const struct route_table api_directory_routes = {routes, COUNT_OF(routes)};
