/*
 * The embedded PostgreSQL: a private cluster under <state>/postgres, reached by a unix socket in
 * <state>/run and by nothing else, run by the distribution's own programs as our OS user.
 *
 * Who may log in is decided by the kernel (auth peer): our OS user and root, as any login of
 * Centrex (centrex_owner, centrex_public, centrex_app_00..15); nobody as the superuser, whose work
 * (roles, database) is done in single-user mode while the cluster is made.
 *
 * Neither function waits for the server: the supervisor's loop does.
 */
#ifndef CENTREX_DB_EMBEDDED_H
#define CENTREX_DB_EMBEDDED_H

#include "base/config.h"
#include "base/process.h"
#include "db/db.h"

/* Where the owner login is reached: database centrex, user centrex_owner. */
void embedded_conninfo(const char *state, struct text *out);

/* Finds the programs and makes the cluster when there is none (about two seconds): in a directory
 * of its own that is renamed when it is complete, so that a crash or a full disk leaves nothing
 * half-made. <state> and <state>/run must exist. Not for root. One line says what is wrong:
 * ERROR_NOT_FOUND without programs, ERROR_CONFLICT for a cluster of another major version,
 * ERROR_INVALID for a state directory whose socket path would be too long, ERROR_IO. */
MUST_CHECK enum error_code embedded_prepare(const struct config *config, struct error *err);

/* Starts the server in a process group of its own, or takes over the one that is still running
 * (process.ours is false then). */
MUST_CHECK enum error_code embedded_start(const struct config *config, struct process *ret_process,
                                          struct error *err);

enum embedded_answer { EMBEDDED_READY, EMBEDDED_STARTING, EMBEDDED_AWAY };
enum embedded_answer embedded_ping(const struct config *config);

/* The last complaint of a server that ended at once, from its start log; "" when there is none. */
void embedded_complaint(const struct config *config, struct text *out);

#endif
