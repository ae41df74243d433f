#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "domain/media_private.h"

static const struct media_draft none = {
	.tenant = -1,
	.directory = -1,
	.original = -1,
	.report = -1,
	.peaks = -1,
	.renditions = {-1, -1, -1},
};

void media_tenant_path(const char *directory, const struct uuid *tenant, struct text *out)
{
	char hex[UUID_HEX_MAX];

	text_addf(out, "%s/tenant_%s", directory, uuid_format_hex(tenant, hex));
}

/* What root makes (the command line) belongs to whom the directory above belongs, who serves it. */
static enum error_code give(int parent, int file, struct error *err)
{
	struct stat above;

	if (geteuid() != 0)
		return ERROR_OK;
	if (fstat(parent, &above) || fchown(file, above.st_uid, above.st_gid))
		return files_error(err, "give a file of media to its user");
	return ERROR_OK;
}

/* 0750, and files 0640, though the state directory lets nobody in: where an operator has set a
 * default ACL, so that another program plays these files, the mode is what it may give at most. */
static enum error_code open_directory(int parent, const char *path, int *ret_directory,
                                      struct error *err)
{
	if (mkdirat(parent, path, 0750) && errno != EEXIST)
		return files_error(err, "make a directory for media");
	*ret_directory = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_directory < 0 ? files_error(err, "open a directory for media")
	                          : give(parent, *ret_directory, err);
}

/* The directory of all tenants; web makes it when it starts. */
static enum error_code open_top(const char *path, int *ret_top, struct error *err)
{
	*ret_top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *ret_top < 0 ? files_error(err, "open the directory of media") : ERROR_OK;
}

static enum error_code create(int directory, const char *name, int *ret_file, struct error *err)
{
	*ret_file =
		openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	return *ret_file < 0 ? files_error(err, "make a file for media")
	                     : give(directory, *ret_file, err);
}

static void rendition_name(unsigned rate, char buffer[static MEDIA_PATH_MAX])
{
	snprintf(buffer, MEDIA_PATH_MAX, "%u.wav", rate);
}

static enum error_code make_files(struct media_draft *draft, struct error *err)
{
	char name[MEDIA_PATH_MAX];
	enum error_code code;

	snprintf(draft->original_name, sizeof(draft->original_name), "original");
	code = create(draft->directory, draft->original_name, &draft->original, err);
	if (!code)
		code = create(draft->directory, "peaks.json", &draft->peaks, err);
	/* In memory: a full disk can be reported, too. */
	if (!code && (draft->report = memfd_create("report", MFD_CLOEXEC)) < 0)
		code = error_errno(err, "make a report");
	for (size_t i = 0; !code && i < MEDIA_RENDITIONS; i++) {
		rendition_name(media_rates[i], name);
		code = create(draft->directory, name, &draft->renditions[i], err);
	}
	return code;
}

static enum error_code fill(struct media_draft *draft, const char *directory,
                            const struct uuid *tenant, struct error *err)
{
	AUTO(text_clear) struct text above = {0};
	AUTO(auto_close) int top = -1;
	char id[UUID_TEXT_MAX], hex[UUID_HEX_MAX];
	enum error_code code;

	text_addf(&above, "tenant_%s", uuid_format_hex(tenant, hex));
	snprintf(draft->name, sizeof(draft->name), MEDIA_DRAFT_PREFIX "%s",
	         uuid_format(&draft->id, id));
	text_addf(&draft->path, "%s/%s/%s", directory, text_string(&above), draft->name);
	if (above.failed || draft->path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	code = open_top(directory, &top, err);
	if (!code)
		code = open_directory(top, above.data, &draft->tenant, err);
	if (!code && flock(draft->tenant, LOCK_SH))
		code = files_error(err, "lock a directory of media");
	if (!code)
		code = open_directory(draft->tenant, draft->name, &draft->directory, err);
	return code ? code : make_files(draft, err);
}

enum error_code media_draft_open(const char *directory, const struct uuid *tenant,
                                 struct media_draft *ret_draft, struct error *err)
{
	struct media_draft draft = none;
	enum error_code code;

	draft.id = uuid_at(clock_unix_us() / 1000);
	code = fill(&draft, directory, tenant, err);
	if (code) {
		media_draft_abandon(&draft);
		media_draft_clear(&draft);
		return code;
	}
	*ret_draft = draft;
	return ERROR_OK;
}

/* A directory with one file that a player of directories may play: the same file by another name,
 * since links that lead elsewhere are followed by nobody here. */
static enum error_code make_stream(const struct media_draft *draft, struct error *err)
{
	AUTO(auto_close) int stream = -1;
	enum error_code code = open_directory(draft->directory, MEDIA_STREAM, &stream, err);

	if (code)
		return code;
	if (linkat(draft->directory, MEDIA_STREAM_FILE, stream, MEDIA_STREAM_FILE, 0) ||
	    fsync(stream))
		return files_error(err, "link a file of media");
	return ERROR_OK;
}

static enum error_code sync_files(const struct media_draft *draft, struct error *err)
{
	if (fsync(draft->original) || fsync(draft->peaks))
		return files_error(err, "sync media");
	for (size_t i = 0; i < MEDIA_RENDITIONS; i++)
		if (fsync(draft->renditions[i]))
			return files_error(err, "sync media");
	return fsync(draft->directory) ? files_error(err, "sync media") : ERROR_OK;
}

enum error_code media_draft_publish(struct media_draft *draft, const char *format,
                                    struct error *err)
{
	char name[MEDIA_PATH_MAX], id[UUID_TEXT_MAX];
	struct text path = {0};
	enum error_code code;

	snprintf(name, sizeof(name), "original.%s", format);
	if (renameat(draft->directory, draft->original_name, draft->directory, name))
		return files_error(err, "rename a file of media");
	memcpy(draft->original_name, name, sizeof(name));
	code = make_stream(draft, err);
	if (!code)
		code = sync_files(draft, err);
	if (code)
		return code;
	uuid_format(&draft->id, id);
	text_add_n(&path, draft->path.data, draft->path.length - strlen(draft->name));
	text_add(&path, id);
	if (path.failed)
		return error_set(err, ERROR_MEMORY, NULL, NULL);
	if (renameat(draft->tenant, draft->name, draft->tenant, id)) {
		text_clear(&path);
		return files_error(err, "rename a directory of media");
	}
	snprintf(draft->name, sizeof(draft->name), "%s", id);
	text_clear(&draft->path);
	draft->path = path;
	return fsync(draft->tenant) ? files_error(err, "sync media") : ERROR_OK;
}

/* What cannot be removed, the next sweep finds. */
void media_draft_abandon(struct media_draft *draft)
{
	if (!draft->path.data || files_remove(draft->path.data, NULL) != ERROR_OK)
		return;
}

void media_draft_clear(struct media_draft *draft)
{
	int *const files[] = {&draft->tenant,        &draft->directory,    &draft->original,
	                      &draft->report,        &draft->peaks,        &draft->renditions[0],
	                      &draft->renditions[1], &draft->renditions[2]};

	for (size_t i = 0; i < COUNT_OF(files); i++)
		auto_close(files[i]);
	text_clear(&draft->path);
	*draft = none;
}
