#include "cli/extra.h"

#include <string.h>

#include "cli/invite.h"
#include "cli/queue.h"
#include "cli/tenant_activity.h"
#include "cli/tenant_usage.h"
#include "cli/upload.h"

static const struct extra extras[] = {
	{"member", "invite",     invite_usage,           invite_command          },
	{"media",  "upload",     upload_usage,           upload_command          },
	{"queue",  "explain",    queue_explain_usage,    queue_explain_command   },
	{"queue",  "statistics", queue_statistics_usage, queue_statistics_command},
	{"agent",  "statistics", agent_statistics_usage, agent_statistics_command},
	{"tenant", "activity",   tenant_activity_usage,  tenant_activity_command },
	{"tenant", "usage",      tenant_usage_usage,     tenant_usage_command    },
};

const struct extra *extra_find_in(const struct extra *rows, size_t n, int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < n; i++)
		if (strcmp(rows[i].entity, argv[0]) == 0 && strcmp(rows[i].verb, argv[1]) == 0)
			return &rows[i];
	return NULL;
}

const struct extra *extra_find(int argc, char **argv)
{
	return extra_find_in(extras, COUNT_OF(extras), argc, argv);
}

const struct extra *extra_of(const char *entity, size_t i)
{
	for (size_t at = 0; at < COUNT_OF(extras); at++)
		if (strcmp(extras[at].entity, entity) == 0 && i-- == 0)
			return &extras[at];
	return NULL;
}

static bool is_flag(const char *name)
{
	return strncmp(name, "--", 2) == 0;
}

static const struct extra_argument *match(const char *word, size_t length,
                                          const struct extra_argument *arguments, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *name = arguments[i].name;

		if (is_flag(name) ? strlen(name) == length && strncmp(word, name, length) == 0
		                  : !is_flag(word) && !*arguments[i].value)
			return &arguments[i];
	}
	return NULL;
}

static const char *bare(const char *name)
{
	return is_flag(name) ? name + 2 : name;
}

enum error_code extra_parse(int argc, char **argv, const struct extra_argument *arguments, size_t n,
                            bool *ret_json, struct error *err)
{
	*ret_json = false;
	for (int i = 2; i < argc; i++)
		*ret_json |= strcmp(argv[i], "--json") == 0;
	for (int i = 2; i < argc; i++) {
		size_t length = is_flag(argv[i]) ? strcspn(argv[i], "=") : 0;
		const struct extra_argument *argument = match(argv[i], length, arguments, n);

		if (strcmp(argv[i], "--json") == 0)
			continue;
		if (!argument)
			return error_set(err, ERROR_USAGE, NULL,
			                 "%s %s has no argument '%.40s'; see `centrex help %s`",
			                 argv[0], argv[1], argv[i], argv[0]);
		if (!length)
			*argument->value = argv[i];
		else if (argv[i][length] == '=')
			*argument->value = argv[i] + length + 1;
		else if (i + 1 == argc)
			return error_set(err, ERROR_MISSING, argv[i] + 2, "needs a value");
		else
			*argument->value = argv[++i];
	}
	for (size_t i = 0; i < n; i++)
		if (!*arguments[i].value && arguments[i].rule)
			return error_set(err, ERROR_MISSING, bare(arguments[i].name), "%s",
			                 arguments[i].rule);
	return ERROR_OK;
}
