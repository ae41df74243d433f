/*
 * Recordings of calls, once they are files: <media>/<schema>/recordings/<YYYY>/<MM>/<DD>/..., named
 * by cdrs.recording_path (sip/recorder.h writes them). They go by an administrator, or when they
 * are older than the tenant's setting recording_days: the file first, then its name in the call's
 * record, so that nothing is kept that no record names. Any thread.
 */
#ifndef CENTREX_DOMAIN_RECORDING_H
#define CENTREX_DOMAIN_RECORDING_H

#include "domain/store.h"

#define RECORDING_DIRECTORY "recordings"

/* directory: of the tenants' media. path: as the call's record has it; a file that is gone already
 * is no error. ERROR_NOT_FOUND: the record names none any more. */
MUST_CHECK enum error_code recording_delete(const struct store_call *call, const char *directory,
                                            const char *id, const char *path, struct error *err);

/* Of every tenant that has recordings in the directory; *ret_removed: files. Several processes may
 * do it at once. The first error is returned, the other tenants are seen to all the same. */
MUST_CHECK enum error_code recordings_expire(struct db *db, const char *directory,
                                             size_t *ret_removed, struct error *err);

#endif
