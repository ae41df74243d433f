/* The state directory as a running installation holds it. */
#ifndef CENTREX_SERVE_STATE_H
#define CENTREX_SERVE_STATE_H

#include "base/config.h"

struct state {
	int lock; /* held as long as the supervisor lives */
};

/*
 * Makes the directory (mode 0700) and those in it, becomes the system user when root, and locks the
 * directory. Root gives a directory away only when it is new, empty or holds centrex.conf alone: a
 * mistyped --state /etc must change nothing. Then the working directory is the state directory.
 * ERROR_BUSY: another `centrex serve` has it.
 */
MUST_CHECK enum error_code state_open(const struct config *config, struct state *ret_state,
                                      struct error *err);
void state_close(struct state *state);

#endif
