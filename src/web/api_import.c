/*
 * Imports: all rows of a file or none. A file with faults is answered with all of them, those that
 * only the database can see included, so that it is mended once.
 */
#include "web/api_import.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "db/queries.h"
#include "web/api_invite.h"
#include "web/csv_rows.h"
#include "web/reply.h"
#include "web/request.h"

enum {
	IMPORT_BYTES_MAX = 4 * 1024 * 1024,
	INVITED_MAX =
		500, /* each is a letter to a mail server, or a link for somebody to hand on */
};

_Static_assert((int)CSV_ROWS_MAX <= (int)STORE_MANY_MAX, "a file is one import");

static const char csv_type[] = "text/csv";

struct import {
	struct request *request;
	struct csv_rows csv;
	bool dry_run;
	bool shows;       /* secrets=yes or invite=yes: the answer has made as its items */
	struct text made; /* a JSON array */
};

static void import_clear(struct import *import)
{
	csv_rows_clear(&import->csv);
	text_clear(&import->made);
}

/* shows: the parameter that asks for items. */
static enum error_code import_begin(struct request *request, const char *shows,
                                    const struct field *const *fields, size_t n_fields,
                                    struct import *import, struct error *err)
{
	const char *type = request_header(request, "Content-Type");
	enum error_code code;

	import->request = request;
	if (!type || strncasecmp(type, csv_type, strlen(csv_type)) != 0 ||
	    !strchr("; ", type[strlen(csv_type)]))
		return error_set(err, ERROR_INVALID, "Content-Type", "must be text/csv");
	code = request_switch(request, "dry_run", &import->dry_run, err);
	if (!code)
		code = request_switch(request, shows, &import->shows, err);
	if (!code)
		code = csv_rows_read(request->body, request->body_bytes, fields, n_fields,
		                     &import->csv, err);
	return code;
}

/* rows: of the resource, from the import's objects; numbers: the row of each in the file. Faults go
 * to the import's, and are no error here. */
static enum error_code create_rows(struct import *import, const struct resource *resource,
                                   const json_t *rows, const unsigned *numbers, bool dry_run,
                                   struct text *ret_made, struct error *err)
{
	struct store_call call = request_store(import->request, resource);
	size_t n = json_array_size(rows), n_faults = 0;
	AUTO(auto_free) json_t **bodies = calloc(n + 1, sizeof(*bodies));
	AUTO(auto_free)
	struct store_fault *faults = calloc(CSV_FAULTS_MAX, sizeof(*faults));
	enum error_code code;

	if (!bodies || !faults)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < n; i++)
		bodies[i] = json_array_get(rows, i);
	code = store_create_many(&call, bodies, n, dry_run, faults, CSV_FAULTS_MAX, &n_faults,
	                         ret_made, err);
	for (size_t i = 0; i < n_faults && i < CSV_FAULTS_MAX; i++)
		csv_rows_fault(&import->csv, numbers[faults[i].row], faults[i].field,
		               faults[i].message);
	if (n_faults > CSV_FAULTS_MAX)
		import->csv.n_faults += n_faults - CSV_FAULTS_MAX;
	return code && n_faults ? ERROR_OK : code;
}

static enum error_code import_answer(struct import *import, struct reply *reply, struct error *err)
{
	bool failed = import->csv.n_faults && !import->dry_run;
	struct text *out = failed ? &reply->errors : &reply->body;
	const enum language language = request_language(import->request);

	if (failed) {
		csv_rows_faults(&import->csv, language, out);
		reply->status = 422;
		return error_set(err, ERROR_INVALID, NULL,
		                 "%zu faults in %zu rows; nothing was created",
		                 import->csv.n_faults, import->csv.n);
	}
	reply_language(reply, language);
	text_addf(out, "{\"rows\":%zu,\"created\":%zu,\"faults\":%zu,\"errors\":[", import->csv.n,
	          import->dry_run ? 0 : import->csv.n, import->csv.n_faults);
	csv_rows_faults(&import->csv, language, out);
	text_add_char(out, ']');
	if (import->shows)
		text_addf(out, ",\"items\":%s", import->made.length ? import->made.data : "[]");
	text_add_char(out, '}');
	return out->failed || import->made.failed ? error_set(err, ERROR_MEMORY, NULL, NULL)
	                                          : ERROR_OK;
}

