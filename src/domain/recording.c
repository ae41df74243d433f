#include "domain/recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "db/queries.h"
#include "domain/audit.h"
#include "domain/event.h"
#include "domain/media_private.h"

enum { BATCH = 500, NUMBER_MAX = 16, DAY_NAME_MAX = 16, DAYS_DEEP = 3 };

static const char deleted[] = "deleted", expired[] = "expired";

static bool is_recording(const char *path)
{
	return strncmp(path, RECORDING_DIRECTORY "/", strlen(RECORDING_DIRECTORY "/")) == 0;
}

/* ---- by hand ---- */

static enum error_code forget(struct tx *tx, const struct store_call *call, const char *id,
                              const char *path, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	AUTO(text_clear) struct text ids = {0}, before = {0};
	struct audit_entry entry = {
		.actor = &call->actor,
		.action = "delete-recording",
		.resource = call->resource->name,
		.resource_id = id,
		.after = "{\"recording_path\":null}",
	};
	enum error_code code;

	text_addf(&ids, "[\"%s\"]", id);
	text_add(&before, "{\"recording_path\":\"");
	text_add_json(&before, path, strlen(path));
	text_add(&before, "\"}");
	if (ids.failed || before.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	entry.before = before.data;
	const struct tx_statement statements[] = {
		TX_QUERY(QUERY_RECORDING_FORGET, ids.data, deleted),
		audit_tenant(&entry),
		event_change(call->resource->name, id, entry.action),
	};

	code = tx_exec(tx, statements, COUNT_OF(statements), &result, err);
	if (!code && tx_rows(result, 0) == 0)
		code = error_set(err, ERROR_NOT_FOUND, "recording_path",
		                 "this call has no recording any more");
	return code;
}

enum error_code recording_delete(const struct store_call *call, const char *directory,
                                 const char *id, const char *path, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = call->tenant, .writes = true};
	AUTO(tx_auto_abort) struct tx *tx = NULL;
	char tenant[UUID_TEXT_MAX];
	const struct tx_statement lock = event_lock(uuid_format(&call->tenant, tenant));
	enum error_code code = ERROR_OK;

	if (is_recording(path))
		code = media_remove_file(directory, &call->tenant, path, err);
	if (!code)
		code = tx_open(call->db, &scope, &tx, err);
	if (!code)
		code = tx_exec(tx, &lock, 1, NULL, err);
	if (!code)
		code = forget(tx, call, id, path, err);
	return code ? code : tx_commit(TAKE(tx), err);
}

/* ---- by age: what records name ---- */

struct expiry {
	struct db *db;
	const char *directory;
	struct uuid tenant;
	unsigned days;
	size_t *removed;
};

static enum error_code run(const struct expiry *expiry, const struct tx_statement *statement,
                           struct tx_result **ret_result, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = expiry->tenant};

	return tx_run(expiry->db, &scope, statement, 1, ret_result, err);
}

/* *ret_n: how many were looked at. */
static enum error_code expire_batch(const struct expiry *expiry, size_t *ret_n, struct error *err)
{
	AUTO(tx_result_auto_free) struct tx_result *found = NULL;
	AUTO(text_clear) struct text ids = {0};
	char days[NUMBER_MAX], most[NUMBER_MAX];
	enum error_code code;

	snprintf(days, sizeof(days), "%u", expiry->days);
	snprintf(most, sizeof(most), "%d", BATCH);
	const struct tx_statement find = TX_QUERY(QUERY_RECORDING_EXPIRED, days, most);
	code = run(expiry, &find, &found, err);
	*ret_n = code ? 0 : tx_rows(found, 0);
	for (size_t i = 0; i < *ret_n && !code; i++) {
		const char *path = tx_value(found, 0, i, 1);

		if (is_recording(path))
			code = media_remove_file(expiry->directory, &expiry->tenant, path, err);
		*expiry->removed += !code;
		text_addf(&ids, "%s\"%s\"", i ? "," : "[", tx_value(found, 0, i, 0));
	}
	text_add_char(&ids, ']');
	if (ids.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (code || *ret_n == 0)
		return code;
	const struct tx_statement gone = TX_QUERY(QUERY_RECORDING_FORGET, ids.data, expired);
	return run(expiry, &gone, NULL, err);
}

/* ---- and what none names: whole days ---- */

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static bool is_number(const char *name)
{
	return *name && strspn(name, "0123456789") == strlen(name) && strlen(name) <= 4;
}

/* Removes directories of days before `last` ("2026/11/23"; as text they sort by time). */
static enum error_code expire_days(int parent, const char *above, const char *path,
                                   const char *last, int depth, struct error *err)
{
	const int file = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_closedir) DIR *directory = file < 0 ? NULL : fdopendir(file);
	const struct dirent *entry;
	enum error_code code = ERROR_OK;

