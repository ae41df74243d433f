#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "db/queries.h"
#include "domain/media_private.h"

/* What fails keeps nothing else: all that can go goes, and the first failure is told at the end. */
struct sweep {
	struct uploads *uploads;
	size_t removed;
	bool away; /* the database: it is not asked again for each tenant */
	struct error first;
};

/* A tenant's directory. */
struct place {
	struct uuid tenant;
	const char *name;
	struct text ids; /* JSON array of directories that are named like a row */
};

static void note(struct sweep *sweep, const struct place *place, const struct error *err)
{
	if (sweep->first.code)
		return;
	sweep->first = *err;
	if (!err->detail[0])
		error_detail(&sweep->first, "in %s", place->name);
}

static bool is_draft(const char *name)
{
	return strncmp(name, MEDIA_DRAFT_PREFIX, strlen(MEDIA_DRAFT_PREFIX)) == 0;
}

static void sweep_one(struct sweep *sweep, const struct place *place, const char *name)
{
	struct error err;

	if (media_remove(sweep->uploads->config.directory, &place->tenant, name, &err))
		note(sweep, place, &err);
	else
		sweep->removed++;
}

static void sweep_unknown(struct sweep *sweep, struct place *place)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = place->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	struct tx_statement find;
	struct error err;
	enum error_code code;

	text_add_char(&place->ids, ']');
	find = TX_QUERY(QUERY_MEDIA_UNKNOWN, place->ids.data);
	code = place->ids.failed
	               ? error_set(&err, ERROR_MEMORY, NULL, NULL)
	               : tx_run(sweep->uploads->config.db, &scope, &find, 1, &result, &err);
	/* A tenant of another database, or one that is just being removed: not ours to judge. */
	if (code == ERROR_NOT_FOUND)
		return;
	if (code)
		note(sweep, place, &err);
	sweep->away = code == ERROR_UNAVAILABLE || code == ERROR_TIMEOUT;
	for (size_t i = 0; !code && i < tx_rows(result, 0); i++)
		sweep_one(sweep, place, tx_value(result, 0, i, 0));
}

static void auto_closedir(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static void sweep_tenant(struct sweep *sweep, struct place *place, int parent)
{
	AUTO(auto_close)
	int file = openat(parent, place->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	AUTO(auto_closedir) DIR *directory = NULL;
	const struct dirent *entry;
	struct error err;
	struct uuid id;

	/* Whoever uploads holds a lock until his rows are written. */
	if (file < 0 || flock(file, LOCK_EX | LOCK_NB))
		return;
	directory = fdopendir(file);
	if (!directory) {
		error_errno(&err, "read a directory of media");
		note(sweep, place, &err);
		return;
	}
	file = -1;
	while ((entry = readdir(directory))) {
		if (is_draft(entry->d_name))
			sweep_one(sweep, place, entry->d_name);
		else if (uuid_parse(entry->d_name, &id))
			text_addf(&place->ids, "%s\"%s\"", place->ids.length ? "," : "[",
			          entry->d_name);
	}
	if (place->ids.length && !sweep->away)
		sweep_unknown(sweep, place);
}

/* "tenant_<32 hex>". The nil UUID is no tenant's: asked for it, the database layer takes it for a
 * caller that has forgotten to say whom it acts for. */
bool media_parse_schema(const char *name, struct uuid *ret_tenant)
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
	return uuid_parse(text, ret_tenant) && !uuid_is_nil(ret_tenant);
}

enum error_code media_sweep(struct uploads *uploads, size_t *ret_removed, struct error *err)
{
	AUTO(auto_closedir) DIR *directory = opendir(uploads->config.directory);
	struct sweep sweep = {.uploads = uploads};
	const struct dirent *entry;

	if (!directory && errno != ENOENT)
		return error_errno(err, "read %s", uploads->config.directory);
	while (directory && (entry = readdir(directory))) {
		struct place place = {.name = entry->d_name};

		if (media_parse_schema(entry->d_name, &place.tenant))
			sweep_tenant(&sweep, &place, dirfd(directory));
		text_clear(&place.ids);
	}
	if (sweep.first.code && err)
		*err = sweep.first;
	if (!sweep.first.code)
		*ret_removed = sweep.removed;
	return sweep.first.code;
}
