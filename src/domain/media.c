#include "domain/media.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/condition.h"
#include "base/files.h"
#include "db/queries.h"
#include "domain/hooks.h"
#include "domain/media_private.h"

enum error_code uploads_open(const struct uploads_config *config, struct uploads **ret_uploads,
                             struct error *err)
{
	struct uploads *uploads = calloc(1, sizeof(*uploads));

	if (!uploads)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	uploads->config = *config;
	pthread_mutex_init(&uploads->lock, NULL);
	condition_init(&uploads->freed);
	*ret_uploads = uploads;
	return ERROR_OK;
}

int64_t uploads_quota(const struct uploads *uploads)
{
	return uploads->config.quota_mib * 1024 * 1024;
}

void uploads_close(struct uploads *uploads)
{
	if (!uploads)
		return;
	pthread_cond_destroy(&uploads->freed);
	pthread_mutex_destroy(&uploads->lock);
	free(uploads);
}

/* The code point that begins at *at, which moves behind it. The text is UTF-8. */
static unsigned long next_character(const char **at)
{
	const unsigned char *bytes = (const unsigned char *)*at;
	unsigned more = bytes[0] < 0x80 ? 0 : bytes[0] < 0xe0 ? 1 : bytes[0] < 0xf0 ? 2 : 3;
	unsigned long character = more ? bytes[0] & (0x3fu >> more) : bytes[0];

	for (unsigned i = 1; i <= more; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	*at += more + 1;
	return character;
}

static bool is_forbidden(unsigned long character)
{
	return character < ' ' || (character >= 0x7f && character <= 0x9f) || character == '/' ||
	       character == '\\' || (character >= 0x2028 && character <= 0x202e) ||
	       (character >= 0x2066 && character <= 0x2069);
}

enum error_code media_check_name(const char *name, size_t n, const char *field, struct error *err)
{
	const char *at = name;
	size_t characters = 0;
	bool fine = n > 0 && n <= 4 * MEDIA_NAME_MAX && text_is_utf8(name, n);

	for (; fine && at < name + n; characters++)
		fine = !is_forbidden(next_character(&at));
	if (!fine || characters > MEDIA_NAME_MAX || (n <= 2 && memcmp("..", name, n) == 0))
		return error_set(err, ERROR_INVALID, field,
		                 "must have a file name of 1 to %d characters without / and \\, "
		                 "control characters and characters that reverse text",
		                 MEDIA_NAME_MAX);
	return ERROR_OK;
}

static enum error_code open_below(int parent, const char *path, int *ret_file, struct error *err)
{
	const struct open_how how = {
		/* A pipe that somebody put there must not hold us. */
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	AUTO(auto_close) int file = -1;
	struct stat status;

	if (parent >= 0)
		file = (int)syscall(SYS_openat2, parent, path, &how, sizeof(how));
	if (file < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == EIO))
		return error_errno(err, "open a file of media");
	if (file < 0 || fstat(file, &status) || !S_ISREG(status.st_mode))
		return error_set(err, ERROR_NOT_FOUND, NULL, "the file is not there");
	*ret_file = file;
	file = -1;
	return ERROR_OK;
}

enum error_code media_open_file(const char *directory, const struct uuid *tenant, const char *path,
                                int *ret_file, struct error *err)
{
	AUTO(text_clear) struct text above = {0};
	AUTO(auto_close) int parent = -1;

	media_tenant_path(directory, tenant, &above);
	if (above.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	parent = open(above.data, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return open_below(parent, path, ret_file, err);
}

enum error_code media_open_sound(const char *directory, const char *path, int *ret_file,
                                 struct error *err)
{
	AUTO(auto_close) int parent = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return open_below(parent, path, ret_file, err);
}

enum error_code media_remove_file(const char *directory, const struct uuid *tenant,
                                  const char *path, struct error *err)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	const char *name = strrchr(path, '/');
	AUTO(text_clear) struct text top = {0}, above = {0};
	AUTO(auto_close) int tenants = -1, parent = -1;

	media_tenant_path(directory, tenant, &top);
	text_add_n(&above, name ? path : ".", name ? (size_t)(name - path) : 1);
	if (top.failed || above.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	tenants = open(top.data, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tenants >= 0)
		parent = (int)syscall(SYS_openat2, tenants, above.data, &how, sizeof(how));
	if (parent < 0)
		return errno == ENOENT || errno == ELOOP || errno == ENOTDIR || errno == EXDEV
		               ? ERROR_OK
		               : error_errno(err, "open a directory of media");
	if (unlinkat(parent, name ? name + 1 : path, 0) && errno != ENOENT && errno != EISDIR)
		return error_errno(err, "remove a file of media");
	return ERROR_OK;
}

enum error_code media_remove(const char *directory, const struct uuid *tenant, const char *name,
                             struct error *err)
{
	AUTO(text_clear) struct text path = {0};

	media_tenant_path(directory, tenant, &path);
	text_addf(&path, "/%s", name);
	return path.failed ? error_set(err, ERROR_MEMORY, NULL, NULL)
	                   : files_remove(path.data, err);
}

/* Names the queue, where the delete was refused for its sake. */
static enum error_code name_queue(const struct store_call *call, const char *id, struct error *err)
{
	const struct tx_scope scope = {.door = TX_TENANT, .tenant = call->tenant};
	AUTO(tx_result_auto_free) struct tx_result *result = NULL;
	const struct tx_statement find = TX_QUERY(QUERY_MEDIA_QUEUE_PLAYING, id);

	if (tx_run(call->db, &scope, &find, 1, &result, NULL) == ERROR_OK && tx_rows(result, 0))
		error_fill(err, ERROR_CONFLICT, "id", "is the music on hold of queue %.150s",
		           tx_value(result, 0, 0, 0));
	return ERROR_CONFLICT;
}

enum error_code media_resource_check(const char *const *keys, const json_t *body, struct error *err)
{
	const json_t *name = json_object_get(body, "original_name");

	(void)keys;
	return name ? media_check_name(json_string_value(name), json_string_length(name),
	                               "original_name", err)
	            : ERROR_OK;
}

enum error_code media_resource_remove(const struct store_call *call, const json_t *row,
                                      struct error *err)
{
	const char *text = json_string_value(json_object_get(row, "id"));
	char name[UUID_TEXT_MAX];
	struct uuid id;
	enum error_code code;

	if (!text || !uuid_parse(text, &id))
		return error_set(err, ERROR_INTERNAL, "id", "is missing in the row");
	uuid_format(&id, name);
	code = store_delete_row(call, row, err);
	if (code == ERROR_CONFLICT)
		return name_queue(call, name, err);
	if (code || !call->media)
		return code;
	/* The row is gone for everybody; files that cannot be removed now, the next sweep finds. */
	code = media_remove(call->media, &call->tenant, name, NULL);
	return ERROR_OK;
}
