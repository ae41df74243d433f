#include "base/config_state.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char installed[] = "/var/lib/centrex";

/* Every directory above path may be passed through by everybody. What is not there yet, root makes
 * so. */
static bool reachable(const char *path)
{
	char parent[PATH_MAX];
	struct stat status;

	for (size_t i = 1; path[i] && i < sizeof(parent); i++) {
		if (path[i] != '/')
			continue;
		memcpy(parent, path, i);
		parent[i] = '\0';
		if (stat(parent, &status) == 0 && !(status.st_mode & S_IXOTH))
			return false;
	}
	return true;
}

const char *config_state_default(void)
{
	struct stat status;

	if (geteuid() != 0 || reachable(CENTREX_STATE_DIR))
		return CENTREX_STATE_DIR;
	if (stat(CENTREX_STATE_DIR, &status) == 0 && status.st_uid != 0)
		return CENTREX_STATE_DIR;
	return installed;
}
