/*
 * A thread behind one that must never wait (an engine's loop, a connection to a switch): what has
 * to wait for the database is done there.
 *
 * work() does one piece: BEHIND_MORE: call again at once; BEHIND_IDLE: wait for behind_kick, or for
 * every_ms (0: for ever); BEHIND_AWAY: the database takes nothing, call again after a while (250 ms
 * to 5 s, growing).
 */
#ifndef CENTREX_BASE_BEHIND_H
#define CENTREX_BASE_BEHIND_H

#include "base/error.h"

enum behind_result { BEHIND_IDLE, BEHIND_MORE, BEHIND_AWAY };

typedef enum behind_result behind_h(void *arg);

struct behind;

MUST_CHECK enum error_code behind_open(behind_h *work, void *arg, unsigned every_ms,
                                       struct behind **ret_behind, struct error *err);
/* What waits is tried for two seconds; NULL is allowed. */
void behind_close(struct behind *behind);
/* Any thread. */
void behind_kick(struct behind *behind);

#endif
