/* `centrex cdr dead-letters`: what call records found no place, and another try. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "cli/output.h"
#include "domain/resource.h"
#include "freeswitch/command.h"
#include "freeswitch/dead_letters.h"
#include "freeswitch/intake_tools.h"

const char dead_letters_usage[] =
	"centrex cdr dead-letters [list] [--limit N] [FLAGS]\n"
	"  the newest call records that found no place, and why (100 of them)\n"
	"centrex cdr dead-letters show ID [--body] [FLAGS]\n"
	"  one of them; --body: what FreeSWITCH sent, as it came, and nothing else\n"
	"centrex cdr dead-letters replay ID ...|--all [FLAGS]\n"
	"  tries again; what is stored now is a dead letter no more\n"
	"centrex cdr dead-letters remove ID ... [FLAGS]\n"
	"  --json                print JSON; an error is JSON too\n";

enum { LIST_DEFAULT = 100, LIST_MOST = 10000, IDS_MAX = 1000 };

enum verb { LIST, SHOW, REPLAY, REMOVE, VERB_COUNT };

static const char *const verbs[VERB_COUNT] = {"list", "show", "replay", "remove"};

struct arguments {
	enum verb verb;
	bool json, all, body;
	unsigned limit;
	struct uuid ids[IDS_MAX];
	size_t n_ids;
};

/* ---- arguments ---- */

static enum error_code misused(const char *word, struct error *err)
{
	return error_set(err, ERROR_USAGE, NULL,
	                 "cdr dead-letters has no argument '%.40s' here; see `centrex cdr "
	                 "dead-letters --help`",
	                 word);
}

static enum error_code parse_limit(const char *value, struct arguments *arguments,
                                   struct error *err)
{
	char *end;
	long limit = value ? strtol(value, &end, 10) : 0;

	if (!value || *end || limit < 1 || limit > LIST_MOST)
		return error_set(err, ERROR_INVALID, "limit", "must be 1 to %d", LIST_MOST);
	arguments->limit = (unsigned)limit;
	return ERROR_OK;
}

static enum error_code parse_word(const char *word, struct arguments *arguments, struct error *err)
{
	if (strcmp(word, "--all") == 0 && arguments->verb == REPLAY)
		arguments->all = true;
	else if (strcmp(word, "--body") == 0 && arguments->verb == SHOW)
		arguments->body = true;
	else if (strncmp(word, "--", 2) == 0 || arguments->verb == LIST)
		return misused(word, err);
	else if (arguments->n_ids == (arguments->verb == SHOW ? 1 : IDS_MAX))
		return error_set(err, ERROR_USAGE, NULL, "too many at once");
	else if (!uuid_parse(word, &arguments->ids[arguments->n_ids++]))
		return error_set(err, ERROR_INVALID, "id", "'%.40s' is no UUID", word);
	return ERROR_OK;
}

static enum error_code parse(int argc, char **argv, struct arguments *arguments, struct error *err)
{
	int at = 2;

	for (int i = 2; i < argc; i++)
		arguments->json |= strcmp(argv[i], "--json") == 0;
	for (unsigned verb = 0; argc > 2 && verb < VERB_COUNT; verb++) {
		if (strcmp(argv[2], verbs[verb]) == 0) {
			arguments->verb = verb;
			at = 3;
		}
	}
	for (; at < argc; at++) {
		enum error_code code = ERROR_OK;

		if (strcmp(argv[at], "--json") == 0)
			continue;
		if (strcmp(argv[at], "--limit") == 0 && arguments->verb == LIST)
			code = parse_limit(at + 1 < argc ? argv[++at] : NULL, arguments, err);
		else
			code = parse_word(argv[at], arguments, err);
		if (code != ERROR_OK)
			return code;
	}
	if (arguments->verb != LIST && !arguments->n_ids && !arguments->all)
		return error_set(err, ERROR_MISSING, "id", "is required: which one");
	return ERROR_OK;
}

/* ---- list and show ---- */

static void add_value(struct text *out, const json_t *row, const char *name, int width)
{
	const json_t *value = json_object_get(row, name);
	AUTO(text_clear) struct text shown = {0};

	if (json_is_integer(value))
		text_addf(&shown, "%lld", (long long)json_integer_value(value));
	else
		output_printable(json_string_value(value), json_string_length(value), &shown);
	text_addf(out, "%-*s", width, text_string(&shown));
	out->failed |= shown.failed;
}

static enum error_code print_text(struct text *out, struct error *err)
{
	if (out->failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	fputs(text_string(out), stdout);
	return ERROR_OK;
}

static enum error_code list(struct intake_tools *tools, const struct arguments *arguments,
                            struct error *err)
{
	static const struct {
		const char *name;
		int width;
	} columns[] = {
		{"id",          38},
                {"received_at", 34},
                {"reason",      18},
                {"attempts",    10},
		{"bytes",       10},
                {"call_leg",    39},
                {"detail",      0 },
	};
	AUTO(text_clear) struct text json = {0}, out = {0};
	AUTO(json_auto_unref) json_t *rows = NULL;
	enum error_code code = dead_letter_list(tools->database.db, arguments->limit, &json, err);

	if (code != ERROR_OK)
		return code;
	if (arguments->json) {
		puts(text_string(&json));
		return ERROR_OK;
	}
	rows = json_loadb(json.data, json.length, 0, NULL);
	if (!rows)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	for (size_t i = 0; i < COUNT_OF(columns); i++)
		text_addf(&out, "%-*s", columns[i].width, columns[i].name);
	text_add_char(&out, '\n');
	for (size_t row = 0; row < json_array_size(rows); row++) {
		for (size_t i = 0; i < COUNT_OF(columns); i++)
			add_value(&out, json_array_get(rows, row), columns[i].name,
			          columns[i].width);
		text_add_char(&out, '\n');
	}
	return print_text(&out, err);
}

static enum error_code show_body(struct intake_tools *tools, const struct uuid *id,
                                 struct error *err)
{
	struct dead_letter letter = {0};
	enum error_code code = dead_letter_fetch(tools->database.db, id, &letter, err);

