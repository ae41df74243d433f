/*
 * The tenants' audio: uploaded, converted by a process that can do nothing else
 * (audio/command.h), kept under <directory>/<schema>/<id>/:
 *
 *   original.wav|flac|ogg|mp3    as it came
 *   8000.wav 16000.wav 48000.wav 16-bit mono PCM
 *   stream/8000.wav              that of 8 kHz again, alone in its directory: FreeSWITCH's
 *                                mod_local_stream plays all files of one
 *   peaks.json                   its picture (audio/command.h)
 *
 * An upload is made in <schema>/.upload-<id>, synced, renamed, and last its rows are written; what
 * a crash leaves in between, media_sweep removes. The tenant's recordings lie in
 * <schema>/recordings. Nothing below follows a symbolic link.
 */
#ifndef CENTREX_DOMAIN_MEDIA_H
#define CENTREX_DOMAIN_MEDIA_H

#include "domain/store.h"

enum {
	MEDIA_LONGEST_S = 7200,        /* audio of an upload */
	MEDIA_CONVERSIONS_MAX = 2,     /* at one time */
	MEDIA_CONVERSIONS_WAITING = 1, /* behind them; the next is ERROR_BUSY */
	MEDIA_CONVERSION_S = 300,      /* before a conversion is ended */
	MEDIA_NAME_MAX = 255,          /* characters */
};

#define MEDIA_STREAM        "stream"
#define MEDIA_STREAM_FILE   "8000.wav"

#define MEDIA_SETTING_QUOTA "media_quota_mib"

struct uploads; /* any thread */

struct uploads_config {
	struct db *db;
	const char *directory;
	int64_t quota_mib;     /* where a tenant's setting says no other */
	const char *converter; /* the program; NULL: this one */
};

/* config and its texts outlive it. */
MUST_CHECK enum error_code uploads_open(const struct uploads_config *config,
                                        struct uploads **ret_uploads, struct error *err);
/* No upload may be under way. NULL is allowed. */
void uploads_close(struct uploads *uploads);
/* Bytes that a tenant may keep whose setting says no other. */
int64_t uploads_quota(const struct uploads *uploads);

struct media_upload {
	int file; /* its bytes: from offset, so many */
	uint64_t offset, bytes;
	const char *name; /* what the file was called: n bytes of any kind */
	size_t name_length;
	const char *category; /* moh, ivr */
	/* True once nobody waits for the result any more; asked now and then. NULL: never. */
	bool (*is_gone)(void *arg);
	void *arg;
};

/*
 * Takes a file in. call: of the resource "media", with once or without; ret_row as store_create
 * gives it. Nothing is left on disk and no row where it fails: ERROR_INVALID, field category,
 * original_name or file; ERROR_TOO_LARGE, field file: it lasts too long, or the tenant's quota does
 * not hold it; ERROR_BUSY: too many conversions; ERROR_NO_SPACE; ERROR_TIMEOUT: nobody waits.
 */
MUST_CHECK enum error_code media_upload(struct uploads *uploads, const struct store_call *call,
                                        const struct media_upload *upload, struct text *ret_row,
                                        struct error *err);

/* What a file may be called: 1 to 255 characters of UTF-8, none of them a control character, a line
 * separator, one that reverses text (U+202A to 202E, 2066 to 2069), / or \; not . or .. */
MUST_CHECK enum error_code media_check_name(const char *name, size_t n, const char *field,
                                            struct error *err);

/* A file below the tenant's directory, for reading; ERROR_NOT_FOUND where there is none, and where
 * the path leads out of it, over a symbolic link, or to what is no regular file. */
MUST_CHECK enum error_code media_open_file(const char *directory, const struct uuid *tenant,
                                           const char *path, int *ret_file, struct error *err);

/* The same for one of several tenants: a path below the media directory itself, as struct sound has
 * it (domain/snapshot.h). */
MUST_CHECK enum error_code media_open_sound(const char *directory, const char *path, int *ret_file,
                                            struct error *err);

/* Removes what crashes left: unfinished uploads, and files whose row never came to be or is gone.
 * Tenants that the database does not know are left alone, and those with an upload under way. What
 * cannot be removed keeps nothing else; err tells of the first. */
MUST_CHECK enum error_code media_sweep(struct uploads *uploads, size_t *ret_removed,
                                       struct error *err);

#endif
