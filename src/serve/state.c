#include "serve/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/privileges.h"

static const char *const inside[] = {"run", "spool", "log", "media"};

static enum error_code cannot_write(const char *path, struct error *err)
{
	return error_set(err, ERROR_IO, "state", "cannot write the state directory %s: %s", path,
	                 strerror(errno));
}

static enum error_code make_parents(const char *path, struct error *err)
{
	char parent[PATH_MAX];

	/* The system user must pass through what root makes, whatever root's own habits are. */
	if (geteuid() == 0)
		umask(022);
	for (size_t i = 1; path[i] && i < sizeof(parent); i++) {
		if (path[i] != '/')
			continue;
		memcpy(parent, path, i);
		parent[i] = '\0';
		if (mkdir(parent, 0755) && errno != EEXIST)
			return cannot_write(path, err);
	}
	return ERROR_OK;
}

/* Nothing in it but what an operator puts there before the first start. */
static bool untouched(int directory)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *entry;
	bool yes = entries != NULL;

	while (yes && (entry = readdir(entries))) {
		yes = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		      strcmp(entry->d_name, "centrex.conf") == 0;
	}
	if (entries)
		closedir(entries);
	return yes;
}

static enum error_code belongs_to_other(const char *path, uid_t owner, struct error *err)
{
	const struct passwd *user = getpwuid(owner);
	char name[64];

	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	else
		snprintf(name, sizeof(name), "user id %ld", (long)owner);
	return error_set(err, ERROR_FORBIDDEN, "state",
	                 "%.120s belongs to %s: start Centrex as that user, or as root with --user",
	                 path, name);
}

/* As root: the directory becomes the system user's. */
static enum error_code hand_over(int directory, const char *path, const struct account *account,
                                 struct error *err)
{
	struct stat status;

	if (fstat(directory, &status))
		return cannot_write(path, err);
	if (status.st_uid == account->uid)
		return ERROR_OK;
	if (status.st_uid != 0)
		return belongs_to_other(path, status.st_uid, err);
	if (!untouched(directory))
		return error_set(err, ERROR_CONFLICT, "state",
		                 "%.120s belongs to root and is not empty: name a directory for "
		                 "Centrex alone",
		                 path);
	return fchown(directory, account->uid, account->gid) ? cannot_write(path, err) : ERROR_OK;
}

static enum error_code become_user(const struct config *config, int directory, struct error *err)
{
	struct account account;
	enum error_code code = privileges_find(config_text(config, CONFIG_USER), &account, err);

	if (code == ERROR_OK)
		code = hand_over(directory, config_text(config, CONFIG_STATE), &account, err);
	return code == ERROR_OK ? privileges_drop(&account, err) : code;
}

static enum error_code take_lock(const char *path, struct state *ret_state, struct error *err)
{
	int file = open("run/serve.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char holder[32] = "";
	ssize_t n;

	if (file < 0)
		return cannot_write(path, err);
	if (flock(file, LOCK_EX | LOCK_NB)) {
		n = pread(file, holder, sizeof(holder) - 1, 0);
		holder[n > 0 ? n : 0] = '\0';
		close(file);
		return error_set(err, ERROR_BUSY, "state",
		                 "another `centrex serve` (process %ld) runs on %s",
		                 strtol(holder, NULL, 10), path);
	}
	n = snprintf(holder, sizeof(holder), "%ld\n", (long)getpid());
	if (ftruncate(file, 0) || pwrite(file, holder, (size_t)n, 0) != n) {
		cannot_write(path, err);
		close(file);
		return ERROR_IO;
	}
	*ret_state = (struct state){.lock = file};
	return ERROR_OK;
}

/* We hold the directory, but PostgreSQL and the children are given its path. */
static enum error_code check_path(const char *path, struct error *err)
{
	if (access(path, X_OK) == 0)
		return ERROR_OK;
	if (errno != EACCES)
		return cannot_write(path, err);
	return error_set(err, ERROR_FORBIDDEN, "state",
	                 "%.120s cannot be reached by the system user: a directory above it is "
	                 "closed to others",
	                 path);
}

static enum error_code enter(int directory, const char *path, struct error *err)
{
	struct stat status;
	enum error_code code;

	umask(077);
	if (fstat(directory, &status) || fchdir(directory))
		return cannot_write(path, err);
	if (status.st_uid != geteuid())
		return belongs_to_other(path, status.st_uid, err);
	if ((status.st_mode & 077) && fchmod(directory, 0700))
		return cannot_write(path, err);
	code = check_path(path, err);
	if (code != ERROR_OK)
		return code;
	for (size_t i = 0; i < COUNT_OF(inside); i++) {
		if (mkdir(inside[i], 0700) && errno != EEXIST)
			return cannot_write(path, err);
	}
	return ERROR_OK;
}

enum error_code state_open(const struct config *config, struct state *ret_state, struct error *err)
{
	const char *path = config_text(config, CONFIG_STATE);
	AUTO(auto_close) int directory = -1;
	struct stat status;
	enum error_code code = make_parents(path, err);

	if (code != ERROR_OK)
		return code;
	if (mkdir(path, 0700) && errno != EEXIST)
		return cannot_write(path, err);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 && lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		return error_set(err, ERROR_INVALID, "state",
		                 "%.150s is a symbolic link: name the directory itself", path);
	if (directory < 0)
		return cannot_write(path, err);
	if (geteuid() == 0)
		code = become_user(config, directory, err);
	if (code == ERROR_OK)
		code = enter(directory, path, err);
	return code == ERROR_OK ? take_lock(path, ret_state, err) : code;
}

void state_close(struct state *state)
{
	auto_close(&state->lock);
	state->lock = -1;
}
