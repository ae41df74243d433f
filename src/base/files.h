/* Trees of files. */
#ifndef CENTREX_BASE_FILES_H
#define CENTREX_BASE_FILES_H

#include "base/error.h"

/* Removes a file, or a directory with all that is in it; one that is not there is no error. Links
 * are removed, never followed, also when somebody puts them there meanwhile: root may remove what
 * is in a directory of the system user. */
MUST_CHECK enum error_code files_remove(const char *path, struct error *err);

#endif
