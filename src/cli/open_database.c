#include "cli/open_database.h"

#include <errno.h>
#include <unistd.h>

#include "db/embedded.h"

enum { STATE_SHOWN_MAX = 150 };

enum error_code database_open(const struct config *config, struct database *ret_database,
                              struct error *err)
{
	enum error_code code;

	ret_database->db = NULL;
	code = db_login_load(config, "centrex cli", &ret_database->login, err);
	if (code)
		return code;
	/* One command, one thread. */
	ret_database->login.config.connections_per_login = 1;
	code = db_open(&ret_database->login.config, &ret_database->db, err);
	if (code)
		db_login_clear(&ret_database->login);
	return code;
}

void database_close(struct database *database)
{
	db_close(database->db);
	database->db = NULL;
	db_login_clear(&database->login);
}

static bool is_anothers(const char *state)
{
	AUTO(text_clear) struct text run = {0};

	text_addf(&run, "%s/run", state);
	return !run.failed && access(text_string(&run), X_OK) != 0 && errno == EACCES;
}

enum error_code database_explain(const struct config *config, enum error_code code,
                                 struct error *err)
{
	const char *state = config_text(config, CONFIG_STATE);

	if (code != ERROR_UNAVAILABLE || *config_text(config, CONFIG_DATABASE))
		return code;
	if (is_anothers(state))
		return error_set(err, ERROR_FORBIDDEN, "state",
		                 "%.*s belongs to another user; use sudo", STATE_SHOWN_MAX, state);
	switch (embedded_ping(config)) {
	case EMBEDDED_READY:
		return code;
	case EMBEDDED_STARTING:
		return error_set(err, code, NULL, "the database of %.*s is starting; try again",
		                 STATE_SHOWN_MAX, state);
	case EMBEDDED_AWAY:
		break;
	}
	return error_set(err, code, NULL,
	                 "the database of %.*s is not running; start `centrex serve`",
	                 STATE_SHOWN_MAX, state);
}