static enum error_code api_import_extensions(struct request *request, struct reply *reply,
                                             struct error *err)
{
	const struct resource *resource = resource_find("extension");
	const struct field *fields[CSV_COLUMNS_MAX];
	AUTO(import_clear) struct import import = {0};
	enum error_code code;
	size_t n = 0;

	for (size_t i = 0; i < resource->n_fields; i++)
		if (field_settable(&resource->fields[i], RESOURCE_CREATE))
			fields[n++] = &resource->fields[i];
	code = import_begin(request, "secrets", fields, n, &import, err);
	if (!code && json_array_size(import.csv.objects))
		code = create_rows(&import, resource, import.csv.objects, import.csv.numbers,
		                   import.dry_run || import.csv.n_faults, &import.made, err);
	return code ? code : import_answer(&import, reply, err);
}

/* Members of a file: {"email","role"} becomes {"user_id","role"}, users who do not exist yet are
 * made first. They have no password; an invitation lets them set one. */
struct members {
	json_t *known; /* rows of members whose users exist, and the numbers of these rows */
	json_t *all;   /* every row */
	json_t *users; /* the users to be made */
	json_t *exist; /* object: the addresses that users have */
	json_t *seen;  /* object: address -> row of the file */
	unsigned *known_numbers, *user_numbers;
};

static void members_clear(struct members *members)
{
	json_decref(members->known);
	json_decref(members->all);
	json_decref(members->users);
	json_decref(members->exist);
	json_decref(members->seen);
	free(members->known_numbers);
	free(members->user_numbers);
}

static enum error_code members_init(struct members *members, struct error *err)
{
	*members = (struct members){
		.known = json_array(),
		.all = json_array(),
		.users = json_array(),
		.exist = json_object(),
		.seen = json_object(),
		.known_numbers = calloc(CSV_ROWS_MAX, sizeof(unsigned)),
		.user_numbers = calloc(CSV_ROWS_MAX, sizeof(unsigned)),
	};
	if (!members->known || !members->all || !members->users || !members->exist ||
	    !members->seen || !members->known_numbers || !members->user_numbers)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return ERROR_OK;
}

static void fold(json_t *row, char ret_email[static PRINCIPAL_EMAIL_MAX])
{
	const char *email = json_string_value(json_object_get(row, "email"));
	size_t i;

	for (i = 0; email[i] && i < PRINCIPAL_EMAIL_MAX - 1; i++)
		ret_email[i] = email[i] >= 'A' && email[i] <= 'Z' ? (char)(email[i] - 'A' + 'a')
		                                                  : email[i];
	ret_email[i] = '\0';
}

/* Which of the addresses users have. */
static enum error_code find_users(const struct import *import, struct members *members,
                                  struct error *err)
{
	const struct tx_scope scope = {.door = TX_PUBLIC};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(json_auto_unref) json_t *addresses = json_array();
	AUTO(auto_free) char *text = NULL;
	char email[PRINCIPAL_EMAIL_MAX];
	struct tx_statement find;
	enum error_code code;
	size_t i;
	json_t *row;

	json_array_foreach(import->csv.objects, i, row)
	{
		fold(row, email);
		if (json_array_append_new(addresses, json_string(email)))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	text = json_dumps(addresses, JSON_COMPACT);
	if (!text)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	find = TX_QUERY(QUERY_IMPORT_USERS_KNOWN, text);
	code = tx_run(import->request->web->db, &scope, &find, 1, &result, err);
	for (i = 0; !code && i < tx_rows(result, 0); i++)
		if (json_object_set_new(members->exist, tx_value(result, 0, i, 0), json_true()))
			code = error_set(err, ERROR_MEMORY, NULL, NULL);
	return code;
}

/* One row of the file into the rows of the two resources. */
static enum error_code sort_row(struct import *import, struct members *members, size_t at,
                                struct error *err)
{
	json_t *row = json_array_get(import->csv.objects, at), *member, *first;
	const char *role = json_string_value(json_object_get(row, "role"));
	unsigned number = import->csv.numbers[at];
	char email[PRINCIPAL_EMAIL_MAX], message[ERROR_MESSAGE_MAX];
	bool failed;

