#include "base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each level holds a descriptor. PostgreSQL's own trees have five. */
enum { DEPTH_MAX = 64 };

enum error_code files_error(struct error *err, const char *what)
{
	enum error_code code = ERROR_IO;

	if (errno == ENOSPC || errno == EDQUOT)
		code = ERROR_NO_SPACE;
	else if (errno == EFBIG)
		code = ERROR_TOO_LARGE;
	return error_set(err, code, NULL, "cannot %s: %s", what, strerror(errno));
}

enum error_code files_write_at(int file, uint64_t offset, const void *bytes, size_t n,
                               struct error *err)
{
	const char *from = bytes;

	while (n) {
		ssize_t written = pwrite(file, from, n, (off_t)offset);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return files_error(err, "write");
		from += written;
		offset += (uint64_t)written;
		n -= (size_t)written;
	}
	return ERROR_OK;
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static enum error_code remove_in(int parent, const char *name, unsigned depth, struct error *err);

static enum error_code empty(int parent, const char *name, unsigned depth, struct error *err)
{
	AUTO(auto_close)
	int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_closedir) DIR *directory = file < 0 ? NULL : fdopendir(file);
	enum error_code code = ERROR_OK;
	const struct dirent *entry;

	if (!directory)
		return error_errno(err, "read %s", name);
	parent = file;
	file = -1; /* the stream's now */
	while (code == ERROR_OK && (errno = 0, entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			code = remove_in(parent, entry->d_name, depth + 1, err);
	}
	return code == ERROR_OK && errno ? error_errno(err, "read %s", name) : code;
}

static enum error_code remove_in(int parent, const char *name, unsigned depth, struct error *err)
{
	enum error_code code;

	if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
		return ERROR_OK;
	if (errno != EISDIR)
		return error_errno(err, "remove %s", name);
	if (depth == DEPTH_MAX)
		return error_set(err, ERROR_IO, NULL, "cannot remove %.200s: too deep", name);
	code = empty(parent, name, depth, err);
	if (code == ERROR_OK && unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		code = error_errno(err, "remove %s", name);
	return code;
}

enum error_code files_remove(const char *path, struct error *err)
{
	return remove_in(AT_FDCWD, path, 0, err);
}

enum error_code files_remove_at(int directory, const char *name, struct error *err)
{
	return remove_in(directory, name, 0, err);
}

struct measuring {
	uint64_t left;
	struct files_measure found;
};

static enum error_code measure_in(int parent, const char *name, unsigned depth,
                                  struct measuring *measuring, struct error *err);

static enum error_code measure_entry(int parent, const char *name, unsigned depth,
                                     struct measuring *measuring, struct error *err)
{
	struct stat status;

	if (!measuring->left) {
		measuring->found.whole = false;
		return ERROR_OK;
	}
	measuring->left--;
	/* What has gone meanwhile holds nothing. */
	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? ERROR_OK : error_errno(err, "look at %s", name);
	if (S_ISDIR(status.st_mode))
		return measure_in(parent, name, depth + 1, measuring, err);
	if (S_ISREG(status.st_mode)) {
		measuring->found.files++;
		measuring->found.bytes += (uint64_t)status.st_size;
	}
	return ERROR_OK;
}

static enum error_code measure_in(int parent, const char *name, unsigned depth,
                                  struct measuring *measuring, struct error *err)
{
	AUTO(auto_close) int file = -1;
	AUTO(auto_closedir) DIR *directory = NULL;
	enum error_code code = ERROR_OK;
	const struct dirent *entry;

	if (depth == DEPTH_MAX) {
		measuring->found.whole = false;
		return ERROR_OK;
	}
	file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (file < 0 && errno == ENOENT)
		return ERROR_OK;
	directory = file < 0 ? NULL : fdopendir(file);
	if (!directory)
		return error_errno(err, "read %s", name);
	parent = file;
	file = -1; /* the stream's now */
	while (code == ERROR_OK && measuring->found.whole &&
	       (errno = 0, entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			code = measure_entry(parent, entry->d_name, depth, measuring, err);
	}
	return code == ERROR_OK && errno && measuring->found.whole
	               ? error_errno(err, "read %s", name)
	               : code;
}

enum error_code files_measure(const char *path, uint64_t entries_max,
                              struct files_measure *ret_measure, struct error *err)
{
	struct measuring measuring = {.left = entries_max, .found = {.whole = true}};
	enum error_code code = measure_in(AT_FDCWD, path, 0, &measuring, err);

	if (code == ERROR_OK)
		*ret_measure = measuring.found;
	return code;
}