	if (code == ERROR_OK)
		fwrite(text_string(&letter.body), 1, letter.body.length, stdout);
	dead_letter_clear(&letter);
	return code;
}

static enum error_code show(struct intake_tools *tools, const struct arguments *arguments,
                            struct error *err)
{
	AUTO(text_clear) struct text json = {0}, out = {0};
	AUTO(json_auto_unref) json_t *row = NULL;
	enum error_code code;
	const char *name;
	json_t *value;

	if (arguments->body)
		return show_body(tools, &arguments->ids[0], err);
	code = dead_letter_show(tools->database.db, &arguments->ids[0], &json, err);
	if (code != ERROR_OK)
		return code;
	if (arguments->json) {
		puts(text_string(&json));
		return ERROR_OK;
	}
	row = json_loadb(json.data, json.length, 0, NULL);
	json_object_foreach(row, name, value)
	{
		text_addf(&out, "%-14s", name);
		add_value(&out, row, name, 0);
		text_add_char(&out, '\n');
	}
	return row ? print_text(&out, err) : error_set(err, ERROR_MEMORY, NULL, NULL);
}

/* ---- replay and remove ---- */

/* *ret_stored: it has a place now. */
static enum error_code replay_one(struct intake_tools *tools, const struct uuid *id,
                                  bool *ret_stored, struct error *err)
{
	struct dead_letter dead = {0};
	struct intake_letter letter;
	enum intake_outcome outcome;
	enum error_code code = dead_letter_fetch(tools->database.db, id, &dead, err);

	if (code != ERROR_OK)
		return code;
	letter = (struct intake_letter){text_string(&dead.content_type), text_string(&dead.leg),
	                                text_string(&dead.body), dead.body.length};
	code = intake_take(tools->intake, &letter, &outcome, err);
	*ret_stored = code == ERROR_OK && outcome == INTAKE_STORED;
	if (*ret_stored)
		code = dead_letter_remove(tools->database.db, id, err);
	if (code == ERROR_NOT_FOUND) /* somebody else did */
		code = ERROR_OK;
	dead_letter_clear(&dead);
	return code;
}

static enum error_code replay(struct intake_tools *tools, const struct arguments *arguments,
                              size_t *ret_dead, struct error *err)
{
	AUTO(auto_free) struct uuid *all = NULL;
	const struct uuid *ids = arguments->ids;
	size_t n = arguments->n_ids, stored = 0;
	enum error_code code = ERROR_OK;

	if (arguments->all) {
		code = dead_letter_ids(tools->database.db, &all, &n, err);
		ids = all;
	}
	for (size_t i = 0; i < n && code == ERROR_OK; i++) {
		bool is_stored = false;

		code = replay_one(tools, &ids[i], &is_stored, err);
		if (arguments->all && code == ERROR_NOT_FOUND) {
			code = ERROR_OK;
			continue;
		}
		stored += is_stored;
		*ret_dead += code == ERROR_OK && !is_stored;
	}
	if (code == ERROR_OK || stored || *ret_dead)
		printf(arguments->json ? "{\"stored\":%zu,\"dead\":%zu}\n"
		                       : "%zu stored, %zu are dead letters still\n",
		       stored, *ret_dead);
	return code;
}

static enum error_code remove_all(struct intake_tools *tools, const struct arguments *arguments,
                                  struct error *err)
{
	enum error_code code = ERROR_OK;
	size_t removed = 0;

	for (; removed < arguments->n_ids && code == ERROR_OK; removed += code == ERROR_OK)
		code = dead_letter_remove(tools->database.db, &arguments->ids[removed], err);
	if (code == ERROR_OK)
		printf(arguments->json ? "{\"removed\":%zu}\n" : "%zu removed\n", removed);
	return code;
}

static enum error_code run(struct intake_tools *tools, const struct arguments *arguments,
                           size_t *ret_dead, struct error *err)
{
	switch (arguments->verb) {
	case LIST:
		return list(tools, arguments, err);
	case SHOW:
		return show(tools, arguments, err);
	case REPLAY:
		return replay(tools, arguments, ret_dead, err);
	case REMOVE:
		return remove_all(tools, arguments, err);
	case VERB_COUNT:
		break;
	}
	return error_set(err, ERROR_INTERNAL, NULL, NULL);
}

int dead_letters_command(const struct config *config, int argc, char **argv)
{
	AUTO(auto_free) struct arguments *arguments = calloc(1, sizeof(*arguments));
	struct intake_tools tools;
	struct error err = {0};
	size_t dead = 0;
	enum error_code code;

	if (!arguments) {
		error_fill(&err, ERROR_MEMORY, NULL, NULL);
		return exit_report(&err, false);
	}
	arguments->limit = LIST_DEFAULT;
	code = parse(argc, argv, arguments, &err);
	if (code == ERROR_OK)
		code = intake_tools_open(config, &tools, &err);
	if (code != ERROR_OK)
		return exit_report(&err, arguments->json);
	code = run(&tools, arguments, &dead, &err);
	if (code != ERROR_OK)
		code = database_explain(config, code, &err);
	intake_tools_close(&tools);
	if (code != ERROR_OK)
		return exit_report(&err, arguments->json);
	return exit_flushed() == EXIT_DONE && dead ? EXIT_PARTLY : exit_flushed();
}
