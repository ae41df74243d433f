#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "freeswitch/settings.h"
#include "freeswitch/setup.h"

struct arguments {
	const char *directory, *node;
	bool json, force;
};

struct report {
	struct text json; /* the rows of files */
	bool as_json;
	unsigned files, secrets;
};

static enum error_code parse(int argc, char **argv, struct arguments *ret, struct error *err)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			ret->json = true;
		else if (strcmp(argv[i], "--force") == 0)
			ret->force = true;
		else if (argv[i][0] == '-' || ret->node)
			return error_set(err, ERROR_USAGE, NULL,
			                 "`centrex freeswitch config` takes no argument '%.40s'",
			                 argv[i]);
		else if (ret->directory)
			ret->node = argv[i];
		else
			ret->directory = argv[i];
	}
	if (!ret->directory || !*ret->directory)
		return error_set(err, ERROR_USAGE, NULL,
		                 "`centrex freeswitch config` needs the directory to write to");
	return ERROR_OK;
}

static void on_written(const struct embedded_file *file, bool secret, void *arg)
{
	struct report *report = arg;

	if (!report->as_json)
		printf("%s  %s\n", secret ? "0600" : "0644", file->path);
	text_addf(&report->json, "%s{\"path\":\"%s\",\"secret\":%s}", report->files ? "," : "",
	          file->path, secret ? "true" : "false");
	report->files++;
	report->secrets += secret;
}

static int print_json(const struct setup *setup, const char *directory, const struct report *report)
{
	AUTO(text_clear) struct text out = {0};
	struct error err;

	text_add(&out, "{\"directory\":\"");
	text_add_json(&out, directory, strlen(directory));
	text_addf(&out, "\",\"files\":[%s],\"warnings\":[", text_string(&report->json));
	for (size_t i = 0; i < SETUP_WARNINGS_MAX && setup->warnings[i]; i++)
		text_addf(&out, "%s\"%s\"", i ? "," : "", setup->warnings[i]);
	text_add(&out, "]}");
	if (out.failed || report->json.failed) {
		error_set(&err, ERROR_MEMORY, NULL, NULL);
		return exit_report(&err, true);
	}
	puts(text_string(&out));
	return exit_flushed();
}

static int print_text(const struct setup *setup, const char *directory, const struct report *report)
{
	for (size_t i = 0; i < SETUP_WARNINGS_MAX && setup->warnings[i]; i++)
		fprintf(stderr, "centrex: warning: %s\n", setup->warnings[i]);
	printf("\n%u files written to %s, %u of them with passwords. What to do with them: "
	       "%s/README.md\n",
	       report->files, directory, report->secrets, directory);
	return exit_flushed();
}

int setup_command(const struct config *config, int argc, char **argv)
{
	struct arguments arguments = {0};
	AUTO(setup_clear) struct setup setup = {0};
	struct report report = {0};
	struct error err;
	int status;
	enum error_code code = parse(argc, argv, &arguments, &err);

	setup.force = arguments.force;
	report.as_json = arguments.json;
	if (code == ERROR_OK)
		code = freeswitch_settings_check(config, &err);
	if (code == ERROR_OK)
		code = setup_values(config, arguments.node, &setup, &err);
	if (code == ERROR_OK)
		code = setup_write(&setup, arguments.directory, on_written, &report, &err);
	if (code != ERROR_OK)
		status = exit_report(&err, arguments.json);
	else if (arguments.json)
		status = print_json(&setup, arguments.directory, &report);
	else
		status = print_text(&setup, arguments.directory, &report);
	text_clear(&report.json);
	return status;
}
