#include "cli/entity.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cli/actor.h"
#include "cli/exit.h"
#include "cli/extra.h"
#include "cli/open_database.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "cli/request.h"
#include "domain/tenant.h"

/* The body of --input, under what the flags say. */
static enum error_code read_input(struct request *request, struct error *err)
{
	const char *path = request->options[OPTION_INPUT];
	AUTO(prompt_wipe) struct text content = {0};
	AUTO(json_auto_unref) json_t *body = NULL;
	enum error_code code;

	if (!path)
		return ERROR_OK;
	code = prompt_file(path, RESOURCE_BODY_MAX, "input", &content, err);
	if (!code)
		code = resource_parse(text_string(&content), content.length, &body, err);
	if (code)
		return code;
	return json_object_update_missing(request->values, body)
	               ? error_set(err, ERROR_MEMORY, NULL, NULL)
	               : ERROR_OK;
}

/* A password is read after everything else of the command line was found right. */
static enum error_code read_password(struct request *request, struct error *err)
{
	const struct field *field = request_input_field(request->resource);
	AUTO(prompt_wipe) struct text password = {0};
	enum error_code code;
	json_t *value;

	if (!field || json_object_get(request->values, field->name))
		return ERROR_OK;
	if (!request->ask_input && request->verb != RESOURCE_CREATE)
		return ERROR_OK;
	/* Standard input was the body's; what is missing in it, the check will say. */
	if (request->options[OPTION_INPUT] && strcmp(request->options[OPTION_INPUT], "-") == 0)
		return ERROR_OK;
	code = prompt_password(&password, err);
	if (code == ERROR_TOO_LARGE)
		return error_set(err, ERROR_INVALID, field->name, "%s", field->rule);
	if (!code)
		code = field_parse(field, text_string(&password), password.length, &value, err);
	if (code)
		return code;
	return json_object_set_new(request->values, field->name, value)
	               ? error_set(err, ERROR_MEMORY, NULL, NULL)
	               : ERROR_OK;
}

/* What is wrong with a body is said before anything is asked or the database is opened. */
static enum error_code read_values(struct request *request, struct error *err)
{
	enum error_code code;

	if (request->action ||
	    (request->verb != RESOURCE_CREATE && request->verb != RESOURCE_UPDATE))
		return ERROR_OK;
	code = read_input(request, err);
	if (!code)
		code = read_password(request, err);
	return code ? code : resource_check(request->resource, request->verb, request->values, err);
}

static enum error_code print_row(const struct request *request, const char *row, struct error *err)
{
	AUTO(prompt_wipe) struct text out = {0};
	enum error_code code;

	if (request->options[OPTION_JSON]) {
		puts(row);
		return ERROR_OK;
	}
	code = output_row(request->resource, row, &out, err);
	if (!code)
		fputs(text_string(&out), stdout);
	return code;
}

static enum error_code run_list(const struct request *request, const struct store_call *call,
                                struct error *err)
{
	struct store_query query = {
		.filter = request->values,
		.after = request->options[OPTION_AFTER],
		.from = request->options[OPTION_FROM],
		.to = request->options[OPTION_TO],
	};
	AUTO(prompt_wipe) struct text rows = {0};
	AUTO(prompt_wipe) struct text out = {0};
	AUTO(text_clear) struct text next = {0};
	enum error_code code = request_limit(request->options[OPTION_LIMIT], STORE_LIMIT_MAX, 0,
	                                     &query.limit, err);

	if (!code)
		code = store_list(call, &query, &rows, &next, err);
	if (!code && !request->options[OPTION_JSON])
		code = output_table(request->resource, text_string(&rows), &out, err);
	if (code)
		return code;
	if (request->options[OPTION_JSON])
		puts(text_string(&rows));
	else
		fputs(text_string(&out), stdout);
	if (next.length)
		fprintf(stderr, "more: --after '%s'\n", text_string(&next));
	return ERROR_OK;
}

/* --yes NAME, or the name typed again. */
static enum error_code confirm(const struct request *request, const struct store_call *call,
                               struct error *err)
{
	const char *column = request->resource->confirm;
	const char *yes = request->options[OPTION_YES];
	AUTO(json_auto_unref) json_t *row = NULL;
	AUTO(text_clear) struct text json = {0};
	AUTO(text_clear) struct text answer = {0};
	AUTO(text_clear) struct text question = {0};
	const char *name;
	enum error_code code;

