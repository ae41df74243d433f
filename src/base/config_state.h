/* Where the state directory is when nobody says. For base/config.c. */
#ifndef CENTREX_BASE_CONFIG_STATE_H
#define CENTREX_BASE_CONFIG_STATE_H

/* A static string. Root gets /var/lib/centrex instead of the build's default where the system user
 * it becomes could not reach that (a clone in /root); not when the directory is there already and
 * belongs to somebody else, who then runs Centrex in his own clone. */
const char *config_state_default(void);

#endif
