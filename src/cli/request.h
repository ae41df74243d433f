/* A command line of an entity, understood: which verb, which row, which values. */
#ifndef CENTREX_CLI_REQUEST_H
#define CENTREX_CLI_REQUEST_H

#include "domain/store.h"

/* Flags besides the columns. */
enum request_option {
	OPTION_TENANT,
	OPTION_LIMIT,
	OPTION_AFTER,
	OPTION_FROM,
	OPTION_TO,
	OPTION_INPUT,
	OPTION_YES,
	OPTION_SHOW_SECRETS,
	OPTION_JSON,
	OPTION_COUNT
};

struct request {
	const struct resource *resource;
	enum resource_verb verb;              /* an action is RESOURCE_UPDATE */
	const struct resource_action *action; /* NULL: the verb alone */
	const char *keys[RESOURCE_KEYS_MAX];  /* show, update, delete: which row */
	const char *options[OPTION_COUNT];    /* NULL: not given; "" for a switch */
	json_t *values; /* create, update: the body; list: text for each column it is filtered by */
	bool ask_input; /* a password is to be read */
};

/* argv[0] is the entity. Values stay in argv; those of columns are checked against the table. The
 * field of an error is the column, or the flag with its hyphens. */
MUST_CHECK enum error_code request_parse(int argc, char **argv, struct request *ret_request,
                                         struct error *err);
void request_clear(struct request *request);

/* Does this option go with this verb of this entity? */
bool request_option_fits(const struct resource *resource, enum resource_verb verb,
                         const struct resource_action *action, enum request_option option);
const char *request_option_name(enum request_option option);
const char *request_option_help(enum request_option option); /* "LIMIT  at most so many rows" */

/* The column the entity's input field (a password) belongs to; NULL: it has none. */
const struct field *request_input_field(const struct resource *resource);

/* --json somewhere before "--": how to say an error of the command line itself. */
bool request_wants_json(int argc, char **argv);

/* What --limit says: 1 to most; usual where it is not given (text NULL). */
MUST_CHECK enum error_code request_limit(const char *text, unsigned most, unsigned usual,
                                         unsigned *ret_limit, struct error *err);

#endif
