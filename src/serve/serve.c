#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/exit.h"
#include "db/embedded.h"
#include "freeswitch/settings.h"
#include "serve/privileges.h"
#include "serve/state.h"
#include "serve/supervisor.h"

const char serve_usage[] =
	"Usage: centrex serve [--demo] [--SETTING VALUE ...]\n\n"
	"Runs Centrex: its own PostgreSQL (unless --database names yours), the schema's "
	"migrations\n"
	"the SIP engine and the HTTP API, and starts again what ends. --demo makes two tenants "
	"with three "
	"phones\n"
	"each and an administrator when the database is empty, and prints what they need.\n\n"
	"As root it becomes the system user of --user and owns nothing as root afterwards.\n"
	"SIGTERM or Ctrl-C: calls may go on for drain-s seconds; once more: they end at once.\n"
	"SIGHUP: the settings file is read anew.\n";

/* The children, in the order they start. */
/* clang-format off */
static const struct service services[] = {
	{.name = "postgres", .kind = SERVICE_POSTGRES},
	/* A tenant that cannot be migrated must not keep the phones of all others from working: this
	 * version runs on the schema of the one before as well. */
	{.name = "migrate", .kind = SERVICE_ONCE, .argv = {"centrex", "migrate"}, .mute = true,
	 .good_enough = EXIT_PARTLY},
	{.name = "sip", .kind = SERVICE_DAEMON, .argv = {"centrex", "sip"}},
	{.name = "web", .kind = SERVICE_DAEMON, .argv = {"centrex", "web"}},
	{.name = "freeswitch", .kind = SERVICE_DAEMON, .argv = {"centrex", "freeswitch", "run"},
	 .needs = CONFIG_FREESWITCH_NODES},
	{.name = "demo", .kind = SERVICE_ONCE, .argv = {"centrex", "demo"}, .demo_only = true},
};
/* clang-format on */

/* Descriptors 0, 1 and 2 must be there, or the first files we open take their place. */
static enum error_code fill_standard_descriptors(struct error *err)
{
	int file;

	do {
		file = open("/dev/null", O_RDWR);
		if (file < 0)
			return error_errno(err, "open /dev/null");
	} while (file <= STDERR_FILENO);
	close(file);
	return ERROR_OK;
}

/* The settings file is read anew at SIGHUP, and by every child: the user we became must be able to.
 */
static enum error_code check_settings_again(const struct config *config, struct error *err)
{
	struct config *again = NULL;
	enum error_code code = config_reload(config, &again, err);

	config_free(again);
	return code;
}

static enum error_code prepare(const struct config *config, struct state *ret_state,
                               struct error *err)
{
	enum error_code code = fill_standard_descriptors(err);

	if (code == ERROR_OK)
		code = freeswitch_settings_check(config, err);
	if (code == ERROR_OK)
		code = state_open(config, ret_state, err);
	if (code == ERROR_OK)
		code = check_settings_again(config, err);
	if (code == ERROR_OK)
		code = config_export(config, err);
	if (code == ERROR_OK && !config_text(config, CONFIG_DATABASE)[0])
		code = embedded_prepare(config, err);
	privileges_raise_files();
	return code;
}

int serve_command(const struct config *config, int argc, char **argv)
{
	bool demo = argc == 2 && strcmp(argv[1], "--demo") == 0;
	struct state state = {.lock = -1};
	struct error err;
	int status;

	if (argc > 1 && !demo) {
		error_set(&err, ERROR_USAGE, NULL,
		          "serve takes no argument but --demo, not '%.40s'",
		          argv[argc > 2 ? 2 : 1]);
		return exit_report(&err, false);
	}
	if (prepare(config, &state, &err))
		status = exit_report(&err, false);
	else
		status = supervisor_run(config, services, COUNT_OF(services), demo);
	state_close(&state);
	return status;
}