	fold(row, email);
	first = json_object_get(members->seen, email);
	if (first) {
		snprintf(message, sizeof(message), "is in row %" JSON_INTEGER_FORMAT " already",
		         json_integer_value(first));
		csv_rows_fault(&import->csv, number, "email", message);
		return ERROR_OK;
	}
	failed = json_object_set_new(members->seen, email, json_integer(number));
	member = json_pack("{s:s,s:s}", "user_id", email, "role", role);
	failed |= json_array_append_new(members->all, member) != 0;
	if (json_object_get(members->exist, email)) {
		members->known_numbers[json_array_size(members->known)] = number;
		failed |= json_array_append_new(members->known, json_deep_copy(member)) != 0;
	} else {
		members->user_numbers[json_array_size(members->users)] = number;
		failed |= json_array_append_new(members->users,
		                                json_pack("{s:s}", "email", email)) != 0;
		if (strcmp(role, "owner") == 0 && import->request->access < ACCESS_OWNER)
			csv_rows_fault(&import->csv, number, "role", "only an owner makes owners");
	}
	return failed ? error_set(err, ERROR_MEMORY, NULL, NULL) : ERROR_OK;
}

/* The links of new users, mailed where mail is set. Their rows stand already: whose link cannot be
 * made is told so, and gets one later. */
static enum error_code invite(struct import *import, const struct text *users, struct error *err)
{
	AUTO(json_auto_unref) json_t *rows = json_loadb(text_string(users), users->length, 0, NULL);
	struct reply out = {.file = -1};
	size_t i;
	json_t *row;

	text_add_char(&out.body, '[');
	json_array_foreach(rows, i, row)
	{
		const char *email = json_string_value(json_object_get(row, "email"));
		const char *id = json_string_value(json_object_get(row, "id"));
		struct invited invited = {.created = true};

		if (!email || !id || !uuid_parse(id, &invited.user))
			continue;
		snprintf(invited.email, sizeof(invited.email), "%s", email);
		text_add(&out.body, out.body.length > 1 ? ",{\"email\":\"" : "{\"email\":\"");
		text_add_json(&out.body, email, strlen(email));
		text_add(&out.body, "\",");
		if (invite_add_link(import->request, &invited, &out, NULL))
			text_add(&out.body, "\"invitation\":\"none\",\"invitation_url\":null}");
	}
	text_add_char(&out.body, ']');
	text_clear(&import->made);
	import->made = out.body;
	return rows && !import->made.failed ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* Users first, then what makes them members; with all known faults out of the way, since these are
 * two units of work: users whose second one fails belong to no tenant. */
static enum error_code create_members(struct import *import, struct members *members,
                                      struct error *err)
{
	const struct resource *member = resource_find("member"), *user = resource_find("user");
	AUTO(text_clear) struct text made = {0};
	AUTO(text_clear) struct text users = {0};
	enum error_code code = ERROR_OK;

