/* What `centrex cdr import` and `centrex cdr dead-letters` work with: an intake without a spool,
 * which tells at once when the database is away. */
#ifndef CENTREX_FREESWITCH_INTAKE_TOOLS_H
#define CENTREX_FREESWITCH_INTAKE_TOOLS_H

#include "cli/open_database.h"
#include "freeswitch/intake.h"

struct intake_tools {
	struct database database;
	struct directory *directory;
	struct intake *intake;
};

MUST_CHECK enum error_code intake_tools_open(const struct config *config,
                                             struct intake_tools *ret_tools, struct error *err);
void intake_tools_close(struct intake_tools *tools);

#endif
