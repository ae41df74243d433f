/*
 * Where recordings lie: <media>/tenant_<hex>/recordings/<YYYY>/<MM>/<DD>/<call>.wav|.opus, by the
 * day (UTC) of the call's id (uuid_at). While one is written it is recordings/<call>.wav.part,
 * locked (flock), so that what a crash left is found without looking through the days.
 *
 * Directories are 0700 and files 0600, of the user we run as; a symbolic link is never followed.
 * Any thread; all of it may wait for the disk.
 */
#ifndef CENTREX_SIP_RECORDER_PLACE_H
#define CENTREX_SIP_RECORDER_PLACE_H

#include "audio/record_file.h"
#include "base/uuid.h"

enum { RECORDER_PATH_MAX = 128 };

struct recorder_place {
	struct uuid tenant, call;
	enum record_format format;
};

/* Below the tenant's directory, for cdrs.recording_path; returns path. */
const char *recorder_place_path(const struct recorder_place *place,
                                char path[static RECORDER_PATH_MAX]);

/* An empty .part, for writing; its directories are made, the day's too. ERROR_NO_SPACE, ERROR_IO.
 */
MUST_CHECK enum error_code recorder_place_create(const char *media,
                                                 const struct recorder_place *place, int *ret_file,
                                                 struct error *err);
/* The .part gets its name, once it is on the disk. */
MUST_CHECK enum error_code recorder_place_publish(const char *media,
                                                  const struct recorder_place *place, int file,
                                                  struct error *err);
/* Removes the .part: nothing is in it. */
void recorder_place_drop(const char *media, const struct recorder_place *place);

/* Mends and publishes what an engine that died left; *ret_n: how many. What another engine writes
 * at present is locked, and left alone. The first error is returned, the rest is done all the same.
 */
MUST_CHECK enum error_code recorder_place_recover(const char *media, unsigned *ret_n,
                                                  struct error *err);

#endif
