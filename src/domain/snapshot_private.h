/* What snapshot_load.c (the rows) and snapshot_settings.c (what is set) share. */
#ifndef CENTREX_DOMAIN_SNAPSHOT_PRIVATE_H
#define CENTREX_DOMAIN_SNAPSHOT_PRIVATE_H

#include "db/tx.h"
#include "domain/snapshot.h"

/* From the columns of snapshot_queues that begin there, all but the overflow number. A queue
 * without a row of settings (made by the release before) has the defaults. */
void queue_settings_read(const struct tx_result *result, size_t statement, size_t row,
                         size_t column, struct queue_settings *ret_settings);

/* Every setting as it is when it is not set. */
void snapshot_defaults(struct snapshot *snapshot);
/* One that is; a value it cannot have, and a name not known, change nothing. text lives as long as
 * the snapshot. hold_music is the caller's. */
void snapshot_setting(struct snapshot *snapshot, const char *name, const char *text);

#endif
