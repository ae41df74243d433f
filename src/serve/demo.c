/* The demo: two tenants with the same numbers, made in an empty database, and what their phones
 * need to register. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/open_database.h"
#include "cli/web_url.h"
#include "domain/store.h"
#include "serve/demo_admin.h"
#include "serve/serve.h"

const char demo_usage[] =
	"Usage: centrex demo [--json]\n\n"
	"Makes cust1.pbx.test and cust2.pbx.test with the extensions 101, 102 and 103 each, when "
	"the\n"
	"database has no other tenants, and prints where Centrex listens and what each of these\n"
	"phones needs to register, and an administrator for the API where nobody is a user yet.\n"
	"`centrex serve --demo` does this when it starts.\n";

static const struct {
	const char *domain, *name;
} tenants[] = {
	{"cust1.pbx.test", "Customer 1"},
	{"cust2.pbx.test", "Customer 2"},
};

static const char *const numbers[] = {"101", "102", "103"};

static struct store_call call_for(struct db *db, const char *resource)
{
	return (struct store_call){.db = db,
	                           .resource = resource_find(resource),
	                           .actor = demo_actor,
	                           .show_secrets = true};
}

static enum error_code list(const struct store_call *call, json_t **ret_rows, struct error *err)
{
	struct store_query query = {.limit = STORE_LIMIT_MAX};
	AUTO(text_clear) struct text rows = {0};
	AUTO(text_clear) struct text next = {0};
	enum error_code code = store_list(call, &query, &rows, &next, err);

	if (code != ERROR_OK)
		return code;
	*ret_rows = json_loads(text_string(&rows), 0, NULL);
	return *ret_rows ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

static const char *value(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

/* The row of the tenant with that domain; NULL: none. */
static const json_t *find_tenant(const json_t *rows, const char *domain)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(value(row, "domain"), domain) == 0)
			return row;
	}
	return NULL;
}

static bool only_demo(const json_t *rows)
{
	size_t known = 0;

	for (size_t i = 0; i < COUNT_OF(tenants); i++)
		known += find_tenant(rows, tenants[i].domain) != NULL;
	return known == json_array_size(rows);
}

/* body is the caller's no more. */
static enum error_code create(const struct store_call *call, json_t *body, struct error *err)
{
	AUTO(json_auto_unref) json_t *own = body;
	AUTO(text_clear) struct text row = {0};

	if (!own)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	return store_create(call, own, &row, err);
}

/* Makes what is missing; nothing where somebody's own tenants are. */
static enum error_code make_tenants(struct db *db, struct error *err)
{
	struct store_call call = call_for(db, "tenant");
	AUTO(json_auto_unref) json_t *rows = NULL;
	enum error_code code = list(&call, &rows, err);

	if (code != ERROR_OK || !only_demo(rows))
		return code;
	for (size_t i = 0; i < COUNT_OF(tenants) && code == ERROR_OK; i++) {
		if (!find_tenant(rows, tenants[i].domain))
			code = create(&call,
			              json_pack("{s:s, s:s}", "name", tenants[i].name, "domain",
			                        tenants[i].domain),
			              err);
	}
	return code;
}

/* A tenant without any gets the three numbers. ret_rows: those it has. */
static enum error_code make_extensions(const struct store_call *call, json_t **ret_rows,
                                       struct error *err)
{
	enum error_code code = list(call, ret_rows, err);

	if (code != ERROR_OK || json_array_size(*ret_rows))
		return code;
	json_decref(*ret_rows);
	*ret_rows = NULL;
	for (size_t i = 0; i < COUNT_OF(numbers) && code == ERROR_OK; i++)
		code = create(call, json_pack("{s:s}", "extension_number", numbers[i]), err);
	return code == ERROR_OK ? list(call, ret_rows, err) : code;
}

static enum error_code add_phones(struct db *db, const json_t *tenant, json_t *phones,
                                  struct error *err)
{
	struct store_call call = call_for(db, "extension");
	AUTO(json_auto_unref) json_t *rows = NULL;
	const json_t *row;
	enum error_code code;
	size_t i;

	if (!uuid_parse(value(tenant, "id"), &call.tenant))
		return error_set(err, ERROR_INTERNAL, NULL, "a tenant without an id");
	code = make_extensions(&call, &rows, err);
	if (code != ERROR_OK)
		return code;
	json_array_foreach(rows, i, row)
	{
		json_t *phone = json_pack("{s:s, s:s, s:s, s:s}", "domain", value(tenant, "domain"),
		                          "number", value(row, "extension_number"), "username",
		                          value(row, "auth_username"), "password",
		                          value(row, "auth_password"));

		if (json_array_append_new(phones, phone))
			return error_set(err, ERROR_MEMORY, NULL, NULL);
	}
	return ERROR_OK;
}

/* ret_phones: an array of {domain, number, username, password}. */
static enum error_code prepare(struct db *db, json_t **ret_phones, bool *ret_only_demo,
                               struct error *err)
{
	struct store_call call = call_for(db, "tenant");
	AUTO(json_auto_unref) json_t *rows = NULL;
	AUTO(json_auto_unref) json_t *phones = json_array();
	enum error_code code = make_tenants(db, err);