	if (import->shows && json_array_size(members->users) > INVITED_MAX)
		return error_set(err, ERROR_TOO_LARGE, "invite",
		                 "is for at most %d new users of a file", INVITED_MAX);
	if (json_array_size(members->known))
		code = create_rows(import, member, members->known, members->known_numbers, true,
		                   &made, err);
	if (code || import->dry_run || import->csv.n_faults)
		return code;
	if (json_array_size(members->users))
		code = create_rows(import, user, members->users, members->user_numbers, false,
		                   &users, err);
	if (code || import->csv.n_faults)
		return code;
	code = create_rows(import, member, members->all, import->csv.numbers, false, &made, err);
	return code || import->csv.n_faults || !users.length || !import->shows
	               ? code
	               : invite(import, &users, err);
}

static enum error_code api_import_members(struct request *request, struct reply *reply,
                                          struct error *err)
{
	const struct field *fields[] = {
		resource_field(resource_find("user"), "email"),
		resource_field(resource_find("member"), "role"),
	};
	AUTO(import_clear) struct import import = {0};
	AUTO(members_clear) struct members members = {0};
	enum error_code code =
		import_begin(request, "invite", fields, COUNT_OF(fields), &import, err);

	if (!code)
		code = members_init(&members, err);
	if (!code)
		code = find_users(&import, &members, err);
	for (size_t i = 0; !code && i < json_array_size(import.csv.objects); i++)
		code = sort_row(&import, &members, i, err);
	if (!code && json_array_size(members.all))
		code = create_members(&import, &members, err);
	principals_forget(request->web->principals);
	return code ? code : import_answer(&import, reply, err);
}

/* clang-format off */
static const struct route_parameter member_parameters[] = {
	{"dry_run", FIELD_CHOICE, "yes: say what is wrong, create nothing", "1 yes true 0 no false"},
	{"invite", FIELD_CHOICE, "yes: new users get the link with which they set a password, at most 500",
	 "1 yes true 0 no false"},
};

static const struct route_parameter extension_parameters[] = {
	{"dry_run", FIELD_CHOICE, "yes: say what is wrong, create nothing", "1 yes true 0 no false"},
	{"secrets", FIELD_CHOICE, "yes: the answer has the new extensions with their passwords",
	 "1 yes true 0 no false"},
};

static const struct field report_fields[] = {
	{.name = "rows", .type = FIELD_INTEGER, .most = CSV_ROWS_MAX,
	 .description = "rows of the file that are not empty, without the first"},
	{.name = "created", .type = FIELD_INTEGER, .most = CSV_ROWS_MAX,
	 .description = "rows created: all or none"},
	{.name = "faults", .type = FIELD_INTEGER, .most = INT32_MAX,
	 .description = "how many faults were found"},
	{.name = "errors", .type = FIELD_JSON, .most = IMPORT_BYTES_MAX,
	 .description = "the first 1,000 of them: {row, field, message}, the first row is 1"},
	{.name = "items", .type = FIELD_JSON, .most = IMPORT_BYTES_MAX, .flags = FIELD_DETAIL,
	 .description = "with secrets=yes: the new rows; with invite=yes: {email, invitation, invitation_url} of new users"},
};

static const struct shape report_shape = {
	"ImportReport", report_fields, COUNT_OF(report_fields), false};

static const struct route routes[] = {
	{
		.method = WEB_POST,
		.path = "/api/v1/tenants/{tenant}/extensions/import",
		.access = ACCESS_ADMIN,
		.flags = ROUTE_BODY_RAW | ROUTE_LONG,
		.handle = api_import_extensions,
		.summary = "Create extensions from a CSV file",
		.tag = "extensions",
		.parameters = extension_parameters,
		.n_parameters = COUNT_OF(extension_parameters),
		.body_type = "text/csv",
		.answer = &report_shape,
		.status = 200,
		.body_max_bytes = IMPORT_BYTES_MAX,
	},
	{
		.method = WEB_POST,
		.path = "/api/v1/tenants/{tenant}/members/import",
		.access = ACCESS_ADMIN,
		.flags = ROUTE_BODY_RAW | ROUTE_LONG,
		.handle = api_import_members,
		.summary = "Make users members from a CSV file, new ones too",
		.tag = "members",
		.parameters = member_parameters,
		.n_parameters = COUNT_OF(member_parameters),
		.body_type = "text/csv",
		.answer = &report_shape,
		.status = 200,
		.body_max_bytes = IMPORT_BYTES_MAX,
	},
};

/* clang-format on */

const struct route_table api_import_routes = {routes, COUNT_OF(routes)};
