/*
 * What is kept for so long only: recordings older than their tenant's setting recording_days go,
 * when this process starts and every hour, by a thread of its own. Several web processes may do it
 * at once.
 */
#ifndef CENTREX_WEB_RETENTION_H
#define CENTREX_WEB_RETENTION_H

#include "db/db.h"

struct retention;

/* directory: of media; both outlive it. */
MUST_CHECK enum error_code retention_open(struct db *db, const char *directory,
                                          struct retention **ret_retention, struct error *err);
/* Waits for what is under way. NULL is allowed. */
void retention_close(struct retention *retention);

#endif
