/* Commands of an entity that are no verb of its table: `member invite`, `queue explain`. */
#ifndef CENTREX_CLI_EXTRA_H
#define CENTREX_CLI_EXTRA_H

#include <stdbool.h>

#include "cli/command.h"

struct extra {
	const char *entity, *verb;
	const char *usage;
	int (*run)(const struct config *config, int argc, char **argv);
};

/* argv as a command gets it; NULL: none of them. */
const struct extra *extra_find(int argc, char **argv);
/* The same among others: main.c knows those of folders that this one may not use. */
const struct extra *extra_find_in(const struct extra *rows, size_t n, int argc, char **argv);
/* The i-th of an entity; NULL: there are no more. */
const struct extra *extra_of(const char *entity, size_t i);

/* What such a command takes: "--flag VALUE", or a word without flag (name without hyphens). */
struct extra_argument {
	const char *name;
	const char **value; /* NULL to begin with */
	const char *rule;   /* what is missing: "is required: a domain or an id"; NULL: optional */
};

/* *ret_json is written also where it fails. */
MUST_CHECK enum error_code extra_parse(int argc, char **argv,
                                       const struct extra_argument *arguments, size_t n,
                                       bool *ret_json, struct error *err);

#endif