	if (code == ERROR_OK)
		code = list(&call, &rows, err);
	if (code == ERROR_OK)
		*ret_only_demo = only_demo(rows);
	for (size_t i = 0; i < COUNT_OF(tenants) && code == ERROR_OK; i++) {
		const json_t *tenant = find_tenant(rows, tenants[i].domain);

		if (tenant)
			code = add_phones(db, tenant, phones, err);
	}
	if (code == ERROR_OK)
		*ret_phones = TAKE(phones);
	return code;
}

/* What the engine wrote about itself: {"udp":n,"tcp":n,"tls":n|null}; NULL while none runs. */
static json_t *read_listeners(const struct config *config)
{
	AUTO(text_clear) struct text path = {0};

	text_addf(&path, "%s/run/sip.json", config_text(config, CONFIG_STATE));
	return path.failed ? NULL : json_load_file(text_string(&path), 0, NULL);
}

static void print_listeners(const struct config *config, const json_t *listeners)
{
	static const char *const transports[][2] = {
		{"udp", "UDP"},
                {"tcp", "TCP"},
                {"tls", "TLS"}
        };
	const char *address = config_text(config, CONFIG_SIP_ADDRESS);
	const char *database = config_text(config, CONFIG_DATABASE);
	const char *form =
		strchr(address, ':') ? "  SIP over %s   [%s]:%lld\n" : "  SIP over %s   %s:%lld\n";
	AUTO(text_clear) struct text shown = {0};

	puts("Listening:");
	for (size_t i = 0; i < COUNT_OF(transports); i++) {
		const json_t *port = json_object_get(listeners, transports[i][0]);

		if (json_is_integer(port))
			printf(form, transports[i][1], address, json_integer_value(port));
	}
	if (!listeners)
		puts("  SIP            not running");
	printf("  RTP            %s, UDP ports %lld to %lld\n", address,
	       (long long)config_number(config, CONFIG_RTP_PORT_LEAST),
	       (long long)config_number(config, CONFIG_RTP_PORT_MOST));
	config_show(config, CONFIG_DATABASE, &shown);
	if (database[0])
		printf("  PostgreSQL     %s\n", text_string(&shown));
	else
		printf("  PostgreSQL     %s/run (unix socket)\n",
		       config_text(config, CONFIG_STATE));
}

static void print_phones(const json_t *phones)
{
	static const char form[] = "  %-6s  %-36s  %-24s  %s\n";
	const json_t *phone;
	size_t i;

	if (!json_array_size(phones)) {
		puts("\nNo demo phones: this database has tenants of its own.");
		return;
	}
	puts("\nPhones (the SIP server or outbound proxy of each is an address above):");
	printf(form, "NUMBER", "SIP USER NAME", "PASSWORD", "DOMAIN");
	json_array_foreach(phones, i, phone)
	{
		printf(form, value(phone, "number"), value(phone, "username"),
		       value(phone, "password"), value(phone, "domain"));
	}
}

struct shown {
	json_t *phones;
	char password[DEMO_ADMIN_PASSWORD_MAX]; /* of the administrator; "": nothing to show */
	struct text url;
};

static int print_json(const json_t *listeners, const struct shown *shown)
{
	AUTO(json_auto_unref)
	json_t *admin = *shown->password ? json_pack("{s:s, s:s}", "email", DEMO_ADMIN_EMAIL,
	                                             "password", shown->password)
	                                 : NULL;
	AUTO(json_auto_unref)
	json_t *all =
		json_pack("{s:O?, s:O, s:s, s:O?}", "listen", listeners, "phones", shown->phones,
	                  "url", text_string(&shown->url), "administrator", admin);
	AUTO(auto_free) char *text = all ? json_dumps(all, JSON_COMPACT) : NULL;
	struct error err;

	if (!text) {
		error_set(&err, ERROR_MEMORY, NULL, NULL);
		return exit_report(&err, true);
	}
	puts(text);
	return exit_flushed();
}

static int show(const struct config *config, const struct shown *shown, bool json)
{
	AUTO(json_auto_unref) json_t *listeners = read_listeners(config);

	if (json)
		return print_json(listeners, shown);
	print_listeners(config, listeners);
	printf("  HTTP           %s/api/v1\n", text_string(&shown->url));
	print_phones(shown->phones);
	if (*shown->password)
		printf("\nAdministrator (POST /api/v1/login):\n  %s  %s\n", DEMO_ADMIN_EMAIL,
		       shown->password);
	puts("");
	return exit_flushed();
}

static enum error_code make_all(const struct config *config, struct db *db, struct shown *shown,
                                struct error *err)
{
	bool only = false;
	enum error_code code = prepare(db, &shown->phones, &only, err);

	return code ? code : demo_admin(config, db, only, shown->password, err);
}

int demo_command(const struct config *config, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct shown shown = {0};
	struct database database;
	struct error err;
	enum error_code code;
	int status;

	if (argc > 1 && !json) {
		error_set(&err, ERROR_USAGE, NULL, "demo takes no argument but --json, not '%.40s'",
		          argv[argc > 2 ? 2 : 1]);
		return exit_report(&err, false);
	}
	if (database_open(config, &database, &err))
		return exit_report(&err, json);
	code = make_all(config, database.db, &shown, &err);
	database_close(&database);
	web_url(config, &shown.url);
	if (code == ERROR_OK) {
		status = show(config, &shown, json);
	} else {
		database_explain(config, code, &err);
		status = exit_report(&err, json);
	}
	json_decref(shown.phones);
	text_clear(&shown.url);
	explicit_bzero(shown.password, sizeof(shown.password));
	return status;
}
