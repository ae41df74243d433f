#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "db/queries.h"
#include "domain/media_private.h"

/* One directory of the tenants' directory being swept. */
struct sweep {
	struct uploads *uploads;
	struct uuid tenant;
	struct text ids; /* JSON array of directories that are named like a row */
	size_t *removed;
};

static bool is_draft(const char *name)
{
	return strncmp(name, MEDIA_DRAFT_PREFIX, strlen(MEDIA_DRAFT_PREFIX)) == 0;
}

static enum error_code sweep_one(struct sweep *sweep, const char *name, struct error *err)
{
	enum error_code code =
		media_remove(sweep->uploads->config.directory, &sweep->tenant, name, err);

	if (!code)
		++*sweep->removed;
	return code;
}

static enum error_code sweep_unknown(struct sweep *sweep, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = sweep->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement find;
	enum error_code code;

	text_add_char(&sweep->ids, ']');
	if (sweep->ids.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	find = TX_QUERY(QUERY_MEDIA_UNKNOWN, sweep->ids.data);
	code = tx_run(sweep->uploads->config.db, &scope, &find, 1, &result, err);
	/* A tenant of another database, or one that is just being removed: not ours to judge. */
	if (code == ERROR_NOT_FOUND)
		return ERROR_OK;
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++)
		code = sweep_one(sweep, tx_value(result, 0, i, 0), err);
	return code;
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static enum error_code sweep_tenant(struct sweep *sweep, int parent, const char *name,
                                    struct error *err)
{
	AUTO(auto_close)
	int file = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	struct uuid id;
	enum error_code code = ERROR_OK;

	/* Whoever uploads holds a lock until his rows are written. */
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB))
		return ERROR_OK;
	directory = fdopendir(file);
	if (!directory)
		return error_errno(err, "read a directory of media");
	file = -1;
	while (!code && (entry = readdir(directory))) {
		if (is_draft(entry->d_name))
			code = sweep_one(sweep, entry->d_name, err);
		else if (uuid_parse(entry->d_name, &id))
			text_addf(&sweep->ids, "%s\"%s\"", sweep->ids.length ? "," : "[",
			          entry->d_name);
	}
	if (!code && sweep->ids.length)
		code = sweep_unknown(sweep, err);
	return code;
}

/* "tenant_<32 hex>". */
static bool parse_schema(const char *name, struct uuid *ret_tenant)
{
	char text[UUID_TEXT_MAX];
	size_t n = 0;

	if (strncmp(name, "tenant_", 7) != 0 || strlen(name) != 7 + UUID_HEX_MAX - 1)
		return false;
	for (const char *hex = name + 7; *hex; hex++) {
		if (n == 8 || n == 13 || n == 18 || n == 23)
			text[n++] = '-';
		text[n++] = *hex;
	}
	text[n] = '\0';
	return uuid_parse(text, ret_tenant);
}

enum error_code media_sweep(struct uploads *uploads, size_t *ret_removed, struct error *err)
{
	AUTO(auto_closedir) DIR *directory = opendir(uploads->config.directory);
	const struct dirent *entry;
	size_t removed = 0;
	enum error_code code = ERROR_OK;

	if (!directory && errno != ENOENT)
		return error_errno(err, "read %s", uploads->config.directory);
	while (!code && directory && (entry = readdir(directory))) {
		struct sweep sweep = {.uploads = uploads, .removed = &removed};

		if (parse_schema(entry->d_name, &sweep.tenant))
			code = sweep_tenant(&sweep, dirfd(directory), entry->d_name, err);
		text_clear(&sweep.ids);
	}
	if (!code)
		*ret_removed = removed;
	return code;
}
