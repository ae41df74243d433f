#include "cli/request.h"

#include <stdio.h>
#include <string.h>

/* Where an option is understood, besides that it must make sense there (fits() below). */
static const struct {
	const char *name;
	bool is_switch;
	unsigned verbs;
	const char *help;
} options[] = {
	[OPTION_TENANT] = {"tenant",       false, ~0u,                                      "the tenant: domain or id"        },
	[OPTION_LIMIT] = {"limit",        false, RESOURCE_VERB(RESOURCE_LIST),
                           "at most so many rows, 1 to 500; 50 when not given"                                                },
	[OPTION_AFTER] = {"after",        false, RESOURCE_VERB(RESOURCE_LIST),
                           "the next page: what the one before gave"                                                          },
	[OPTION_FROM] = {"from",         false, RESOURCE_VERB(RESOURCE_LIST),
                           "not before this time, like 2026-01-31T10:00:00Z"                                                  },
	[OPTION_TO] = {"to",           false, RESOURCE_VERB(RESOURCE_LIST),             "before this time"                },
	[OPTION_INPUT] = {"input",        false,
                           RESOURCE_VERB(RESOURCE_CREATE) | RESOURCE_VERB(RESOURCE_UPDATE),
                           "a file with a JSON object of fields; -: standard input"                                           },
	[OPTION_YES] = {"yes",          false, RESOURCE_VERB(RESOURCE_DELETE),
                           "delete without asking; the value is its name once more"                                           },
	[OPTION_SHOW_SECRETS] = {"show-secrets", true,
                           RESOURCE_VERB(RESOURCE_LIST) | RESOURCE_VERB(RESOURCE_SHOW) |
                                         RESOURCE_VERB(RESOURCE_UPDATE),
                           "print passwords instead of ********"                                                              },
	[OPTION_JSON] = {"json",         true,  ~0u,                                      "print JSON; an error is JSON too"},
};

_Static_assert(COUNT_OF(options) == OPTION_COUNT, "one row per option");

const char *request_option_name(enum request_option option)
{
	return options[option].name;
}

const char *request_option_help(enum request_option option)
{
	return options[option].help;
}

const struct field *request_input_field(const struct resource *resource)
{
	for (size_t i = 0; i < resource->n_fields; i++)
		if (resource->fields[i].flags & FIELD_INPUT)
			return &resource->fields[i];
	return NULL;
}

static bool has_secret(const struct resource *resource)
{
	for (size_t i = 0; i < resource->n_fields; i++)
		if (resource->fields[i].flags & FIELD_SECRET)
			return true;
	return false;
}

bool request_option_fits(const struct resource *resource, enum resource_verb verb,
                         const struct resource_action *action, enum request_option option)
{
	if (!(options[option].verbs & RESOURCE_VERB(verb)))
		return false;
	switch (option) {
	case OPTION_TENANT:
		return resource_in_tenant(resource);
	case OPTION_FROM:
	case OPTION_TO:
		return resource_field(resource, resource->order[0])->type == FIELD_TIME;
	case OPTION_YES:
		return resource->confirm;
	case OPTION_SHOW_SECRETS:
		return has_secret(resource) && !action;
	case OPTION_INPUT:
		return !action;
	default:
		return true;
	}
}

static bool same_name(const char *flag, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (flag[i] != name[i] && !(flag[i] == '_' && name[i] == '-'))
			return false;
	return name[n] == '\0';
}

bool request_wants_json(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--json") == 0)
			return true;
	return false;
}

/* How a command is called in a message: "extension create". */
static const char *command_name(const struct request *request, char buffer[static ERROR_FIELD_MAX])
{
	snprintf(buffer, ERROR_FIELD_MAX, "%s %s", request->resource->name,
	         request->action ? request->action->name : resource_verb_name(request->verb));
	return buffer;
}

static enum error_code find_verb(const char *word, struct request *request, struct error *err)
{
	const struct resource *resource = request->resource;