	while (directory && !code && (entry = readdir(directory))) {
		char day[DAY_NAME_MAX];

		if (!is_number(entry->d_name) ||
		    snprintf(day, sizeof(day), "%s%s%s", above, *above ? "/" : "", entry->d_name) >=
		            (int)sizeof(day))
			continue;
		/* A year or month is gone through while any of its days may be old. */
		if (strncmp(day, last, strlen(day)) > 0)
			continue;
		if (depth < DAYS_DEEP)
			code = expire_days(dirfd(directory), day, entry->d_name, last, depth + 1,
			                   err);
		else if (strcmp(day, last) < 0)
			code = files_remove_at(dirfd(directory), entry->d_name, err);
	}
	if (directory && !code && depth > 1)
		(void)unlinkat(parent, path, AT_REMOVEDIR); /* where nothing is left in it */
	return code;
}

static enum error_code expire_unnamed(const struct expiry *expiry, struct error *err)
{
	AUTO(text_clear) struct text path = {0};
	/* The whole of a day must be old, and a call may last for one. */
	const time_t then = (time_t)(clock_unix_us() / 1000000) - (expiry->days + 2) * 86400L;
	char last[DAY_NAME_MAX];
	struct tm day;

	gmtime_r(&then, &day);
	if (!strftime(last, sizeof(last), "%Y/%m/%d", &day))
		return ERROR_OK;
	media_tenant_path(expiry->directory, &expiry->tenant, &path);
	AUTO(auto_close)
	int tenant =
		path.failed ? -1 : open(path.data, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return tenant < 0 ? ERROR_OK : expire_days(tenant, "", RECORDING_DIRECTORY, last, 1, err);
}

/* ---- all tenants ---- */

static enum error_code expire_tenant(struct expiry *expiry, struct error *err)
{
	const struct tx_statement ask = TX_QUERY(QUERY_RECORDING_DAYS);
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	enum error_code code = run(expiry, &ask, &result, err);
	size_t n = BATCH;

	/* A tenant of another database, or one that is just being removed: not ours to judge. */
	if (code == ERROR_NOT_FOUND)
		return ERROR_OK;
	if (code || tx_rows(result, 0) == 0)
		return code;
	expiry->days = (unsigned)strtoul(tx_value(result, 0, 0, 0), NULL, 10);
	while (!code && n == BATCH)
		code = expire_batch(expiry, &n, err);
	return code ? code : expire_unnamed(expiry, err);
}

enum error_code recordings_expire(struct db *db, const char *path, size_t *ret_removed,
                                  struct error *err)
{
	AUTO(auto_closedir) DIR *directory = opendir(path);
	const struct dirent *entry;
	size_t removed = 0;
	enum error_code code = ERROR_OK;

	if (!directory && errno != ENOENT)
		return error_errno(err, "read %s", path);
	while (directory && (entry = readdir(directory))) {
		struct expiry expiry = {.db = db, .directory = path, .removed = &removed};
		char below[sizeof(entry->d_name) + sizeof("/" RECORDING_DIRECTORY)];
		enum error_code failed = ERROR_OK;

		snprintf(below, sizeof(below), "%s/%s", entry->d_name, RECORDING_DIRECTORY);
		if (media_parse_schema(entry->d_name, &expiry.tenant) &&
		    faccessat(dirfd(directory), below, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			failed = expire_tenant(&expiry, code ? NULL : err);
		code = code ? code : failed;
	}
	*ret_removed = removed;
	return code;
}
