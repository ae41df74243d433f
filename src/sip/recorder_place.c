#include "sip/recorder_place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/files.h"
#include "base/text.h"

static const char recordings[] = "recordings";
static const char suffix[] = ".part";
static const char tenant_prefix[] = "tenant_";

static const char *const extensions[] = {[RECORD_WAV] = ".wav", [RECORD_OPUS] = ".opus"};

/* Names of one recording. */
struct names {
	char tenant[sizeof(tenant_prefix) + UUID_HEX_MAX];
	char part[UUID_TEXT_MAX + 16], file[UUID_TEXT_MAX + 16];
	char days[3][8]; /* directories: year, month, day */
};

static void name(const struct recorder_place *place, struct names *ret_names)
{
	char hex[UUID_HEX_MAX], call[UUID_TEXT_MAX];
	time_t unix_s = 0;
	struct tm day;

	for (size_t i = 0; i < 6; i++)
		unix_s = unix_s << 8 | place->call.bytes[i];
	unix_s /= 1000;
	gmtime_r(&unix_s, &day);
	uuid_format(&place->call, call);
	snprintf(ret_names->tenant, sizeof(ret_names->tenant), "%s%s", tenant_prefix,
	         uuid_format_hex(&place->tenant, hex));
	snprintf(ret_names->file, sizeof(ret_names->file), "%s%s", call, extensions[place->format]);
	snprintf(ret_names->part, sizeof(ret_names->part), "%s%s%s", call,
	         extensions[place->format], suffix);
	snprintf(ret_names->days[0], sizeof(ret_names->days[0]), "%04d",
	         (day.tm_year + 1900) % 10000);
	snprintf(ret_names->days[1], sizeof(ret_names->days[1]), "%02d", (day.tm_mon + 1) % 100);
	snprintf(ret_names->days[2], sizeof(ret_names->days[2]), "%02d", day.tm_mday % 100);
}

const char *recorder_place_path(const struct recorder_place *place,
                                char path[static RECORDER_PATH_MAX])
{
	struct names names;

	name(place, &names);
	snprintf(path, RECORDER_PATH_MAX, "%s/%s/%s/%s/%s", recordings, names.days[0],
	         names.days[1], names.days[2], names.file);
	return path;
}

/* parent is closed. */
static int step_into(int parent, const char *directory, mode_t mode)
{
	int into = -1;

	if (parent >= 0 && (mkdirat(parent, directory, mode) == 0 || errno == EEXIST))
		into = openat(parent, directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (parent >= 0) {
		const int why = errno;

		close(parent);
		errno = why;
	}
	return into;
}

/* The tenant's directory is made as domain/media_draft.c makes it: others may be let into it. */
static int open_recordings(const char *media, const struct names *names)
{
	int at = open(media, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	at = step_into(at, names->tenant, 0750);
	return step_into(at, recordings, 0700);
}

static int open_day(int top, const struct names *names)
{
	int at = fcntl(top, F_DUPFD_CLOEXEC, 0);

	for (size_t i = 0; i < COUNT_OF(names->days); i++)
		at = step_into(at, names->days[i], 0700);
	return at;
}

enum error_code recorder_place_create(const char *media, const struct recorder_place *place,
                                      int *ret_file, struct error *err)
{
	struct names names;

	name(place, &names);
	AUTO(auto_close) int top = open_recordings(media, &names);
	AUTO(auto_close) int day = top < 0 ? -1 : open_day(top, &names);

	if (day < 0)
		return files_error(err, "make a directory for recordings");
	AUTO(auto_close)
	int file =
		openat(top, names.part, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB))
		return files_error(err, "make a recording");
	*ret_file = file;
	file = -1;
	return ERROR_OK;
}

static enum error_code publish(int top, const struct names *names, int file, struct error *err)
{
	AUTO(auto_close) int day = open_day(top, names);

	if (day < 0)
		return files_error(err, "make a directory for recordings");
	if (fdatasync(file) || renameat(top, names->part, day, names->file) || fsync(day) ||
	    fsync(top))
		return files_error(err, "keep a recording");
	return ERROR_OK;
}

enum error_code recorder_place_publish(const char *media, const struct recorder_place *place,
                                       int file, struct error *err)
{
	struct names names;

	name(place, &names);
	AUTO(auto_close) int top = open_recordings(media, &names);

	return top < 0 ? files_error(err, "open the recordings") : publish(top, &names, file, err);
}

void recorder_place_drop(const char *media, const struct recorder_place *place)
{
	struct names names;

	name(place, &names);
	AUTO(auto_close) int top = open_recordings(media, &names);

	if (top >= 0)
		(void)unlinkat(top, names.part, 0);
}

/* ---- what a crash left ---- */

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static bool ends_with(const char *text, const char *end, size_t *ret_before)
{
	const size_t n = strlen(text), m = strlen(end);

	*ret_before = n - m;
	return n > m && strcmp(text + n - m, end) == 0;
}

/* "<call>.wav.part" */
static bool parse_part(const char *part, struct recorder_place *ret_place)
{
	for (size_t i = 0; i < COUNT_OF(extensions); i++) {
		char call[UUID_TEXT_MAX], end[16];
		size_t n;

		snprintf(end, sizeof(end), "%s%s", extensions[i], suffix);
		if (!ends_with(part, end, &n) || n != UUID_TEXT_MAX - 1)
			continue;
		memcpy(call, part, n);
		call[n] = '\0';
		ret_place->format = (enum record_format)i;
		return uuid_parse(call, &ret_place->call);
	}
	return false;
}

static enum error_code recover_part(int top, const char *part, unsigned *n, struct error *err)
{
	struct recorder_place place = {0};
	struct names names;
	enum error_code code;
	bool any = false;

	if (!parse_part(part, &place))
		return ERROR_OK;
	AUTO(auto_close)
	int file = openat(top, part, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB))
		return ERROR_OK; /* somebody's who lives */
	name(&place, &names);
	code = record_file_repair(file, place.format, &any, err);
	if (!code && any)
		code = publish(top, &names, file, err);
	else if (!code && unlinkat(top, part, 0))
		code = files_error(err, "remove an empty recording");
	*n += !code && any;
	return code;
}

static enum error_code recover_tenant(int media, const char *tenant, unsigned *n, struct error *err)
{
	AUTO(auto_close)
	int above = openat(media, tenant, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_close)
	int top = above < 0 ? -1
	                    : openat(above, recordings,
	                             O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	enum error_code code = ERROR_OK;

	if (top < 0)
		return ERROR_OK;
	const int listed = fcntl(top, F_DUPFD_CLOEXEC, 0);
	directory = listed < 0 ? NULL : fdopendir(listed);
	if (!directory)
		return error_errno(err, "read the recordings");
	while ((entry = readdir(directory))) {
		const enum error_code failed =
			recover_part(top, entry->d_name, n, code ? NULL : err);

		code = code ? code : failed;
	}
	return code;
}

enum error_code recorder_place_recover(const char *media, unsigned *ret_n, struct error *err)
{
	AUTO(auto_closedir) DIR *directory = opendir(media);
	const struct dirent *entry;
	enum error_code code = ERROR_OK;
	unsigned n = 0;

	if (!directory && errno != ENOENT)
		return error_errno(err, "read %s", media);
	while (directory && (entry = readdir(directory))) {
		enum error_code failed = ERROR_OK;

		if (strncmp(entry->d_name, tenant_prefix, strlen(tenant_prefix)) == 0)
			failed = recover_tenant(dirfd(directory), entry->d_name, &n,
			                        code ? NULL : err);
		code = code ? code : failed;
	}
	*ret_n = n;
	return code;
}
