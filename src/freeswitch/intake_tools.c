#include "freeswitch/intake_tools.h"

enum error_code intake_tools_open(const struct config *config, struct intake_tools *ret_tools,
                                  struct error *err)
{
	struct intake_tools tools = {0};
	struct directory_config directory = {0};
	struct intake_config intake = {0};
	enum error_code code = database_open(config, &tools.database, err);

	if (code != ERROR_OK)
		return code;
	directory.db = intake.db = tools.database.db;
	code = directory_open(&directory, &tools.directory, err);
	intake.directory = tools.directory;
	if (code == ERROR_OK)
		code = intake_open(&intake, &tools.intake, err);
	if (code != ERROR_OK) {
		intake_tools_close(&tools);
		return code;
	}
	*ret_tools = tools;
	return ERROR_OK;
}

void intake_tools_close(struct intake_tools *tools)
{
	intake_close(tools->intake);
	if (tools->directory)
		directory_close(tools->directory);
	database_close(&tools->database);
}
