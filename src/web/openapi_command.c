#include <stdio.h>
#include <string.h>

#include "cli/exit.h"
#include "web/command.h"
#include "web/openapi.h"

const char openapi_usage[] =
	"Usage: centrex openapi\n"
	"\n"
	"Prints the description of the HTTP API (OpenAPI 3.1, JSON), as the server gives it at\n"
	"/api/v1/openapi.json. Needs no server and no database.\n";

int openapi_command(const struct config *config, int argc, char **argv)
{
	struct openapi openapi = {0};
	struct routes *routes = NULL;
	struct error err;
	enum error_code code;
	int status;

	(void)config;
	if (argc > 1) {
		error_set(&err, ERROR_USAGE, NULL, "openapi takes no argument, not '%.40s'",
		          argv[1]);
		return exit_report(&err, false);
	}
	code = routes_open(&routes, &err);
	if (code == ERROR_OK)
		code = openapi_write(routes, &openapi, &err);
	if (code == ERROR_OK) {
		fwrite(openapi.document.data, 1, openapi.document.length, stdout);
		status = exit_flushed();
	} else {
		status = exit_report(&err, false);
	}
	openapi_clear(&openapi);
	routes_close(routes);
	return status;
}