	for (unsigned verb = 0; verb < RESOURCE_VERB_COUNT; verb++)
		if ((resource->verbs & RESOURCE_VERB(verb)) &&
		    strcmp(resource_verb_name(verb), word) == 0) {
			request->verb = verb;
			return ERROR_OK;
		}
	for (size_t i = 0; i < resource->n_actions; i++)
		if (strcmp(resource->actions[i].name, word) == 0) {
			request->verb = RESOURCE_UPDATE;
			request->action = &resource->actions[i];
			return ERROR_OK;
		}
	return error_set(err, ERROR_USAGE, NULL, "%s has no '%.40s'; see `centrex help %s`",
	                 resource->name, word, resource->name);
}

/* The value of argv[*at], behind = or in the next word. */
static enum error_code take_value(int argc, char **argv, int *at, const char *field,
                                  const char **ret_value, struct error *err)
{
	const char *equals = strchr(argv[*at], '=');

	if (equals) {
		*ret_value = equals + 1;
		return ERROR_OK;
	}
	if (*at + 1 >= argc || strncmp(argv[*at + 1], "--", 2) == 0)
		return error_set(err, ERROR_MISSING, field, "needs a value");
	*ret_value = argv[++*at];
	return ERROR_OK;
}

static enum error_code take_option(int argc, char **argv, int *at, enum request_option option,
                                   struct request *request, struct error *err)
{
	const char *name = options[option].name;

	if (request->options[option])
		return error_set(err, ERROR_USAGE, name, "is given twice");
	if (!options[option].is_switch)
		return take_value(argc, argv, at, name, &request->options[option], err);
	if (strchr(argv[*at], '='))
		return error_set(err, ERROR_USAGE, name, "takes no value");
	request->options[option] = "";
	return ERROR_OK;
}

static enum error_code check_column(const struct request *request, const struct field *field,
                                    struct error *err)
{
	if (request->verb == RESOURCE_LIST)
		return ERROR_OK;
	if (!field_settable(field, RESOURCE_CREATE))
		return error_set(err, ERROR_READ_ONLY, field->name, "cannot be set");
	if (!field_settable(field, request->verb))
		return error_set(err, ERROR_READ_ONLY, field->name, "cannot be changed");
	return ERROR_OK;
}

/* A list keeps the text, for the store to read as a filter; a body the value. */
static enum error_code column_value(const struct request *request, const struct field *field,
                                    const char *text, json_t **ret_value, struct error *err)
{
	if (request->verb != RESOURCE_LIST || !text_is_utf8(text, strlen(text)))
		return field_parse(field, text, strlen(text), ret_value, err);
	*ret_value = json_string(text);
	return *ret_value ? ERROR_OK : error_set(err, ERROR_MEMORY, NULL, NULL);
}

static enum error_code take_column(int argc, char **argv, int *at, const struct field *field,
                                   struct request *request, struct error *err)
{
	enum error_code code = check_column(request, field, err);
	const char *text = NULL;
	json_t *value;

	if (code)
		return code;
	if (field->flags & FIELD_INPUT) {
		if (strchr(argv[*at], '='))
			return error_set(err, ERROR_USAGE, field->name,
			                 "is never taken from the command line; it is asked for");
		request->ask_input = true;
		return ERROR_OK;
	}
	if (json_object_get(request->values, field->name))
		return error_set(err, ERROR_USAGE, field->name, "is given twice");
	code = take_value(argc, argv, at, field->name, &text, err);
	if (!code)
		code = column_value(request, field, text, &value, err);
	if (code)
		return code;
	return json_object_set_new(request->values, field->name, value)
	               ? error_set(err, ERROR_MEMORY, NULL, NULL)
	               : ERROR_OK;
}

static enum error_code take_flag(int argc, char **argv, int *at, struct request *request,
                                 struct error *err)
{
	const char *flag = argv[*at] + 2;
	size_t n = strcspn(flag, "=");
	char name[ERROR_FIELD_MAX], command[ERROR_FIELD_MAX];
	const struct field *field;
	bool takes_columns = request->verb == RESOURCE_CREATE || request->verb == RESOURCE_LIST ||
	                     (request->verb == RESOURCE_UPDATE && !request->action);

