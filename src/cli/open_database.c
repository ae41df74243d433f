#include "cli/open_database.h"

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

enum error_code database_explain(const struct config *config, enum error_code code,
                                 struct error *err)
{
	if (code != ERROR_UNAVAILABLE || *config_text(config, CONFIG_DATABASE))
		return code;
	return error_set(err, code, NULL,
	                 "the database of %.*s is not running; start `centrex serve`",
	                 STATE_SHOWN_MAX, config_text(config, CONFIG_STATE));
}