	if (!column)
		return ERROR_OK;
	code = store_show(call, request->keys, &json, err);
	if (code)
		return code;
	row = json_loads(text_string(&json), 0, NULL);
	name = json_string_value(json_object_get(row, column));
	if (!name)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (!yes) {
		text_addf(&question,
		          "This deletes %s and everything in it. Type its %s again to go on: ",
		          name, column);
		code = prompt_line(text_string(&question), &answer, err);
		if (code)
			return code;
		yes = text_string(&answer);
	}
	if (strcasecmp(yes, name) != 0)
		return error_set(err, ERROR_INVALID, request->options[OPTION_YES] ? "yes" : column,
		                 "is not %.200s; nothing was deleted", name);
	return ERROR_OK;
}

static enum error_code run_delete(const struct request *request, const struct store_call *call,
                                  struct error *err)
{
	enum error_code code = confirm(request, call, err);

	if (!code)
		code = store_delete(call, request->keys, err);
	if (!code && !request->options[OPTION_JSON])
		puts("deleted");
	return code;
}

static enum error_code run_verb(const struct request *request, const struct store_call *call,
                                struct error *err)
{
	AUTO(prompt_wipe) struct text row = {0};
	enum error_code code = ERROR_INTERNAL;

	switch (request->verb) {
	case RESOURCE_LIST:
		return run_list(request, call, err);
	case RESOURCE_DELETE:
		return run_delete(request, call, err);
	case RESOURCE_SHOW:
		code = store_show(call, request->keys, &row, err);
		break;
	case RESOURCE_CREATE:
		code = store_create(call, request->values, &row, err);
		break;
	case RESOURCE_UPDATE:
		code = request->action
		               ? store_act(call, request->keys, request->action, &row, err)
		               : store_update(call, request->keys, request->values, &row, err);
		break;
	case RESOURCE_VERB_COUNT:
		break;
	}
	return code ? code : print_row(request, text_string(&row), err);
}

static enum error_code run_request(const struct config *config, const struct request *request,
                                   struct db *db, struct error *err)
{
	struct store_call call = {
		.db = db,
		.resource = request->resource,
		.show_secrets = request->options[OPTION_SHOW_SECRETS],
	};
	AUTO(text_clear) struct text media = {0};
	char name[ACTOR_NAME_MAX];
	struct tenant tenant;
	enum error_code code = ERROR_OK;

	call.actor = actor_of_command(name);
	text_addf(&media, "%s/media", config_text(config, CONFIG_STATE));
	if (media.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	call.media = media.data;
	if (resource_in_tenant(request->resource)) {
		code = tenant_find(db, request->options[OPTION_TENANT], &tenant, err);
		if (!code)
			call.tenant = tenant.id;
	}
	return code ? code : run_verb(request, &call, err);
}

/* The settings that say where the database is. The others' flags mean nothing here, and one may be
 * a slip for a column (--user for --user-id). */
static enum error_code check_settings(const struct config *config, const char *entity,
                                      struct error *err)
{
	static const bool meant[CONFIG_SETTING_COUNT] = {
		[CONFIG_STATE] = true,
		[CONFIG_DATABASE] = true,
		[CONFIG_LOG_LEVEL] = true,
		[CONFIG_LOG_FORMAT] = true,
	};

	for (unsigned i = 0; i < CONFIG_SETTING_COUNT; i++)
		if (!meant[i] && config_source(config, i) == CONFIG_FLAG)
			return error_set(err, ERROR_USAGE, config_name(i), "%s has no such flag",
			                 entity);
	return ERROR_OK;
}

int entity_command(const struct config *config, int argc, char **argv)
{
	const struct extra *extra = extra_find(argc, argv);
	bool json = request_wants_json(argc, argv);
	AUTO(request_clear) struct request request = {0};
	struct database database;
	enum error_code code;
	struct error err;

	if (extra)
		return extra->run(config, argc, argv);
	code = check_settings(config, argv[0], &err);
	if (!code)
		code = request_parse(argc, argv, &request, &err);
	if (!code)
		code = read_values(&request, &err);
	if (!code)
		code = database_open(config, &database, &err);
	if (code)
		return exit_report(&err, json);
	code = run_request(config, &request, database.db, &err);
	if (code)
		code = database_explain(config, code, &err);
	database_close(&database);
	return code ? exit_report(&err, json) : exit_flushed();
}
