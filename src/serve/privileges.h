/* From root to the system user, for good. */
#ifndef CENTREX_SERVE_PRIVILEGES_H
#define CENTREX_SERVE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct account {
	uid_t uid;
	gid_t gid;
};

/* The system user of that name. ERROR_NOT_FOUND, or ERROR_FORBIDDEN for root itself. */
MUST_CHECK enum error_code privileges_find(const char *name, struct account *ret_account,
                                           struct error *err);

/* No supplementary groups, no way back. More open files are asked for first, while we still may. */
MUST_CHECK enum error_code privileges_drop(const struct account *account, struct error *err);

/* As many open files as allowed: calls take two to four each. */
void privileges_raise_files(void);

#endif