	for (unsigned option = 0; option < OPTION_COUNT; option++)
		if (same_name(flag, n, options[option].name) &&
		    request_option_fits(request->resource, request->verb, request->action, option))
			return take_option(argc, argv, at, option, request, err);
	snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name) - 1), flag);
	field = resource_field(request->resource, name);
	if (takes_columns && n < sizeof(name) && field && !(field->flags & FIELD_HIDDEN) &&
	    !(request->verb == RESOURCE_LIST && (field->flags & FIELD_INPUT)))
		return take_column(argc, argv, at, field, request, err);
	return error_set(err, ERROR_USAGE, name, "%s has no such flag",
	                 command_name(request, command));
}

static size_t keys_wanted(const struct request *request)
{
	if (request->verb == RESOURCE_CREATE || request->verb == RESOURCE_LIST)
		return 0;
	return resource_key_count(request->resource);
}

static enum error_code take_words(int argc, char **argv, struct request *request, struct error *err)
{
	size_t n = 0, wanted = keys_wanted(request);
	char command[ERROR_FIELD_MAX];
	bool flags = true;

	for (int at = 2; at < argc; at++) {
		enum error_code code = ERROR_OK;

		if (flags && strcmp(argv[at], "--") == 0)
			flags = false;
		else if (flags && argv[at][0] == '-' && argv[at][1] == '-')
			code = take_flag(argc, argv, &at, request, err);
		else if (n < wanted)
			request->keys[n++] = argv[at];
		else
			/* Not repeated: it may be a password behind --password. */
			code = error_set(err, ERROR_USAGE, NULL,
			                 "%s takes %zu name%s and flags; word %d is one too many",
			                 command_name(request, command), wanted,
			                 wanted == 1 ? "" : "s", at + 1);
		if (code)
			return code;
	}
	if (n < wanted) {
		const char *key = request->resource->keys[n];

		if (request->resource->natural)
			key = request->resource->natural;
		return error_set(err, ERROR_MISSING, key, "is required: which %s",
		                 request->resource->name);
	}
	return ERROR_OK;
}

static enum error_code parse(int argc, char **argv, struct request *request, struct error *err)
{
	enum error_code code;

	request->resource = resource_find(argv[0]);
	if (!request->resource)
		return error_set(err, ERROR_INTERNAL, NULL, "no entity %s", argv[0]);
	if (argc < 2)
		return error_set(err, ERROR_USAGE, NULL, "%s: what to do? See `centrex help %s`",
		                 argv[0], argv[0]);
	request->values = json_object();
	if (!request->values)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = find_verb(argv[1], request, err);
	if (!code)
		code = take_words(argc, argv, request, err);
	if (code)
		return code;
	if (resource_in_tenant(request->resource) && !request->options[OPTION_TENANT])
		return error_set(err, ERROR_MISSING, "tenant", "is required: a domain or an id");
	return ERROR_OK;
}

enum error_code request_parse(int argc, char **argv, struct request *ret_request, struct error *err)
{
	struct request request = {0};
	enum error_code code = parse(argc, argv, &request, err);

	if (code) {
		request_clear(&request);
		return code;
	}
	*ret_request = request;
	return ERROR_OK;
}

void request_clear(struct request *request)
{
	json_decref(request->values);
	*request = (struct request){0};
}

enum error_code request_limit(const char *text, unsigned most, unsigned usual, unsigned *ret_limit,
                              struct error *err)
{
	const struct field field = {
		.name = "limit", .type = FIELD_INTEGER, .least = 1, .most = most};
	AUTO(json_auto_unref) json_t *value = NULL;
	enum error_code code;

	*ret_limit = usual;
	if (!text)
		return ERROR_OK;
	code = field_parse(&field, text, strlen(text), &value, err);
	if (!code)
		*ret_limit = (unsigned)json_integer_value(value);
	return code;
}
