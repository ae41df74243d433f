#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "serve/serve.h"

const char settings_usage[] = "Usage: centrex config [--json]\n\n"
			      "Prints every setting, the value in force and where it came from:\n"
			      "a flag, the environment, a line of the settings file, or the\n"
			      "default. Passwords are shown as ***.\n";

static int width(size_t n, size_t most)
{
	return (int)(n > most ? most : n);
}

static void print_table(const struct config *config)
{
	enum { VALUE_WIDTH_MAX = 48 };
	size_t widest = 5;

	for (unsigned i = 0; i < CONFIG_SETTING_COUNT; i++) {
		AUTO(text_clear) struct text value = {0};

		config_show(config, i, &value);
		if (value.length > widest)
			widest = value.length;
	}
	printf("%-24s  %-*s  %s\n", "SETTING", width(widest, VALUE_WIDTH_MAX), "VALUE", "FROM");
	for (unsigned i = 0; i < CONFIG_SETTING_COUNT; i++) {
		AUTO(text_clear) struct text value = {0};
		AUTO(text_clear) struct text origin = {0};

		config_show(config, i, &value);
		config_origin(config, i, &origin);
		printf("%-24s  %-*s  %s\n", config_name(i), width(widest, VALUE_WIDTH_MAX),
		       value.length ? text_string(&value) : "-", text_string(&origin));
	}
	if (config_file(config))
		printf("\nSettings file: %s\n", config_file(config));
}

static void add_json_text(struct text *out, const char *name, const struct text *value)
{
	text_addf(out, "\"%s\":\"", name);
	text_add_json(out, text_string(value), value->length);
	text_add(out, "\"");
}

static void add_json_setting(const struct config *config, enum config_setting setting,
                             struct text *out)
{
	static const char *const sources[] = {[CONFIG_DEFAULT] = "default",
	                                      [CONFIG_FILE] = "file",
	                                      [CONFIG_ENVIRONMENT] = "environment",
	                                      [CONFIG_FLAG] = "flag"};
	AUTO(text_clear) struct text value = {0};
	AUTO(text_clear) struct text origin = {0};

	config_show(config, setting, &value);
	config_origin(config, setting, &origin);
	text_addf(out, "\"%s\":{", config_name(setting));
	if (config_type(setting) == CONFIG_NUMBER)
		text_addf(out, "\"value\":%s", text_string(&value));
	else if (config_type(setting) == CONFIG_SWITCH)
		text_addf(out, "\"value\":%s", config_switch(config, setting) ? "true" : "false");
	else
		add_json_text(out, "value", &value);
	text_addf(out, ",\"source\":\"%s\",", sources[config_source(config, setting)]);
	add_json_text(out, "origin", &origin);
	text_add(out, "}");
}

static int print_json(const struct config *config)
{
	AUTO(text_clear) struct text out = {0};
	struct error err;

	text_add(&out, "{");
	for (unsigned i = 0; i < CONFIG_SETTING_COUNT; i++) {
		text_add(&out, i ? "," : "");
		add_json_setting(config, i, &out);
	}
	text_add(&out, "}");
	if (out.failed) {
		error_set(&err, ERROR_MEMORY, NULL, NULL);
		return exit_report(&err, true);
	}
	puts(text_string(&out));
	return EXIT_DONE;
}

int settings_command(const struct config *config, int argc, char **argv)
{
	bool json = argc == 2 && strcmp(argv[1], "--json") == 0;
	struct error err;
	int status = EXIT_DONE;

	if (argc > 1 && !json) {
		error_set(&err, ERROR_USAGE, NULL,
		          "config takes no argument but --json, not '%.40s'",
		          argv[argc > 2 ? 2 : 1]);
		return exit_report(&err, false);
	}
	if (json)
		status = print_json(config);
	else
		print_table(config);
	return status == EXIT_DONE ? exit_flushed() : status;
}
